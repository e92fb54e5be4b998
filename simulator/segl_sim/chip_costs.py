"""What registering and signing in cost a chip: fuel as in costs.py, and the board's time before and after the touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segl_sim.boards import Board
from segl_sim.chip import Chip
from segl_sim.chip_use import IDLE_NS, SEED, User, Work, used_chip
from segl_sim.engines.micropython import MicroPythonEngine
from segl_sim.platforms import EDDSA, ES256, Proof
from segl_sim.world import World

_MS = 1_000_000
# With anyone's public key: here the base point.
_AGREE = """
import os
from common import p256
private = p256.scalar(os.urandom)
def measured():
    for _ in p256.agree(
        private,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        os.urandom,
    ):
        pass
"""


@dataclass(frozen=True)
class ChipCosts:
    """What a chip with a PIN, one stored credential and all of its large blobs needs on one board.

    To make a credential is to store it in the place of the older one, and to get an assertion is to find it without
    being told its id, both with a proof of the PIN that was fetched before. The time before the touch is that from the
    request until there is nothing left to do but to wait; the time after it, from the finger on the pad to the last
    report of the answer, bounces and flash included.

    Args:
        boot_fuel: From the plug until nothing is left to do, enumeration included.
        make_fuel: makeCredential, ES256.
        get_fuel: getAssertion, ES256.
        make_eddsa_fuel: makeCredential, EdDSA.
        get_eddsa_fuel: getAssertion, EdDSA.
        ecdh_fuel: To agree on a secret.
        pin_fuel: To check a PIN and give out a token: getKeyAgreement for a key that is not new, and getPinToken.
        boot_ms: From the plug until nothing is left to do.
        make_before_ms: Of makeCredential, ES256, before the touch.
        make_after_ms: After it.
        get_before_ms: Of getAssertion, ES256, before the touch.
        get_after_ms: After it.
        make_eddsa_before_ms: Of makeCredential, EdDSA, before the touch.
        make_eddsa_after_ms: After it.
        get_eddsa_before_ms: Of getAssertion, EdDSA, before the touch.
        get_eddsa_after_ms: After it.
        ecdh_ms: Board time to agree on a secret.
        pin_ms: From the platform's first request to the token.
        heap: Bytes of live heap after a collection, while makeCredential waits for the touch.
    """

    boot_fuel: int
    make_fuel: int
    get_fuel: int
    make_eddsa_fuel: int
    get_eddsa_fuel: int
    ecdh_fuel: int
    pin_fuel: int
    boot_ms: float
    make_before_ms: float
    make_after_ms: float
    get_before_ms: float
    get_after_ms: float
    make_eddsa_before_ms: float
    make_eddsa_after_ms: float
    get_eddsa_before_ms: float
    get_eddsa_after_ms: float
    ecdh_ms: float
    pin_ms: float
    heap: int


def measure_chip(board: Board, overrides: Mapping[str, str | None] | None = None) -> ChipCosts:
    """Measure on the MicroPython engine; always the same figures for the same sources.

    Args:
        board: Which board.
        overrides: Firmware sources to replace, by their path on the board.
    """
    with World(SEED) as world:
        chip = used_chip(world, board, 1, True, overrides)
        boot_ms = _boot(chip)
        boot_fuel = chip.fuel
        user = User(chip)
        platform = user.platform
        platform.prove_pin()  # the chip's key for the agreement is a new one
        pin = user.work(platform.prove_pin)
        heaps: list[int] = []
        user.waiting = lambda: heaps.append(chip.live_heap())
        made = {
            algorithm: (
                _proven(
                    user, lambda proof, algorithm=algorithm: platform.make(0, proof, algorithm=algorithm)
                ),
                _proven(user, lambda proof: platform.sign_in((), proof)),
            )
            for algorithm in (ES256, EDDSA)
        }
        engine = chip.engine
        assert isinstance(engine, MicroPythonEngine)
        engine.execute(_AGREE)
        ecdh_fuel = engine.execute("measured()")
    (make, get), (make_eddsa, get_eddsa) = made[ES256], made[EDDSA]
    return ChipCosts(
        boot_fuel=boot_fuel,
        make_fuel=make.fuel,
        get_fuel=get.fuel,
        make_eddsa_fuel=make_eddsa.fuel,
        get_eddsa_fuel=get_eddsa.fuel,
        ecdh_fuel=ecdh_fuel,
        pin_fuel=pin.fuel,
        boot_ms=boot_ms,
        make_before_ms=make.before_ms,
        make_after_ms=make.after_ms,
        get_before_ms=get.before_ms,
        get_after_ms=get.after_ms,
        make_eddsa_before_ms=make_eddsa.before_ms,
        make_eddsa_after_ms=make_eddsa.after_ms,
        get_eddsa_before_ms=get_eddsa.before_ms,
        get_eddsa_after_ms=get_eddsa.after_ms,
        ecdh_ms=ecdh_fuel * board.fuel_ps / 1e9,
        pin_ms=pin.after_ms,
        heap=heaps[0],
    )


def _boot(chip: Chip) -> float:
    """Plug a chip in and wait until it has nothing left to do; return how many ms it took to get there."""
    began = chip.world.now
    chip.plug()
    while chip.world.now - chip.busy_until < IDLE_NS:
        chip.world.advance(0.001)
    return (chip.busy_until - began) / _MS


def _proven(user: User, request: Callable[[Proof], object]) -> Work:
    """Let a request be carried out with a proof of the PIN, which does not count."""
    proof = user.platform.prove_pin()
    return user.work(lambda: request(proof))
