"""Guesses at the PIN: eight in all, three while the power stays on, each counted before it is looked at."""

import pytest

from segl_wire import cbor, ctaphid
from tests.chip.support import (
    CM,
    GA,
    OK,
    PIN,
    PIN_AUTH_BLOCKED,
    PIN_AUTH_INVALID,
    PIN_BLOCKED,
    PIN_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    RP,
    Platform,
    padded,
    pin_hash,
    section,
)

WRONG = "4321"


@pytest.fixture(name="guarded")
def guarded_fixture(fresh: Platform) -> Platform:
    """Give a chip of the test's own with a PIN."""
    assert fresh.set_pin(PIN_TEXT) == OK
    return fresh


def guess(key: Platform, pin: str = WRONG, version: int = 2) -> int:
    return key.ask_token(pin, version=version)[0]


@section("6.5.5.3")
def test_there_are_eight_once_there_is_a_pin(key: Platform, locked: Platform) -> None:
    assert key.status(PIN, {1: 2, 2: 1}) == PIN_NOT_SET
    assert locked.ask_token(PIN_TEXT)[0] == OK
    assert locked.retries == 8


@section("6.5.5.7.1")
def test_a_wrong_one_is_counted_and_a_right_one_gives_all_back(guarded: Platform) -> None:
    for left, version in ((7, 1), (6, 2)):
        assert guess(guarded, version=version) == PIN_INVALID
        assert guarded.retries == left
    assert guess(guarded, PIN_TEXT) == OK
    assert guarded.retries == 8


@section("6.5.5.7.1")
def test_three_wrong_ones_in_a_row_lock_it_until_it_is_unplugged(guarded: Platform) -> None:
    statuses = [guess(guarded, version=version) for version in (1, 2, 1)]
    assert statuses == [PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED]
    assert [guess(guarded, PIN_TEXT, version) for version in (1, 2)] == [PIN_AUTH_BLOCKED, PIN_AUTH_BLOCKED]
    guarded.power_cycle()
    assert guess(guarded, PIN_TEXT) == OK


@section("6.5.5.7.1")
def test_what_is_not_looked_at_is_not_counted(guarded: Platform) -> None:
    for _ in range(3):
        guess(guarded)
    assert guarded.retries == 5
    assert guess(guarded) == PIN_AUTH_BLOCKED
    assert guarded.change_pin(WRONG, "5678") == PIN_AUTH_BLOCKED
    assert guarded.ask_token(WRONG, CM)[0] == PIN_AUTH_BLOCKED
    assert guarded.retries == 5


@section("6.5.5.3")
def test_it_says_that_it_wants_to_be_unplugged(guarded: Platform) -> None:
    assert 4 not in guarded.ok(PIN, {1: 2, 2: 1})
    for _ in range(3):
        guess(guarded)
    assert guarded.ok(PIN, {1: 2, 2: 1}) == {3: 5, 4: True}


@section("6.5.5.7.1")
def test_eight_wrong_ones_block_it_for_good(guarded: Platform) -> None:
    statuses: list[int] = []
    for _ in range(3):
        statuses += [guess(guarded) for _ in range(3)]
        guarded.power_cycle()
    assert statuses == [
        *(PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED),
        *(PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED),
        *(PIN_INVALID, PIN_BLOCKED, PIN_BLOCKED),
    ]
    assert guarded.retries == 0
    assert guess(guarded, PIN_TEXT) == PIN_BLOCKED
    assert guarded.change_pin(PIN_TEXT, "5678") == PIN_BLOCKED
    assert guarded.ask_token(PIN_TEXT, GA, RP)[0] == PIN_BLOCKED


@section("6.5.5.6")
def test_guesses_while_changing_are_counted_with_the_others(guarded: Platform) -> None:
    statuses = [guess(guarded), guarded.change_pin(WRONG, "5678"), guarded.ask_token(WRONG, CM)[0]]
    assert statuses == [PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED]
    assert guarded.retries == 5


@section("6.5.5.7.1")
def test_a_right_one_between_wrong_ones_starts_the_three_anew(guarded: Platform) -> None:
    for _ in range(2):
        assert [guess(guarded), guess(guarded)] == [PIN_INVALID, PIN_INVALID]
        assert guess(guarded, PIN_TEXT) == OK


@section("6.5.5.7.1")
def test_a_wrong_one_ends_the_agreement(guarded: Platform) -> None:
    secret = guarded.agree(2)
    sent = {1: 2, 2: 5, 3: secret.key}
    assert guarded.status(PIN, {**sent, 6: secret.encrypt(pin_hash(WRONG))}) == PIN_INVALID
    # The chip decrypts with another key now, so the right one is wrong too.
    assert guarded.status(PIN, {**sent, 6: secret.encrypt(pin_hash(PIN_TEXT))}) == PIN_INVALID
    assert guarded.retries == 6
    assert guess(guarded, PIN_TEXT) == OK


@section("6.5.5.7.1")
@pytest.mark.parametrize("size", [16, 48])
def test_a_guess_of_another_length_is_a_wrong_one(guarded: Platform, size: int) -> None:
    secret = guarded.agree(1)
    hashed = (pin_hash(PIN_TEXT) * 3)[:size] if size > 16 else pin_hash(WRONG)
    sent = {1: 1, 2: 5, 3: secret.key, 6: secret.encrypt(hashed)}
    assert guarded.status(PIN, sent) == PIN_INVALID
    assert guarded.retries == 7


@section("6.5.5.7.1")
def test_what_cannot_be_decrypted_is_no_guess(guarded: Platform) -> None:
    secret = guarded.agree(2)
    for wrong in (b"", b"x" * 16, b"x" * 31, b"x" * 33):
        assert guarded.status(PIN, {1: 2, 2: 5, 3: secret.key, 6: wrong}) == PIN_AUTH_INVALID
    assert guarded.retries == 8


@section("6.5.5.7.1")
def test_a_guess_is_counted_before_it_is_looked_at(guarded: Platform) -> None:
    """The power fails right after the first write to flash: even a right guess counts as used by then."""
    secret = guarded.agree(2)
    sent = {1: 2, 2: 5, 3: secret.key, 6: secret.encrypt(pin_hash(PIN_TEXT))}
    guarded.world.advance(5)
    before = guarded.chip.flash.operations
    guarded.send(guarded.channel, ctaphid.CBOR, bytes([PIN]) + cbor.encode(sent))
    while guarded.chip.flash.operations == before:
        guarded.world.advance(0.001)
    guarded.power_cycle()
    assert guarded.retries == 7
    assert guess(guarded, PIN_TEXT) == OK
    assert guarded.retries == 8


@section("6.5.5.6")
def test_a_new_pin_gives_all_guesses_back(guarded: Platform) -> None:
    guess(guarded)
    assert guarded.change_pin(PIN_TEXT, "5678") == OK
    assert guarded.retries == 8


@section("6.5.5.6")
def test_a_new_pin_that_is_refused_gives_guesses_back_too_since_the_old_one_was_right(
    guarded: Platform,
) -> None:
    guess(guarded)
    secret = guarded.agree(2)
    new, old = secret.encrypt(padded("1")), secret.encrypt(pin_hash(PIN_TEXT))
    sent = {1: 2, 2: 4, 3: secret.key, 4: secret.sign(new + old), 5: new, 6: old}
    assert guarded.status(PIN, sent) != OK
    assert guarded.retries == 8
