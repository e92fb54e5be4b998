"""The clock against the DS3231 data sheet, 19-5170 Rev 10 (figure and sections named at each test)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.parts.context import Nack
from segl_sim.parts.ds3231 import DS3231
from tests.parts.fake import FakeContext

NS = 1_000_000_000
YEAR = 365 * 86_400 * NS
START = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture(name="clock")
def clock_fixture(context: FakeContext) -> DS3231:
    return DS3231(context)


def _registers(clock: DS3231, first: int = 0, count: int = 1) -> bytes:
    clock.write(bytes([first]))
    return clock.read(count)


def _bcd(value: int) -> int:
    return int(str(value), 16)


def _set(clock: DS3231, time: datetime) -> None:
    century = 0x80 if time.year >= 2100 else 0
    fields = (time.second, time.minute, time.hour, time.isoweekday(), time.day)
    clock.write(bytes([0, *map(_bcd, fields), century | _bcd(time.month), _bcd(time.year % 100)]))


def _time(clock: DS3231) -> str:
    seconds, minutes, hours, _, date, month, year = _registers(clock, 0, 7)
    return f"{month >> 7}{year:02x}-{month & 0x1F:02x}-{date:02x} {hours:02x}:{minutes:02x}:{seconds:02x}"


# --- power ---


def test_first_power_resets_the_registers_and_sets_the_stop_flag(clock: DS3231):
    # "Clock and Calendar": 01/01/00 01 00:00:00; control 1Ch, status 88h, aging 0.
    assert _registers(clock, 0, 0x13) == bytes.fromhex("00000001010100 00000000000000 1c 88 00 19 00")


def test_the_stop_flag_stays_until_written_zero(clock: DS3231):
    # "Status Register": OSF can only be written to 0.
    clock.write(b"\x0f\x08")
    assert _registers(clock, 0x0F) == b"\x08"
    clock.write(b"\x0f\xff")
    assert _registers(clock, 0x0F) == b"\x08"
    clock.write(b"\x0f\x00")
    assert _registers(clock, 0x0F) == b"\x00"


def test_a_clock_that_has_run_on_shows_its_time_and_no_stop(context: FakeContext, clock: DS3231):
    clock.run_on(86_400 * 366 + 5)
    context.advance(2 * NS)
    assert _time(clock) == "001-01-01 00:00:07"
    assert not clock.stopped


def test_it_keeps_time_on_its_cell_but_does_not_answer(context: FakeContext, clock: DS3231):
    _set(clock, datetime(2026, 11, 22, 12, 0, 0))
    clock.write(b"\x0f\x00")
    clock.powered = False
    with pytest.raises(Nack):
        clock.read(1)
    with pytest.raises(Nack):
        clock.write(b"\x00")
    context.advance(3601 * NS)
    clock.powered = True
    assert _time(clock) == "026-11-22 13:00:01"
    assert _registers(clock, 0x0F) == b"\x00"


def test_without_its_cell_it_forgets(context: FakeContext, clock: DS3231):
    _set(clock, datetime(2026, 11, 22))
    clock.write(b"\x10\x05")
    clock.write(b"\x0f\x00")
    clock.powered = False
    context.advance(5 * NS)
    clock.lose_power()
    clock.powered = True
    assert _registers(clock, 0x0E, 3) == b"\x1c\x88\x00"
    assert _time(clock) == "000-01-01 00:00:00"


def test_eosc_stops_the_oscillator_on_the_cell_only(context: FakeContext, clock: DS3231):
    # "Control Register", bit 7.
    clock.write(b"\x0e\x9c\x00")
    context.advance(10 * NS)
    assert clock.seconds == 10
    clock.powered = False
    context.advance(100 * NS)
    clock.powered = True
    assert clock.seconds == 10
    assert _registers(clock, 0x0F) == b"\x80"


# --- time and calendar ---


@given(st.integers(0, 99 * 365 * 86_400), st.integers(0, 400 * 86_400))
def test_the_calendar_agrees_with_pythons_until_2100(start: int, later: int):
    begin = START + timedelta(seconds=start)
    context = FakeContext()
    clock = DS3231(context)
    _set(clock, begin)
    context.advance(later * NS)
    end = begin + timedelta(seconds=later)
    assert clock.seconds == int((end - START).total_seconds())
    if end.year < 2100:
        assert _time(clock) == end.strftime("0%y-%m-%d %H:%M:%S")
        assert _registers(clock, 3)[0] == end.isoweekday()


def test_every_day_of_two_centuries_follows_the_one_before(context: FakeContext, clock: DS3231):
    seen: set[str] = set()
    for _ in range(2 * 36_525):
        seen.add(_time(clock))
        context.advance(86_400 * NS)
    assert len(seen) == 2 * 36_525
    assert _time(clock) == "000-01-01 00:00:00"


def test_the_century_bit_toggles_and_2100_is_taken_for_a_leap_year(context: FakeContext, clock: DS3231):
    _set(clock, datetime(2099, 12, 31, 23, 59, 59))
    context.advance(NS)
    assert _time(clock) == "100-01-01 00:00:00"
    _set(clock, datetime(2100, 2, 28, 23, 59, 59))
    context.advance(NS)
    assert _time(clock) == "100-02-29 00:00:00"
    clock.write(b"\x00\x59\x59\x23\x01\x31\x92\x99")
    context.advance(NS)
    assert _time(clock) == "000-01-01 00:00:00"


@pytest.mark.parametrize(
    ("hour", "register"),
    [(0, 0x52), (1, 0x41), (11, 0x51), (12, 0x72), (13, 0x61), (23, 0x71)],
)
def test_twelve_hour_mode(context: FakeContext, clock: DS3231, hour: int, register: int):
    # "Clock and Calendar": bit 6 chooses 12 hours, bit 5 is PM.
    clock.write(bytes([2, register]))
    assert clock.seconds == hour * 3600
    context.advance(3600 * NS)
    assert clock.seconds == (hour + 1) * 3600
    assert _registers(clock, 2)[0] & 0x40
    clock.write(bytes([2, register]))
    assert _registers(clock, 2)[0] == register


def test_the_day_of_week_is_the_owners_and_steps_at_midnight(context: FakeContext, clock: DS3231):
    clock.write(b"\x00\x59\x59\x23\x07")
    context.advance(NS)
    assert _registers(clock, 3) == b"\x01"


def test_writing_the_seconds_starts_a_new_second_and_nothing_else_does(context: FakeContext, clock: DS3231):
    # "The countdown chain is reset whenever the seconds register is written."
    context.advance(900_000_000)
    clock.write(b"\x01\x30")
    context.advance(100_000_000)
    assert _registers(clock, 0, 2) == b"\x01\x30"
    context.advance(900_000_000)
    clock.write(b"\x00\x07")
    context.advance(NS - 1)
    assert _registers(clock) == b"\x07"
    context.advance(1)
    assert _registers(clock) == b"\x08"


def test_registers_written_one_by_one_in_any_order_make_a_date(clock: DS3231):
    _set(clock, datetime(2026, 2, 1))
    for write in (b"\x04\x31", b"\x05\x12", b"\x06\x30"):
        clock.write(write)
    assert _time(clock) == "030-12-31 00:00:00"


# --- drift ---


def test_a_year_at_2_ppm_is_exact_to_the_nanosecond(context: FakeContext):
    clock = DS3231(context, drift_ppm=2)
    context.advance(YEAR)
    gained = 2 * YEAR // 1_000_000  # 63.072 s
    assert clock.seconds == 365 * 86_400 + 63
    # The next whole second comes after 928 ms of the crystal's own time.
    left = -(-(NS - gained % NS) * 1_000_000_000 // (1_000_000_000 + 2000))
    context.advance(left - 1)
    assert clock.seconds == 365 * 86_400 + 63
    context.advance(1)
    assert clock.seconds == 365 * 86_400 + 64


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=20), st.floats(-100, 100))
def test_looking_often_changes_nothing(steps: list[int], drift: float):
    contexts = FakeContext(), FakeContext()
    looked_at, left_alone = (DS3231(context, drift_ppm=drift) for context in contexts)
    for step in steps:
        for context in contexts:
            context.advance(step)
        looked_at.read(7)
    assert looked_at.seconds == left_alone.seconds


def test_drift_may_change_and_counts_from_then_on(context: FakeContext, clock: DS3231):
    context.advance(1_000_000 * NS)
    clock.drift_ppm = -3.5
    assert clock.drift_ppm == -3.5
    context.advance(2_000_000 * NS)
    assert clock.seconds == 3_000_000 - 7


def test_one_aging_step_is_a_tenth_of_a_ppm_slower(context: FakeContext, clock: DS3231):
    # "Aging Offset": two's complement, positive values slow the oscillator.
    clock.write(b"\x10\x14")
    context.advance(1_000_000 * NS)
    assert clock.seconds == 1_000_000 - 2
    clock.write(b"\x10\xec")
    context.advance(1_000_000 * NS)
    assert clock.seconds == 2_000_000
    assert _registers(clock, 0x10) == b"\xec"


def test_the_clock_can_be_set_back_and_ahead_without_a_sign(context: FakeContext, clock: DS3231):
    _set(clock, datetime(2026, 11, 22, 12, 0, 0))  # a Sunday
    clock.write(b"\x0f\x00")
    context.advance(NS // 2)
    clock.shift_seconds(-86_400)
    assert _time(clock) == "026-11-21 12:00:00"
    assert _registers(clock, 3) == b"\x06"
    clock.shift_seconds(3 * 86_400 + 1)
    assert _time(clock) == "026-11-24 12:00:01"
    clock.set_seconds(60)
    assert _time(clock) == "000-01-01 00:01:00"
    assert _registers(clock, 0x0F) == b"\x00"
    context.advance(NS // 2)
    assert clock.seconds == 61


# --- pointer, other registers ---


def test_the_pointer_steps_and_wraps_after_12h(clock: DS3231):
    # "Address Map".
    clock.write(b"\x07" + bytes(range(1, 8)))
    assert _registers(clock, 0x07, 7) == bytes(range(1, 8))
    assert clock.read(1) == b"\x1c"
    assert _registers(clock, 0x12, 3) == b"\x00\x00\x00"
    clock.write(b"\x12\xff\x33\x44")
    assert _registers(clock, 0, 2) == b"\x33\x44"


def test_unused_bits_read_as_zero(clock: DS3231):
    # Figure 1.
    clock.write(b"\x03\xf3")
    clock.write(b"\x00\x80\x80")
    assert _registers(clock, 0, 4) == b"\x00\x00\x00\x03"


def test_a_read_shows_one_moment_and_a_new_one_after_rolling_over(context: FakeContext):
    # "The user buffers are synchronized ... on any START and when the register pointer rolls over to zero."
    class Slow(FakeContext):
        """Time that passes while somebody looks."""

        def now(self) -> int:
            self.time += NS
            return self.time

    slow = Slow()
    clock = DS3231(slow)
    clock.write(b"\x00\x58\x59\x23")
    clock.write(b"\x00")
    twice = clock.read(0x13 + 3)
    assert twice[:3] == bytes.fromhex("000000")
    assert twice[0x13:] == bytes.fromhex("010000")


@pytest.mark.parametrize(
    ("degrees", "registers"),
    [(25.25, "1940"), (0.0, "0000"), (-0.25, "ffc0"), (-10.5, "f580"), (85.0, "5500"), (21.1, "1500")],
)
def test_temperature_has_steps_of_a_quarter(clock: DS3231, degrees: float, registers: str):
    # "Temperature Registers": 0001 1001 01 is +25.25 degrees C; two's complement; read only.
    clock.temperature = degrees
    clock.write(b"\x11\x00\x00")
    assert _registers(clock, 0x11, 2).hex() == registers


def test_control_keeps_its_bits_and_conversions_end_at_once(clock: DS3231):
    clock.write(b"\x0e\x3d")
    assert _registers(clock, 0x0E) == b"\x1d"


def test_an_empty_write_only_asks_who_is_there(clock: DS3231):
    clock.write(b"")
    assert clock.read(1) == b"\x00"
