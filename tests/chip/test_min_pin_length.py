"""The extension minPinLength: relying parties that were named learn how short a PIN may be; no others do."""

from collections.abc import Iterator

import pytest

from tests.chip.support import ED, OK, UNEXPECTED_TYPE, Platform, making, platform, section

KNOWN = "known.example"
ASKED = {"minPinLength": True}


@pytest.fixture(name="told", scope="module")
def told_fixture() -> Iterator[Platform]:
    """Keep a chip whose shortest PIN has seven letters, and which may tell one relying party."""
    with platform() as key:
        assert key.status(13, {1: 3, 2: {1: 7, 2: [KNOWN]}}) == OK
        yield key


@section("12.4")
def test_who_was_named_learns_it(told: Platform) -> None:
    made = told.make(rp=KNOWN, extensions=ASKED)
    assert made.data.flags & ED
    assert made.data.extensions == {"minPinLength": told.info()[13]} == {"minPinLength": 7}


@section("12.4")
def test_nobody_else_learns_it(told: Platform) -> None:
    made = told.make(rp="other.example", extensions=ASKED)
    assert not made.data.flags & ED


@section("12.4")
def test_who_does_not_ask_is_not_told(told: Platform) -> None:
    for extensions in (None, {}, {"minPinLength": False}):
        assert not told.make(rp=KNOWN, extensions=extensions).data.flags & ED


@section("12.4")
@pytest.mark.parametrize("wrong", [1, "true", b"", {}, None])
def test_it_is_asked_for_by_a_bool(told: Platform, wrong: object) -> None:
    assert told.status(1, making(rp=KNOWN, extensions={"minPinLength": wrong})) == UNEXPECTED_TYPE


@section("12.4")
def test_it_is_told_after_a_power_cycle_too(told: Platform) -> None:
    told.power_cycle()
    assert told.make(rp=KNOWN, extensions=ASKED).data.extensions == {"minPinLength": 7}


@section("12.4")
def test_naming_others_forgets_those_before(fresh: Platform) -> None:
    assert fresh.status(13, {1: 3, 2: {2: [KNOWN]}}) == OK
    assert fresh.status(13, {1: 3, 2: {1: 5}}) == OK  # without names they stay
    assert fresh.make(rp=KNOWN, extensions=ASKED).data.extensions == {"minPinLength": 5}
    assert fresh.status(13, {1: 3, 2: {2: ["new.example"]}}) == OK
    assert fresh.make(rp=KNOWN, extensions=ASKED).data.extensions is None
    assert fresh.status(13, {1: 3, 2: {2: []}}) == OK
    assert fresh.make(rp="new.example", extensions=ASKED).data.extensions is None
