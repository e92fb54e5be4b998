"""A serial port over USB (CDC-ACM) that carries the application's bytes and nothing else: no prompt here.

Source: CDC 1.2 section 5.2.3, PSTN 1.2 sections 5.3 and 6.3, IAD ECN.

Received packets wait in fixed slots; while none is free the host is told to wait (NAK), so nothing is lost
and nothing grows. Written messages wait in slots too; when these are full `write` says no. One side of each
ring is moved by the interrupt, the other by the application, so neither needs a lock.
"""

import struct

from micropython import const

_PACKET = const(64)
_NOTICE = const(16)  # length of the notification endpoint: holds SERIAL_STATE, which has 10 bytes
_RECEIVE_SLOTS = const(16)
_SEND_SLOTS = const(16)  # one stays free
_SEND_BYTES = const(2048)
_COUNT = const(0xFFFFFF)
_IN = const(0x80)

_SETUP = const(1)
_ACK = const(3)
_CLASS_OUT = const(0x21)
_CLASS_IN = const(0xA1)
_STANDARD_ENDPOINT_OUT = const(0x02)
_CLEAR_FEATURE = const(0x01)
_SET_LINE_CODING = const(0x20)
_GET_LINE_CODING = const(0x21)
_SET_CONTROL_LINE_STATE = const(0x22)
_NOTHING = b""


class Cdc:
    interfaces = 2
    endpoints = 2

    def __init__(self, name=None):
        self.name = name
        # Called from the interrupt, without arguments: bytes came or went, the port was opened or closed.
        self.on_activity = None
        # How often a program has opened the port: a reader of frames starts afresh when this changes.
        self.opens = 0
        self._device = None
        self._interface = 0
        self._notice_in = self._bulk_out = self._bulk_in = 0
        self._line_coding = bytearray(b"\x00\xc2\x01\x00\x00\x00\x08")  # 115200 bit/s, 8N1
        self._configured = False
        self._terminal_ready = False
        self._receive = [bytearray(_PACKET) for _ in range(_RECEIVE_SLOTS)]
        self._lengths = bytearray(_RECEIVE_SLOTS)
        self._receive_head = 0  # the slot that the host fills next
        self._receive_tail = 0
        self._stale = -1  # the slot before which all came from a program that has gone since; -1: none
        self._receiving = False
        self._send = [_NOTHING] * _SEND_SLOTS
        self._send_head = 0  # the next free slot
        self._send_tail = 0  # the message on its way
        self._queued = 0  # bytes ever written and bytes ever gone, both modulo _COUNT: each has one writer
        self._gone = 0
        self._drop = -1  # the slot before which nothing is sent any more; -1: none
        self._sending = False
        self._ending = False  # an empty packet is on its way, to end a message of whole packets

    # --- for the application

    @property
    def connected(self):
        """Whether a program on the host holds the port open (DTR); pulling the cable does not clear it."""
        return self._configured and self._terminal_ready

    @property
    def waiting(self):
        """Whether bytes have arrived that were not read."""
        return self._receive_tail != self._receive_head

    @property
    def idle(self):
        """Whether nothing is on its way to the computer."""
        return not self._sending

    def read(self, packets=_RECEIVE_SLOTS):
        """Take the bytes that have arrived, of so many packets at most; b"" when there are none."""
        if self._stale >= 0:
            self._receive_tail = self._stale
            self._stale = -1
        head = self._receive_head
        parts = []
        while self._receive_tail != head and len(parts) < packets:
            tail = self._receive_tail
            parts.append(bytes(self._receive[tail][: self._lengths[tail]]))
            self._receive_tail = (tail + 1) % _RECEIVE_SLOTS
        if self._configured and not self._receiving:
            self._arm()
        return _NOTHING.join(parts)

    def write(self, data):
        """Queue a message whole and say whether there was room for it.

        False means that the computer does not read, or that none is there. At most 15 messages or 2048 bytes
        wait; what waits is dropped when the port is opened, closed or reset.
        """
        data = bytes(data)
        if not data:
            return True
        if not self._sending:
            self._release_unwanted()
        head = self._send_head
        after = (head + 1) % _SEND_SLOTS
        waiting = (self._queued - self._gone) & _COUNT
        if not self._configured or after == self._send_tail or waiting + len(data) > _SEND_BYTES:
            return False
        self._send[head] = data
        self._queued = (self._queued + len(data)) & _COUNT
        self._send_head = after
        if not self._sending:
            self._transmit()
        return True

    # --- for boards.usb

    def describe(self, interface, endpoint, string):
        self._interface = interface
        self._notice_in = endpoint | _IN
        self._bulk_out = endpoint + 1
        self._bulk_in = self._bulk_out | _IN
        data = interface + 1
        return b"".join(
            (
                struct.pack("<8B", 8, 0x0B, interface, 2, 2, 2, 0, string),  # association
                struct.pack("<9B", 9, 4, interface, 0, 1, 2, 2, 0, string),  # communication: abstract control
                struct.pack("<BBBH", 5, 0x24, 0, 0x0120),  # header
                struct.pack("<5B", 5, 0x24, 1, 0, data),  # call management: none
                struct.pack("<4B", 4, 0x24, 2, 2),  # line coding and control lines, no break
                struct.pack("<5B", 5, 0x24, 6, interface, data),  # union
                struct.pack("<BBBBHB", 7, 5, self._notice_in, 3, _NOTICE, 16),  # interrupt, each 16 ms
                struct.pack("<9B", 9, 4, data, 0, 2, 10, 0, 0, 0),  # data
                struct.pack("<BBBBHB", 7, 5, self._bulk_out, 2, _PACKET, 0),
                struct.pack("<BBBBHB", 7, 5, self._bulk_in, 2, _PACKET, 0),
            )
        )

    def attach(self, device):
        self._device = device

    def opened(self):
        self._configured = True
        self._arm()

    def reset(self):
        self._configured = self._receiving = self._sending = self._ending = False
        self._set_ready(False)

    def control(self, stage, request):
        kind = request[0]
        code = request[1]
        if kind == _STANDARD_ENDPOINT_OUT and code == _CLEAR_FEATURE:
            self._resume()
            return True
        if request[4] != self._interface:
            return False
        if kind == _CLASS_OUT and code == _SET_LINE_CODING and request[6] == 7 and request[7] == 0:
            return self._line_coding if stage == _SETUP else True
        if kind == _CLASS_IN and code == _GET_LINE_CODING:
            return self._line_coding if stage == _SETUP else True
        if kind == _CLASS_OUT and code == _SET_CONTROL_LINE_STATE and request[6] == 0 and request[7] == 0:
            if stage == _ACK:
                self._set_ready(request[2] & 1 == 1)
            return True
        return False

    def transferred(self, endpoint, result, count):
        if endpoint == self._bulk_out:
            self._receiving = False
            if result == 0 and count:
                head = self._receive_head
                self._lengths[head] = count
                self._receive_head = (head + 1) % _RECEIVE_SLOTS
            self._arm()
        elif endpoint == self._bulk_in:
            self._sent()
        if self.on_activity:
            self.on_activity()

    # --- both

    def _set_ready(self, ready):
        if ready and not self._terminal_ready:
            self.opens = (self.opens + 1) & 0xFFFF
            self._stale = self._receive_head
        if ready != self._terminal_ready or not self._configured:
            self._forget_unsent()
        self._terminal_ready = ready
        if self.on_activity:
            self.on_activity()

    def _forget_unsent(self):
        # The message on its way cannot be called back: the endpoint keeps it until the computer reads it.
        self._drop = self._send_head

    def _arm(self):
        """Let the host send one more packet, if a slot is free for it."""
        if (self._receive_head + 1) % _RECEIVE_SLOTS != self._receive_tail:
            self._receiving = True  # before it is true: a reset between the two lines must have the last word
            if not self._submit(self._bulk_out, self._receive[self._receive_head]):
                self._receiving = False

    def _transmit(self):
        """Send the next message; called only while none is on its way."""
        self._release_unwanted()
        if self._send_tail != self._send_head:
            self._sending = True
            if not self._submit(self._bulk_in, self._send[self._send_tail]):
                self._sending = False

    def _sent(self):
        if not self._ending and len(self._send[self._send_tail]) % _PACKET == 0:
            # The computer takes a full packet for a message that goes on: an empty one ends it.
            self._ending = True
            if self._submit(self._bulk_in, _NOTHING):
                return
        self._ending = self._sending = False
        self._release()
        self._transmit()

    def _release_unwanted(self):
        """Give back the slots of what is not to be sent any more; called only while nothing is on its way."""
        if self._drop >= 0:
            while self._send_tail != self._drop:
                self._release()
            self._drop = -1

    def _release(self):
        tail = self._send_tail
        self._gone = (self._gone + len(self._send[tail])) & _COUNT
        self._send[tail] = _NOTHING
        self._send_tail = (tail + 1) % _SEND_SLOTS

    def _resume(self):
        # A halt made the controller forget its transfers; those that it still has are busy and stay.
        if self._configured:
            self._arm()
            if self._ending:
                self._submit(self._bulk_in, _NOTHING)
            else:
                self._transmit()

    def _submit(self, endpoint, buffer):
        """Start a transfer; True when one is under way, this one or an earlier."""
        try:
            return self._device.submit_xfer(endpoint, buffer)
        except OSError as error:
            return error.args[0] == 16  # EBUSY
