"""Runs before USB enumerates: holds the supply, and shows the device instead of MicroPython's prompt."""

import os

from machine import unique_id

from boards import board, usb
from boards.cdc import Cdc
from boards.power import Power

power = Power(board.HOLD, board.USB_POWER, board.BATTERY)
cdc = Cdc()


def _kept_open():
    try:
        os.stat("developer")
        return True
    except OSError:
        return False


always_developer = _kept_open()


def start(name, prefix):
    """Show this device.

    Args:
        name: Its model.
        prefix: The four letters that the serial numbers of this model begin with.
    """
    global model, serial
    model = name
    serial = _serial(prefix)
    if not always_developer:
        usb.start(model, serial, [cdc])


def _serial(prefix):
    """Return the serial number that the factory wrote, or one derived from the chip's."""
    try:
        with open("serial") as file:
            return file.read().strip()
    except OSError:
        return "%s%08d" % (prefix, int.from_bytes(unique_id(), "big") % 100000000)
