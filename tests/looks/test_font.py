"""The font: whole, readable, up to date."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from common import font
from tests.looks.panel import GLYPHS

ROOT = Path(__file__).resolve().parents[2]
DIGITS = {digit: columns for columns, digit in GLYPHS.digits.items()}


def test_font_is_what_the_drawings_give():
    command = [sys.executable, ROOT / "tools" / "gen_font.py", "--check"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("digit", "0123456789")
def test_digits_are_high_enough_to_read_at_arm_s_length(digit: str):
    lit = 0
    for column in DIGITS[digit]:
        lit |= column
    assert lit.bit_count() >= 26
    assert lit.bit_count() == lit.bit_length() - (lit & -lit).bit_length() + 1, "a digit is one piece"


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations("0123456789", 2)])
def test_no_digit_can_be_taken_for_another(one: str, other: str):
    differing = sum((a ^ b).bit_count() for a, b in zip(DIGITS[one], DIGITS[other], strict=True))
    assert differing >= 20


def test_every_letter_has_a_picture_of_its_own():
    # SPACE and NBSP are alike on purpose, and dark.
    assert len(GLYPHS.small.letters) == len(GLYPHS.double.letters) == 95 + len(font.EXTRA) + 1 - 2


def test_danish_and_neighbors_are_there():
    assert set("æøåÆØÅéüöä") <= set(font.EXTRA)


def test_no_letter_begins_or_ends_with_a_dark_column():
    assert all(columns[0] and columns[-1] for columns in GLYPHS.small.letters)


def test_sizes():
    assert len(font.LARGE) == 10 * 4 * 20
    assert len(font.PLACE) == (95 + len(font.EXTRA) + 2) * 2
    assert int.from_bytes(font.PLACE[-2:], "little") == len(font.SMALL)
    assert len(font.UPPER) == len(font.LOWER) == 2 * len(font.SMALL)
