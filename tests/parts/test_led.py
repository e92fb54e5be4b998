"""The light: what it shows, and what somebody who looks at it has seen."""

from collections.abc import Callable

from segl_sim.parts.led import BLUE, DARK, GREEN, RED, WHITE, RgbLed
from tests.parts.fake import FakeContext

MS = 1_000_000


def test_it_is_dark_until_somebody_drives_it() -> None:
    light = RgbLed(FakeContext())
    assert light.color == DARK
    assert list(light.history) == [(0, DARK)]
    assert not light.lit(GREEN)


def test_each_pin_switches_its_own_color() -> None:
    light = RgbLed(FakeContext())
    for index, color in enumerate((RED, GREEN, BLUE)):
        light.drive(index, 1)
        assert light.color == color
        light.drive(index, 0)
        assert light.color == DARK


def test_no_eye_sees_what_lies_between_the_switching_of_two_pins() -> None:
    context = FakeContext()
    light = RgbLed(context)
    steps: list[tuple[int, Callable[[], None]]] = [
        (500 * MS, lambda: light.drive(1, 1)),
        (800 * MS, lambda: light.drive(1, 0)),
        (800 * MS + 50_000, lambda: light.drive(2, 1)),
        (900 * MS, lambda: light.drive(0, 1)),
        (900 * MS + 50_000, lambda: light.drive(1, 1)),
        (1000 * MS, light.off),
    ]
    for when, action in steps:
        context.time = when
        action()
    context.time = 1500 * MS
    assert [color for _, color in light.history] == [DARK, GREEN, BLUE, WHITE, DARK]
    assert light.pattern() == [(DARK, 500), (GREEN, 300), (BLUE, 100), (WHITE, 100), (DARK, 500)]
    assert light.pattern(1100 * MS) == [(DARK, 400)]
    assert light.lit(WHITE, 950 * MS)
    assert not light.lit(GREEN, 950 * MS)


def test_a_flicker_back_to_the_same_color_is_no_change() -> None:
    context = FakeContext()
    light = RgbLed(context)
    context.time = 500 * MS
    light.drive(1, 1)
    context.time = 700 * MS
    light.drive(1, 0)
    light.drive(1, 1)
    context.time = 800 * MS
    assert light.pattern() == [(DARK, 500), (GREEN, 300)]


def test_only_so_many_changes_are_kept() -> None:
    context = FakeContext()
    light = RgbLed(context, keep=4)
    for number in range(100):
        context.time += 250 * MS
        light.drive(1, number % 2)
    assert len(light.history) == 4
