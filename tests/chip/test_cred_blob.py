"""The extension credBlob: 32 bytes that a stored credential keeps for its relying party."""

import pytest

from tests.chip.support import (
    ED,
    GET,
    MAKE,
    NEXT,
    UNEXPECTED_TYPE,
    AuthenticatorData,
    Platform,
    asking,
    making,
    section,
)

WANTED = {"credBlob": True}


def read(key: Platform, rp: str, allow: list[bytes] | None = None) -> object:
    data, _ = key.get(rp=rp, allow=allow, extensions=WANTED, up=False)
    return (data.extensions or {}).get("credBlob")


@section("12.2")
@pytest.mark.parametrize("size", [0, 1, 32])
def test_what_was_stored_is_read_by_name_and_without(key: Platform, size: int) -> None:
    rp = f"size{size}.example"
    made = key.make(rp=rp, rk=True, extensions={"credBlob": b"b" * size})
    assert made.data.extensions == {"credBlob": True}
    assert read(key, rp) == b"b" * size
    assert read(key, rp, [made.id]) == b"b" * size


@section("12.2")
def test_more_than_get_info_says_is_not_stored(key: Platform) -> None:
    made = key.make(rp="long.example", rk=True, extensions={"credBlob": bytes(key.info()[15] + 1)})
    assert made.data.extensions == {"credBlob": False}
    assert read(key, "long.example") == b""


@section("12.2")
def test_a_credential_that_is_not_stored_keeps_none(key: Platform) -> None:
    made = key.make(extensions={"credBlob": b"blob"})
    assert made.data.extensions == {"credBlob": False}
    assert read(key, "example.com", [made.id]) == b""


@section("12.2")
def test_a_credential_without_one_has_an_empty_one(key: Platform) -> None:
    key.make(rp="none.example", rk=True)
    assert read(key, "none.example") == b""


@section("12.2")
def test_who_does_not_ask_is_not_told(key: Platform) -> None:
    key.make(rp="quiet.example", rk=True, extensions={"credBlob": b"blob"})
    for extensions in (None, {"credBlob": False}):
        data, _ = key.get(rp="quiet.example", extensions=extensions, up=False)
        assert not data.flags & ED


@section("12.2")
def test_each_of_several_has_its_own(key: Platform) -> None:
    for user in (b"a", b"b"):
        key.make(rp="two.example", user=user, rk=True, extensions={"credBlob": user * 5})
    assert read(key, "two.example") == b"bbbbb"
    assert (AuthenticatorData(key.ok(NEXT)[2]).extensions or {})["credBlob"] == b"aaaaa"


@section("12.2")
@pytest.mark.parametrize("wrong", [True, 1, "blob", {}, None])
def test_it_is_stored_as_bytes(key: Platform, wrong: object) -> None:
    assert key.status(MAKE, making(extensions={"credBlob": wrong})) == UNEXPECTED_TYPE


@section("12.2")
@pytest.mark.parametrize("wrong", [b"", 1, "true", None])
def test_it_is_asked_for_by_a_bool(key: Platform, wrong: object) -> None:
    assert key.status(GET, asking(extensions={"credBlob": wrong})) == UNEXPECTED_TYPE
