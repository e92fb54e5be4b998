"""The code display, as a computer sees it."""

from boards import boot

boot.start("Segl code display", "SGCD")
