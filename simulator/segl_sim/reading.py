"""Read codes and text off the pixels of a screen, by the pictures of the firmware's own font.

It knows how the firmware lays out letters (whole pages of eight rows, one dark column between letters)
and nothing of what it shows: whatever it reads was really lit.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Pixels = Sequence[Sequence[bool]]
Columns = tuple[int, ...]

UNKNOWN = "\ufffd"
"""Stands for lit pixels that are no letter."""
BOX = "\u25a1"
"""Stands for the box that the firmware draws for a character it has no picture of."""

_DIGIT = 17
_DIGIT_STEP = 20
_PAGES = 8
_LONGEST_STROKE = 14
_ASCII = 95
_GROUPS = ([6], [4, 3], [4, 4])


@dataclass(frozen=True)
class Alphabet:
    """Letters of one size by their columns (bit 0 is the top row), and the dark columns between two."""

    letters: dict[Columns, str]
    widths: tuple[int, ...]
    gap: int

    def match(self, columns: Sequence[int], x: int) -> tuple[str, int] | None:
        """Find the widest letter that starts at a column and is followed by a dark one.

        Args:
            columns: the line's columns.
            x: where the letter starts.
        """
        for width in self.widths:
            end = x + width
            if end > len(columns) or (end < len(columns) and columns[end]):
                continue
            letter = self.letters.get(tuple(columns[x:end]))
            if letter is not None:
                return letter, width
        return None


@dataclass(frozen=True)
class Glyphs:
    """The pictures of a font: small letters, the same in double size, and large digits."""

    small: Alphabet
    double: Alphabet
    digits: dict[Columns, str]

    @classmethod
    def load(cls, path: Path) -> Glyphs:
        """Load the pictures from the firmware's font.py.

        Args:
            path: the file; it assigns literals and is not run.

        Raises:
            ValueError: the file holds no such font.
        """
        names: dict[str, object] = {}
        for line in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                names[line.targets[0].id] = ast.literal_eval(line.value)
        extra = names.get("EXTRA")
        place, small, upper, lower, large = (
            _bytes(names.get(name)) for name in ("PLACE", "SMALL", "UPPER", "LOWER", "LARGE")
        )
        if not isinstance(extra, str) or not all((place, small, upper, lower, large)):
            raise ValueError(f"{path} is not a font made by tools/gen_font.py")
        characters = [*map(chr, range(32, 32 + _ASCII)), *extra, BOX]
        places = [int.from_bytes(place[i : i + 2], "little") for i in range(0, len(place), 2)]
        double = [top | low << 8 for top, low in zip(upper, lower, strict=True)]
        return cls(
            _alphabet(characters, places, small, 1),
            _alphabet(characters, places, double, 2),
            {_digit(large, digit): str(digit) for digit in range(10)},
        )


def read_code(pixels: Pixels, glyphs: Glyphs) -> str | None:
    """Read the code that a screen shows: six digits on one line, or four and three or four on two.

    Args:
        pixels: 64 rows of 128 pixels.
        glyphs: the font.
    """
    lines: dict[int, str] = {}
    for page, _, digit in _large_digits(_columns(pixels), glyphs):
        lines[page] = lines.get(page, "") + digit
    code = [lines[page] for page in sorted(lines)]
    return "".join(code) if [len(line) for line in code] in _GROUPS else None


def read_text(pixels: Pixels, glyphs: Glyphs) -> list[str]:
    """Read the lines of small and double letters from top to bottom, without large digits, bars and rules.

    Args:
        pixels: 64 rows of 128 pixels.
        glyphs: the font.
    """
    columns = _columns(pixels)
    for page, x, _ in _large_digits(columns, glyphs):
        for i in range(x, x + _DIGIT):
            columns[i] &= ~(0xFFFFFFFF << 8 * page)
    pages = [_without_bars([column >> 8 * page & 0xFF for column in columns]) for page in range(_PAGES)]

    lines: list[str] = []
    page = 0
    while page < _PAGES:
        if page + 1 < _PAGES:
            both = [top | low << 8 for top, low in zip(pages[page], pages[page + 1], strict=True)]
            line = _line(both, glyphs.double)
            if line and UNKNOWN not in line:
                lines.append(line)
                page += 2
                continue
        line = _line(pages[page], glyphs.small)
        if line:
            lines.append(line)
        page += 1
    return lines


def _columns(pixels: Pixels) -> list[int]:
    """Give each column of the screen as a number whose bit 0 is the top row."""
    columns = [0] * len(pixels[0])
    for y, row in enumerate(pixels):
        for x, lit in enumerate(row):
            if lit:
                columns[x] |= 1 << y
    return columns


def _large_digits(columns: list[int], glyphs: Glyphs) -> list[tuple[int, int, str]]:
    """Find the large digits: page, column, digit, in reading order."""
    found: list[tuple[int, int, str]] = []
    for page in range(_PAGES - 3):
        part = [column >> 8 * page & 0xFFFFFFFF for column in columns]
        x = 0
        while x + _DIGIT <= len(part):
            digit = glyphs.digits.get(tuple(part[x : x + _DIGIT]))
            if digit is not None:
                found.append((page, x, digit))
                x += _DIGIT
            else:
                x += 1
    return found


def _without_bars(columns: list[int]) -> list[int]:
    """Darken what holds more equal columns in a row than any letter: bars and rules."""
    out = list(columns)
    start = 0
    while start < len(columns):
        end = start
        while end < len(columns) and columns[end]:
            end += 1
        longest = run = 0
        for x in range(start, end):
            run = run + 1 if x > start and columns[x] == columns[x - 1] else 1
            longest = max(longest, run)
        if longest > _LONGEST_STROKE:
            out[start:end] = [0] * (end - start)
        start = end + 1
    return out


def _line(columns: list[int], alphabet: Alphabet) -> str:
    """Read one line of letters."""
    line = ""
    dark = 0
    x = 0
    while x < len(columns):
        if not columns[x]:
            dark += 1
            x += 1
            continue
        if line and dark > alphabet.gap:
            line += " "
        dark = 0
        found = alphabet.match(columns, x)
        if found is not None:
            line += found[0]
            x += found[1]
            continue
        line += UNKNOWN
        while x < len(columns) and columns[x]:
            x += 1
    return line


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _alphabet(characters: list[str], places: list[int], columns: Sequence[int], scale: int) -> Alphabet:
    """Cut the letters out of the columns of all of them; dark ones, the spaces, are known by their width."""
    letters: dict[Columns, str] = {}
    for character, start, end in zip(characters, places, places[1:], strict=False):
        letter = tuple(columns[scale * start : scale * (end - 1)])
        if any(letter):
            letters.setdefault(letter, character)
    return Alphabet(letters, tuple(sorted({len(letter) for letter in letters}, reverse=True)), scale)


def _digit(large: bytes, digit: int) -> Columns:
    """Join a digit's four pages into columns of 32 rows."""
    starts = [(digit * 4 + page) * _DIGIT_STEP for page in range(4)]
    pages = [large[start : start + _DIGIT] for start in starts]
    return tuple(int.from_bytes(bytes(column), "little") for column in zip(*pages, strict=True))
