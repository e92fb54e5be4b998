"""authenticatorReset: everything goes, and only at the wish of somebody who holds the chip in their hand."""

from tests.chip.support import (
    ACFG,
    CM,
    GET,
    INVALID_LENGTH,
    LBW,
    MC,
    NO_CREDENTIALS,
    NOT_ALLOWED,
    OK,
    PIN_AUTH_INVALID,
    PIN_TEXT,
    RESET,
    RP,
    TIMEOUT,
    Platform,
    asking,
    section,
    sha256,
)

HOLD = 6


def reset(key: Platform) -> int:
    """Plug the chip in anew and reset it with a long touch."""
    key.power_cycle()
    key.touches = HOLD
    status = key.status(RESET)
    key.touches = 0.1
    return status


@section("6.6")
def test_credentials_are_gone_those_that_were_stored_and_those_that_were_not(fresh: Platform) -> None:
    stored, other = fresh.make(rk=True), fresh.make()
    assert fresh.status(GET, asking(allow=[other.id])) == OK
    assert reset(fresh) == OK
    assert fresh.status(GET, asking()) == NO_CREDENTIALS
    for made in (stored, other):
        assert fresh.status(GET, asking(allow=[made.id])) == NO_CREDENTIALS
    assert fresh.info()[20] == 100


@section("6.6")
def test_pin_settings_and_large_blobs_are_as_on_a_new_chip(fresh: Platform) -> None:
    new = fresh.info()
    assert fresh.set_pin(PIN_TEXT) == OK
    fresh.ask_token("4321")
    token = fresh.token(PIN_TEXT, ACFG | LBW)
    assert fresh.configure(token, 3, {1: 6, 2: [RP]}) == OK
    assert fresh.change_pin(PIN_TEXT, "123456") == OK
    token = fresh.token("123456", ACFG | LBW)
    part = b"\x81\xa0" + sha256(b"\x81\xa0")[:16]
    message = b"\xff" * 32 + b"\x0c\x00" + bytes(4) + sha256(part)
    assert fresh.status(12, {2: part, 3: 0, 4: len(part), 5: token.sign(message), 6: 2}) == OK
    assert fresh.configure(token, 2) == OK
    assert reset(fresh) == OK
    assert fresh.info() == new
    assert fresh.ok(12, {1: 100, 3: 0})[1] == b"\x80" + sha256(b"\x80")[:16]
    assert "minPinLength" not in (fresh.make(extensions={"minPinLength": True}).data.extensions or {})


@section("6.6")
def test_a_blocked_pin_is_no_hindrance(fresh: Platform) -> None:
    assert fresh.set_pin(PIN_TEXT) == OK
    for _ in range(3):
        for _ in range(3):
            fresh.ask_token("4321")
        fresh.power_cycle()
    assert fresh.retries == 0
    assert reset(fresh) == OK
    assert fresh.set_pin("5678") == OK
    assert fresh.retries == 8


@section("6.6")
def test_tokens_and_agreements_end(fresh: Platform) -> None:
    assert fresh.set_pin(PIN_TEXT) == OK
    fresh.power_cycle()
    token = fresh.token(PIN_TEXT, CM)
    before = fresh.ok(6, {1: 2, 2: 2})
    fresh.touches = HOLD
    assert fresh.status(RESET) == OK
    assert fresh.ok(6, {1: 2, 2: 2}) != before
    assert fresh.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.6")
def test_a_chip_can_be_used_at_once_afterwards(fresh: Platform) -> None:
    assert reset(fresh) == OK
    made = fresh.make(rk=True)
    assert fresh.get()[1][1]["id"] == made.id
    fresh.power_cycle()
    assert fresh.get()[1][1]["id"] == made.id
    assert fresh.set_pin(PIN_TEXT) == OK
    assert fresh.make(token=fresh.token(PIN_TEXT, MC, RP)).id


@section("6.6")
def test_more_than_ten_seconds_after_power_up_it_is_not_allowed(fresh: Platform) -> None:
    fresh.power_cycle()
    fresh.world.advance(10.5)
    fresh.touches = HOLD
    assert fresh.status(RESET) == NOT_ALLOWED
    assert fresh.asked == 0


@section("6.6")
def test_a_request_in_the_last_of_the_ten_seconds_is_soon_enough(fresh: Platform) -> None:
    made = fresh.make()
    fresh.power_cycle()
    fresh.world.advance(8)
    fresh.touches = HOLD
    assert fresh.status(RESET) == OK
    assert fresh.status(GET, asking(allow=[made.id])) == NO_CREDENTIALS


@section("6.6")
def test_without_a_touch_it_ends_after_thirty_seconds_and_nothing_is_gone(fresh: Platform) -> None:
    made = fresh.make(rk=True)
    fresh.power_cycle()
    fresh.touches = 0
    assert fresh.status(RESET) == TIMEOUT
    fresh.touches = 0.1
    assert fresh.get()[1][1]["id"] == made.id


@section("CTAP 2.2, 6.6")
def test_a_short_touch_does_not_reset(fresh: Platform) -> None:
    made = fresh.make(rk=True)
    fresh.power_cycle()
    fresh.chip.touch(4, 0.5)
    assert fresh.canceled(RESET, None, 6)
    assert fresh.get()[1][1]["id"] == made.id


@section("6.6")
def test_it_takes_no_parameters(key: Platform) -> None:
    assert key.status(RESET, {}) == INVALID_LENGTH


@section("6.6")
def test_once_it_has_begun_it_is_not_canceled(fresh: Platform) -> None:
    made = fresh.make(rk=True)
    fresh.power_cycle()
    fresh.send(fresh.channel, 0x10, bytes([RESET]))
    fresh.chip.touch(HOLD, 0.5)
    before = fresh.chip.flash.operations
    while fresh.chip.flash.operations == before:
        fresh.world.advance(0.001)
    fresh.send(fresh.channel, 0x11)
    assert fresh.answer() == bytes([OK])
    assert fresh.status(GET, asking(allow=[made.id])) == NO_CREDENTIALS
    assert fresh.info()[20] == 100
