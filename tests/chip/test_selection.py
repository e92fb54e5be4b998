"""authenticatorSelection: the one that is touched."""

from segl_wire import ctaphid
from tests.chip.support import (
    CANCELED,
    INVALID_LENGTH,
    MC,
    OK,
    PIN_TEXT,
    RP,
    SELECT,
    TIMEOUT,
    Platform,
    section,
)


@section("6.9")
def test_a_touch_selects_it(key: Platform) -> None:
    assert key.cbor(SELECT) == (OK, None)
    assert key.asked == 1


@section("6.9")
def test_a_pin_makes_no_difference(locked: Platform) -> None:
    assert locked.status(SELECT) == OK


@section("6.9")
def test_without_a_touch_it_ends_after_thirty_seconds(key: Platform) -> None:
    key.touches = 0
    begun = key.world.now
    assert key.status(SELECT) == TIMEOUT
    assert 29.9 < (key.world.now - begun) / 1e9 < 31


@section("6.9")
def test_it_can_be_canceled(key: Platform) -> None:
    key.send(key.channel, ctaphid.CBOR, bytes([SELECT]))
    key.world.advance(1)
    key.send(key.channel, ctaphid.CANCEL)
    key.touches = 0
    assert key.answer() == bytes([CANCELED])


@section("6.9")
def test_it_uses_up_no_token(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC, RP)
    assert locked.status(SELECT) == OK
    assert locked.make(token=token).id


@section("6.9")
def test_it_takes_no_parameters(key: Platform) -> None:
    assert key.status(SELECT, {}) == INVALID_LENGTH
