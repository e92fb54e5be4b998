"""authenticatorClientPIN, under both PIN/UV auth protocols: agreement, setting and changing; tokens: test_tokens.py."""

from typing import Any

import pytest

from tests.chip.support import (
    CM,
    INVALID_PARAMETER,
    INVALID_SUBCOMMAND,
    MISSING_PARAMETER,
    OK,
    PIN,
    PIN_AUTH_INVALID,
    PIN_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    POLICY_VIOLATION,
    Platform,
    padded,
    pin_hash,
    section,
)

both = pytest.mark.parametrize("version", [1, 2])

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


# --- agreement


@section("6.5.5.4")
@both
def test_its_key_is_a_point_of_p256_and_nothing_else(key: Platform, version: int) -> None:
    found = key.ok(PIN, {1: version, 2: 2})
    assert sorted(found) == [1]
    assert sorted(found[1]) == [-3, -2, -1, 1, 3]
    assert (found[1][1], found[1][3], found[1][-1]) == (2, -25, 1)
    x, y = (int.from_bytes(found[1][label], "big") for label in (-2, -3))
    assert (
        y * y - x**3 + 3 * x - 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    ) % P == 0


@section("6.5.5.1")
def test_its_key_is_another_after_each_power_up(key: Platform) -> None:
    before = key.ok(PIN, {1: 2, 2: 2})
    assert key.ok(PIN, {1: 2, 2: 2}) == before
    key.power_cycle()
    assert key.ok(PIN, {1: 2, 2: 2}) != before


@section("6.5.5.4")
@pytest.mark.parametrize(
    ("version", "status"), [(None, MISSING_PARAMETER), (0, INVALID_PARAMETER), (3, INVALID_PARAMETER)]
)
def test_an_agreement_needs_a_protocol_that_it_knows(key: Platform, version: int | None, status: int) -> None:
    assert key.status(PIN, {1: version, 2: 2}) == status


@section("6.5.5")
@pytest.mark.parametrize("command", [0, 6, 7, 8, 10, 255, 1 << 40])
def test_what_needs_a_sensor_or_does_not_exist_is_refused(key: Platform, command: int) -> None:
    assert key.status(PIN, {1: 2, 2: command}) == INVALID_SUBCOMMAND


def _keys(good: dict[int, Any]) -> list[Any]:
    """Wrong keys, each in its own way."""
    x, y = good[-2], good[-3]
    return [
        {**good, 1: 3},
        {**good, 3: -7},
        {**good, -1: 2},
        {**good, -2: x[:31]},
        {**good, -3: y + b"\0"},
        {**good, -2: x.hex()},
        {label: value for label, value in good.items() if label != -3},
        {**good, -3: bytes([y[0] ^ 1]) + y[1:]},
        {**good, -2: bytes(32), -3: bytes(32)},
        {**good, -2: P.to_bytes(32, "big")},
        {**good, -2: b"\xff" * 32, -3: b"\xff" * 32},
        {},
    ]


@section("6.5.6")
@both
def test_a_key_that_is_no_point_is_an_invalid_parameter(key: Platform, version: int) -> None:
    secret = key.agree(version)
    new = secret.encrypt(padded("1234"))
    for wrong in _keys(secret.key):
        sent = {1: version, 2: 3, 3: wrong, 4: secret.sign(new), 5: new}
        assert key.status(PIN, sent) == INVALID_PARAMETER, wrong
    assert key.info()[4]["clientPin"] is False


# --- setting a PIN


@section("6.5.5.5")
@pytest.mark.parametrize(
    ("version", "pin"), [(1, "1234"), (2, "1234"), (1, "a" * 63), (2, "a" * 63), (1, "åäöé"), (2, "😀" * 15)]
)
def test_a_pin_that_is_set_opens(fresh: Platform, version: int, pin: str) -> None:
    assert fresh.set_pin(pin, version) == OK
    assert fresh.info()[4]["clientPin"] is True
    assert fresh.ask_token(pin, None, None, version)[0] == OK


@section("6.5.5.5")
@pytest.mark.parametrize(
    ("pin", "status"),
    [
        (padded("123"), POLICY_VIOLATION),
        (padded("åä"), POLICY_VIOLATION),  # four bytes, but two letters
        (padded(""), POLICY_VIOLATION),
        (b"1" * 64, POLICY_VIOLATION),
        (padded(b"\xff\xfe\xfd\xfc\xfb".ljust(64, b"\0")), POLICY_VIOLATION),
        (b"1" * 48 + b"\0" * 32, INVALID_PARAMETER),
        (b"1234".ljust(48, b"\0"), INVALID_PARAMETER),
        (b"1234".ljust(128, b"\0"), INVALID_PARAMETER),
    ],
)
def test_what_is_no_pin_is_not_set(key: Platform, pin: bytes, status: int) -> None:
    assert key.set_pin(pin) == status
    assert key.info()[4]["clientPin"] is False


@section("6.5.5.5")
@both
def test_what_was_not_encrypted_is_not_set(key: Platform, version: int) -> None:
    secret = key.agree(version)
    for new in (b"", b"x" * 15, b"x" * 65):
        sent = {1: version, 2: 3, 3: secret.key, 4: secret.sign(new), 5: new}
        assert key.status(PIN, sent) == PIN_AUTH_INVALID


@section("6.5.5.5")
@both
def test_what_was_not_signed_is_not_set(key: Platform, version: int) -> None:
    secret = key.agree(version)
    new = secret.encrypt(padded("1234"))
    good = secret.sign(new)
    for wrong in (b"", good[:-1], good + b"\0", bytes([good[0] ^ 1]) + good[1:], bytes(len(good))):
        sent = {1: version, 2: 3, 3: secret.key, 4: wrong, 5: new}
        assert key.status(PIN, sent) == PIN_AUTH_INVALID
    assert key.info()[4]["clientPin"] is False


@section("6.5.5.5")
@pytest.mark.parametrize("missing", [1, 3, 4, 5])
def test_all_parameters_are_needed_to_set_a_pin(key: Platform, missing: int) -> None:
    secret = key.agree(2)
    new = secret.encrypt(padded("1234"))
    sent = {1: 2, 2: 3, 3: secret.key, 4: secret.sign(new), 5: new, missing: None}
    assert key.status(PIN, sent) == MISSING_PARAMETER


@section("6.5.5.5")
@both
def test_a_pin_is_set_once(locked: Platform, version: int) -> None:
    assert locked.set_pin("5678", version) == PIN_AUTH_INVALID
    assert locked.ask_token(PIN_TEXT)[0] == OK


# --- changing it


@section("6.5.5.6")
@both
def test_a_changed_pin_opens_and_the_old_one_does_not(fresh: Platform, version: int) -> None:
    assert fresh.set_pin("1234", version) == OK
    assert fresh.change_pin("1234", "567890", version) == OK
    assert fresh.ask_token("1234", None, None, version)[0] == PIN_INVALID
    assert fresh.ask_token("567890", None, None, version)[0] == OK


@section("6.5.5.6")
def test_a_change_needs_the_old_pin(locked: Platform) -> None:
    assert locked.change_pin("4321", "5678") == PIN_INVALID
    assert locked.ask_token(PIN_TEXT)[0] == OK


@section("6.5.5.6")
def test_a_change_to_what_is_no_pin_changes_nothing(locked: Platform) -> None:
    assert locked.change_pin(PIN_TEXT, "123") == POLICY_VIOLATION
    assert locked.change_pin(PIN_TEXT, b"1" * 64) == POLICY_VIOLATION
    assert locked.ask_token(PIN_TEXT)[0] == OK


@section("6.5.5.6")
@pytest.mark.parametrize("missing", [1, 3, 4, 5, 6])
def test_all_parameters_are_needed_to_change_a_pin(locked: Platform, missing: int) -> None:
    secret = locked.agree(2)
    new, guess = secret.encrypt(padded("5678")), secret.encrypt(pin_hash(PIN_TEXT))
    sent = {1: 2, 2: 4, 3: secret.key, 4: secret.sign(new + guess), 5: new, 6: guess, missing: None}
    assert locked.status(PIN, sent) == MISSING_PARAMETER


@section("6.5.5.6")
@both
def test_a_change_that_was_not_signed_is_no_guess(locked: Platform, version: int) -> None:
    secret = locked.agree(version)
    new, guess = secret.encrypt(padded("5678")), secret.encrypt(pin_hash("4321"))
    before = locked.retries
    sent = {1: version, 2: 4, 3: secret.key, 4: secret.sign(new), 5: new, 6: guess}
    assert locked.status(PIN, sent) == PIN_AUTH_INVALID
    assert locked.retries == before


@section("6.5.5.6")
def test_a_change_ends_every_token(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM)
    assert locked.manage(token, 1)[0] == OK
    assert locked.change_pin(PIN_TEXT, PIN_TEXT) == OK
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.5.5.6")
def test_there_is_nothing_to_change_where_no_pin_is_set(key: Platform) -> None:
    assert key.change_pin("1234", "5678") == PIN_NOT_SET
