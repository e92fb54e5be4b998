"""The board's `machine`: each class turns calls into bus traffic, which the parts answer as their data sheets say.

Signatures follow micropython-rp2-rpi_pico2-stubs; a test compares them.
"""

import _events
from _host import call
from _ops import (
    ADC_READ,
    I2C_READ,
    I2C_WRITE,
    MEM32,
    PIN_GET,
    PIN_INIT,
    PIN_IRQ,
    PIN_SET,
    RESET,
    SLEEP_MS,
    UNIQUE_ID,
)
from _ops import (
    WDT as _WDT_OP,
)
from i2s import I2S
from usbdevice import USBDevice

PWRON_RESET = 1
WDT_RESET = 3


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    ALT = 3
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 8
    IRQ_FALLING = 4

    def __init__(self, id, mode=-1, pull=-1, *, value=None, alt=31):
        self._id = id
        self.init(mode, pull, value=value, alt=alt)

    def init(self, mode=-1, pull=-1, *, value=None, alt=31):
        if value is not None:
            call(PIN_SET, self._id, 1 if value else 0)
        if mode != -1:
            call(PIN_INIT, self._id, mode, -1 if pull is None else pull)

    def value(self, x=None):
        if x is None:
            return call(PIN_GET, self._id)
        call(PIN_SET, self._id, 1 if x else 0)
        return None

    def __call__(self, x=None):
        return self.value(x)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=12, *, priority=1, wake=None, hard=False):
        _events.pins[self._id] = None if handler is None else (handler, trigger, self)
        call(PIN_IRQ, self._id, 0 if handler is None else trigger)


class ADC:
    def __init__(self, id):
        self._id = id._id if isinstance(id, Pin) else id

    def read_u16(self):
        return call(ADC_READ, self._id)


class I2C:
    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._id = id
        self._freq = freq

    def writeto(self, addr, buf, stop=True):
        sent = call(I2C_WRITE, self._id | (0 if stop else 256), addr, self._freq, buf)
        if sent < 0:
            raise OSError(-sent)
        return sent

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join([bytes(part) for part in vector]), stop)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))

    def readfrom_into(self, addr, buf, stop=True):
        got = call(I2C_READ, self._id | (0 if stop else 256), addr, self._freq, buf)
        if got < 0:
            raise OSError(-got)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        buf = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buf, addrsize=addrsize)
        return bytes(buf)


class WDT:
    def __init__(self, *, id=0, timeout=5000):
        if not 1 <= timeout <= 8388:
            raise ValueError("timeout exceeds 8388")
        self._timeout = timeout
        self.feed()

    def feed(self):
        call(_WDT_OP, self._timeout)


class _Mem32:
    def __getitem__(self, address):
        word = bytearray(4)
        call(MEM32, address >> 16, address & 0xFFFF, 0, word)
        return int.from_bytes(word, "little")


mem32 = _Mem32()


def unique_id():
    buf = bytearray(8)
    call(UNIQUE_ID, 0, 0, 0, buf)
    return bytes(buf)


def lightsleep(time_ms=None):
    call(SLEEP_MS, -1 if time_ms is None else time_ms)


def reset():
    call(RESET, 0)


def reset_cause():
    return call(RESET, 1)
