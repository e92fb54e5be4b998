"""What the tests of the looks share: a panel to draw on, and eyes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from segl_sim.reading import BOX, UNKNOWN, Glyphs, read_code, read_text

FONT = Path(__file__).resolve().parents[2] / "firmware" / "common" / "font.py"
GLYPHS = Glyphs.load(FONT)
UNKNOWN_SIGNS = {BOX, UNKNOWN}


def pixels(buffer: bytearray) -> list[list[bool]]:
    """Give a buffer as a viewer sees it: 64 rows of 128 pixels."""
    return [[bool(buffer[y // 8 * 128 + x] >> y % 8 & 1) for x in range(128)] for y in range(64)]


def drawn(screen: Callable[..., None], *values: Any) -> list[list[bool]]:
    """Draw a screen on a panel that is all lit before, and give its pixels."""
    buffer = bytearray(b"\xff" * 1024)
    screen(buffer, *values)
    assert len(buffer) == 1024
    return pixels(buffer)


def code_on(picture: list[list[bool]]) -> str | None:
    return read_code(picture, GLYPHS)


def lines_on(picture: list[list[bool]]) -> list[str]:
    return read_text(picture, GLYPHS)


def words_on(picture: list[list[bool]]) -> list[str]:
    """Give the words of all lines, as a reader takes them in."""
    return " ".join(lines_on(picture)).split()
