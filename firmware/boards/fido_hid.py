"""The USB function of a security key: a HID interface with one pair of interrupt endpoints for reports of 64 bytes.

Source: HID 1.11 sections 6.2 and 7; FIDO CTAP 2.2 section 11.2.8.

As in boards/cdc.py, reports wait in rings of which the interrupt moves one side and the application the other, so
neither needs a lock. While no slot is free the computer is told to wait (NAK): nothing is lost, nothing grows.
"""

import struct

from micropython import const

_PACKET = const(64)
_SLOTS = const(16)  # of each ring; one stays free
_IN = const(0x80)
# A report each millisecond: a long message has 53, and each ms of interval is one more that the user waits for them.
_INTERVAL_MS = const(1)

_SETUP = const(1)
_STANDARD_IN = const(0x81)
_CLASS_OUT = const(0x21)
_CLASS_IN = const(0xA1)
_STANDARD_ENDPOINT_OUT = const(0x02)
_CLEAR_FEATURE = const(0x01)
_GET_DESCRIPTOR = const(0x06)
_GET_IDLE = const(0x02)
_SET_IDLE = const(0x0A)
_HID = const(0x21)
_REPORT = const(0x22)
_REPORT_DESCRIPTOR = (
    b"\x06\xd0\xf1"  # usage page: FIDO Alliance
    b"\x09\x01"  # usage: authenticator
    b"\xa1\x01"  # application collection
    b"\x09\x20\x15\x00\x26\xff\x00\x75\x08\x95\x40\x81\x02"  # data in: 64 bytes
    b"\x09\x21\x15\x00\x26\xff\x00\x75\x08\x95\x40\x91\x02"  # data out: 64 bytes
    b"\xc0"
)
_NOTHING = b""


class FidoHid:
    name = None
    interfaces = 1
    endpoints = 1  # both directions have one number

    def __init__(self):
        # Called from the interrupt, without arguments: a report came or went, or the computer reset the device.
        self.on_activity = None
        # How often the computer has reset the device: half a message means nothing any more when this changes.
        self.resets = 0
        self._device = None
        self._interface = 0
        self._out = self._in = 0
        self._hid_descriptor = struct.pack(
            "<BBHBBBH", 9, _HID, 0x0111, 0, 1, _REPORT, len(_REPORT_DESCRIPTOR)
        )
        self._idle_rate = b"\0"  # reports are packets: none is sent twice
        self._configured = False
        self._receive = [bytearray(_PACKET) for _ in range(_SLOTS)]
        self._lengths = bytearray(_SLOTS)
        self._receive_head = 0  # the slot that the computer fills next
        self._receive_tail = 0
        self._stale = -1  # the slot before which all came before the reset; -1: none
        self._receiving = False
        self._send = [_NOTHING] * _SLOTS
        self._send_head = 0  # the next free slot
        self._send_tail = 0  # the report on its way
        self._drop = -1  # the slot before which nothing is sent any more; -1: none
        self._sending = False

    # --- for the application

    @property
    def waiting(self):
        """Whether a report has arrived that was not read."""
        return self._receive_tail != self._receive_head and self._stale != self._receive_head

    @property
    def idle(self):
        """Whether nothing is on its way to the computer."""
        return not self._sending

    def read(self):
        """Take the report that came first of those that wait, of whatever length; None when there is none."""
        if self._stale >= 0:
            self._receive_tail = self._stale
            self._stale = -1
        report = None
        tail = self._receive_tail
        if tail != self._receive_head:
            report = bytes(self._receive[tail][: self._lengths[tail]])
            self._receive_tail = (tail + 1) % _SLOTS
        if self._configured and not self._receiving:
            self._arm()
        return report

    def write(self, report):
        """Queue a report of 64 bytes and say whether there was room for it.

        False means that the computer does not read as fast, or that none is there. At most 15 reports wait; what
        waits is dropped when the computer resets the device.
        """
        if not self._sending:
            self._release_unwanted()
        head = self._send_head
        after = (head + 1) % _SLOTS
        if not self._configured or after == self._send_tail:
            return False
        self._send[head] = report
        self._send_head = after
        if not self._sending:
            self._transmit()
        return True

    def send(self, reports):
        """Take from the front of a list as many reports as there is room for."""
        while reports and self.write(reports[0]):
            reports.pop(0)

    # --- for boards.usb

    def describe(self, interface, endpoint, string):
        self._interface = interface
        self._out = endpoint
        self._in = endpoint | _IN
        return b"".join(
            (
                struct.pack("<9B", 9, 4, interface, 0, 2, 3, 0, 0, string),
                self._hid_descriptor,
                struct.pack("<BBBBHB", 7, 5, self._in, 3, _PACKET, _INTERVAL_MS),
                struct.pack("<BBBBHB", 7, 5, self._out, 3, _PACKET, _INTERVAL_MS),
            )
        )

    def attach(self, device):
        self._device = device

    def opened(self):
        self._configured = True
        self._arm()

    def reset(self):
        self._configured = self._receiving = self._sending = False
        self._stale = self._receive_head
        self._drop = self._send_head
        self.resets = (self.resets + 1) & 0xFFFF
        if self.on_activity:
            self.on_activity()

    def control(self, stage, request):
        # What HID 1.11 asks of a device that is neither a mouse nor a keyboard, GET_REPORT excepted: packets have no
        # present state to tell. Everything else is stalled.
        kind = request[0]
        code = request[1]
        if kind == _STANDARD_ENDPOINT_OUT and code == _CLEAR_FEATURE:
            self._resume()
            return True
        if request[4] != self._interface:
            return False
        if kind == _STANDARD_IN and code == _GET_DESCRIPTOR and request[2] == 0:
            if request[3] == _REPORT:
                return _REPORT_DESCRIPTOR if stage == _SETUP else True
            if request[3] == _HID:
                return self._hid_descriptor if stage == _SETUP else True
        elif kind == _CLASS_OUT and code == _SET_IDLE:
            # Duration 0, "only when there is news", is the one that can be kept.
            return request[2] == 0 and request[3] == 0 and request[6] == 0 and request[7] == 0
        elif kind == _CLASS_IN and code == _GET_IDLE and request[2] == 0 and request[3] == 0:
            return self._idle_rate if stage == _SETUP else True
        return False

    def transferred(self, endpoint, result, count):
        if endpoint == self._out:
            self._receiving = False
            if result == 0:
                head = self._receive_head
                self._lengths[head] = count
                self._receive_head = (head + 1) % _SLOTS
            self._arm()
        elif endpoint == self._in:
            self._sending = False
            self._release()
            self._transmit()
        if self.on_activity:
            self.on_activity()

    # --- both

    def _arm(self):
        """Let the computer send one more report, if a slot is free for it."""
        if (self._receive_head + 1) % _SLOTS != self._receive_tail:
            self._receiving = True  # before it is true: a reset between the two lines must have the last word
            if not self._submit(self._out, self._receive[self._receive_head]):
                self._receiving = False

    def _transmit(self):
        """Send the next report; called only while none is on its way."""
        self._release_unwanted()
        if self._send_tail != self._send_head:
            self._sending = True
            if not self._submit(self._in, self._send[self._send_tail]):
                self._sending = False

    def _release_unwanted(self):
        """Give back the slots of what is not to be sent any more; called only while nothing is on its way."""
        if self._drop >= 0:
            while self._send_tail != self._drop:
                self._release()
            self._drop = -1

    def _release(self):
        tail = self._send_tail
        self._send[tail] = _NOTHING
        self._send_tail = (tail + 1) % _SLOTS

    def _resume(self):
        # A halt made the controller forget its transfers; those that it still has are busy and stay.
        if self._configured:
            self._arm()
            self._transmit()

    def _submit(self, endpoint, buffer):
        """Start a transfer; True when one is under way, this one or an earlier."""
        try:
            return self._device.submit_xfer(endpoint, buffer)
        except OSError as error:
            return error.args[0] == 16  # EBUSY
