"""One touch for one request: which touches count, which do not, and what the light says meanwhile."""

from itertools import pairwise

from segl_sim.parts.led import BLUE, GREEN, RED
from segl_wire import cbor, ctaphid
from tests.chip.support import (
    CANCELED,
    MAKE,
    NS,
    OK,
    RESET,
    SELECT,
    Platform,
    making,
    section,
)

OFF = (0, 0, 0)


def ask(key: Platform) -> None:
    """Send a request that waits for a touch, until it waits."""
    key.send(key.channel, ctaphid.CBOR, bytes([SELECT]))
    key.world.advance(0.1)
    key.touches = 0


@section("6.9")
def test_a_touch_before_the_request_does_not_count(key: Platform) -> None:
    key.touch()
    key.world.advance(0.3)
    assert key.canceled(SELECT)


@section("6.9")
def test_a_finger_that_is_on_the_pad_already_does_not_count(key: Platform) -> None:
    key.chip.pad.press()
    key.world.advance(0.3)
    assert key.canceled(SELECT)
    key.chip.pad.release()
    key.world.advance(0.2)


@section("6.9")
def test_a_finger_that_was_on_the_pad_counts_when_it_comes_again(key: Platform) -> None:
    key.chip.pad.press()
    key.world.advance(0.3)
    ask(key)
    key.chip.pad.release()
    key.world.advance(0.3)
    key.touch()
    assert key.answer() == bytes([OK])


@section("6.9")
def test_a_touch_counts_as_soon_as_it_begins(key: Platform) -> None:
    ask(key)
    key.chip.pad.press()
    begun = key.world.now
    assert key.answer() == bytes([OK])
    assert key.world.now - begun < NS // 10
    key.chip.pad.release()
    key.world.advance(0.1)


@section("6.9")
def test_one_touch_is_for_one_request(key: Platform) -> None:
    ask(key)
    key.touch(0.5)
    assert key.answer() == bytes([OK])
    assert key.canceled(SELECT)


@section("6.1.2 step 14")
def test_a_touch_while_it_still_computes_counts(key: Platform) -> None:
    key.send(key.channel, ctaphid.CBOR, bytes([MAKE]) + cbor.encode(_clean(making())))
    key.chip.touch(0.05, 0.06)
    key.touches = 0
    assert key.answer()[0] == OK


@section("6.1.2 step 14")
def test_a_touch_for_a_request_that_was_canceled_is_none_for_the_next(key: Platform) -> None:
    assert key.canceled(SELECT)
    key.touch()
    key.world.advance(0.3)
    assert key.canceled(MAKE, making())


@section("CTAP 2.2, 6.6")
def test_a_reset_wants_the_pad_held_for_five_seconds(fresh: Platform) -> None:
    fresh.power_cycle()
    fresh.send(fresh.channel, ctaphid.CBOR, bytes([RESET]))
    fresh.world.advance(0.2)
    fresh.chip.pad.press()
    begun = fresh.world.now
    fresh.touches = 0
    assert fresh.answer() == bytes([OK])
    assert 5 * NS <= fresh.world.now - begun < 7 * NS
    fresh.chip.pad.release()


@section("CTAP 2.2, 6.6")
def test_two_touches_of_three_seconds_are_none_of_five(fresh: Platform) -> None:
    fresh.power_cycle()
    fresh.send(fresh.channel, ctaphid.CBOR, bytes([RESET]))
    for after in (0.5, 4):
        fresh.chip.touch(3, after)
    fresh.world.advance(8)
    fresh.send(fresh.channel, ctaphid.CANCEL)
    fresh.touches = 0
    assert fresh.answer() == bytes([CANCELED])


# --- the light


def colors(key: Platform, seconds: float) -> list[tuple[int, tuple[int, int, int]]]:
    """What the light shows from now on: (ms, color)."""
    begun = key.world.now
    key.world.advance(seconds)
    return [(round((at - begun) / 1e6), color) for at, color in key.chip.light.history if at > begun]


@section("docs/chip.md")
def test_green_blinks_evenly_while_it_asks_for_a_touch(key: Platform) -> None:
    ask(key)
    shown = colors(key, 2)
    assert {color for _, color in shown} == {GREEN, OFF}
    gaps = [after[0] - before[0] for before, after in pairwise(shown)]
    assert all(abs(gap - 250) <= 15 for gap in gaps), gaps
    key.touch()
    assert key.answer() == bytes([OK])


@section("docs/chip.md")
def test_red_flashes_twice_a_second_while_it_asks_for_a_long_touch(fresh: Platform) -> None:
    fresh.power_cycle()
    fresh.send(fresh.channel, ctaphid.CBOR, bytes([RESET]))
    fresh.world.advance(0.1)
    shown = colors(fresh, 3)
    assert {color for _, color in shown} == {RED, OFF}
    gaps = [after[0] - before[0] for before, after in pairwise(shown)]
    assert {round(gap, -2) for gap in gaps} == {100, 700}


@section("docs/chip.md")
def test_blue_says_that_it_works(key: Platform) -> None:
    key.send(key.channel, ctaphid.CBOR, b"\x06" + cbor.encode({1: 1, 2: 2}))
    key.power_cycle()
    key.send(key.channel, ctaphid.CBOR, b"\x06" + cbor.encode({1: 1, 2: 2}))
    key.world.advance(0.12)
    assert key.chip.light.color == BLUE
    key.answer()


@section("docs/chip.md")
def test_it_is_dark_when_nothing_is_wanted(key: Platform) -> None:
    assert key.status(SELECT) == OK
    key.world.advance(3)
    assert key.chip.light.color == OFF
    assert colors(key, 5) == []


def _clean(params: dict[object, object]) -> dict[object, object]:
    return {label: value for label, value in params.items() if value is not None}
