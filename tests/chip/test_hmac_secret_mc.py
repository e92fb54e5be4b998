"""The extension hmac-secret-mc: secrets of a credential as soon as it is made."""

from typing import Any

import pytest

from tests.chip.salts import OTHER_SALT, SALT, salts
from tests.chip.support import (
    GA,
    INVALID_LENGTH,
    INVALID_PARAMETER,
    MAKE,
    MC,
    MISSING_PARAMETER,
    PIN_AUTH_INVALID,
    PIN_TEXT,
    RP,
    UNEXPECTED_TYPE,
    Made,
    Platform,
    Token,
    making,
    section,
)

both = pytest.mark.parametrize("version", [1, 2])


def make(key: Platform, plain: bytes, version: int, token: Token | None = None) -> tuple[Made, list[bytes]]:
    asked = salts(key, plain, version)
    made = key.make(extensions={"hmac-secret": True, "hmac-secret-mc": asked.sent}, token=token)
    found = dict(made.data.extensions or {})
    assert sorted(found) == ["hmac-secret", "hmac-secret-mc"]
    assert found["hmac-secret"] is True
    return made, asked.open(found["hmac-secret-mc"])


def later(key: Platform, made: Made, plain: bytes, token: Token | None = None) -> list[bytes]:
    asked = salts(key, plain)
    data, _ = key.get(allow=[made.id], extensions={"hmac-secret": asked.sent}, token=token)
    return asked.open((data.extensions or {})["hmac-secret"])


@section("CTAP 2.2, 12.8")
@both
@pytest.mark.parametrize("plain", [SALT, SALT + OTHER_SALT])
def test_it_gives_what_signing_in_gives_later(key: Platform, version: int, plain: bytes) -> None:
    made, found = make(key, plain, version)
    assert found == later(key, made, plain)


@section("CTAP 2.2, 12.8")
def test_with_the_pin_it_gives_what_signing_in_with_the_pin_gives_later(locked: Platform) -> None:
    made, found = make(locked, SALT, 2, locked.token(PIN_TEXT, MC, RP))
    assert found == later(locked, made, SALT, locked.token(PIN_TEXT, GA, RP))
    assert found != later(locked, made, SALT)


@section("CTAP 2.2, 12.8")
@pytest.mark.parametrize("beside", [{}, {"hmac-secret": False}])
def test_it_comes_with_hmac_secret_or_not_at_all(key: Platform, beside: dict[str, Any]) -> None:
    wanted = {**beside, "hmac-secret-mc": salts(key, SALT).sent}
    assert key.status(MAKE, making(extensions=wanted)) == MISSING_PARAMETER


@section("CTAP 2.2, 12.8")
@pytest.mark.parametrize("wrong", [True, 1, b"s", "s", [], None])
def test_salts_come_in_a_map(key: Platform, wrong: object) -> None:
    wanted = {"hmac-secret": True, "hmac-secret-mc": wrong}
    assert key.status(MAKE, making(extensions=wanted)) == UNEXPECTED_TYPE


@section("CTAP 2.2, 12.8")
@pytest.mark.parametrize("size", [16, 48, 80])
def test_a_salt_has_32_bytes_and_there_are_one_or_two(key: Platform, size: int) -> None:
    wanted = {"hmac-secret": True, "hmac-secret-mc": salts(key, b"s" * size).sent}
    assert key.status(MAKE, making(extensions=wanted)) == INVALID_LENGTH
    assert key.asked == 0


@section("CTAP 2.2, 12.8")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({3: bytes(32)}, PIN_AUTH_INVALID),
        ({4: 3}, INVALID_PARAMETER),
        ({1: {}}, INVALID_PARAMETER),
        ({1: b""}, UNEXPECTED_TYPE),
        ({2: "s"}, UNEXPECTED_TYPE),
    ],
)
def test_wrong_parts_are_refused(key: Platform, change: dict[int, Any], status: int) -> None:
    wanted = {"hmac-secret": True, "hmac-secret-mc": {**salts(key, SALT).sent, **change}}
    assert key.status(MAKE, making(extensions=wanted)) == status


@section("CTAP 2.2, 12.8")
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_all_parts_are_needed(key: Platform, missing: int) -> None:
    sent = salts(key, SALT).sent
    del sent[missing]
    wanted = {"hmac-secret": True, "hmac-secret-mc": sent}
    assert key.status(MAKE, making(extensions=wanted)) == MISSING_PARAMETER
