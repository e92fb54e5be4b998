"""The OLED in a terminal."""

from __future__ import annotations

# Dots of a Braille character by column and row, as Unicode numbers them: two by four pixels, so squares stay square.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def braille(pixels: list[list[bool]]) -> str:
    """Return the pixels as text half as wide and a quarter as high, in a frame; 128 columns fit a terminal of 80."""
    lines: list[str] = []
    for y in range(0, len(pixels), 4):
        line = ""
        for x in range(0, len(pixels[0]), 2):
            dots = sum(_DOTS[i][j] for i in range(2) for j in range(4) if pixels[y + j][x + i])
            line += chr(0x2800 + dots)
        lines.append(f"│{line}│")
    edge = "─" * (len(pixels[0]) // 2)
    return "\n".join([f"┌{edge}┐", *lines, f"└{edge}┘"])
