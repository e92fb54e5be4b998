"""One bit flips while a signature is computed, wherever that may be: a wrong one is never released.

The flip is made in the result of one operator, call or subscript out of all that the computation consists of: field
and scalar arithmetic, hashes, random numbers, what is read from the combs, sizes and indices. What no computation can
notice is left out: a key or message changed before it is handed in, and a signature after its last check.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common import ed25519, p256
from common.comb import Comb
from common.faults import FaultError
from tests.unit.common.curves import COMMON, chance, run, their_ed25519, verifies
from tests.unit.common.probe import Probed

Count = Callable[[int, int], int]
D = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
DIGEST = bytes(range(32))
SEED = bytes(range(32, 64))
MESSAGE = b"what is signed, longer than one block of the hash" * 3


class Flipper:
    """Counts values, and flips a random bit of the one whose number is `at`."""

    def __init__(self) -> None:
        self.random = random.Random(20)
        self.count = 0
        self.at = -1

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, int | bytes | bytearray | memoryview):
            return value
        self.count += 1
        if self.count - 1 != self.at:
            return value
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return value ^ 1 << self.random.randrange(max(value.bit_length(), 8))
        changed = bytearray(value)
        if changed:
            changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
        return bytes(changed)


@pytest.fixture(name="flipper", scope="module")
def flipper_fixture() -> Flipper:
    return Flipper()


@pytest.fixture(name="probed", scope="module")
def probed_fixture(flipper: Flipper) -> Iterator[Probed]:
    with closing(Probed(flipper)) as probed:
        yield probed


def outcomes(
    flipper: Flipper, sign: Callable[[int], Any], right: Callable[[Any], bool], trials: int
) -> list[str]:
    """Return "caught", "right" or "wrong" for each of many signatures, each with one flip."""
    flipper.at = -1
    flipper.count = 0
    assert right(sign(0))
    values = flipper.count
    found: list[str] = []
    for trial in range(trials):
        flipper.count = 0
        flipper.at = flipper.random.randrange(values)
        try:
            signature = sign(trial)
        except Exception:
            found.append("caught")
        else:
            found.append("right" if right(signature) else "wrong")
    return found


def test_no_wrong_p256_signature_is_released(flipper: Flipper, probed: Probed, count: Count) -> None:
    found = outcomes(
        flipper,
        lambda trial: run(probed.p256.sign(D, DIGEST, chance(trial))),
        lambda signature: verifies(D, DIGEST, *signature),
        count(120, 1000),
    )
    assert "wrong" not in found
    assert found.count("caught") > len(found) * 0.6  # most places matter


def test_no_wrong_ed25519_signature_is_released(flipper: Flipper, probed: Probed, count: Count) -> None:
    wanted = their_ed25519(SEED, MESSAGE)[1]
    found = outcomes(
        flipper,
        lambda trial: run(probed.ed25519.sign(SEED, MESSAGE, chance(trial))),
        lambda signature: signature == wanted,
        count(30, 1000),
    )
    assert "wrong" not in found
    assert found.count("caught") > len(found) * 0.6


def test_a_public_key_is_a_point_of_the_curve_or_nothing(
    flipper: Flipper, probed: Probed, count: Count
) -> None:
    # Which point cannot be checked without computing it twice; that it is none of another curve can.
    public = outcomes(
        flipper,
        lambda trial: run(probed.p256.public(D, chance(trial))),
        lambda point: p256.P256.on_curve(*point),
        count(40, 1000),
    )
    assert "wrong" not in public


def test_without_the_second_computation_wrong_ones_are_released(flipper: Flipper) -> None:
    # So the flips are such that the check is needed.
    change = ("reduced(mul(x, z2) - x2)", "False")
    with closing(Probed(flipper, changes={"p256": change})) as weak:
        found = outcomes(
            flipper,
            lambda trial: run(weak.p256.sign(D, DIGEST, chance(trial))),
            lambda signature: verifies(D, DIGEST, *signature),
            60,
        )
    assert "wrong" in found


def test_a_comb_whose_bits_flipped_in_flash_never_gives_a_wrong_signature(
    count: Count, tmp_path: Path
) -> None:
    wanted = their_ed25519(SEED, MESSAGE)[1]
    rest = random.Random(9)
    caught = 0
    for trial in range(count(15, 1000)):
        combs: list[Comb] = []
        for name, size in (("p256.comb", p256.ENTRY), ("ed25519.comb", ed25519.ENTRY)):
            changed = bytearray((COMMON / name).read_bytes())
            for place in range(rest.randrange(32) * size, len(changed), 32 * size):
                changed[place + rest.randrange(size)] ^= 1 << rest.randrange(8)
            (tmp_path / name).write_bytes(changed)
            combs.append(Comb(str(tmp_path / name), size))
        with closing(combs[0]), closing(combs[1]):
            try:
                assert verifies(D, DIGEST, *run(p256.P256(combs[0]).sign(D, DIGEST, chance(trial))))
            except FaultError:
                caught += 1
            try:
                assert run(ed25519.Ed25519(combs[1]).sign(SEED, MESSAGE, chance(trial))) == wanted
            except FaultError:
                caught += 1
    assert caught
