"""The key: an edge counts at once, and then nothing until the contact has come to rest.

Edges are counted in the interrupt, so that a tap during a long computation is not lost.
"""

import time

from machine import Pin
from micropython import const

_REST_MS = const(25)
_EDGES = const(8)  # of which the time is kept until `poll` tells them; no turn is so long that more come


class Button:
    """A key.

    Args:
        pin: Number of the pin that the key pulls low.
        wake: Called from the interrupt at each edge.
    """

    def __init__(self, pin, wake):
        self.down = False
        self._wake = wake
        self._last = time.ticks_add(time.ticks_ms(), -_REST_MS)
        # Two counters, each written by one side only: nothing is lost when an interrupt comes in between.
        self._seen = 0
        self._told = 0
        self._times = [0] * _EDGES
        self._at = 0  # when the edge came that was told last
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        self._pin.irq(self._edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)

    def _edge(self, pin):
        if self.rest() == 0:
            self._last = time.ticks_ms()
            self._times[self._seen % _EDGES] = self._last
            self._seen += 1
        self._wake()

    def rest(self):
        """Return for how many ms the contact may still bounce; `poll` wants to be called again then."""
        # Below zero is days ago: the milliseconds have begun anew since.
        passed = time.ticks_diff(time.ticks_ms(), self._last)
        return _REST_MS - passed if 0 <= passed < _REST_MS else 0

    def age(self):
        """Return how many ms ago the edge came that `poll` told last."""
        return max(0, time.ticks_diff(time.ticks_ms(), self._at))

    def poll(self):
        """Return whether the key went down (True) or up (False) next, or None."""
        if self._told != self._seen:
            self._at = self._times[self._told % _EDGES]
            self._told += 1
        elif self.rest() or (not self._pin.value()) == self.down:
            return None
        else:
            # The contact came to rest where no counted edge left it.
            self._last = self._at = time.ticks_ms()
        self.down = not self.down
        return self.down
