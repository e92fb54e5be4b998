"""What the light says. Each pattern has a rhythm of its own, so that nobody needs to tell colors apart."""

_OFF = (0, 0, 0)
_RED = (1, 0, 0)
_GREEN = (0, 1, 0)
_BLUE = (0, 0, 1)
_YELLOW = (1, 1, 0)
_WHITE = (1, 1, 1)

# Colors and how many ms each stays (None: until something else is to be said); then from the start again.
IDLE = ((_OFF, None),)
WORKING = ((_BLUE, None),)
TOUCH = ((_GREEN, 250), (_OFF, 250))
HOLD = ((_RED, 100), (_OFF, 100), (_RED, 100), (_OFF, 700))
HELD = ((_RED, 450), (_OFF, 50))
ERASING = ((_RED, 1900), (_OFF, 100))
WINK = ((_WHITE, 100), (_OFF, 100), (_WHITE, 100), (_OFF, 100), (_WHITE, 100), (_OFF, None))
DEVELOPER = ((_YELLOW, 400), (_OFF, 400), (_YELLOW, 400), (_OFF, 400), (_YELLOW, 400), (_OFF, None))


class Lights:
    """Shows patterns.

    Args:
        light: The light: `set(red, green, blue)`.
        loop: Gives the time.
    """

    def __init__(self, light, loop):
        self._light = light
        self._loop = loop
        self._pattern = IDLE
        loop.spawn(self._run())

    def show(self, pattern):
        """Begin a pattern, unless it is on already."""
        if pattern is not self._pattern:
            self._pattern = pattern
            self._loop.post("light")

    def _run(self):
        step = 0
        while True:
            pattern = self._pattern
            color, length = pattern[step]
            self._light.set(*color)
            until = None if length is None else self._loop.now + length
            event = yield (until, ("light",))
            step = 0 if event else (step + 1) % len(pattern)
