"""authenticatorCredentialManagement: what an owner sees of what is stored, changes and deletes."""

from typing import Any, NamedTuple

import pytest

from tests.chip.support import (
    CM,
    GA,
    GET,
    INFO,
    INVALID_PARAMETER,
    INVALID_SUBCOMMAND,
    MANAGE,
    MC,
    MISSING_PARAMETER,
    NO_CREDENTIALS,
    NOT_ALLOWED,
    OK,
    PIN_AUTH_INVALID,
    PIN_TEXT,
    PUAT_REQUIRED,
    RP,
    Made,
    Platform,
    Token,
    asking,
    descriptor,
    section,
    sha256,
)

METADATA, RPS, NEXT_RP, CREDENTIALS, NEXT_CREDENTIAL, DELETE, UPDATE = range(1, 8)
OTHER = "other.example"
PREVIEW = 0x41


class Stock(NamedTuple):
    """A chip that stores three credentials of two relying parties."""

    key: Platform
    made: dict[tuple[str, bytes], Made]


@pytest.fixture(name="stock", scope="module")
def stock_fixture(locked_chip: Platform) -> Stock:
    made: dict[tuple[str, bytes], Made] = {}
    locked_chip.touches = 0.1
    for rp, user in ((RP, b"one"), (OTHER, b"one"), (RP, b"two")):
        token = locked_chip.token(PIN_TEXT, MC, rp)
        made[rp, user] = locked_chip.make(rp=rp, user=user, name=user.decode(), rk=True, token=token)
    return Stock(locked_chip, made)


@pytest.fixture(name="token")
def token_fixture(stock: Stock) -> Token:
    return stock.key.token(PIN_TEXT, CM)


def of(rp: str) -> dict[int, Any]:
    return {1: sha256(rp.encode())}


# --- looking


@section("6.8.2")
def test_metadata_say_how_many_there_are_and_how_many_fit(stock: Stock, token: Token) -> None:
    assert stock.key.manage(token, METADATA) == (OK, {1: 3, 2: 97})


@section("6.8.3")
def test_relying_parties_are_listed_once_each(stock: Stock, token: Token) -> None:
    status, first = stock.key.manage(token, RPS)
    assert (status, sorted(first), first[5]) == (OK, [3, 4, 5], 2)
    second = stock.key.ok(MANAGE, {1: NEXT_RP})
    assert sorted(second) == [3, 4]
    assert {first[3]["id"], second[3]["id"]} == {RP, OTHER}
    assert all(found[4] == sha256(found[3]["id"].encode()) for found in (first, second))
    assert stock.key.status(MANAGE, {1: NEXT_RP}) == NOT_ALLOWED


@section("6.8.4")
def test_credentials_are_listed_with_all_that_an_owner_may_know(stock: Stock, token: Token) -> None:
    status, first = stock.key.manage(token, CREDENTIALS, of(RP))
    assert (status, sorted(first), first[9]) == (OK, [6, 7, 8, 9, 10], 2)
    second = stock.key.ok(MANAGE, {1: NEXT_CREDENTIAL})
    assert sorted(second) == [6, 7, 8, 10]
    for found in (first, second):
        user = found[6]["id"]
        made = stock.made[RP, user]
        assert found[6] == {"id": user, "name": user.decode(), "displayName": user.decode()}
        assert found[7] == descriptor(made.id)
        assert found[8] == dict(made.public)
        assert found[10] == 1
    assert first[6]["id"] != second[6]["id"]
    assert stock.key.status(MANAGE, {1: NEXT_CREDENTIAL}) == NOT_ALLOWED


@section("docs/decisions/0020")
def test_older_libfido2_asks_for_the_same_by_another_number(stock: Stock, token: Token) -> None:
    """docs/decisions/0020; without this, `ssh-keygen -K` of Debian 12 finds nothing."""
    for command, params, following in (
        (METADATA, None, None),
        (RPS, None, NEXT_RP),
        (CREDENTIALS, of(RP), NEXT_CREDENTIAL),
    ):
        found: list[list[Any]] = []
        for number in (MANAGE, PREVIEW):
            found.append([stock.key.manage(token, command, params, number)])
            if following:
                found[-1].append(stock.key.cbor(number, {1: following}))
        assert found[0] == found[1]
        assert found[0][0][0] == OK
    forged = token._replace(key=bytes(32))
    assert stock.key.manage(forged, METADATA, None, PREVIEW)[0] == PIN_AUTH_INVALID
    assert stock.key.ok(INFO)[4].get("credentialMgmtPreview") is None


@section("6.8.4")
def test_a_relying_party_that_has_none_is_told_so(stock: Stock, token: Token) -> None:
    assert stock.key.manage(token, CREDENTIALS, of("nowhere.example"))[0] == NO_CREDENTIALS
    assert stock.key.manage(token, CREDENTIALS, {1: b""})[0] == NO_CREDENTIALS


@section("6.8.3")
def test_an_empty_chip_has_nothing_to_list(fresh: Platform) -> None:
    assert fresh.set_pin(PIN_TEXT) == OK
    token = fresh.token(PIN_TEXT, CM)
    assert fresh.manage(token, METADATA) == (OK, {1: 0, 2: 100})
    assert fresh.manage(token, RPS)[0] == NO_CREDENTIALS


@section("6.8.3")
@pytest.mark.parametrize("command", [NEXT_RP, NEXT_CREDENTIAL])
def test_nothing_follows_where_nothing_was_begun(stock: Stock, command: int) -> None:
    stock.key.ok(INFO)
    assert stock.key.status(MANAGE, {1: command}) == NOT_ALLOWED


@section("6.8.3")
def test_one_list_is_not_gone_on_with_as_the_other(stock: Stock, token: Token) -> None:
    assert stock.key.manage(token, RPS)[0] == OK
    assert stock.key.status(MANAGE, {1: NEXT_CREDENTIAL}) == NOT_ALLOWED
    assert stock.key.manage(token, CREDENTIALS, of(RP))[0] == OK
    assert stock.key.status(MANAGE, {1: NEXT_RP}) == NOT_ALLOWED


@section("6, stateful commands")
@pytest.mark.parametrize("command", [METADATA, RPS, UPDATE])
def test_another_command_ends_a_list(stock: Stock, token: Token, command: int) -> None:
    assert stock.key.manage(token, CREDENTIALS, of(RP))[0] == OK
    stock.key.manage(token, command, {} if command == UPDATE else None)
    assert stock.key.status(MANAGE, {1: NEXT_CREDENTIAL}) == NOT_ALLOWED


@section("6, stateful commands")
def test_a_list_ends_with_its_token(stock: Stock, token: Token) -> None:
    assert stock.key.manage(token, METADATA)[0] == OK
    stock.key.world.advance(590)
    assert stock.key.manage(token, CREDENTIALS, of(RP))[0] == OK
    stock.key.world.advance(15)
    assert stock.key.status(MANAGE, {1: NEXT_CREDENTIAL}) == NOT_ALLOWED


@section("6.8")
def test_what_is_not_stored_is_not_listed(stock: Stock, token: Token) -> None:
    stock.key.make(rp=OTHER, user=b"two")
    token = stock.key.token(PIN_TEXT, CM)
    assert stock.key.manage(token, METADATA)[1][1] == 3


# --- who may


@section("6.8")
@pytest.mark.parametrize("command", [METADATA, RPS, CREDENTIALS, DELETE, UPDATE])
def test_all_of_it_needs_a_token(stock: Stock, token: Token, command: int) -> None:
    assert stock.key.status(MANAGE, {1: command, 2: of(RP)}) == PUAT_REQUIRED
    assert stock.key.status(MANAGE, {1: command, 2: of(RP), 3: 2, 4: bytes(32)}) == PIN_AUTH_INVALID


@section("6.8")
def test_a_proof_is_for_one_command_and_its_parameters(stock: Stock, token: Token) -> None:
    proof = token.sign(b"\x01")
    assert stock.key.status(MANAGE, {1: METADATA, 3: 2, 4: proof}) == OK
    assert stock.key.status(MANAGE, {1: RPS, 3: 2, 4: proof}) == PIN_AUTH_INVALID
    assert stock.key.status(MANAGE, {1: METADATA, 2: {}, 3: 2, 4: proof}) == PIN_AUTH_INVALID


@section("6.8")
def test_another_permission_is_none(stock: Stock) -> None:
    token = stock.key.token(PIN_TEXT, GA, RP)
    assert stock.key.manage(token, METADATA)[0] == PIN_AUTH_INVALID


@section("6.8.2")
def test_a_token_for_one_relying_party_does_not_list_all(stock: Stock) -> None:
    token = stock.key.token(PIN_TEXT, CM, RP)
    assert stock.key.manage(token, METADATA)[0] == PIN_AUTH_INVALID
    assert stock.key.manage(token, RPS)[0] == PIN_AUTH_INVALID
    assert stock.key.manage(token, CREDENTIALS, of(RP))[0] == OK
    assert stock.key.manage(token, CREDENTIALS, of(OTHER))[0] == PIN_AUTH_INVALID
    assert stock.key.manage(token, CREDENTIALS, of("nowhere.example"))[0] == PIN_AUTH_INVALID


@section("6.8.5")
def test_a_token_for_one_relying_party_changes_nothing_of_another(stock: Stock) -> None:
    token = stock.key.token(PIN_TEXT, CM, RP)
    chosen = descriptor(stock.made[OTHER, b"one"].id)
    assert stock.key.manage(token, DELETE, {2: chosen})[0] == PIN_AUTH_INVALID
    assert stock.key.manage(token, UPDATE, {2: chosen, 3: {"id": b"one"}})[0] == PIN_AUTH_INVALID


@section("6.8")
@pytest.mark.parametrize("command", [0, 8, 255, 1 << 33])
def test_a_command_that_does_not_exist_is_refused(stock: Stock, command: int) -> None:
    assert stock.key.status(MANAGE, {1: command}) == INVALID_SUBCOMMAND


@section("6.8")
@pytest.mark.parametrize(
    ("command", "params"),
    [
        (CREDENTIALS, None),
        (CREDENTIALS, {}),
        (DELETE, None),
        (DELETE, {2: {"id": b"x"}}),
        (DELETE, {2: {"type": "public-key"}}),
        (UPDATE, {2: descriptor(b"x")}),
        (UPDATE, {3: {"id": b"one"}}),
        (UPDATE, {2: descriptor(b"x"), 3: {"name": "one"}}),
    ],
)
def test_commands_need_their_parameters(
    stock: Stock, token: Token, command: int, params: dict[int, Any] | None
) -> None:
    assert stock.key.manage(token, command, params)[0] == MISSING_PARAMETER


# --- changing


@section("6.8.5")
def test_what_was_deleted_is_gone(stock: Stock) -> None:
    key = stock.key
    made = key.make(rp="gone.example", rk=True, token=key.token(PIN_TEXT, MC, "gone.example"))
    token = key.token(PIN_TEXT, CM)
    assert key.manage(token, METADATA)[1][1] == 4
    assert key.manage(token, DELETE, {2: descriptor(made.id)}) == (OK, None)
    assert key.manage(token, METADATA)[1] == {1: 3, 2: 97}
    assert key.status(GET, asking(rp="gone.example")) == NO_CREDENTIALS
    assert key.status(GET, asking(rp="gone.example", allow=[made.id])) == NO_CREDENTIALS
    assert key.manage(token, DELETE, {2: descriptor(made.id)})[0] == NO_CREDENTIALS


@section("6.8.5")
@pytest.mark.parametrize("identifier", [b"", b"x", bytes(96), bytes(200)])
def test_what_is_not_there_is_not_deleted(stock: Stock, token: Token, identifier: bytes) -> None:
    assert stock.key.manage(token, DELETE, {2: descriptor(identifier)})[0] == NO_CREDENTIALS


@section("6.8.5")
def test_what_is_deleted_in_the_midst_of_a_list_does_not_follow(stock: Stock) -> None:
    key = stock.key
    made = [
        key.make(rp="gone.example", user=user, rk=True, token=key.token(PIN_TEXT, MC, "gone.example"))
        for user in (b"one", b"two")
    ]
    token = key.token(PIN_TEXT, CM)
    assert key.manage(token, CREDENTIALS, of("gone.example"))[1][9] == 2
    for one in made:
        assert key.manage(token, DELETE, {2: descriptor(one.id)})[0] == OK
    assert key.status(MANAGE, {1: NEXT_CREDENTIAL}) == NOT_ALLOWED


@section("6.8.6")
def test_a_user_s_words_can_be_changed_and_taken_away(stock: Stock, token: Token) -> None:
    chosen = descriptor(stock.made[OTHER, b"one"].id)
    for user in (
        {"id": b"one", "name": "new", "displayName": "newer"},
        {"id": b"one", "name": "newest"},
        {"id": b"one"},
    ):
        assert stock.key.manage(token, UPDATE, {2: chosen, 3: user}) == (OK, None)
        assert stock.key.manage(token, CREDENTIALS, of(OTHER))[1][6] == user


@section("6.8.6")
def test_a_user_stays_who_they_are(stock: Stock, token: Token) -> None:
    chosen = descriptor(stock.made[OTHER, b"one"].id)
    assert stock.key.manage(token, UPDATE, {2: chosen, 3: {"id": b"two"}})[0] == INVALID_PARAMETER


@section("6.8.6")
def test_what_is_not_there_is_not_changed(stock: Stock, token: Token) -> None:
    assert stock.key.manage(token, UPDATE, {2: descriptor(bytes(96)), 3: {"id": b"one"}})[0] == NO_CREDENTIALS


@section("6.8.6")
def test_a_changed_credential_signs_as_before(stock: Stock, token: Token) -> None:
    made = stock.made[OTHER, b"one"]
    assert stock.key.manage(token, UPDATE, {2: descriptor(made.id), 3: {"id": b"one", "name": "x"}})[0] == OK
    _, answer = stock.key.get(rp=OTHER, up=False)
    assert answer[1]["id"] == made.id
    made.public.verify(answer[2] + bytes(range(32)), answer[3])
