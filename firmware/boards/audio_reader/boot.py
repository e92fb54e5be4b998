"""The audio code reader, as a computer sees it."""

from machine import Pin

from boards import board

KEYS = (board.KEY, board.LOUDER, board.QUIETER, board.MENU)

# First of all: the key that switches the board on may be let go soon, and it has work to do.
seen = [number for number in range(len(KEYS)) if not Pin(KEYS[number], Pin.IN, Pin.PULL_UP).value()]

from boards import power  # noqa: E402, F401

# isort: split
from boards import boot  # noqa: E402

boot.start("Segl audio reader", "SGAR")
