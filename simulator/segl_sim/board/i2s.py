"""The board's `machine.I2S`: what the driver in C does is done by segl_sim/parts/i2s.py.

Signatures follow micropython-rp2-rpi_pico2-stubs. Runs in MicroPython and in CPython alike.
"""

import _events
from _host import call
from _ops import I2S_CHECK, I2S_IRQ, I2S_START, I2S_STOP, I2S_WRITE

try:
    from sys import print_exception
except ImportError:
    from traceback import print_exception

_EPERM = 1
_BUSES = 2
_LINE = 256  # device.py has the same number

last_error = None  # the last exception that a handler let go; a board prints it and carries on


class I2S:
    RX = 0
    TX = 1
    MONO = 0
    STEREO = 1

    def __init__(self, id, *, sck, ws, sd, mode, bits, format, rate, ibuf):
        if not 0 <= id < _BUSES:
            raise ValueError("invalid id")
        self._id = id
        self.init(sck=sck, ws=ws, sd=sd, mode=mode, bits=bits, format=format, rate=rate, ibuf=ibuf)

    def init(self, *, sck, ws, sd, mode, bits, format, rate, ibuf):
        self.deinit()
        pins = bytes([pin if isinstance(pin, int) else pin._id for pin in (sck, ws, sd)])
        if pins[1] != pins[0] + 1:
            raise ValueError("invalid ws (must be sck+1)")
        if mode not in (self.RX, self.TX):
            raise ValueError("invalid mode")
        if bits not in (16, 32):
            raise ValueError("invalid bits")
        if format not in (self.MONO, self.STEREO):
            raise ValueError("invalid format")
        if ibuf <= 0:
            raise ValueError("invalid ibuf")
        if mode == self.RX:
            raise NotImplementedError("receiving")
        self._handler = self._buf = None
        self._late = []
        _active[self._id] = self
        # An interrupt line of its own, numbered above all pins.
        _events.pins[_LINE + self._id] = (_event, 12, self._id)
        call(I2S_START, self._id | bits << 8 | format << 16, rate, ibuf, pins)

    def deinit(self):
        if _active[self._id]:
            call(I2S_STOP, self._id)
            _active[self._id] = None

    def irq(self, handler):
        if handler is not None and not callable(handler):
            raise ValueError("invalid callback")
        # A call that is due already goes to the handler that was set when it became due.
        due = call(I2S_IRQ, self._id, 0 if handler is None else 1)
        self._late += [self._handler] * (due - len(self._late))
        self._handler = handler

    def write(self, buf):
        # In C the buffer is read bit by bit until its handler is called; `_event` notices if it was altered.
        self._buf = buf if self._handler else None
        return call(I2S_WRITE, self._id, 0, 0, _bytes_of(buf))

    def readinto(self, buf):
        raise OSError(_EPERM)

    @staticmethod
    def shift(*, buf, bits, shift):
        if bits not in (16, 32):
            raise ValueError("invalid bits")
        if isinstance(buf, bytearray):
            buf = _Words(buf, bits // 8)
        top = 1 << (bits - 1)
        for at in range(len(buf)):
            value = buf[at] << shift if shift >= 0 else buf[at] >> -shift
            buf[at] = (value + top) % (2 * top) - top


class _Words:
    """A bytearray as an array of signed words."""

    def __init__(self, buf, size):
        self._buf = buf
        self._size = size

    def __len__(self):
        return len(self._buf) // self._size

    def __getitem__(self, at):
        word = int.from_bytes(self._buf[at * self._size : (at + 1) * self._size], "little")
        top = 1 << (8 * self._size - 1)
        return (word ^ top) - top

    def __setitem__(self, at, value):
        word = value % (1 << (8 * self._size))
        self._buf[at * self._size : (at + 1) * self._size] = word.to_bytes(self._size, "little")


_active = [None] * _BUSES


def _event(bus):
    """Run the handler of a buffer that has gone; -1 says that it raised, which was printed and kept."""
    global last_error
    self = _active[bus]
    if not self:
        return 0
    handler = self._late.pop(0) if self._late else self._handler
    if not handler:
        return 0
    try:
        if self._buf is not None:
            call(I2S_CHECK, bus, 0, 0, _bytes_of(self._buf))
        handler(self)
        return 0
    except Exception as error:
        last_error = error
        print_exception(error)
        return -1


def _bytes_of(buf):
    return buf if isinstance(buf, (bytes, bytearray)) else bytes(buf)
