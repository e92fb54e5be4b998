"""UTC: the seconds of the clock chip plus an offset kept in the store, so that any 64-bit time works."""

import struct

from micropython import const

_RECORD = const(4)
_VALID = const(1)


class StaleError(Exception):
    """The sequence number of a time message did not rise."""


class Timekeeper:
    """Knows the time, or knows that it does not.

    Args:
        chip: The clock chip: `read()` gives its seconds, None after it stopped; `set(seconds)` starts it.
        store: Where offset and sequence number lie.
    """

    def __init__(self, chip, store):
        self._chip = chip
        self._store = store

    def utc(self):
        """Return Unix seconds, or None when the clock was lost."""
        valid, _, offset = self._record()
        try:
            seconds = self._chip.read()
        except OSError:
            return None  # the chip does not answer
        return _in_64_bits(seconds + offset) if valid and seconds is not None else None

    @property
    def sequence(self):
        """The sequence number of the last time message that was taken."""
        return self._record()[1]

    def record(self, utc, sequence):
        """Start the chip if it stopped, and return the record that sets the time once it is committed.

        Raises:
            StaleError: The sequence number did not rise.
        """
        if sequence <= self.sequence:
            raise StaleError
        seconds = self._chip.read()
        if seconds is None:
            # Forget the old offset first: with the chip running again it would look valid after a power cut.
            self._store.put(_RECORD, 0, struct.pack("<BQq", 0, self.sequence, 0))
            self._chip.set(0)
            seconds = 0
        return (_RECORD, 0, struct.pack("<BQq", _VALID, sequence, _in_64_bits(utc - seconds)))

    def _record(self):
        value = self._store.get(_RECORD, 0)
        return struct.unpack("<BQq", value) if value else (0, 0, 0)


def _in_64_bits(seconds):
    """Let the last time be followed by the first: whatever time is set, its sums and differences can be stored."""
    return (seconds + (1 << 63)) % (1 << 64) - (1 << 63)
