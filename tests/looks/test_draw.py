"""Drawing: what is asked for, where it is asked for, and never outside."""

from hypothesis import given
from hypothesis import strategies as st

from common import draw, font
from tests.looks.panel import code_on, lines_on, pixels

COORDINATE = st.integers(-400, 400)
PAGE = st.integers(-9, 16)
ALPHABET = [chr(code) for code in range(33, 127)] + list(font.EXTRA.replace("\xa0", ""))
WORD = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=12)
SENTENCE = st.lists(WORD, max_size=12).map(" ".join)


@given(COORDINATE, PAGE, st.text(max_size=30))
def test_nothing_is_written_outside(x: int, page: int, string: str):
    for write, pages in ((draw.text, 1), (draw.text2, 2), (draw.large, 4)):
        buffer = bytearray(1024)
        write(buffer, x, page, string)
        assert len(buffer) == 1024
        for i, byte in enumerate(buffer):
            assert not byte or (page <= i // 128 < page + pages and i % 128 >= x)


@given(COORDINATE, PAGE, st.integers(-5, 300), st.integers(-50, 400))
def test_no_bar_is_drawn_outside(x: int, page: int, length: int, filled: int):
    for write in (lambda b: draw.bar(b, x, page, length, filled), lambda b: draw.rule(b, x, page, length)):
        buffer = bytearray(1024)
        write(buffer)
        assert len(buffer) == 1024
        assert all(
            not byte or (i // 128 == page and x <= i % 128 < x + length) for i, byte in enumerate(buffer)
        )


@given(st.integers(1, 128))
def test_a_bar_never_grows_while_less_is_left(length: int):
    before = 0
    for filled in range(length + 1):
        buffer = bytearray(1024)
        draw.bar(buffer, 0, 7, length, filled)
        lit = sum(byte.bit_count() for byte in buffer)
        thick = sum(byte in (0x7E, 0x3C) for byte in buffer)
        assert thick == filled
        assert lit >= before or filled == 2  # from here on the ends are rounded
        before = lit


@given(SENTENCE.filter(bool), st.booleans())
def test_what_is_written_can_be_read(sentence: str, double: bool):
    for line in draw.wrap(sentence, 64 if double else 128):
        buffer = bytearray(1024)
        end = (draw.text2 if double else draw.text)(buffer, 0, 3, line)
        assert end == (draw.width(line) + 1) * (2 if double else 1)
        assert lines_on(pixels(buffer)) == [line]


@given(SENTENCE, st.integers(1, 140))
def test_wrapping_loses_nothing_and_keeps_to_the_width(sentence: str, columns: int):
    lines = draw.wrap(sentence, columns)
    assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
    assert all(draw.width(line) <= columns or len(line) == 1 for line in lines)
    whole = max((draw.width(word) for word in sentence.split(" ")), default=0) <= columns
    assert not whole or " ".join(lines).split(" ") == " ".join(sentence.split()).split(" ")


def test_lines_are_filled_before_a_new_one_begins():
    assert draw.wrap("a a a", draw.width("a a a")) == ["a a a"]
    assert draw.wrap("a a a", draw.width("a a a") - 1) == ["a a", "a"]
    assert draw.wrap("", 64) == []
    assert draw.width("") == 0


def test_a_space_that_may_not_break_looks_like_a_space():
    buffer, other = bytearray(1024), bytearray(1024)
    draw.text(buffer, 0, 0, "5 s")
    draw.text(other, 0, 0, "5\xa0s")
    assert buffer == other
    assert draw.wrap("5\xa0s", draw.width("5 s")) == ["5\xa0s"]


def test_an_unknown_character_shows_a_box():
    for string in ("☃", "\n", "\x7f", "😀"):
        buffer = bytearray(1024)
        draw.text(buffer, 0, 0, string)
        assert lines_on(pixels(buffer)) == ["□"]


@given(st.text("0123456789", min_size=6, max_size=6))
def test_large_digits_can_be_read(code: str):
    buffer = bytearray(1024)
    assert draw.large(buffer, 2, 3, code[:3] + " " + code[3:]) == 129
    assert code_on(pixels(buffer)) == code


def test_clear_makes_all_dark():
    buffer = bytearray(b"\xff" * 1024)
    draw.clear(buffer)
    assert buffer == bytearray(1024)
