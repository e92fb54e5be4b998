"""The way back in: the pad, held from the chip's first two seconds on, erases it and opens it to be programmed anew.

Two seconds, because a touch pad feels nothing while its power comes.
"""

from micropython import const

from chip import lights

_FIRST_MS = const(2000)
_BEGIN_MS = const(10000)
_END_MS = const(15000)


class Recovery:
    """Follows the pad from power-up on; let go while the light flashes twice and twice, and the chip is erased.

    Args:
        loop: Gives the time.
        parts: What the chip needs from outside.
        show: Shows a pattern of chip/lights.py.
    """

    def __init__(self, loop, parts, show):
        self._loop = loop
        self._parts = parts
        self._show = show
        self._following = False

    def note(self, key):
        """Take what the pad did: (down, at ms, number)."""
        if self._following:
            self._loop.post("pad", key)

    def run(self, held):
        """Begin at power-up.

        Args:
            held: Whether the pad is held already.
        """
        self._following = True
        start = self._loop.now
        if held or (yield (start + _FIRST_MS, ("pad",))) is not None:
            yield from self._follow(self._loop.now)
        self._following = False

    def _follow(self, start):
        if (yield (start + _BEGIN_MS, ("pad",))) is not None:
            return
        self._show(lights.HOLD)
        if (yield (start + _END_MS, ("pad",))) is None:
            self._show(lights.IDLE)
            return
        self._show(lights.ERASING)
        yield (self._loop.now + 1, ())
        for _ in self._parts.forget():
            pass  # nobody is served any more
        self._parts.open_for_developers()
