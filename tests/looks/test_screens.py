"""Screens: what they show can be read off their pixels, whole."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import draw, font, screens
from tests.looks.panel import code_on, drawn, lines_on, words_on

LETTERS = string.ascii_letters + string.digits + font.EXTRA.replace("\xa0", "") + ".-_@:/"
NAME = st.text(st.sampled_from(LETTERS + "   "), min_size=1, max_size=32)
CODE = st.integers(6, 8).flatmap(lambda count: st.text("0123456789", min_size=count, max_size=count))
SPAN = st.sampled_from([30, 60])


@given(CODE, NAME, SPAN, st.data())
def test_a_code_its_name_and_its_seconds_can_be_read(code: str, name: str, span: int, data: Any):
    left = data.draw(st.integers(0, span) | st.none())
    picture = drawn(screens.code, name, code, left, span)
    assert code_on(picture) == code
    seen = "".join(words_on(picture))
    assert seen == "".join(name.split()) + ("" if left is None else f"{left}s")


@pytest.mark.parametrize("code", ["123456", "1234567", "12345678"])
@pytest.mark.parametrize("name", ["W" * 32, "WWWW " * 6 + "WW", "WWWWWWWW WWWWWWWWWWWWWW WWWWWWWW"])
def test_the_widest_names_fit(code: str, name: str):
    picture = drawn(screens.code, name, code, 60, 60)
    assert code_on(picture) == code
    assert "".join(words_on(picture)) == name.replace(" ", "") + "60s"


@pytest.mark.parametrize("code", ["123456", "1234567", "12345678"])
@pytest.mark.parametrize("span", [30, 60])
def test_the_bar_shrinks_from_whole_to_nothing(code: str, span: int):
    x = 2 if len(code) == 6 else 84
    bars = [_bar(drawn(screens.code, "", code, left, span), x) for left in range(span, -1, -1)]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > 40
    assert bars[-1] == 0
    assert len(set(bars)) > span // 2


@pytest.mark.parametrize("code", ["123456", "12345678"])
def test_a_code_without_time_has_no_bar(code: str):
    picture = drawn(screens.code, "", code, None, 0)
    assert lines_on(picture) == []
    assert not any(any(row[84:]) for row in picture[48:])


def test_six_digits_stand_in_two_groups_on_one_line():
    picture = drawn(screens.code, "", "888888", None, 0)
    lit = [any(row[x] for row in picture) for x in range(128)]
    gaps = [len(gap) for gap in "".join("#" if on else "." for on in lit).strip(".").split("#") if gap]
    assert gaps == [3, 3, 10, 3, 3]


def test_a_strange_code_or_time_is_no_accident():
    for left in (-5, 0, 1000):
        assert code_on(drawn(screens.code, "Key", "123456", left, 30)) == "123456"
    assert code_on(drawn(screens.code, "Key", "1234", 3, 30)) is None


@pytest.mark.parametrize("seconds", [0, 4, 9, 10, 59])
def test_waiting_shows_how_long(seconds: int):
    picture = drawn(screens.wait, "New code in", seconds)
    assert lines_on(picture) == ["New code in", "s"]
    assert code_on(picture) is None
    assert picture != drawn(screens.wait, "New code in", seconds + 1)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(600, "10:00"), (599, "9:59"), (60, "1:00"), (59, "59 s"), (0, "0 s")]
)
def test_a_countdown_shows_minutes_and_seconds(seconds: int, shown: str):
    picture = drawn(screens.countdown, "Set-up open.", "Connect to a computer.", seconds, 128)
    assert lines_on(picture)[-1] == shown
    assert words_on(picture) == f"Set-up open. Connect to a computer. {shown}".split()


def test_a_countdown_s_bar_shrinks_from_whole_to_nothing():
    for seconds in (600, None):
        bars = [
            _bar(drawn(screens.countdown, "", "", seconds, fraction), 0) for fraction in range(128, -1, -1)
        ]
        assert bars == sorted(bars, reverse=True)
        assert bars[0] == (68 if seconds else 128)
        assert bars[-1] == 0


@given(st.lists(st.text(st.sampled_from(LETTERS), min_size=1, max_size=10), max_size=20))
def test_messages_are_never_cut(words: list[str]):
    title, body = " ".join(words[:3]), " ".join(words[3:])
    if len(draw.wrap(title, 128)) + len(draw.wrap(body, 128)) <= 8:
        picture = drawn(screens.message, title, body)
        assert "".join(words_on(picture)) == "".join(words)


def test_messages_stand_in_the_largest_letters_that_fit():
    assert _double(drawn(screens.message, "No key.", "Press."))
    assert _double(drawn(screens.message, "No key.", ""))
    picture = drawn(screens.message, "No key.", "Press " * 15)
    assert _double(picture[:16])
    assert not _double(picture[24:])


def test_information_keeps_its_lines():
    lines = ["Serial SGCD 0000 0123", "Version 0.1.0", "Battery 2.95 V", "UTC 2026-11-22 15:30:12"]
    picture = drawn(screens.info, lines)
    assert lines_on(picture) == lines
    assert not any(any(row) for row in picture[8:16]), "four lines have room between them"
    assert lines_on(drawn(screens.info, [*lines, "Developer device"])) == [*lines, "Developer device"]
    assert words_on(drawn(screens.info, ["word " * 40])) == ["word"] * 40


def _bar(picture: list[list[bool]], x: int) -> int:
    """Measure the thick part of a bar on the last page, from where it begins."""
    end = x
    while end < 128 and picture[58][end] and picture[61][end]:
        end += 1
    return end - x


def _double(picture: list[list[bool]]) -> bool:
    """Say whether all that is lit is at least two pixels wide."""
    return not any(
        row[x] and not row[x - 1] and not (x < 127 and row[x + 1])
        for row in picture[::2]
        for x in range(1, 128)
    )
