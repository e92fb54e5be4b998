"""Runs before USB enumerates: holds the supply, and shows the device instead of MicroPython's prompt."""

import os

from machine import unique_id

from boards import board, usb
from boards.cdc import Cdc
from boards.power import Power

MODEL = "Segl code display"


def _serial():
    """Return the serial number that the factory wrote, or one derived from the chip's."""
    try:
        with open("serial") as file:
            return file.read().strip()
    except OSError:
        return "SGCD%08d" % (int.from_bytes(unique_id(), "big") % 100000000)


def _kept_open():
    try:
        os.stat("developer")
        return True
    except OSError:
        return False


power = Power(board.HOLD, board.USB_POWER, board.BATTERY)
serial = _serial()
always_developer = _kept_open()
cdc = Cdc()
if not always_developer:
    usb.start(MODEL, serial, [cdc])
