"""The extension credProtect: what may be done with a credential by somebody who has not shown the PIN."""

import pytest

from tests.chip.support import (
    CM,
    ED,
    EXCLUDED,
    GA,
    GET,
    INVALID_OPTION,
    MAKE,
    MC,
    NO_CREDENTIALS,
    OK,
    PIN_TEXT,
    UNEXPECTED_TYPE,
    Made,
    Platform,
    asking,
    making,
    section,
    sha256,
)

LEVELS = (1, 2, 3)


def rp_of(level: int) -> str:
    return f"level{level}.example"


@pytest.fixture(name="made", scope="module")
def made_fixture(locked_chip: Platform) -> dict[int, Made]:
    """Store one credential of each level, each at a relying party of its own."""
    locked_chip.touches = 0.1
    return {
        level: locked_chip.make(
            rp=rp_of(level),
            rk=True,
            extensions={"credProtect": level},
            token=locked_chip.token(PIN_TEXT, MC, rp_of(level)),
        )
        for level in LEVELS
    }


@section("12.1")
def test_the_level_is_confirmed(made: dict[int, Made]) -> None:
    assert {level: one.data.extensions for level, one in made.items()} == {
        level: {"credProtect": level} for level in LEVELS
    }


@section("12.1")
def test_a_level_that_nobody_asked_for_is_not_mentioned(key: Platform) -> None:
    assert not key.make().data.flags & ED


@section("12.1")
@pytest.mark.parametrize("level", [0, 4, 255, 1 << 20])
def test_other_levels_are_invalid(key: Platform, level: int) -> None:
    assert key.status(MAKE, making(extensions={"credProtect": level})) == INVALID_OPTION


@section("12.1")
@pytest.mark.parametrize("level", [-1, "userVerificationRequired", True, None, [1]])
def test_a_level_is_a_number(key: Platform, level: object) -> None:
    assert key.status(MAKE, making(extensions={"credProtect": level})) == UNEXPECTED_TYPE


@section("12.1")
@pytest.mark.parametrize(("level", "status"), [(1, OK), (2, OK), (3, NO_CREDENTIALS)])
def test_without_a_pin_a_named_one_is_found_below_level_three(
    locked: Platform, made: dict[int, Made], level: int, status: int
) -> None:
    assert locked.status(GET, asking(rp=rp_of(level), allow=[made[level].id], up=False)) == status


@section("12.1")
@pytest.mark.parametrize(("level", "status"), [(1, OK), (2, NO_CREDENTIALS), (3, NO_CREDENTIALS)])
def test_without_a_pin_one_that_is_not_named_is_found_at_level_one_only(
    locked: Platform, made: dict[int, Made], level: int, status: int
) -> None:
    assert locked.status(GET, asking(rp=rp_of(level), up=False)) == status


@section("12.1")
@pytest.mark.parametrize("level", LEVELS)
def test_with_the_pin_all_are_found(locked: Platform, made: dict[int, Made], level: int) -> None:
    token = locked.token(PIN_TEXT, GA, rp_of(level))
    for allow in (None, [made[level].id]):
        assert locked.status(GET, asking(rp=rp_of(level), allow=allow, token=token, up=False)) == OK


@section("6.1.2 step 12")
@pytest.mark.parametrize(("level", "status"), [(1, EXCLUDED), (2, EXCLUDED), (3, OK)])
def test_without_a_pin_the_most_protected_excludes_nothing(
    locked: Platform, made: dict[int, Made], level: int, status: int
) -> None:
    assert locked.status(MAKE, making(rp=rp_of(level), exclude=[made[level].id])) == status


@section("6.1.2 step 12")
def test_with_the_pin_the_most_protected_excludes(locked: Platform, made: dict[int, Made]) -> None:
    token = locked.token(PIN_TEXT, MC, rp_of(3))
    assert locked.status(MAKE, making(rp=rp_of(3), exclude=[made[3].id], token=token)) == EXCLUDED


@section("12.1")
@pytest.mark.parametrize(("level", "status"), [(1, OK), (2, OK), (3, NO_CREDENTIALS)])
def test_one_that_is_not_stored_is_protected_alike(key: Platform, level: int, status: int) -> None:
    made = key.make(extensions={"credProtect": level})
    assert key.status(GET, asking(allow=[made.id], up=False)) == status


@section("6.8.4")
def test_its_owner_is_told_the_level(locked: Platform, made: dict[int, Made]) -> None:
    token = locked.token(PIN_TEXT, CM)
    found = [locked.manage(token, 4, {1: sha256(rp_of(level).encode())})[1][10] for level in LEVELS]
    assert found == list(LEVELS)


@section("12.1")
def test_only_those_that_may_be_used_are_counted(locked: Platform) -> None:
    for level, user in ((1, b"a"), (2, b"b"), (1, b"c"), (3, b"d")):
        locked.make(
            rp="many.example",
            user=user,
            rk=True,
            extensions={"credProtect": level},
            token=locked.token(PIN_TEXT, MC, "many.example"),
        )
    answer = locked.ok(GET, asking(rp="many.example", up=False))
    assert (answer[5], answer[4]["id"]) == (2, b"c")
    assert locked.ok(8)[4]["id"] == b"a"
