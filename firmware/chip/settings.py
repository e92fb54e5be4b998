"""What an owner or an administrator has set: always-UV, the shortest PIN, and who may learn how short it may be.

Source: CTAP 2.1 section 6.11.
"""

from micropython import const

from chip.work import commit
from segl_wire import cbor

_SETTINGS = const(4)
_FLAGS = const(0)
_RP_IDS = const(1)
_CONTEXT = b"rp ids"
MIN_PIN_LENGTH = const(4)


class Settings:
    """Args: store: where they lie; vault: seals the ids among them."""

    def __init__(self, store, vault):
        self._store = store
        self._vault = vault
        self._read()

    def rp_ids(self):
        """Return the ids of the relying parties that may learn `min_pin_length`."""
        value = self._store.get(_SETTINGS, _RP_IDS)
        return cbor.decode(self._vault.open(_CONTEXT, value)) if value else []

    def change(self, always_uv=None, min_pin_length=None, force_pin_change=None, rp_ids=None):
        """Change what is given, all at once."""
        records = self.records(always_uv, min_pin_length, force_pin_change)
        if rp_ids is not None:
            records.append((_SETTINGS, _RP_IDS, self._vault.seal(_CONTEXT, cbor.encode(rp_ids))))
        yield from commit(self._store, records)
        self._read()

    def records(self, always_uv=None, min_pin_length=None, force_pin_change=None):
        """Return the records that, once committed, change what is given."""
        values = (
            self.always_uv if always_uv is None else always_uv,
            self.min_pin_length if min_pin_length is None else min_pin_length,
            self.force_pin_change if force_pin_change is None else force_pin_change,
        )
        return [(_SETTINGS, _FLAGS, bytes(values))]

    def _read(self):
        value = self._store.get(_SETTINGS, _FLAGS) or bytes((0, MIN_PIN_LENGTH, 0))
        self.always_uv = value[0]
        self.min_pin_length = value[1]
        self.force_pin_change = value[2]
