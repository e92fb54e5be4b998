"""The I2S block against MicroPython 1.29's ports/rp2/machine_i2s.c and extmod/machine_i2s.c."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.parts.audio import FrameClock
from segl_sim.parts.i2s import MONO, STEREO, I2sController
from tests.parts.fake import FakeContext

PINS = bytes([10, 11, 12])
HALF = 2_000_000  # ns: 32 frames at 16 kHz
FIRST = 1_718_750  # the first half has gone into the FIFO: 64 words less nine that wait, 31.25 us each


class Wire:
    """Keeps what came, by frame."""

    def __init__(self) -> None:
        self.clock: FrameClock | None = None
        self.samples: dict[int, tuple[int, ...]] = {}
        self.open = True
        self.asked: list[tuple[int, int]] = []

    def hears(self, clock: FrameClock, first: int, last: int) -> bool:
        self.asked.append((first, last))
        return self.open

    def clocked(self, clock: FrameClock | None) -> None:
        self.clock = clock or self.clock

    def frames(self, clock: FrameClock, first: int, channels: int, data: bytes | bytearray) -> None:
        code = "h" if clock.bits == 16 else "i"
        values = struct.unpack(f"<{len(data) // (clock.bits // 8)}{code}", data)
        for index in range(0, len(values), channels):
            self.samples[first + index // channels] = values[index : index + channels]


class Bench:
    def __init__(self, ring: int = 2048, kind: int = MONO, bits: int = 16, hertz: int = 150_000_000) -> None:
        self.context = FakeContext()
        self.context.time = 1_000_000
        self.calls: list[int] = []
        self.i2s = I2sController(self.context, lambda bus: self.calls.append(self.context.time), hertz)
        self.wire = Wire()
        self.i2s.connect(10, 11, 12, self.wire)
        self.start(ring, kind, bits)

    def start(self, ring: int = 2048, kind: int = MONO, bits: int = 16) -> None:
        self.began = self.context.time
        self.i2s.start(0, bits | kind << 8, 16_000, ring, PINS)
        self.i2s.set_irq(0, 1)

    def write(self, data: bytes) -> int:
        # Time for copying is tested on its own.
        now = self.context.time
        result = self.i2s.write(0, data)
        self.context.time = now
        return result

    def heard(self) -> list[int]:
        """All samples of the left channel, silence included, from frame 0 to the last that came."""
        self.i2s.catch_up()
        found = self.wire.samples
        return [found.get(frame, (0,))[0] for frame in range(max(found, default=-1) + 1)]


def ramp(count: int, start: int = 1) -> bytes:
    return struct.pack(f"<{count}h", *range(start, start + count))


# --- time ---


@pytest.mark.parametrize("hertz", [125_000_000, 150_000_000])
def test_16_khz_is_exact(hertz: int):
    bench = Bench(hertz=hertz)
    assert bench.wire.clock
    assert bench.wire.clock.time(16_000) - bench.began == 1_000_000_000


def test_another_rate_is_what_the_divider_makes_of_it():
    # 150 MHz / (44100 x 64) = 53.1462, rounded to 53 37/256.
    context = FakeContext()
    i2s = I2sController(context, lambda bus: None)
    wire = Wire()
    i2s.connect(10, 11, 12, wire)
    i2s.start(0, 16, 44_100, 1024, PINS)
    assert wire.clock
    assert wire.clock.rate == pytest.approx(150e6 / 64 / (53 + 37 / 256), rel=1e-12)


def test_data_written_at_once_are_on_the_wire_two_halves_later():
    bench = Bench()
    bench.write(ramp(64))
    bench.context.advance(20_000_000)
    assert bench.heard()[62:68] == [0, 0, 1, 2, 3, 4]
    assert bench.wire.clock
    assert bench.wire.clock.time(64) - bench.began == 2 * HALF


def test_the_handler_is_called_when_the_last_byte_is_in_the_ring():
    # Each interrupt moves up to 512 bytes: the second one ends it.
    bench = Bench()
    assert bench.write(ramp(504)) == 1008
    bench.context.advance(20_000_000)
    assert bench.calls == [bench.began + FIRST + HALF]


def test_an_interrupt_moves_all_of_its_512_bytes_or_none():
    # 700 bytes of ring, one of them unused: after 512 there is room for 496 more when 309 have been played,
    # that is after five halves of 64 bytes.
    bench = Bench(ring=700)
    bench.write(ramp(504))
    bench.context.advance(40_000_000)
    assert bench.calls == [bench.began + FIRST + 5 * HALF]


def test_a_ring_that_never_has_room_never_ends_a_write():
    bench = Bench(ring=512)
    bench.write(ramp(504))
    bench.context.advance(10**9)
    assert bench.calls == []
    assert bench.heard() == []


def test_a_small_ring_can_be_stopped_up_by_what_stays_behind():
    # 112 bytes stay; 599 less those are fewer than 512.
    bench = Bench(ring=600)
    bench.write(ramp(248))
    bench.context.advance(10**8)
    assert len(bench.calls) == 1
    bench.write(ramp(504))
    bench.context.advance(10**8)
    assert len(bench.calls) == 1


def test_copying_costs_the_processor_time():
    # 50 cycles a byte at 150 MHz.
    bench = Bench()
    before = bench.context.time
    bench.i2s.write(0, bytes(1008))
    assert bench.context.time - before == 336_000


# --- what is played ---


def test_mono_goes_to_both_channels_and_stereo_to_its_own():
    bench = Bench(kind=STEREO)
    bench.write(ramp(256))
    bench.context.advance(20_000_000)
    bench.heard()
    assert bench.wire.samples[64] == (1, 2)
    assert bench.wire.samples[65] == (3, 4)


def test_32_bits_halve_the_frames_of_a_half():
    bench = Bench(bits=32)
    bench.write(struct.pack("<64i", *range(1, 65)))
    bench.context.advance(20_000_000)
    assert bench.heard()[30:35] == [0, 0, 1, 2, 3]


def test_up_to_127_bytes_stay_behind_and_come_before_the_next():
    # 96 samples: 192 bytes; two halves of 64 bytes go, then 64 bytes are too few.
    bench = Bench()
    bench.write(ramp(96))
    bench.context.advance(50_000_000)
    assert [value for value in bench.heard() if value] == list(range(1, 65))
    bench.write(ramp(96, 1001))
    bench.context.advance(50_000_000)
    assert [v for v in bench.heard() if v] == [*range(1, 97), *range(1001, 1065)]


def test_after_a_restart_the_old_halves_are_heard_first():
    bench = Bench()
    bench.write(ramp(504))
    bench.context.advance(10_000_000)
    bench.i2s.stop(0)
    bench.wire.samples.clear()
    bench.start()
    bench.context.advance(20_000_000)
    stale = bench.heard()
    assert len(stale) == 64
    assert all(stale)


def test_a_restart_after_silence_is_silent():
    bench = Bench()
    bench.write(ramp(504) + bytes(512))
    bench.context.advance(100_000_000)
    bench.i2s.stop(0)
    bench.wire.samples.clear()
    bench.start()
    bench.context.advance(20_000_000)
    assert bench.heard() == []


# --- what goes wrong ---


def test_a_stream_that_breaks_off_is_an_underrun_at_its_exact_time():
    bench = Bench()
    bench.write(ramp(504))
    bench.context.advance(200_000_000)
    # 14 halves are full; 112 bytes are too few for another.
    start = bench.began + (64 + 14 * 32) * 62_500
    assert bench.i2s.underruns == [start]
    assert ("i2s.underrun", 0, start) in bench.context.effects
    assert bench.i2s.gaps[0].end is None


def test_a_gap_ends_with_the_next_data():
    bench = Bench()
    bench.write(ramp(504))
    bench.context.advance(200_000_000)
    bench.write(ramp(504))
    bench.context.advance(5_000_000)
    [gap] = bench.i2s.gaps
    assert gap.end is not None
    assert 200_000_000 < gap.end - bench.began < 210_000_000


def test_a_stream_that_ends_in_silence_ends_well():
    bench = Bench()
    bench.write(ramp(504) + bytes(192))
    bench.context.advance(200_000_000)
    assert bench.i2s.underruns == []
    assert len(bench.i2s.gaps) == 1


def test_a_second_write_before_the_handler_loses_the_first():
    bench = Bench()
    bench.write(ramp(504))
    bench.write(bytes(512))
    bench.context.advance(200_000_000)
    assert [fault[:4] for fault in bench.i2s.faults] == ["lost"]
    assert len(bench.calls) == 1
    assert not any(bench.heard())


def test_who_lets_the_handler_go_first_may_drop_what_it_wrote():
    bench = Bench()
    bench.write(ramp(504))
    bench.i2s.set_irq(0, 0)
    bench.i2s.set_irq(0, 1)
    bench.write(ramp(504, 2001))
    bench.context.advance(200_000_000)
    assert bench.i2s.faults == []
    assert len(bench.calls) == 1
    assert bench.heard()[64] == 2001


def test_a_buffer_altered_too_early_is_noticed():
    bench = Bench()
    data = ramp(504)
    bench.write(data)
    bench.context.advance(20_000_000)
    assert bench.i2s.check(0, data) == 0
    assert bench.i2s.check(0, bytes(1008)) < 0
    assert bench.i2s.faults[0].startswith("changed")


def test_sleep_and_long_times_without_interrupts_are_faults_only_while_the_clock_runs():
    bench = Bench()
    bench.i2s.lightsleep(1)
    bench.i2s.interrupts_off(1_900_000)
    assert bench.i2s.faults == []
    bench.i2s.lightsleep(20)
    bench.i2s.interrupts_off(45_000_000)
    assert [fault.split(":")[0] for fault in bench.i2s.faults] == ["frozen", "noise"]
    bench.i2s.stop(0)
    bench.i2s.lightsleep(-1)
    assert len(bench.i2s.faults) == 2


def test_late_interrupts_are_a_fault_only_where_they_are_heard():
    bench = Bench()
    bench.wire.open = False
    bench.i2s.interrupts_off(45_000_000)
    assert bench.i2s.faults == []
    # A half is 32 frames: the first interrupt comes after 27.5, the second 2 ms later; from then on it is noise.
    assert bench.wire.asked == [(64, 64 + 22 * 32)]
    bench.wire.open = True
    bench.i2s.interrupts_off(1_200_000)  # a page program of 1 KiB
    assert bench.i2s.faults == []


def test_writing_to_a_block_that_stands_is_a_fault():
    bench = Bench()
    bench.i2s.stop(0)
    bench.write(bytes(64))
    assert bench.i2s.faults[0].startswith("dead")


def test_other_pins_reach_nobody():
    bench = Bench()
    bench.i2s.start(0, 16, 16_000, 2048, bytes([20, 21, 22]))
    bench.i2s.set_irq(0, 1)
    bench.write(ramp(504))
    bench.context.advance(50_000_000)
    assert bench.heard() == []
    assert len(bench.calls) == 1


# --- blocking writes ---


def test_a_blocking_write_waits_for_room_and_no_longer():
    bench = Bench(ring=1024)
    bench.i2s.set_irq(0, 0)
    bench.context.charge = lambda ns: None if ns < 400_000 else charged.append(ns)  # type: ignore[method-assign]
    charged: list[int] = []
    bench.i2s.write(0, ramp(504))
    assert charged == []
    bench.i2s.write(0, ramp(504, 505))
    # 15 bytes are free; 993 more need 16 halves of 64 bytes.
    assert charged == [FIRST + 15 * HALF]
    bench.context.advance(100_000_000)
    assert [v for v in bench.heard() if v][:960] == list(range(1, 961))


# --- against the C code, interrupt by interrupt ---


def reference(ring_size: int, events: list[tuple[int, bytes]], end: int) -> tuple[list[int], list[int]]:
    """What the two functions of the C code do, called at each interrupt: samples and times of handlers."""
    ring, pending, index, half = b"", b"", 0, 0
    out, calls, queue = [0] * 64, [], list(events)
    while True:
        now = FIRST + half * HALF
        if now > end:
            return out, calls
        while queue and queue[0][0] <= now and not pending:
            pending, index = queue.pop(0)[1], 0
        if pending:
            count = min(512, len(pending) - index)
            if ring_size - 1 - len(ring) >= count:
                ring += pending[index : index + count]
                index += count
                if index == len(pending):
                    pending = b""
                    calls.append(now)
        if len(ring) >= 128:
            out += struct.unpack("<32h", ring[:64])
            ring = ring[64:]
        else:
            out += [0] * 32
        half += 1


@given(
    st.integers(640, 3000),
    st.lists(st.tuples(st.integers(0, 90_000_000), st.integers(1, 700)), min_size=1, max_size=8),
)
def test_it_does_what_the_c_code_does(ring: int, pauses: list[tuple[int, int]]):
    bench = Bench(ring=ring)
    events: list[tuple[int, bytes]] = []
    number = 1
    for pause, count in pauses:
        bench.context.advance(pause)
        while len(bench.calls) < len(events):
            bench.context.advance(1_000_000)
        data = ramp(count, number)
        number += count
        events.append((bench.context.time - bench.began, data))
        bench.write(data)
    bench.context.advance(300_000_000)
    heard = bench.heard()
    wanted, calls = reference(ring, events, bench.context.time - bench.began)
    assert [when - bench.began for when in bench.calls] == calls
    assert heard == wanted[: len(heard)]
    assert not any(wanted[len(heard) :])
