"""The code display, as a computer sees it."""

# First of all: this holds the latch, and the finger that switched the board on may be gone soon.
from boards import power  # noqa: F401

# isort: split
from boards import boot

boot.start("Segl code display", "SGCD")
