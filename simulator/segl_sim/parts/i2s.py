"""I2S as MicroPython drives it on RP2040 and RP2350: a ring buffer, two DMA half-buffers, a state machine.

Source: MicroPython 1.29, ports/rp2/machine_i2s.c and extmod/machine_i2s.c:

* Two DMA channels, chained, play two halves of 128 bytes in turn, for ever. When a half has gone into the
  state machine's FIFO (eight words, one more in its shift register) an interrupt fills it again from the ring.
* The ring gives a half only when it holds 128 bytes or more, mono or stereo; else the half is filled with zeros.
  So up to 127 bytes stay behind in the ring, and are played before whatever comes next.
* After `irq(handler)`, `write(buf)` returns at once. Each interrupt then moves up to 512 bytes of `buf` into the ring,
  all or nothing, before it fills the half; when the last byte has gone the handler is scheduled. There is room for one
  `buf`: a second `write` before that drops the rest of the first, whose handler is never called.
* `deinit` leaves the two halves as they are: after the next start they are the first that is heard.
* The clock divider has eight fractional bits; 16 kHz is exact at 125 and at 150 MHz.

Nothing is polled: between two calls the interrupts are counted in a loop over whole numbers, and the world is asked
for one event, the end of a `buf` or the moment at which the ring runs dry.

Not modelled: receiving; asyncio streams; a scheduler queue that is full; which PIO block is used. Fill level and
times are exact; the processor's time for copying is charged when `write` is called, not when it is spent.
"""

from __future__ import annotations

from collections.abc import Callable

from segl_sim.parts.context import Context
from segl_sim.parts.i2s_bus import MONO, STEREO, Bus, Gap, Nobody, Sink

__all__ = ["MONO", "STEREO", "Gap", "I2sController", "Sink"]


class I2sController:
    """The board's two I2S blocks.

    Args:
        context: Time, chance and trace.
        interrupt: Called with a block's number when the handler of its `irq` is due.
        system_hz: The processor's clock, from which the bit clock is divided.
    """

    def __init__(
        self, context: Context, interrupt: Callable[[int], None], system_hz: int = 150_000_000
    ) -> None:
        self.buses = tuple(Bus(context, number, interrupt, system_hz) for number in (0, 1))
        self.sinks: dict[tuple[int, int, int], Sink] = {}

    def connect(self, sck: int, ws: int, sd: int, sink: Sink) -> None:
        """Wire something to three pins."""
        self.sinks[sck, ws, sd] = sink

    @property
    def running(self) -> bool:
        """Whether a bit clock runs."""
        return any(bus.clock for bus in self.buses)

    @property
    def gaps(self) -> list[Gap]:
        """All gaps so far."""
        self.catch_up()
        return [gap for bus in self.buses for gap in bus.gaps]

    @property
    def underruns(self) -> list[int]:
        """When sound broke off for want of data, in virtual ns."""
        return [gap.start for gap in self.gaps if gap.underrun]

    @property
    def faults(self) -> list[str]:
        """Other things that a board would not forgive, see `Bus`."""
        return [fault for bus in self.buses for fault in bus.faults]

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        for bus in self.buses:
            bus.catch_up()

    def power_off(self) -> None:
        """The supply went, or the board restarts: the clocks stop, memory is lost."""
        for bus in self.buses:
            bus.stop()
            bus.memory = [b"", b""]

    def lightsleep(self, ms: int) -> None:
        """`machine.lightsleep` longer than 1 ms (or for ever: -1) takes the clock from state machine and DMA."""
        if ms < 0 or ms > 1:
            for bus in self.buses:
                if bus.clock:
                    bus.fault("frozen: lightsleep while the bit clock runs")

    def interrupts_off(self, ns: int) -> None:
        """Interrupts are off for so long from now on, as while flash is erased.

        DMA then plays on into what lies behind its buffer, which nobody hears through a closed codec.
        """
        for bus in self.buses:
            bus.interrupts_off(ns)

    # --- calls of board/i2s.py ---

    def start(self, bus: int, options: int, rate: int, ring: int, pins: bytes) -> int:
        """`I2S(...)`: options are bits | format << 8."""
        sink = self.sinks.get((pins[0], pins[1], pins[2]), Nobody())
        self.buses[bus].start(options & 0xFF, options >> 8, rate, ring, sink)
        return 0

    def write(self, bus: int, data: bytes) -> int:
        """`write(buf)`."""
        return self.buses[bus].write(data)

    def set_irq(self, bus: int, on: int) -> int:
        """`irq(handler)`; returns how many calls are still due to the handler before."""
        return self.buses[bus].set_irq(bool(on))

    def check(self, bus: int, data: bytes) -> int:
        """Compare a buffer that was played with what it was when `write` was called."""
        return self.buses[bus].check(data)

    def stop(self, bus: int) -> int:
        """`deinit()`."""
        self.buses[bus].stop()
        return 0
