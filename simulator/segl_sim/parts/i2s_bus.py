"""One I2S block: its ring, its two DMA halves and what they put on the wire. Sources: parts/i2s.py."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from segl_sim.parts.audio import FrameClock
from segl_sim.parts.context import Context

MONO, STEREO = 0, 1

_HALF_BYTES = 128
_COPY_BYTES = 4 * _HALF_BYTES
_FIFO_WORDS = 9  # eight in the joined FIFO, one in the output shift register
_PIO_CYCLES = 2  # per bit
_NS = 1_000_000_000
# `ringbuf_push` and `ringbuf_pop` take a byte at a time, with a division each: 25 cycles is an estimate for Cortex-M33.
_CYCLES_PER_BYTE = 50


class Sink(Protocol):
    """What hangs on the wires."""

    def clocked(self, clock: FrameClock | None) -> None:
        """The bit clock started (again), or stopped."""
        ...

    def frames(self, clock: FrameClock, first: int, channels: int, data: bytes | bytearray) -> None:
        """Frames from number `first` on are now fixed; those left out are zero."""
        ...

    def hears(self, clock: FrameClock, first: int, last: int) -> bool:
        """Whether anything of frames `first` to before `last` would be heard, whatever they held."""
        ...


class Nobody:
    """Wires that lead nowhere."""

    def clocked(self, clock: FrameClock | None) -> None:
        """Take no notice."""

    def frames(self, clock: FrameClock, first: int, channels: int, data: bytes | bytearray) -> None:
        """Take no notice."""

    def hears(self, clock: FrameClock, first: int, last: int) -> bool:
        """Hear nothing."""
        return False


@dataclass
class Gap:
    """A time without data after there was some.

    Args:
        start: Virtual ns at which the first silent frame is on the wire.
        end: Virtual ns of the next frame with data; None while it lasts.
        underrun: Whether sound broke off: the last half before it was not all zeros.
    """

    start: int
    end: int | None
    underrun: bool


class Bus:
    """One block. `faults` tells: lost (a second write too early), changed (a buffer altered while it was
    I2S's), dead (a write after deinit), frozen and noise (see I2sController). Who calls `irq(None)` first may write
    early: that is how a board drops what it has begun.
    """

    def __init__(
        self, context: Context, number: int, interrupt: Callable[[int], None], system_hz: int
    ) -> None:
        self.clock: FrameClock | None = None
        self.gaps: list[Gap] = []
        self.faults: list[str] = []
        self.memory = [b"", b""]
        self.non_blocking = False
        self.half_frames = 0
        self._context = context
        self._number = number
        self._interrupt = interrupt
        self._system_hz = system_hz
        self._sink: Sink = Nobody()
        self._plan = 0
        self._clear()

    def _clear(self) -> None:
        self._ring = bytearray()
        self._size = 0
        self._channels = self._words = self._per_half = 1
        self._pending = b""
        self._index = 0
        self._done = 0  # buffers that went into the ring
        self._told = 0  # and whose handler was called
        self._released = False  # irq(None) came since: the rest is meant to be dropped
        self._played = b""
        self._half = 0  # number of the next interrupt
        self._flowing = False
        self._out = bytearray()
        self._out_first = 0

    def start(self, bits: int, kind: int, rate: int, ring: int, sink: Sink) -> None:
        """`I2S(...)`: the clock starts, and the halves are heard as the last run left them."""
        self.stop()
        self._clear()
        self.non_blocking = False
        self._sink = sink
        self._size = ring
        self._channels = 1 if kind == MONO else 2
        words = _HALF_BYTES * 8 // bits
        self._words = words
        self.half_frames = words // 2
        self._per_half = _HALF_BYTES // 2 if kind == MONO else _HALF_BYTES
        # The divider is rounded to 1/256; a frame is 2 words of `bits`, 2 cycles each.
        cycles = 2 * bits * _PIO_CYCLES
        divider = (2 * 256 * self._system_hz + rate * cycles) // (2 * rate * cycles)
        num, den = cycles * divider * _NS, 256 * self._system_hz
        self.clock = clock = FrameClock(self._context.now(), num, den, bits)
        self._context.effect("i2s.start", self._number, rate, bits, kind, ring)
        sink.clocked(clock)
        stale = [half if len(half) == self._per_half else b"" for half in self.memory]
        for place, half in enumerate(stale):
            if any(half):
                sink.frames(clock, place * self.half_frames, self._channels, half)

    def stop(self) -> None:
        """`deinit()`."""
        if self.clock is None:
            return
        self.catch_up()
        self._flush()
        self.clock = None
        self._plan += 1
        self._context.effect("i2s.stop", self._number)
        self._sink.clocked(None)

    def set_irq(self, on: bool) -> int:
        """Return how many calls of the handler so far are still due: they go to the old one."""
        self.catch_up()
        if not on:
            self._released = True
        self.non_blocking = on
        self._schedule()
        return self._done - self._told

    def write(self, data: bytes) -> int:
        """`write(buf)`; returns its length."""
        if self.clock is None:
            self.fault("dead: write after deinit")
            return len(data)
        if not data:
            return 0
        self.catch_up()
        self._context.charge(len(data) * _CYCLES_PER_BYTE * _NS // self._system_hz)
        if self.non_blocking:
            if self._pending and not self._released:
                self.fault("lost: write before the last buffer had gone")
            self._pending, self._index = data, 0
            self._released = False
        else:
            self._write_blocking(data)
        self._schedule()
        return len(data)

    def check(self, data: bytes) -> int:
        """Compare a buffer that was played with what it was when `write` was called."""
        if self._pending or self._told != self._done:
            return 0  # it is the next one's turn already
        if data != self._played:
            self.fault("changed: a buffer was altered before its handler was called")
            return -errno.EBUSY
        return 0

    def interrupts_off(self, ns: int) -> None:
        """Find out whether a time without interrupts, which begins now, is heard."""
        if self.clock is None:
            return
        self.catch_up()
        end = self._context.now() + ns
        # One half is still full when its neighbour's interrupt waits; after it DMA reads on behind the buffer.
        late = self._half
        while self._time(late) < end:
            late += 1
        if late > self._half + 1:
            first, last = (self._half + 2) * self.half_frames, (late + 2) * self.half_frames
            if self._sink.hears(self.clock, first, last):
                self.fault("noise: no interrupt could refill the DMA buffer")

    def fault(self, text: str) -> None:
        """Note a fault."""
        self.faults.append(text)
        self._context.effect("i2s.fault", self._number, text)

    def catch_up(self) -> None:
        """Count all interrupts up to now."""
        if self.clock is not None:
            self._run(self._context.now())

    # --- the interrupts ---

    def _time(self, half: int) -> int:
        """When the last word of a half enters the FIFO."""
        assert self.clock is not None
        word = max(0, (half + 1) * self._words - _FIFO_WORDS)
        return self.clock.start + word * self.clock.num // (2 * self.clock.den)

    def _run(self, now: int) -> None:
        while self._time(self._half) <= now:
            if not (self._pending and self.non_blocking) and len(self._ring) < _HALF_BYTES:
                self._fill(None)
                self._skip(now)
                break
            if self._pending and self.non_blocking:
                self._move()
            if len(self._ring) >= _HALF_BYTES:
                self._fill(bytes(self._ring[: self._per_half]))
                del self._ring[: self._per_half]
            else:
                self._fill(None)
            self._half += 1
        self._flush()

    def _skip(self, now: int) -> None:
        """Count interrupts that find nothing to do."""
        assert self.clock is not None
        before = self._half
        words = (now - self.clock.start) * 2 * self.clock.den // self.clock.num
        self._half = max(before + 1, (words + _FIFO_WORDS) // self._words - 1)
        while self._time(self._half) <= now:
            self._half += 1
        if self._half - before > 1:
            self.memory = [b"", b""]

    def _move(self) -> None:
        count = min(_COPY_BYTES, len(self._pending) - self._index)
        if self._size - 1 - len(self._ring) < count:
            return
        self._ring += self._pending[self._index : self._index + count]
        self._index += count
        if self._index == len(self._pending):
            self._played, self._pending, self._index = self._pending, b"", 0
            self._done += 1

    def _fill(self, data: bytes | None) -> None:
        """Put the next half's content into memory; it is on the wire two halves later."""
        assert self.clock is not None
        first = (self._half + 2) * self.half_frames
        if data is not None:
            if not self._flowing:
                self._flowing = True
                if self.gaps and self.gaps[-1].end is None:
                    self.gaps[-1].end = self.clock.time(first)
                self._flush()
                self._out_first = first
            self._out += data
            self.memory[self._half & 1] = data
            return
        if self._flowing:
            self._flowing = False
            underrun = any(self.memory[(self._half + 1) & 1])
            self.gaps.append(Gap(self.clock.time(first), None, underrun))
            if underrun:
                self._context.effect("i2s.underrun", self._number, self.clock.time(first))
            self._flush()
        self.memory[self._half & 1] = b""

    def _flush(self) -> None:
        if self._out:
            assert self.clock is not None
            self._sink.frames(self.clock, self._out_first, self._channels, self._out)
            self._out_first += len(self._out) // (self._channels * self.clock.bits // 8)
            self._out = bytearray()

    # --- what comes next ---

    def _schedule(self) -> None:
        """Ask the world for the next moment at which somebody must be told something."""
        self._plan += 1
        plan = self._plan
        when = self._next()
        if when is not None:

            def due() -> None:
                if plan == self._plan:
                    self._due()

            self._context.at(when, due)

    def _next(self) -> int | None:
        if self._told < self._done:
            return self._context.now()
        level, half = len(self._ring), self._half
        left = len(self._pending) - self._index if self.non_blocking else 0
        if not left:
            return (
                self._time(half + (level - _HALF_BYTES) // self._per_half + 1)
                if level >= _HALF_BYTES
                else None
            )
        while True:
            count = min(_COPY_BYTES, left)
            room = self._size - 1 - level
            if room < count and level < _HALF_BYTES:
                return None  # what stays behind in the ring leaves no room, on a board neither
            if room >= count:
                level += count
                left -= count
                if not left:
                    return self._time(half)
            if level >= _HALF_BYTES:
                level -= self._per_half
            half += 1

    def _due(self) -> None:
        self.catch_up()
        called = self._told < self._done
        self._told += called
        self._schedule()
        if called:
            self._interrupt(self._number)

    def _write_blocking(self, data: bytes) -> None:
        begin = now = self._context.now()
        place = 0
        while True:
            room = self._size - 1 - len(self._ring)
            self._ring += data[place : place + room]
            place += room
            if place >= len(data):
                break
            now = max(now, self._time(self._half))
            self._run(now)
        if now > begin:
            self._context.charge(now - begin)
