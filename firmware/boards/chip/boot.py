"""The chip, as a computer sees it."""

from boards import boot
from boards.fido_hid import FidoHid

hid = FidoHid()

boot.start("Segl chip", "SGCH", (hid,))
