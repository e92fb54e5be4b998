"""Chips in use, for measuring: their user touches them in time, and they have stored what people store."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fido2.ctap import STATUS
from fido2.ctap2.base import Ctap2

from segl_sim.boards import Board
from segl_sim.chip import Chip
from segl_sim.platforms import PIN, Platform, SteadyProtocol
from segl_sim.world import World

SEED = 1
_NS_PER_MS = 1_000_000
IDLE_NS = 5 * _NS_PER_MS
"""Whatever has slept for so long, in virtual ns, has nothing left to do: while it has, it sleeps for 1 ms at most."""
_STEP_S = 0.001
_TOUCH_S = 0.1
_LARGE_BLOB = bytes(4096 - 16 - 6)  # 16: the checksum; 6: CBOR's heads of an array, a map, its key and bytes


@dataclass(frozen=True)
class Work:
    """What a request cost.

    Args:
        fuel: Units of work, waiting included.
        before_ms: Virtual time from the request until nothing was left to do but to wait for a touch.
        after_ms: From the touch to the last report of the answer; without a touch, all of the time.
    """

    fuel: int
    before_ms: float
    after_ms: float


class User:
    """A user with a computer, who touches the pad once the chip has computed what it can before.

    Args:
        chip: Plugged in here.

    Attributes:
        chip: The chip.
        platform: The computer.
        waiting: Called when the chip waits for the touch, before that comes.
    """

    def __init__(self, chip: Chip) -> None:
        self.platform = Platform(Ctap2(chip.ctap()), SteadyProtocol(), self._touch)
        self.waiting: Callable[[], object] | None = None
        self.chip = chip
        self._ready = self._touched = 0

    def work(self, request: Callable[[], object]) -> Work:
        """Let the computer ask for something; return what that cost the chip."""
        chip, world = self.chip, self.chip.world
        fuel, began = chip.fuel, world.now
        self._ready = self._touched = began
        request()
        return Work(
            chip.fuel - fuel,
            (self._ready - began) / _NS_PER_MS,
            (world.now - self._touched) / _NS_PER_MS,
        )

    def _touch(self, status: int) -> None:
        if status != STATUS.UPNEEDED:
            return
        chip, world = self.chip, self.chip.world
        while world.now - chip.busy_until < IDLE_NS:
            world.advance(_STEP_S)
        self._ready = chip.busy_until
        while chip.pad.pressed:  # by the touch before
            world.advance(_TOUCH_S)
        if self.waiting:
            self.waiting()
        self._touched = world.now
        chip.touch(_TOUCH_S)


def used_chip(
    world: World,
    board: Board,
    credentials: int,
    protected: bool,
    overrides: Mapping[str, str | None] | None = None,
) -> Chip:
    """Add a chip that has stored credentials of one relying party.

    Args:
        world: A new one, with SEED: the flash is that of its first chip.
        board: Which board.
        credentials: How many.
        protected: Whether there are a PIN and large blobs, as large as they may be, too.
        overrides: Firmware sources to replace, by their path on the board.
    """
    changed = tuple(sorted((overrides or {}).items()))
    return world.chip(board, flash=_used(board, credentials, protected, changed), overrides=overrides)


@functools.cache
def _used(
    board: Board, credentials: int, protected: bool, overrides: tuple[tuple[str, str | None], ...]
) -> bytes:
    """Return a flash that was filled with the quick engine; either goes on from there."""
    with World(SEED, "cpython") as world:
        chip = world.chip(board, overrides=dict(overrides))
        user = User(chip)
        for number in range(credentials):
            user.platform.make(number)
        if protected:
            user.platform.pin.set_pin(PIN)
            user.platform.write_blobs(_LARGE_BLOB)
        world.advance(10)  # it tidies up
        chip.unplug()
        return chip.flash.image()
