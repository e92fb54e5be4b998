"""Puts the device's USB functions together and gives them to the chip. Source: USB 2.0 chapter 9, IAD ECN.

A function is an object such as boards.cdc.Cdc with
    interfaces, endpoints       how many of each it needs (an IN and an OUT endpoint may share a number)
    describe(interface, endpoint, string) -> bytes      its descriptors, numbered from these
    name                        the text of that string, or None
    attach(device)              gets the USBDevice, for submit_xfer
    opened(), reset()           the host has configured the device; has reset it
    control(stage, request)     a request to one of its interfaces or endpoints: False, True or a buffer
    transferred(endpoint, result, count)
The last four run as interrupts: they must not allocate, print or wait.
"""

import struct

from machine import USBDevice
from micropython import const

_VID = const(0x1209)
_PID = const(0x0001)
_FIRST_NAME = const(4)  # strings 1 to 3: maker, product, serial number
_RECIPIENT = const(0x1F)
_TO_ENDPOINT = const(2)
_MILLIAMPERES = const(100)


class _Composite:
    def __init__(self, functions):
        self.by_interface = []
        self.by_endpoint = [None]  # endpoint 0 is nobody's
        self.names = []
        self.body = b""
        for function in functions:
            self.body += function.describe(
                len(self.by_interface),
                len(self.by_endpoint),
                _FIRST_NAME + len(self.names) if function.name else 0,
            )
            if function.name:
                self.names.append(function.name)
            self.by_interface += [function] * function.interfaces
            self.by_endpoint += [function] * function.endpoints
        self.functions = functions

    def opened(self, descriptors):
        # Byte 2 is the first interface's number, whether this starts with an association or an interface.
        self.by_interface[descriptors[2]].opened()

    def reset(self):
        for function in self.functions:
            function.reset()

    def control(self, stage, request):
        index = request[4]
        if request[0] & _RECIPIENT == _TO_ENDPOINT:
            index &= 0x0F
            owners = self.by_endpoint
        else:
            owners = self.by_interface
        if index >= len(owners) or owners[index] is None:
            return False
        return owners[index].control(stage, request)

    def transferred(self, endpoint, result, count):
        self.by_endpoint[endpoint & 0x0F].transferred(endpoint, result, count)
        return True


def start(product, serial, functions, release=0x0100):
    """Show this device, with these functions and nothing else, to the host.

    Called before the first enumeration (from boot.py), no other device, and no prompt, ever appears.
    """
    parts = _Composite(functions)
    device = USBDevice()
    device.active(False)
    device.builtin_driver = USBDevice.BUILTIN_NONE
    for function in functions:
        function.attach(device)
    device.config(
        _device_descriptor(release),
        _configuration(parts),
        [None, "Segl", product, serial] + parts.names,
        parts.opened,
        parts.reset,
        parts.control,
        parts.transferred,
    )
    device.active(True)


def stop():
    """Leave the bus."""
    USBDevice().active(False)


def _device_descriptor(release):
    # Class EF/02/01: look at the interface associations.
    return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, _VID, _PID, release, 1, 2, 3, 1)


def _configuration(parts):
    total = 9 + len(parts.body)
    head = struct.pack("<BBHBBBBB", 9, 2, total, len(parts.by_interface), 1, 0, 0x80, _MILLIAMPERES // 2)
    return head + parts.body
