"""What the owner has chosen. Each choice is in the store before the reader says that it is made."""

import struct

from micropython import const

from common.store import StoreError

_RECORD = const(6)
_FORMAT = "<BBBBB"
_SAFE_VOLUME = const(3)
_NORMAL_SPEED = const(2)


class Settings:
    """The choices.

    Attributes:
        aloud: Whether codes may leave the loudspeaker: 0 not asked yet, 1 no, 2 yes.
        speed: Which of the voice's speeds, from 0 (slow).
        single: Whether one person alone uses the reader, so that the volume is kept.
        volume: 0 to 7.
        key: Index of the key whose code is spoken.

    Args:
        store: Where they lie.
    """

    def __init__(self, store):
        self._store = store
        self.dirty = False  # whether a choice is not in the store yet
        self._load()

    def calm(self):
        """Fall back to the safe volume, unless one person alone uses the reader."""
        if not self.single:
            self.volume = _SAFE_VOLUME

    def change(self, **choices):
        """Make choices, which `commit` puts into the store."""
        for name in choices:
            setattr(self, name, choices[name])
        self.dirty = True

    def commit(self):
        """Put the choices into the store.

        Raises:
            StoreError, OSError: The store is damaged or full; what is not in the store is forgotten.
        """
        if not self.dirty:
            return
        self.dirty = False
        values = (self.aloud, self.speed, self.single, self.volume, self.key)
        try:
            self._store.put(_RECORD, 0, struct.pack(_FORMAT, *values))
        except (StoreError, OSError):
            self._load()
            raise

    def _load(self):
        value = self._store.get(_RECORD, 0) or struct.pack(_FORMAT, 0, _NORMAL_SPEED, 0, _SAFE_VOLUME, 0)
        self.aloud, self.speed, self.single, self.volume, self.key = struct.unpack(_FORMAT, value)
        self.calm()
