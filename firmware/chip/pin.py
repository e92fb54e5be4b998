"""The PIN: its hash, sealed, and how often it may still be guessed. A guess is counted before it is looked at.

Source: CTAP 2.1 section 6.5.
"""

from hashlib import sha256

from micropython import const

from chip import ctap
from chip.protocols import equal
from chip.work import commit

_PIN = const(1)
_RETRIES = const(2)
_CONTEXT = b"pin"
MAX_RETRIES = const(8)
_PER_POWER_CYCLE = const(3)
_HASH = const(16)
MAX_BYTES = const(63)


class Pin:
    """The PIN of a chip.

    Args:
        store: Where its records lie.
        vault: Seals its hash.
        settings: The Settings.
    """

    def __init__(self, store, vault, settings):
        self._store = store
        self._vault = vault
        self._settings = settings
        self._mismatches = 0  # since power-up, one after the other

    @property
    def is_set(self):
        return self._store.get(_PIN, 0) is not None

    @property
    def retries(self):
        """How many guesses are left."""
        value = self._store.get(_RETRIES, 0)
        return value[0] if value else MAX_RETRIES

    @property
    def needs_power_cycle(self):
        """Whether no guess is taken until the chip has been unplugged."""
        return self._mismatches >= _PER_POWER_CYCLE

    @property
    def length(self):
        """How many code points it has."""
        return self._vault.open(_CONTEXT, self._store.get(_PIN, 0))[_HASH]

    def must_be_open(self):
        """Raise CtapError while no guess may be taken."""
        if self.retries == 0:
            raise ctap.CtapError(ctap.PIN_BLOCKED)
        if self.needs_power_cycle:
            raise ctap.CtapError(ctap.PIN_AUTH_BLOCKED)

    def check(self, guess):
        """Check the hash of a PIN (16 bytes).

        Raises:
            CtapError: It is another one, or no guess may be taken.
        """
        self.must_be_open()
        left = self.retries - 1
        yield from commit(self._store, [(_RETRIES, 0, bytes([left]))])
        if not equal(self._vault.open(_CONTEXT, self._store.get(_PIN, 0))[:_HASH], guess):
            self._mismatches += 1
            self.must_be_open()
            raise ctap.CtapError(ctap.PIN_INVALID)
        self._mismatches = 0
        yield from commit(self._store, [(_RETRIES, 0, bytes([MAX_RETRIES]))])

    def hash(self, padded):
        """Return the hash and the length of a new PIN, out of its 64 padded bytes.

        Raises:
            CtapError: It is no PIN, or too short.
        """
        if len(padded) != MAX_BYTES + 1:
            raise ctap.CtapError(ctap.INVALID_PARAMETER)
        pin = padded.rstrip(b"\0")
        try:
            length = len(str(pin, "utf-8"))
        except UnicodeError:
            raise ctap.CtapError(ctap.PIN_POLICY_VIOLATION)
        if len(pin) > MAX_BYTES or length < self._settings.min_pin_length:
            raise ctap.CtapError(ctap.PIN_POLICY_VIOLATION)
        return sha256(pin).digest()[:_HASH], length

    def store(self, digest, length):
        """Make a PIN, as `hash` returned it, the chip's."""
        records = self._settings.records(force_pin_change=0)
        records.append((_PIN, 0, self._vault.seal(_CONTEXT, digest + bytes([length]))))
        records.append((_RETRIES, 0, bytes([MAX_RETRIES])))
        yield from commit(self._store, records)
        self._settings.force_pin_change = 0
