"""Random bytes: a board's own generator, hashed with all that it gave before and with a secret of the device.

The stock images' `os.urandom` stretches what the hardware gives by a generator that is not meant for keys
(xoroshiro128**, 128 bits of state). Hashed with a secret that it does not know, its output tells nothing of what
comes next, and a weak moment of it spoils nothing. Source: NIST SP 800-90A section 10.1.1, which this is in small.
"""

from hashlib import sha256

from micropython import const

_SIZE = const(32)


class Chance:
    """Args: urandom: (count) -> bytes, the board's; secret: bytes that nobody else knows, b"" on a new device."""

    def __init__(self, urandom, secret):
        self._urandom = urandom
        self._state = sha256(secret + urandom(_SIZE)).digest()

    def random(self, count):
        """Return so many random bytes."""
        found = b""
        while len(found) < count:
            self._state = sha256(self._state + self._urandom(_SIZE)).digest()
            found += sha256(b"out" + self._state).digest()
        return found[:count]
