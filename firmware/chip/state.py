"""What a chip knows while it is powered, and what it has stored: the one object that all commands work on."""

from chip.counters import Counters
from chip.curves import Curves
from chip.passkeys import Passkeys
from chip.pin import Pin
from chip.settings import Settings
from chip.token import Token
from common.p256 import scalar


class State:
    """The state of a chip.

    Args:
        parts: What it needs from outside (boards/chip/parts.py).
        loop: Gives the time.
        presence: Asks the user for a touch.

    Attributes:
        remembered: What a command left for the one that goes on with it (getNextAssertion and the like), which knows
            it by its type; any other command forgets it.
    """

    def __init__(self, parts, loop, presence):
        self.parts = parts
        self.loop = loop
        self.presence = presence
        self.random = parts.random
        self.curves = Curves(parts.p256, parts.ed25519, parts.random)
        self.started = loop.now
        self.open()

    def open(self):
        """Take up what is stored, as after power-up."""
        parts = self.parts
        self.vault = parts.vault()
        self.settings = Settings(parts.store, self.vault)
        self.pin = Pin(parts.store, self.vault, self.settings)
        self.counters = Counters(parts.store, parts.random)
        self.passkeys = Passkeys(parts.passkeys, self.vault)
        self.token = Token(parts.random)
        self.forget_agreement()
        self.remembered = None

    def agreement(self):
        """Return the key that platforms agree on secrets with: (private, x, y)."""
        if self._agreement is None:
            private = scalar(self.random)
            x, y = yield from self.curves.p256.public(private, self.random)
            self._agreement = (private, x, y)
        return self._agreement

    def forget_agreement(self):
        """Let the next platform find another key."""
        self._agreement = None

    @property
    def protected(self):
        """Whether there is a PIN."""
        return self.pin.is_set
