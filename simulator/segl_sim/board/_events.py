"""Interrupts: the world calls `deliver` between two turns; the handlers that the firmware set run at once."""

import usbdevice
from _host import take

PIN = 0
USB = 1

pins = {}


def deliver(kind, a, b, length):
    if kind == PIN:
        entry = pins.get(a)
        if entry and entry[1] & (8 if b else 4):
            entry[0](entry[2])
        return 0
    return usbdevice._event(kind - USB, a, b, take(length))
