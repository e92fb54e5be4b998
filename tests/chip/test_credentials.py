"""Credentials: how many are stored, what overwrites what, and what a foreign id costs."""

from collections.abc import Iterator

import pytest

from tests.chip.support import (
    CM,
    GET,
    HASH,
    MAKE,
    NEXT,
    NO_CREDENTIALS,
    OK,
    PIN_TEXT,
    RP,
    STORE_FULL,
    Platform,
    asking,
    descriptor,
    making,
    platform,
    section,
    sha256,
)

MOST = 100


@pytest.fixture(name="full", scope="module")
def full_fixture() -> Iterator[Platform]:
    """Fill a chip: a fifth of it with one relying party's credentials."""
    with platform(seed=3) as key:
        for number in range(MOST):
            rp = f"{number}.example" if number % 5 else RP
            blob = {"credBlob": bytes([number]) * 32}
            key.ok(MAKE, making(rp=rp, user=bytes([number]), rk=True, extensions=blob, formats=["none"]))
        yield key


@section("6.1.2 step 17")
def test_a_hundred_are_stored_and_one_more_is_refused(full: Platform) -> None:
    full.touches = 0.1
    assert full.info()[20] == 0
    assert full.status(MAKE, making(rp="more.example", rk=True)) == STORE_FULL
    assert full.asked == 0
    assert full.status(MAKE, making(rp="more.example")) == OK


@section("6.1.2 step 17")
def test_in_a_full_chip_the_same_user_still_gets_another(full: Platform) -> None:
    full.touches = 0.1
    before = full.get(rp="2.example", up=False)[1][1]["id"]
    made = full.make(rp="2.example", user=bytes([2]), rk=True, extensions={"credBlob": bytes([2]) * 32})
    assert full.get(rp="2.example", up=False)[1][1]["id"] == made.id != before


@section("6.3")
def test_all_of_one_relying_party_s_are_found(full: Platform) -> None:
    answer = full.ok(GET, asking(up=False, extensions={"credBlob": True}))
    assert answer[5] == MOST // 5
    users = [answer[4]["id"], *(full.ok(NEXT)[4]["id"] for _ in range(answer[5] - 1))]
    assert users == [bytes([number]) for number in range(MOST - 5, -1, -5)]


@section("6.3")
def test_a_full_chip_keeps_all_of_them_when_the_power_goes(full: Platform) -> None:
    full.power_cycle()
    for number in (1, 51, 99):
        data, _ = full.get(rp=f"{number}.example", up=False, extensions={"credBlob": True})
        assert data.extensions == {"credBlob": bytes([number]) * 32}


@section("6.1.2 step 17")
def test_the_same_user_at_the_same_place_gets_another_in_the_place_of_the_first(key: Platform) -> None:
    first = key.make(rp="over.example", rk=True)
    left = key.info()[20]
    second = key.make(rp="over.example", rk=True, name="new name")
    assert key.info()[20] == left
    assert first.id != second.id
    assert dict(first.public) != dict(second.public)
    assert 5 not in key.ok(GET, asking(rp="over.example", up=False))
    assert key.status(GET, asking(rp="over.example", allow=[first.id])) == NO_CREDENTIALS
    _, answer = key.get(rp="over.example", allow=[second.id], up=False)
    second.public.verify(answer[2] + HASH, answer[3])


@section("6.1.2 step 17")
def test_another_user_or_another_place_overwrites_nothing(key: Platform) -> None:
    one = key.make(rp="keep.example", user=b"one", rk=True)
    other = key.make(rp="keep.example", user=b"two", rk=True)
    key.make(rp="keep2.example", user=b"one", rk=True)
    for made in (one, other):
        assert key.status(GET, asking(rp="keep.example", allow=[made.id], up=False)) == OK


@section("6.1.2 step 17")
def test_what_is_not_stored_overwrites_nothing(key: Platform) -> None:
    stored = key.make(rp="both.example", rk=True)
    other = key.make(rp="both.example")
    for made in (stored, other):
        assert key.status(GET, asking(rp="both.example", allow=[made.id], up=False)) == OK


@section("6.8.5")
def test_a_deleted_one_does_not_work_and_its_place_is_used_again(fresh: Platform) -> None:
    made = [fresh.make(rk=True, user=user) for user in (b"a", b"b", b"c")]
    assert fresh.set_pin(PIN_TEXT) == OK
    assert fresh.manage(fresh.token(PIN_TEXT, CM), 6, {2: descriptor(made[1].id)})[0] == OK
    assert fresh.status(GET, asking(allow=[made[1].id])) == NO_CREDENTIALS
    assert fresh.info()[20] == 98
    newest = fresh.make(rk=True, user=b"d", token=fresh.token(PIN_TEXT, 1, RP))
    answer = fresh.ok(GET, asking(up=False))
    found = [answer[1]["id"], *(fresh.ok(NEXT)[1]["id"] for _ in range(2))]
    assert found == [newest.id, made[2].id, made[0].id]


@section("6.1.2")
@pytest.mark.parametrize("rk", [False, True])
def test_ids_are_short_and_tell_nothing(key: Platform, rk: bool) -> None:
    found = [key.make(rk=rk, user=bytes([number])).id for number in range(3)]
    assert {len(identifier) for identifier in found} == {96}
    assert len({identifier[:16] for identifier in found}) == 3
    assert all(sha256(RP.encode())[:4] not in identifier for identifier in found)


@section("6.1.1")
def test_long_words_about_a_user_are_cut_at_the_end_of_a_letter(fresh: Platform) -> None:
    fresh.make(rk=True, name="å" * 63)
    assert fresh.set_pin(PIN_TEXT) == OK
    _, found = fresh.manage(fresh.token(PIN_TEXT, CM), 4, {1: sha256(RP.encode())})
    assert found[6] == {"id": b"user", "name": "å" * 32, "displayName": "å" * 32}


@section("6.2.2 step 7")
def test_a_foreign_id_costs_no_elliptic_curve(key: Platform, locked: Platform) -> None:
    """One of them costs less than a fiftieth of a signature, whether or not something is found."""
    foreign = [locked.make().id, *(bytes([number]) * 96 for number in range(19))]
    made = key.make()

    def fuel(allow: list[bytes]) -> int:
        before = key.chip.fuel
        key.cbor(GET, asking(allow=allow, up=False))
        return key.chip.fuel - before

    signature = fuel([made.id])
    assert fuel(foreign) < signature * 20 / 50
    assert fuel([*foreign[:19], made.id]) - signature < signature * 19 / 50
