"""The battery's divider, and the latch: key, hold pin and USB."""

import pytest

from segl_sim.parts.battery import Battery, PowerLatch
from segl_sim.parts.button import Button
from tests.parts.fake import FakeContext

MS = 1_000_000


class Bench:
    def __init__(self, bounce_ms: int = 5, hold_up_ms: int = 10, millivolts: int = 3000) -> None:
        self.context = FakeContext()
        self.key = Button(self.context, bounce_ms)
        self.battery = Battery(self.context, millivolts)
        self.other = Button(self.context, bounce_ms)
        self.latch = PowerLatch([self.key, self.other], self.battery, hold_up_ms)
        self.changes: list[tuple[int, bool]] = []
        self.latch.listen(lambda powered: self.changes.append((self.context.now() // MS, powered)))


@pytest.mark.parametrize(
    ("millivolts", "reading"),
    # 3.0 V / 3 of 3.3 V is 1241 of 4096, stretched to 16 bits: 1241 << 4 | 1241 >> 8.
    [(0, 0), (3000, 1241 << 4 | 4), (9899, 0xFFFF), (20_000, 0xFFFF)],
)
def test_the_adc_reads_twelve_bits_behind_the_divider(context: FakeContext, millivolts: int, reading: int):
    assert Battery(context, millivolts).adc() == reading


def test_divider_and_reference_can_be_chosen(context: FakeContext):
    assert Battery(context, 1500).adc(divider=1, reference_millivolts=3000) == 2048 << 4 | 8


def test_empty_is_below_what_the_regulator_needs(context: FakeContext):
    battery = Battery(context, 1800)
    assert not battery.empty
    battery.millivolts = 1799
    assert battery.empty


def test_holding_the_key_powers_the_board_in_spite_of_bounces():
    bench = Bench()
    bench.key.press()
    bench.context.advance(100 * MS)
    assert bench.changes == [(0, True)]
    bench.key.release()
    bench.context.advance(100 * MS)
    assert len(bench.changes) == 2
    assert not bench.latch.powered
    assert 110 <= bench.changes[1][0] <= 115


def test_letting_go_again_and_again_keeps_nothing_on():
    bench = Bench(bounce_ms=0)
    bench.key.press()
    bench.context.advance(MS)
    bench.latch.hold = True
    bench.key.release()
    bench.context.advance(MS)
    for _ in range(20):
        bench.latch.hold = False
        bench.context.advance(MS)
    assert bench.changes == [(0, True), (12, False)]


def test_each_key_powers_the_board():
    bench = Bench(bounce_ms=0)
    bench.other.press()
    bench.context.advance(MS)
    assert bench.latch.powered
    bench.key.press()
    bench.other.release()
    bench.context.advance(100 * MS)
    bench.key.release()
    bench.context.advance(100 * MS)
    assert bench.changes == [(0, True), (111, False)]


def test_without_capacitors_every_bounce_shows():
    bench = Bench(hold_up_ms=0)
    bench.key.press()
    bench.context.advance(100 * MS)
    assert len(bench.changes) >= 3
    assert bench.latch.powered


def test_the_hold_pin_keeps_it_on_until_the_firmware_lets_go():
    bench = Bench(bounce_ms=0)
    bench.key.press()
    bench.context.advance(MS)
    bench.latch.hold = True
    bench.key.release()
    bench.context.advance(1000 * MS)
    assert bench.latch.powered
    bench.latch.hold = False
    bench.context.advance(9 * MS)
    assert bench.latch.powered
    bench.context.advance(MS)
    assert bench.changes == [(0, True), (1011, False)]


def test_a_board_without_power_holds_nothing():
    bench = Bench()
    bench.latch.hold = True
    assert not bench.latch.hold
    assert not bench.latch.powered


def test_losing_power_lets_the_hold_pin_go():
    bench = Bench(bounce_ms=0)
    bench.key.press()
    bench.context.advance(MS)
    bench.latch.hold = True
    bench.key.release()
    bench.battery.millivolts = 0
    bench.context.advance(20 * MS)
    assert (bench.latch.powered, bench.latch.hold) == (False, False)
    bench.battery.millivolts = 3000
    bench.context.advance(20 * MS)
    assert not bench.latch.powered


def test_an_empty_battery_powers_nothing_but_usb_does():
    bench = Bench(millivolts=1000)
    bench.key.press()
    bench.context.advance(50 * MS)
    assert not bench.latch.powered
    bench.latch.usb = True
    assert bench.latch.powered
    bench.latch.usb = False
    bench.context.advance(50 * MS)
    assert bench.changes == [(50, True), (50, False)]


def test_usb_alone_powers_the_board():
    bench = Bench()
    bench.latch.usb = True
    bench.context.advance(50 * MS)
    assert bench.changes == [(0, True)]
    assert bench.latch.usb


def test_a_short_interruption_is_bridged():
    bench = Bench()
    bench.latch.usb = True
    bench.latch.usb = False
    bench.context.advance(5 * MS)
    bench.latch.usb = True
    bench.context.advance(50 * MS)
    assert bench.changes == [(0, True)]
