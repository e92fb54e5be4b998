"""The user's presence: a touch that began after the chip asked for it, and that counts once.

What can be computed meanwhile is computed between `ask` and `wait`.
"""

from micropython import const

from chip import ctap

TOUCH = "touch"
HOLD = "hold"
HELD = "held"
_PATIENCE_MS = const(30000)
_HOLD_MS = const(5000)


class Presence:
    """Asks for touches.

    Args:
        loop: Gives the time.
        show: Called with what is asked for now: TOUCH, HOLD, HELD (as HOLD, while the pad is held), or None.
    """

    def __init__(self, loop, show):
        self._loop = loop
        self._show = show
        self._since = 0
        self.asked = None

    def ask(self, what=TOUCH):
        """Ask; only what the user does from now on counts."""
        self._since = self._loop.now
        self.asked = what
        self._show(what)

    def end(self):
        """Ask no more."""
        if self.asked:
            self.asked = None
            self._show(None)

    def wait(self, late=ctap.OPERATION_DENIED):
        """Wait for what was asked for.

        Args:
            late: What to end the command with when it does not come in time.

        Raises:
            CtapError: So it was.
        """
        until = self._since + _PATIENCE_MS
        held = None  # since when the pad is held
        while True:
            done = None if held is None else held + _HOLD_MS
            event = yield (until if done is None else min(done, until), ("key",))
            if event is None:
                if done is not None and self._loop.now >= done:
                    break
                self.end()
                raise ctap.CtapError(late)
            down, at, _ = event[1]
            if not down:
                if held is not None:
                    held = None
                    self._show(HOLD)
            elif at > self._since:
                if self.asked == TOUCH:
                    break
                held = at
                self._show(HELD)
        self.end()
