"""authenticatorGetNextAssertion: the other credentials, one by one, for as long as somebody is interested."""

from typing import Any

import pytest

from tests.chip.support import (
    CM,
    GA,
    GET,
    HASH,
    INFO,
    INVALID_LENGTH,
    MANAGE,
    MC,
    NEXT,
    NO_CREDENTIALS,
    NOT_ALLOWED,
    OK,
    PIN_TEXT,
    RP,
    SELECT,
    UP,
    UV,
    AuthenticatorData,
    Made,
    Platform,
    asking,
    descriptor,
    section,
)

USERS = (b"one", b"two", b"three")


@pytest.fixture(name="three", scope="module")
def three_fixture(open_chip: Platform) -> list[Made]:
    """Store three credentials, the oldest first."""
    open_chip.touches = 0.1
    return [open_chip.make(rk=True, user=user) for user in USERS]


@pytest.fixture(name="guarded", scope="module")
def guarded_fixture(locked_chip: Platform) -> list[Made]:
    """Store three on the chip with a PIN."""
    locked_chip.touches = 0.1
    return [
        locked_chip.make(rk=True, user=user, name=user.decode(), token=locked_chip.token(PIN_TEXT, MC, RP))
        for user in USERS
    ]


def begin(key: Platform, **wanted: Any) -> dict[int, Any]:
    """Begin with three credentials."""
    answer = key.ok(GET, asking(up=False, **wanted))
    assert answer[5] == 3
    return answer


@section("6.2.2 step 12")
def test_the_newest_comes_first_and_says_how_many_there_are(key: Platform, three: list[Made]) -> None:
    assert begin(key)[1]["id"] == three[-1].id


@section("6.3")
def test_the_others_follow_from_new_to_old_and_then_no_more(key: Platform, three: list[Made]) -> None:
    begin(key)
    for made, user in ((three[1], b"two"), (three[0], b"one")):
        answer = key.ok(NEXT)
        assert (answer[1]["id"], answer[4]) == (made.id, {"id": user})
        assert 5 not in answer
        made.public.verify(answer[2] + HASH, answer[3])
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_one_touch_is_for_all_of_them(key: Platform, three: list[Made]) -> None:
    flags = [key.get()[0].flags]
    assert key.asked == 1
    flags += [AuthenticatorData(key.ok(NEXT)[2]).flags for _ in range(2)]
    assert key.asked == 0
    assert flags == [UP, UP, UP]


@section("6.3")
def test_without_a_touch_all_of_them_say_so(key: Platform, three: list[Made]) -> None:
    begin(key)
    assert AuthenticatorData(key.ok(NEXT)[2]).flags == 0


@section("6.3")
def test_who_has_shown_the_pin_may_choose_by_name(locked: Platform, guarded: list[Made]) -> None:
    data, answer = locked.get(token=locked.token(PIN_TEXT, GA, RP))
    found = [answer, locked.ok(NEXT), locked.ok(NEXT)]
    assert data.flags == UP | UV
    assert [entry[4]["name"] for entry in found] == ["three", "two", "one"]


@section("6.3")
def test_nothing_follows_where_nothing_was_begun(key: Platform) -> None:
    key.ok(INFO)
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_nothing_follows_where_credentials_were_named(key: Platform, three: list[Made]) -> None:
    answer = key.ok(GET, asking(allow=[made.id for made in three], up=False))
    assert 5 not in answer
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_nothing_follows_an_only_one(key: Platform) -> None:
    key.make(rk=True, rp="only.example")
    assert 5 not in key.ok(GET, asking(rp="only.example", up=False))
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
@pytest.mark.parametrize("command", [INFO, SELECT, GET, MANAGE])
def test_any_other_command_ends_it(key: Platform, three: list[Made], command: int) -> None:
    begin(key)
    key.cbor(
        command, {1: "nowhere.example", 2: HASH} if command == GET else {1: 1} if command == MANAGE else None
    )
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_it_ends_when_nobody_asks_for_30_seconds(key: Platform, three: list[Made]) -> None:
    begin(key)
    key.world.advance(29)
    key.ok(NEXT)
    key.world.advance(29)
    key.ok(NEXT)
    begin(key)
    key.world.advance(31)
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_it_ends_with_the_power(key: Platform, three: list[Made]) -> None:
    begin(key)
    key.power_cycle()
    assert key.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_it_takes_no_parameters_and_goes_on_after_some(key: Platform, three: list[Made]) -> None:
    begin(key)
    assert key.status(NEXT, {1: 1}) == INVALID_LENGTH
    key.ok(NEXT)


@section("6, stateful commands")
def test_it_ends_with_the_token_that_it_was_begun_with(locked: Platform, guarded: list[Made]) -> None:
    token = locked.token(PIN_TEXT, GA, RP)
    locked.world.advance(25)
    assert locked.status(GET, asking(token=token, up=False)) == OK
    locked.world.advance(550)  # its ten minutes are almost over
    assert locked.status(GET, asking(token=token, up=False)) == OK
    locked.ok(NEXT)
    locked.world.advance(28)
    assert locked.status(NEXT) == NOT_ALLOWED


@section("6.3")
def test_a_credential_that_was_deleted_meanwhile_does_not_follow(
    locked: Platform, guarded: list[Made]
) -> None:
    extra = [
        locked.make(rk=True, rp="short.example", user=user, token=locked.token(PIN_TEXT, MC, "short.example"))
        for user in (b"one", b"two")
    ]
    token = locked.token(PIN_TEXT, CM)
    assert locked.ok(GET, asking(rp="short.example", up=False))[5] == 2
    assert locked.manage(token, 6, {2: descriptor(extra[0].id)})[0] == OK
    assert locked.status(NEXT) == NOT_ALLOWED
    assert 5 not in locked.ok(GET, asking(rp="short.example", up=False))
    assert locked.manage(token, 6, {2: descriptor(extra[1].id)})[0] == OK
    assert locked.status(GET, asking(rp="short.example", up=False)) == NO_CREDENTIALS
