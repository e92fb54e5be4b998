"""Runs before USB enumerates: shows the device instead of MicroPython's prompt."""

import os

from machine import reset, unique_id

from boards import usb
from boards.cdc import Cdc

cdc = Cdc()


def _kept_open():
    try:
        os.stat("developer")
        return True
    except OSError:
        return False


always_developer = _kept_open()


def start(name, prefix, functions=()):
    """Show this device.

    Args:
        name: Its model.
        prefix: The four letters that the serial numbers of this model begin with.
        functions: What it has besides the serial port, and before it, as boards.usb takes them.
    """
    global model, serial
    model = name
    serial = _serial(prefix)
    if not always_developer:
        usb.start(model, serial, list(functions) + [cdc])


def _serial(prefix):
    """Return the serial number that the factory wrote, or one derived from the chip's."""
    try:
        with open("serial") as file:
            return file.read().strip()
    except OSError:
        return "%s%08d" % (prefix, int.from_bytes(unique_id(), "big") % 100000000)


def open_for_developers():
    """Restart with MicroPython's prompt on USB."""
    open("developer", "wb").close()
    reset()
