"""The extension hmac-secret: secrets that a credential and a salt give, and nobody else can compute."""

from typing import Any

import pytest

from tests.chip.salts import OTHER_SALT, SALT, salts
from tests.chip.support import (
    ED,
    GA,
    GET,
    INVALID_LENGTH,
    INVALID_PARAMETER,
    MAKE,
    MC,
    MISSING_PARAMETER,
    NEXT,
    OK,
    PIN_AUTH_INVALID,
    PIN_TEXT,
    RP,
    UNEXPECTED_TYPE,
    UNSUPPORTED_OPTION,
    AuthenticatorData,
    Made,
    Platform,
    asking,
    making,
    section,
)

both = pytest.mark.parametrize("version", [1, 2])


@pytest.fixture(name="made", scope="module")
def made_fixture(open_chip: Platform) -> Made:
    open_chip.touches = 0.1
    return open_chip.make(extensions={"hmac-secret": True})


def secrets(key: Platform, made: Made, plain: bytes, version: int = 2, **wanted: Any) -> list[bytes]:
    asked = salts(key, plain, version)
    data, _ = key.get(allow=[made.id], extensions={"hmac-secret": asked.sent}, **wanted)
    assert data.flags & ED
    assert list(data.extensions or {}) == ["hmac-secret"]
    return asked.open((data.extensions or {})["hmac-secret"])


@section("12.5")
def test_it_is_confirmed_when_a_credential_is_made(made: Made) -> None:
    assert made.data.extensions == {"hmac-secret": True}


@section("12.5")
@both
def test_one_salt_gives_one_secret_of_32_bytes(key: Platform, made: Made, version: int) -> None:
    [found] = secrets(key, made, SALT, version)
    assert len(found) == 32
    assert found not in (SALT, bytes(32))


@section("12.5")
@both
def test_two_salts_give_two_and_each_is_always_the_same(key: Platform, made: Made, version: int) -> None:
    [one] = secrets(key, made, SALT, version)
    first, second = secrets(key, made, SALT + OTHER_SALT, version)
    assert first == one != second
    assert secrets(key, made, OTHER_SALT + SALT, version) == [second, first]


@section("12.5")
def test_both_protocols_give_the_same(key: Platform, made: Made) -> None:
    assert secrets(key, made, SALT, 1) == secrets(key, made, SALT, 2)


@section("12.5")
def test_without_a_protocol_it_is_protocol_one(key: Platform, made: Made) -> None:
    asked = salts(key, SALT, 1)
    del asked.sent[4]
    data, _ = key.get(allow=[made.id], extensions={"hmac-secret": asked.sent})
    assert asked.open((data.extensions or {})["hmac-secret"]) == secrets(key, made, SALT)


@section("12.5")
def test_another_credential_gives_another(key: Platform, made: Made) -> None:
    other = key.make(extensions={"hmac-secret": True})
    assert secrets(key, made, SALT) != secrets(key, other, SALT)


@section("12.5")
def test_with_the_pin_it_gives_another(locked: Platform) -> None:
    made = locked.make(extensions={"hmac-secret": True})
    without = secrets(locked, made, SALT + OTHER_SALT)
    token = locked.token(PIN_TEXT, GA, RP)
    found = secrets(locked, made, SALT + OTHER_SALT, token=token)
    assert len({*without, *found}) == 4


@section("12.5")
def test_a_power_cycle_changes_nothing(fresh: Platform) -> None:
    made = fresh.make(extensions={"hmac-secret": True})
    before = secrets(fresh, made, SALT)
    fresh.power_cycle()
    assert secrets(fresh, made, SALT) == before


@section("12.5")
@pytest.mark.parametrize("size", [16, 48, 80, 96])
def test_a_salt_has_32_bytes_and_there_are_one_or_two(key: Platform, made: Made, size: int) -> None:
    asked = salts(key, b"s" * size)
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": asked.sent})) == INVALID_LENGTH
    assert key.asked == 0


@section("12.5")
@pytest.mark.parametrize("encrypted", [b"", b"x" * 15, b"x" * 33])
def test_what_was_not_encrypted_is_refused(key: Platform, made: Made, encrypted: bytes) -> None:
    asked = salts(key, SALT)
    sent = {**asked.sent, 2: encrypted, 3: asked.secret.sign(encrypted)}
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": sent})) == PIN_AUTH_INVALID


@section("12.5")
@both
def test_what_was_not_signed_is_refused(key: Platform, made: Made, version: int) -> None:
    asked = salts(key, SALT, version)
    good = asked.sent[3]
    for wrong in (good[:-1], bytes([good[0] ^ 1]) + good[1:]):
        sent = {**asked.sent, 3: wrong}
        assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": sent})) == PIN_AUTH_INVALID


@section("12.5")
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_all_parts_are_needed(key: Platform, made: Made, missing: int) -> None:
    sent = salts(key, SALT).sent
    del sent[missing]
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": sent})) == MISSING_PARAMETER


@section("12.5")
def test_nothing_at_all_is_too_little(key: Platform, made: Made) -> None:
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": {}})) == MISSING_PARAMETER


@section("12.5")
@pytest.mark.parametrize("version", [0, 3])
def test_a_protocol_that_it_does_not_know_is_refused(key: Platform, made: Made, version: int) -> None:
    sent = {**salts(key, SALT).sent, 4: version}
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": sent})) == INVALID_PARAMETER


@section("12.5")
@pytest.mark.parametrize("wrong", [True, 1, b"s", "s", [], None])
def test_salts_come_in_a_map(key: Platform, made: Made, wrong: object) -> None:
    assert key.status(GET, asking(allow=[made.id], extensions={"hmac-secret": wrong})) == UNEXPECTED_TYPE


@section("12.5")
@pytest.mark.parametrize("wrong", [1, "true", b"", {}, None])
def test_it_is_asked_for_by_a_bool_when_a_credential_is_made(key: Platform, wrong: object) -> None:
    assert key.status(MAKE, making(extensions={"hmac-secret": wrong})) == UNEXPECTED_TYPE


@section("12.5")
def test_nobody_learns_a_secret_without_being_there(key: Platform, made: Made) -> None:
    sent = salts(key, SALT).sent
    wanted = asking(allow=[made.id], extensions={"hmac-secret": sent}, up=False)
    assert key.status(GET, wanted) == UNSUPPORTED_OPTION


@section("12.5")
def test_the_next_credentials_give_theirs(fresh: Platform) -> None:
    made = [fresh.make(rk=True, user=user, extensions={"hmac-secret": True}) for user in (b"a", b"b")]
    asked = salts(fresh, SALT)
    data, _ = fresh.get(extensions={"hmac-secret": asked.sent})
    following = AuthenticatorData(fresh.ok(NEXT)[2])
    found = [asked.open((one.extensions or {})["hmac-secret"]) for one in (data, following)]
    assert found == [secrets(fresh, one, SALT) for one in reversed(made)]
    assert found[0] != found[1]


@section("12.5")
def test_a_false_wish_is_none(key: Platform) -> None:
    assert not key.make(extensions={"hmac-secret": False}).data.flags & ED


@section("12.5")
def test_a_pin_for_making_is_none_for_secrets(locked: Platform) -> None:
    made = locked.make(extensions={"hmac-secret": True})
    sent = salts(locked, SALT).sent
    token = locked.token(PIN_TEXT, MC, RP)
    wanted = asking(allow=[made.id], extensions={"hmac-secret": sent}, token=token)
    assert locked.status(GET, wanted) == PIN_AUTH_INVALID
    assert locked.asked == 0
    assert locked.status(GET, asking(allow=[made.id], extensions={"hmac-secret": sent})) == OK
