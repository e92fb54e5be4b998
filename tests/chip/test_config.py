"""authenticatorConfig: always-UV, the shortest PIN, and who has to change theirs."""

from typing import Any

import pytest

from tests.chip.support import (
    ACFG,
    CONFIG,
    GET,
    INVALID_PARAMETER,
    MAKE,
    MC,
    MISSING_PARAMETER,
    OK,
    PIN_AUTH_INVALID,
    PIN_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    POLICY_VIOLATION,
    PUAT_REQUIRED,
    RP,
    STORE_FULL,
    Platform,
    asking,
    making,
    section,
)

ALWAYS_UV, MIN_PIN = 2, 3


@pytest.fixture(name="guarded")
def guarded_fixture(fresh: Platform) -> Platform:
    """Give a chip of the test's own with a PIN."""
    assert fresh.set_pin(PIN_TEXT) == OK
    return fresh


def configure(key: Platform, command: int, params: dict[int, Any] | None = None, pin: str = PIN_TEXT) -> int:
    return key.configure(key.token(pin, ACFG), command, params)


# --- who may


@section("6.11")
@pytest.mark.parametrize("command", [0, 1, 4, 255, 1 << 35])
def test_a_command_that_it_does_not_have_is_an_invalid_parameter(key: Platform, command: int) -> None:
    assert key.status(CONFIG, {1: command}) == INVALID_PARAMETER


@section("6.11")
def test_a_command_must_be_named(key: Platform) -> None:
    assert key.status(CONFIG, {}) == MISSING_PARAMETER


@section("6.11")
@pytest.mark.parametrize("command", [ALWAYS_UV, MIN_PIN])
def test_with_a_pin_all_of_it_needs_a_proof(locked: Platform, command: int) -> None:
    assert locked.status(CONFIG, {1: command}) == PUAT_REQUIRED
    assert locked.status(CONFIG, {1: command, 4: bytes(32)}) == MISSING_PARAMETER
    assert locked.status(CONFIG, {1: command, 3: 2, 4: bytes(32)}) == PIN_AUTH_INVALID


@section("6.11")
def test_a_proof_is_for_one_command_and_its_parameters(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, ACFG)
    proof = token.sign(b"\xff" * 32 + b"\x0d\x03")
    assert locked.status(CONFIG, {1: MIN_PIN, 3: 2, 4: proof}) == OK
    assert locked.status(CONFIG, {1: ALWAYS_UV, 3: 2, 4: proof}) == PIN_AUTH_INVALID
    assert locked.status(CONFIG, {1: MIN_PIN, 2: {1: 5}, 3: 2, 4: proof}) == PIN_AUTH_INVALID


@section("6.11")
def test_another_permission_is_none(locked: Platform) -> None:
    assert locked.configure(locked.token(PIN_TEXT, MC, RP), MIN_PIN) == PIN_AUTH_INVALID


# --- always-UV


@section("6.11.2")
def test_it_is_switched_on_and_off(guarded: Platform) -> None:
    for on in (True, False):
        assert configure(guarded, ALWAYS_UV) == OK
        assert guarded.info()[4]["alwaysUv"] is on
        guarded.power_cycle()
        assert guarded.info()[4]["alwaysUv"] is on


@section("6.11.2")
def test_without_a_pin_it_is_switched_on_and_off_too_and_nothing_else_then(fresh: Platform) -> None:
    assert fresh.status(CONFIG, {1: ALWAYS_UV}) == OK
    assert fresh.info()[4]["alwaysUv"] is True
    assert fresh.status(CONFIG, {1: MIN_PIN, 2: {1: 6}}) == PUAT_REQUIRED
    assert fresh.status(CONFIG, {1: ALWAYS_UV}) == OK
    assert fresh.info()[4]["alwaysUv"] is False


@section("6.1.2 step 6")
def test_it_makes_no_credential_without_a_pin(fresh: Platform) -> None:
    assert fresh.status(CONFIG, {1: ALWAYS_UV}) == OK
    assert fresh.status(MAKE, making()) == PUAT_REQUIRED
    assert fresh.status(MAKE, {**making(), 8: bytes(32), 9: 2}) == PUAT_REQUIRED
    assert fresh.asked == 0
    assert fresh.set_pin(PIN_TEXT) == OK
    assert fresh.status(MAKE, making()) == PUAT_REQUIRED
    assert fresh.status(MAKE, making(token=fresh.token(PIN_TEXT, MC, RP))) == OK


@section("6.2.2 step 5")
def test_it_signs_nobody_in_without_a_pin_unless_nobody_needs_to_be_there(guarded: Platform) -> None:
    made = guarded.make()
    assert configure(guarded, ALWAYS_UV) == OK
    assert guarded.status(GET, asking(allow=[made.id])) == PUAT_REQUIRED
    assert guarded.status(GET, asking(allow=[made.id], up=False)) == OK


# --- the shortest PIN


@section("6.11.4")
def test_a_shortest_pin_is_set_and_only_grows(guarded: Platform) -> None:
    assert guarded.change_pin(PIN_TEXT, "123456") == OK
    assert configure(guarded, MIN_PIN, {1: 6}, "123456") == OK
    assert (guarded.info()[13], guarded.info()[12]) == (6, False)
    assert configure(guarded, MIN_PIN, {1: 5}, "123456") == POLICY_VIOLATION
    assert configure(guarded, MIN_PIN, {1: 6}, "123456") == OK
    assert configure(guarded, MIN_PIN, {1: 64}, "123456") == POLICY_VIOLATION
    assert guarded.change_pin("123456", "12345") == POLICY_VIOLATION
    assert guarded.info()[13] == 6


@section("6.11.4")
def test_it_is_set_before_there_is_a_pin(fresh: Platform) -> None:
    assert fresh.status(CONFIG, {1: MIN_PIN, 2: {1: 8}}) == OK
    assert fresh.set_pin("1234567") == POLICY_VIOLATION
    assert fresh.set_pin("ååååååå") == POLICY_VIOLATION
    assert fresh.set_pin("12345678") == OK
    assert fresh.info()[12] is False


@section("6.11.4")
@pytest.mark.parametrize(("version", "params"), [(1, {1: 6}), (2, {3: True})])
def test_who_has_to_change_their_pin_gets_no_token_until_they_did(
    guarded: Platform, version: int, params: dict[int, Any]
) -> None:
    token = guarded.token(PIN_TEXT, ACFG)
    assert guarded.configure(token, MIN_PIN, params) == OK
    assert guarded.info()[12] is True
    assert guarded.configure(token, MIN_PIN) == PIN_AUTH_INVALID
    assert guarded.ask_token(PIN_TEXT, version=version)[0] == PIN_INVALID
    assert guarded.ask_token(PIN_TEXT, ACFG, version=version)[0] == PIN_INVALID
    assert guarded.retries == 8
    assert guarded.change_pin(PIN_TEXT, PIN_TEXT, version) == POLICY_VIOLATION
    assert guarded.change_pin(PIN_TEXT, "567890", version) == OK
    assert guarded.info()[12] is False
    assert guarded.ask_token("567890", ACFG, version=version)[0] == OK


@section("6.11.4")
def test_a_pin_cannot_be_to_be_changed_where_there_is_none(key: Platform) -> None:
    assert key.status(CONFIG, {1: MIN_PIN, 2: {3: True}}) == PIN_NOT_SET
    assert key.info()[12] is False


@section("6.11.4")
def test_as_many_relying_parties_may_learn_it_as_it_says(fresh: Platform) -> None:
    most = fresh.info()[16]
    names = [f"{number}.example" for number in range(most + 1)]
    assert fresh.status(CONFIG, {1: MIN_PIN, 2: {2: names[:most]}}) == OK
    assert fresh.status(CONFIG, {1: MIN_PIN, 2: {2: names}}) == STORE_FULL
    for name in (names[0], names[most - 1]):
        assert fresh.make(rp=name, extensions={"minPinLength": True}).data.extensions == {"minPinLength": 4}


@section("6.11.4")
def test_long_names_of_relying_parties_are_kept_whole(fresh: Platform) -> None:
    names = [f"{number}.".ljust(253, "a") for number in range(8)]
    assert fresh.status(CONFIG, {1: MIN_PIN, 2: {2: names}}) == OK
    assert fresh.make(rp=names[7], extensions={"minPinLength": True}).data.extensions == {"minPinLength": 4}
