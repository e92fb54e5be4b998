"""A chip whose power fails, and what its owner may rely on afterwards.

A life is lived once, and the flash is noted before each of its operations. What a cut at one of them leaves is the
flash as it was, with that operation torn; so one life serves all its cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from segl.errors import Lost
from segl_sim import World
from segl_sim.chip import Chip
from segl_sim.parts.flash import PAGE, SECTOR, FlashSnapshot, PowerCut
from tests.chip.owner import USERS, Ledger, Owner, array
from tests.device.support import FAULTS, Fault, broken, files

_SECRET = slice(0xC00 * 2, 0xC00 * 2 + 32)  # of the one-time-programmable memory, segl_sim/device.py


class Moment(NamedTuple):
    """A chip without power, and what is known of it."""

    flash: FlashSnapshot
    ledger: Ledger


Action = Callable[[Owner], None]


class Life:
    """A chip that lives through actions, and the moments of each flash operation.

    Args:
        engine: "micropython" or "cpython".
        board: Which.
        overrides: Firmware that is broken on purpose.
    """

    def __init__(
        self, engine: str = "cpython", board: str = "pico2", overrides: Mapping[str, str] | None = None
    ) -> None:
        self.world = World(seed=3, engine=engine)
        self.chip = self.world.chip(board, overrides=overrides)
        self._record: list[Moment] | None = None
        self.owner: Owner | None = None
        self._before = Ledger()
        self.chip.flash.listen(self._note)

    def start(self, moment: Moment | None = None) -> Owner:
        """Plug the chip in, as it was at a moment."""
        if moment:
            self.off()
            self.chip.flash.restore(moment.flash)
        self.owner = Owner(self.chip, moment.ledger.copy() if moment else Ledger())
        return self.owner

    def off(self) -> None:
        """Unplug it."""
        self.chip.unplug()
        self.world.advance(0.2)

    def now(self) -> Moment:
        """Unplug it; return what it is now."""
        assert self.owner
        self.off()
        return Moment(self.chip.flash.snapshot(), self.owner.ledger.copy())

    def live(self, before: Moment, action: Action) -> list[Moment]:
        """Do something with the chip as it was; return the moments before each call to the flash, and after all.

        The chip's start is part of it.
        """
        self.off()
        self.chip.flash.restore(before.flash)
        self.owner, self._before = None, before.ledger
        self._record = record = []
        self.owner = owner = Owner(self.chip, before.ledger.copy())
        action(owner)
        self._record = None
        return [*record, self.now()]

    def _note(self, ns: int) -> None:
        if self._record is not None and ns:
            ledger = self.owner.ledger if self.owner else self._before
            self._record.append(Moment(self.chip.flash.snapshot(), ledger.copy()))

    # --- cuts

    def cuts(self, moments: list[Moment], stride: int = 1, faults: int = 5) -> Iterator[Moment]:
        """Give what cuts at the operations between moments leave behind.

        Args:
            moments: As `live` returned them.
            stride: Of how many operations one is cut.
            faults: In how many of the five ways; the ways take turns.
        """
        number = 0
        for before, after in pairwise(moments):
            for operation in range(len(_changes(before.flash, after.flash))):
                number += 1
                if number % stride:
                    continue
                for way in range(faults):
                    fault = FAULTS[(number // stride + way) % len(FAULTS)]
                    yield Moment(self._torn(before, after, operation, fault), before.ledger)

    def _torn(self, before: Moment, after: Moment, operation: int, fault: Fault) -> FlashSnapshot:
        flash = self.chip.flash
        flash.restore(before.flash)
        flash.unstable = fault.unstable
        flash.cut_at(operation + 1, fault.tear)
        with suppress(PowerCut):
            for address, page in _changes(before.flash, after.flash):
                if page is None:
                    flash.erase(address)
                else:
                    flash.program(address, page)
        flash.cancel_cut()
        flash.power_on()
        return flash.snapshot()

    def survive(self, moment: Moment) -> None:
        """Start the chip after a cut: all that must hold holds."""
        self.start(moment).check()
        self.off()

    def live_cut(self, before: Moment, action: Action, operation: int, fault: Fault) -> Moment | None:
        """Do something, and let the power fail in one of its flash operations; None if there is no such one."""
        self.off()
        flash = self.chip.flash
        flash.restore(before.flash)
        owner = self.start(before)
        self.world.trace.last.clear()
        flash.unstable = fault.unstable
        flash.cut_at(operation, fault.tear)
        try:
            action(owner)
        except Lost:
            assert self.was_cut
        flash.cancel_cut()
        cut = self.was_cut
        after = self.now()
        return after if cut else None

    @property
    def was_cut(self) -> bool:
        """Whether the power has failed since the trace was cleared."""
        return any(effect.kind == "flash.cut" for effect in self.world.trace.last)


def _changes(before: FlashSnapshot, after: FlashSnapshot) -> list[tuple[int, bytes | None]]:
    """Return the operations that lead from one state to the next: address, and a page or None for an erase."""
    found: list[tuple[int, bytes | None]] = []
    for sector, data in after.sectors.items():
        old = before.sectors.get(sector)
        if data is old:
            continue
        if data.count(0xFF) == SECTOR:
            found.append((sector * SECTOR, None))
            continue
        for at in range(0, SECTOR, PAGE):
            page = data[at : at + PAGE]
            if old is None or old[at : at + PAGE] != page:
                found.append((sector * SECTOR + at, page))
    return sorted(found)


def broken_chip(path: str, old: str, new: str, board: str = "pico2") -> dict[str, str]:
    """Give a firmware file of the chip with a piece of its text replaced."""
    return broken(path, old, new, board, "chip")


def new(life: Life) -> Moment:
    """A new chip."""
    life.start()
    return life.now()


def used(life: Life) -> Moment:
    """A chip with a PIN, a credential that it stores and one that it does not, and large blobs."""
    owner = life.start()
    owner.set()
    owner.register(USERS[0])
    owner.register(USERS[1], resident=False)
    owner.write_blobs(array(1000))
    return life.now()


def contents(chip: Chip) -> dict[str, bytes]:
    """Return what each file in the flash holds."""
    return files(chip)


def root_secret(chip: Chip) -> bytes:
    """Return the board's root secret, which a laboratory may find out."""
    return contents(chip).get("/salt/root") or chip.otp[_SECRET]


def sizes(chip: Chip) -> dict[str, int]:
    """Return how many bytes each file in the flash has."""
    return {path: len(data) for path, data in files(chip).items()}
