"""The extension largeBlobKey: a key of a stored credential's own for what platforms keep in the large array."""

import pytest

from tests.chip.support import (
    CM,
    ED,
    GET,
    INVALID_OPTION,
    MAKE,
    MC,
    PIN_TEXT,
    RP,
    UNEXPECTED_TYPE,
    Made,
    Platform,
    asking,
    making,
    section,
    sha256,
)

WANTED = {"largeBlobKey": True}


@pytest.fixture(name="made", scope="module")
def made_fixture(open_chip: Platform) -> Made:
    open_chip.touches = 0.1
    return open_chip.make(rk=True, extensions=WANTED)


@section("12.3")
def test_a_credential_gets_a_key_of_32_bytes_outside_what_is_signed(key: Platform, made: Made) -> None:
    assert len(made.answer[5]) == 32
    assert not made.data.flags & ED


@section("12.3")
def test_the_key_comes_again_to_who_asks(key: Platform, made: Made) -> None:
    data, answer = key.get(extensions=WANTED)
    assert answer[7] == made.answer[5]
    assert not data.flags & ED
    assert 7 not in key.get(up=False)[1]


@section("12.3")
def test_every_credential_has_another(key: Platform, made: Made) -> None:
    assert key.make(rp="other.example", rk=True, extensions=WANTED).answer[5] != made.answer[5]


@section("12.3")
def test_a_credential_that_was_made_without_has_none(key: Platform) -> None:
    made = key.make(rp="none.example", rk=True)
    assert 5 not in made.answer
    assert 7 not in key.get(rp="none.example", extensions=WANTED, up=False)[1]


@section("12.3")
def test_only_what_is_stored_can_have_one(key: Platform) -> None:
    assert key.status(MAKE, making(extensions=WANTED)) == INVALID_OPTION


@section("12.3")
def test_it_is_not_asked_for_by_false(key: Platform) -> None:
    assert key.status(MAKE, making(rk=True, extensions={"largeBlobKey": False})) == INVALID_OPTION
    assert key.status(GET, asking(extensions={"largeBlobKey": False})) == INVALID_OPTION


@section("12.3")
@pytest.mark.parametrize("wrong", [1, "true", b"", {}, None])
def test_it_is_asked_for_by_a_bool(key: Platform, wrong: object) -> None:
    assert key.status(MAKE, making(rk=True, extensions={"largeBlobKey": wrong})) == UNEXPECTED_TYPE
    assert key.status(GET, asking(extensions={"largeBlobKey": wrong})) == UNEXPECTED_TYPE


@section("6.8.4")
def test_its_owner_sees_it(locked: Platform) -> None:
    made = locked.make(rk=True, extensions=WANTED, token=locked.token(PIN_TEXT, MC, RP))
    _, found = locked.manage(locked.token(PIN_TEXT, CM), 4, {1: sha256(RP.encode())})
    assert found[11] == made.answer[5]
