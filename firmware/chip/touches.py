"""Touches for U2F, whose platforms ask again and again: a touch counts for the message that was asked with.

Source: FIDO U2F Raw Message Formats 1.2, sections 4.2 and 5.2 (test of user presence).
"""

from hashlib import sha256

from micropython import const

# A platform that has not asked again for so long has given up.
_PATIENCE_MS = const(2000)


class Touches:
    """Args: loop: gives the time."""

    def __init__(self, loop):
        self._loop = loop
        self._message = None  # hash of the message that was asked with
        self._since = self._until = 0
        self._touched = False

    @property
    def awaited(self):
        """Whether a touch would count."""
        return self._message is not None and self._loop.now < self._until

    def note(self, key):
        """Take what the pad did: (down, at ms, number)."""
        down, at, _ = key
        if down and self.awaited and at > self._since:
            self._touched = True

    def forget(self):
        """Let the next touch be for something else."""
        self._message = None

    def take(self, message):
        """Return whether the user has touched the pad since this message first came; if so, use that touch up."""
        digest = sha256(message).digest()
        now = self._loop.now
        if not self.awaited or digest != self._message:
            self._message = digest
            self._since = now
            self._touched = False
        elif self._touched:
            self._message = None
            return True
        self._until = now + _PATIENCE_MS
        return False
