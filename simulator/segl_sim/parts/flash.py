"""NOR flash: erases to ones, programs only clear bits, and power can fail in the middle of either.

Source: Winbond W25Q16JV and W25Q32JV data sheets, "Page Program (02h)", "Sector Erase (20h)" and "AC
Electrical Characteristics" (tPP, tSE). The times charged are typical ones; the sheets allow up to 3 ms and
400 ms. Fault model: our own, see `NorFlash.cut_at`.

Not modelled: 32 and 64 KiB block erase, write protection, wearing out (`wear` only counts), bit rot, time
spent in an operation that power cuts short.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from segl_sim.parts.context import Context

SECTOR = 4096
PAGE = 256

PROGRAM_NS = 300_000
ERASE_NS = 45_000_000

Tear = Literal["none", "half", "random"]

_BLANK = b"\xff" * SECTOR


class PowerCut(BaseException):
    """The power failed. Not an Exception, so that no `except Exception` on the way can swallow it."""


@dataclass(frozen=True)
class FlashSnapshot:
    """State of a flash at one moment; cheap, since unchanged sectors are shared. Treat as opaque."""

    sectors: dict[int, bytes]
    undecided: dict[int, int]
    wear: Counter[int]
    operations: int


class NorFlash:
    """A serial NOR flash of 4 KiB sectors and 256-byte pages.

    Only sectors that were ever changed take memory of their own, so many devices can share one base image.
    Reads cost no time: the board reads flash through its cache as plain memory.

    `operations` counts page programs and sector erases, `wear` the erases of each sector; `unstable` and
    `unstable_programs` choose what a cut leaves behind (see `cut_at`).

    Args:
        context: Time, chance and trace.
        size: Bytes, whole sectors.
        base: What lies in the flash at first; a shorter one leaves the rest blank. None: all blank.

    Raises:
        ValueError: The size is no multiple of SECTOR, or the base image is larger.
    """

    def __init__(self, context: Context, size: int, base: bytes | None = None) -> None:
        if size <= 0 or size % SECTOR:
            raise ValueError(f"flash size {size} is not a multiple of {SECTOR}")
        if base is not None and len(base) > size:
            raise ValueError(f"base image of {len(base)} bytes does not fit into {size}")
        self.context = context
        self.size = size
        self.operations = 0
        self.wear: Counter[int] = Counter()
        self.unstable = False
        self.unstable_programs = False
        self._base = base or b""
        self._sectors: dict[int, bytes] = {}
        # Per sector: the bits (as one big-endian number) that read differently each time.
        self._undecided: dict[int, int] = {}
        self._on = True
        self._cut_at: int | None = None
        self._tear: Tear = "none"
        self._chance = random.Random(0)
        self._listeners: list[Callable[[int], None]] = []

    def listen(self, on_busy: Callable[[int], None]) -> None:
        """Call `on_busy(ns)` before each call that keeps the processor from its flash, and so from its interrupts.

        Source: MicroPython 1.29, ports/rp2/rp2_flash.c: interrupts stay off for the whole of a program or an erase.
        """
        self._listeners.append(on_busy)

    # --- what the board does ---

    def read(self, address: int, length: int) -> bytes:
        """Return `length` bytes from `address`; undecided bits are drawn anew in each read.

        Raises:
            PowerCut: The power is off.
            ValueError: Outside of the flash.
        """
        # littlefs reads thousands of small pieces at every start: the usual one, of one steady sector, comes first.
        sector, offset = divmod(address, SECTOR)
        if self._on and 0 <= length <= SECTOR - offset and sector not in self._undecided:
            changed = self._sectors.get(sector)
            if changed is not None:
                return changed[offset : offset + length]
            if 0 <= address <= len(self._base) - length:
                return self._base[address : address + length]
        self._check(address, length)
        pieces: list[bytes] = []
        while length:
            sector, offset = divmod(address, SECTOR)
            count = min(length, SECTOR - offset)
            pieces.append(self._read_piece(sector, offset, count))
            address += count
            length -= count
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def program(self, address: int, data: bytes) -> None:
        """Clear the bits that are zero in `data`; each page touched is one operation of 0.3 ms.

        Raises:
            PowerCut: The power is off, or fails now (see `cut_at`).
            ValueError: Outside of the flash.
        """
        self._check(address, len(data))
        self._busy(PROGRAM_NS * (-(-(address + len(data)) // PAGE) - address // PAGE) if data else 0)
        start = 0
        while start < len(data):
            count = min(len(data) - start, PAGE - (address + start) % PAGE)
            self._program_page(address + start, data[start : start + count])
            start += count

    def erase(self, address: int, length: int = SECTOR) -> None:
        """Set whole sectors to ones; each sector is one operation of 45 ms.

        Raises:
            PowerCut: The power is off, or fails now (see `cut_at`).
            ValueError: Outside of the flash, or not aligned to sectors.
        """
        self._check(address, length)
        if address % SECTOR or length % SECTOR:
            raise ValueError(f"erase of {length} bytes at {address:#x} is not aligned to sectors")
        self._busy(ERASE_NS * (length // SECTOR))
        for sector in range(address // SECTOR, (address + length) // SECTOR):
            self._erase_sector(sector)

    # --- faults ---

    def cut_at(self, operation: int, tear: Tear = "none") -> None:
        """Let the power fail during an operation, counted from 1 after this call.

        What the interrupted operation leaves behind:

        - "none": nothing of it happened.
        - "half": the first half of the page or sector is finished, the rest not.
        - "random": each bit that should change did so or not, by chance.

        With `unstable`, the bits that an erase should have changed and did not are undecided (also in the
        second half, since an erase works on all cells of its sector at once). With `unstable_programs`, so
        are those of a page program under a random tear. An undecided bit reads as one or zero by chance, each
        time anew, until its sector is erased again (or the bit is programmed to zero).

        `unstable_programs` is a switch of its own because littlefs does not survive it: when the last bits of
        a commit read as good at one start and as bad at the next, what was committed after them is lost.

        Args:
            operation: 1 is the next page program or sector erase.
            tear: "none", "half" or "random".

        Raises:
            ValueError: Operation below 1, or no such tear.
        """
        if operation < 1:
            raise ValueError("operations are counted from 1")
        if tear not in ("none", "half", "random"):
            raise ValueError(f"no tear named {tear!r}: use none, half or random")
        self._cut_at = self.operations + operation
        self._tear = tear
        self._chance = random.Random(self.context.random.getrandbits(64))

    def cancel_cut(self) -> None:
        """Forget a cut that did not come."""
        self._cut_at = None

    def power_off(self) -> None:
        """Let every access raise PowerCut from now on."""
        self._on = False

    def power_on(self) -> None:
        """Let accesses work again; the content is what the cut left."""
        self._on = True

    # --- what a laboratory sees ---

    @property
    def changed(self) -> int:
        """How many sectors are no longer as in the base image."""
        return len(self._sectors)

    def image(self) -> bytes:
        """Return the whole content; undecided bits as they were before the cut. Works without power."""
        content = bytearray(self._base)
        content.extend(b"\xff" * (self.size - len(content)))
        for sector, data in self._sectors.items():
            content[sector * SECTOR : (sector + 1) * SECTOR] = data
        return bytes(content)

    def contains(self, needle: bytes) -> bool:
        """Say whether these bytes lie anywhere in the flash, sector borders included."""
        return needle in self.image()

    def snapshot(self) -> FlashSnapshot:
        """Return the present content, wear and operation count."""
        return FlashSnapshot(dict(self._sectors), dict(self._undecided), self.wear.copy(), self.operations)

    def restore(self, snapshot: FlashSnapshot) -> None:
        """Go back to a snapshot of this flash, with power on and no cut pending."""
        self._sectors = dict(snapshot.sectors)
        self._undecided = dict(snapshot.undecided)
        self.wear = snapshot.wear.copy()
        self.operations = snapshot.operations
        self._cut_at = None
        self._on = True

    # --- inside ---

    def _check(self, address: int, length: int) -> None:
        if not self._on:
            raise PowerCut
        if address < 0 or length < 0 or address + length > self.size:
            raise ValueError(f"{length} bytes at {address:#x} lie outside of the flash of {self.size:#x}")

    def _busy(self, ns: int) -> None:
        for on_busy in self._listeners:
            on_busy(ns)

    def _sector(self, sector: int) -> bytes:
        data = self._sectors.get(sector)
        if data is None:
            data = self._base[sector * SECTOR : (sector + 1) * SECTOR]
            if len(data) < SECTOR:
                data = data + _BLANK[len(data) :]
        return data

    def _read_piece(self, sector: int, offset: int, count: int) -> bytes:
        data = self._sector(sector)[offset : offset + count]
        if sector not in self._undecided:
            return data
        flips = self._undecided_in(sector, offset, count) & self._chance.getrandbits(8 * count)
        return (int.from_bytes(data, "big") ^ flips).to_bytes(count, "big")

    def _program_page(self, address: int, data: bytes) -> None:
        sector, offset = divmod(address, SECTOR)
        count = len(data)
        before = int.from_bytes(self._sector(sector)[offset : offset + count], "big")
        wanted = int.from_bytes(data, "big")
        if self._begin(PROGRAM_NS):
            self._put(sector, offset, count, before & wanted)
            # A bit programmed to zero is decided; one that is left alone stays as it was.
            self._decide(sector, offset, count, ~wanted)
            self.context.effect("flash.program", address, count)
            return
        done, undecided = self._torn(before & ~wanted, count, erasing=False)
        self._put(sector, offset, count, before & ~done)
        self._decide(sector, offset, count, done)
        self._undecide(sector, offset, count, undecided)
        self._fail(address)

    def _erase_sector(self, sector: int) -> None:
        if self._begin(ERASE_NS):
            self._sectors[sector] = _BLANK
            self._undecided.pop(sector, None)
            self.wear[sector] += 1
            self.context.effect("flash.erase", sector * SECTOR)
            return
        before = int.from_bytes(self._sector(sector), "big")
        ones = (1 << 8 * SECTOR) - 1
        done, undecided = self._torn(ones & ~before, SECTOR, erasing=True)
        if self._tear != "none":
            self._put(sector, 0, SECTOR, before | done)
            self._undecide(sector, 0, SECTOR, undecided)
            self.wear[sector] += 1
        self._fail(sector * SECTOR)

    def _begin(self, ns: int) -> bool:
        """Count an operation; False when the power fails in it."""
        if not self._on:
            raise PowerCut
        self.operations += 1
        if self._cut_at is not None and self.operations >= self._cut_at:
            return False
        self.context.charge(ns)
        return True

    def _torn(self, changing: int, count: int, *, erasing: bool) -> tuple[int, int]:
        """Split the bits that should have changed into those that did and those that are undecided."""
        if self._tear == "none":
            return 0, 0
        if self._tear == "half":
            rest = (1 << 8 * (count - count // 2)) - 1
            return changing & ~rest, changing & rest if self.unstable and erasing else 0
        done = changing & self._chance.getrandbits(8 * count)
        unstable = self.unstable if erasing else self.unstable_programs
        return done, changing & ~done if unstable else 0

    def _fail(self, address: int) -> None:
        self._cut_at = None
        self._on = False
        self.context.effect("flash.cut", address)
        raise PowerCut

    def _put(self, sector: int, offset: int, count: int, value: int) -> None:
        data = self._sector(sector)
        self._sectors[sector] = data[:offset] + value.to_bytes(count, "big") + data[offset + count :]

    def _undecided_in(self, sector: int, offset: int, count: int) -> int:
        shift = 8 * (SECTOR - offset - count)
        return self._undecided[sector] >> shift & ((1 << 8 * count) - 1)

    def _decide(self, sector: int, offset: int, count: int, bits: int) -> None:
        if sector in self._undecided:
            now_decided = self._undecided_in(sector, offset, count) & bits
            self._undecided[sector] ^= now_decided << 8 * (SECTOR - offset - count)

    def _undecide(self, sector: int, offset: int, count: int, bits: int) -> None:
        if bits:
            shifted = bits << 8 * (SECTOR - offset - count)
            self._undecided[sector] = self._undecided.get(sector, 0) | shifted
