"""Draw text, large digits and bars into the 1024 bytes of a 128x64 screen.

The buffer is what the display controller takes: byte [page * 128 + x] holds eight pixels of column x,
bit 0 on top. Everything is drawn on whole pages, so that a letter is one copied slice. What would lie
outside is left out.
"""

from array import array

from micropython import const

from common.font import EXTRA, LARGE, LOWER, PLACE, SMALL, UPPER

_WIDTH = const(128)
_PAGES = const(8)
_ASCII = const(95)  # letters before those of EXTRA
_DIGIT = const(20)  # columns of a large digit and the gap behind it
_GROUP = bytes(7)  # what parts groups of them further
_SPACE = const(4)  # a space with the gap that follows it: what it adds to a line

_DARK = bytes(_WIDTH)
_FULL = b"\x7e"
_END = b"\x3c"
_TRACK = b"\x18"
_RULE = b"\x10"

_PLACE = array("H", PLACE)


def clear(buffer: bytearray) -> None:
    """Make every pixel dark."""
    for i in range(0, _PAGES * _WIDTH, _WIDTH):
        buffer[i : i + _WIDTH] = _DARK


def width(string: str) -> int:
    """Give the columns that a text takes in small letters; double letters take twice as many."""
    return max(0, len(_letters(string, SMALL, 1)) - 1)


def wrap(string: str, columns: int) -> list[str]:
    """Break a text between words into lines no wider than `columns` (for double letters: half as many).

    A word that is wider than a line is broken within; a text of no words gives no line.
    """
    lines = []
    line = ""
    used = 0
    for word in string.split(" "):
        if not word:
            continue
        wide = width(word)
        if line and used + _SPACE + wide <= columns:
            line += " " + word
            used += _SPACE + wide
            continue
        if line:
            lines.append(line)
        if wide > columns:
            word, wide = _break(lines, word, columns)
        line = word
        used = wide
    if line:
        lines.append(line)
    return lines


def text(buffer: bytearray, x: int, page: int, string: str) -> int:
    """Write small letters on one page; give the column where a next letter would stand."""
    line = _letters(string, SMALL, 1)
    _put(buffer, x, page, line)
    return x + len(line)


def text2(buffer: bytearray, x: int, page: int, string: str) -> int:
    """Write letters of double size on two pages; give the column where a next letter would stand."""
    line = _letters(string, UPPER, 2)
    _put(buffer, x, page, line)
    _put(buffer, x, page + 1, _letters(string, LOWER, 2))
    return x + len(line)


def large(buffer: bytearray, x: int, page: int, digits: str) -> int:
    """Write large digits on four pages, anything else as a gap; give the next digit's column."""
    line = b""
    for row in range(4):
        parts = []
        for character in digits:
            if "0" <= character <= "9":
                i = (int(character) * 4 + row) * _DIGIT
                parts.append(LARGE[i : i + _DIGIT])
            else:
                parts.append(_GROUP)
        line = b"".join(parts)
        _put(buffer, x, page + row, line)
    return x + len(line)


def bar(buffer: bytearray, x: int, page: int, length: int, filled: int) -> None:
    """Draw a bar of `length` columns on one page: thick up to `filled`, from there a thin track."""
    filled = max(0, min(filled, length))
    thick = _FULL * filled if filled < 3 else _END + _FULL * (filled - 2) + _END
    _put(buffer, x, page, thick + _TRACK * (length - filled))


def rule(buffer: bytearray, x: int, page: int, length: int) -> None:
    """Draw a line of `length` columns across the middle of a page."""
    _put(buffer, x, page, _RULE * length)


def _break(lines: list[str], word: str, columns: int) -> tuple[str, int]:
    """Add the lines that a word fills; give what is left of it, and how wide that is."""
    start = 0
    used = 0
    for i in range(len(word)):
        wide = width(word[i])
        if i > start and used + 1 + wide > columns:
            lines.append(word[start:i])
            start = i
        used = wide if i == start else used + 1 + wide
    return word[start:], used


def _letters(string: str, columns: bytes, scale: int) -> bytes:
    """Join the columns of a text's letters, the gap behind each included."""
    place = _PLACE
    parts = []
    for character in string:
        i = ord(character) - 32
        if not 0 <= i < _ASCII:
            i = EXTRA.find(character)
            i = _ASCII + (i if i >= 0 else len(EXTRA))
        parts.append(columns[place[i] * scale : place[i + 1] * scale])
    return b"".join(parts)


def _put(buffer: bytearray, x: int, page: int, columns: bytes) -> None:
    """Copy columns onto one page, without those that lie beyond its ends."""
    if not 0 <= page < _PAGES:
        return
    if x < 0:
        columns = columns[-x:]
        x = 0
    count = min(len(columns), _WIDTH - x)
    if count > 0:
        i = page * _WIDTH + x
        buffer[i : i + count] = columns[:count]
