"""Signature counters: one for each credential, committed before the signature that carries it leaves.

A credential names its counter, so one that the chip does not store has its own too. There are 256; whoever makes more
credentials than that has some of them share one, which then rises for both. None ever falls, also when a credential
is deleted. Source: WebAuthn Level 2, section 6.1.1.
"""

import struct

from micropython import const

from chip.work import commit

_COUNTER = const(3)
_SLOTS = const(256)


class Counters:
    """Args: store: where they lie; random: (count) -> bytes."""

    def __init__(self, store, random):
        self._store = store
        self._random = random

    def free(self):
        """Return the number of a counter for a new credential."""
        used = len(self._store.keys(_COUNTER))
        return used if used < _SLOTS else self._random(1)[0]

    def next(self, slot):
        """Return the value that the next signature carries."""
        value = self._store.get(_COUNTER, slot)
        return (struct.unpack("<I", value)[0] if value else 0) + 1

    def commit(self, slot, value):
        """Keep a value that a signature is about to carry."""
        yield from commit(self._store, [(_COUNTER, slot, struct.pack("<I", value))])
