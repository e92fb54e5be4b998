"""The board's `time`: virtual, so that it moves only when the world says so."""

from _host import call
from _ops import DELAY_US, TICKS_US

_PERIOD = 1 << 30


def ticks_us():
    return call(TICKS_US, 0)


def ticks_ms():
    return call(TICKS_US, 1)


def ticks_add(ticks, delta):
    return (ticks + delta) & (_PERIOD - 1)


def ticks_diff(ticks1, ticks2):
    return ((ticks1 - ticks2 + _PERIOD // 2) & (_PERIOD - 1)) - _PERIOD // 2


def sleep_us(us):
    call(DELAY_US, us)


def sleep_ms(ms):
    call(DELAY_US, ms * 1000)


def sleep(seconds):
    call(DELAY_US, int(seconds * 1000000))
