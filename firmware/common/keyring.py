"""The keys of one-time codes: sealed in the store, their counters and steps beside them.

What a code depends on is committed before the code is returned.
"""

import struct

from micropython import const

from common.otp import hotp, totp_step

HOTP = const(1)
TOTP = const(2)
MAX_KEYS = const(16)

_KEY = const(1)
_COUNTER = const(2)
_STEP = const(3)
_AHEAD_LIMIT = const(600)
_LAST = const((1 << 64) - 1)


class NoTime(Exception):
    """There is no time to make a code from."""


class Ahead(Exception):
    """A later code was shown; args[0] is how many seconds to wait, or None: only provisioning helps."""


class UsedUp(Exception):
    """The counter has come to its end: no code is left."""


class Key:
    """One key.

    Args:
        name: What the screen shows.
        kind: HOTP or TOTP.
        algorithm, digits, period: As in RFC 4226 and RFC 6238; period in s.
        secret: The RFC's K.
    """

    def __init__(self, name, kind, algorithm, digits, period, secret):
        self.name = name
        self.kind = kind
        self.algorithm = algorithm
        self.digits = digits
        self.period = period
        self.secret = secret


class Keyring:
    """All keys of a device.

    Args:
        store: Where the records lie.
        vault: Seals the secrets.
    """

    def __init__(self, store, vault):
        self._store = store
        self._vault = vault

    def __len__(self):
        return len(self._store.keys(_KEY))

    def key(self, index):
        """Return a key.

        Raises:
            VaultError: It was sealed by another device, or changed.
        """
        plain = self._vault.open(bytes([_KEY, index]), self._store.get(_KEY, index))
        kind, algorithm, digits, period, size = struct.unpack_from("<BBBBB", plain)
        name = str(plain[5 : 5 + size], "utf-8")
        return Key(name, kind, algorithm, digits, period, plain[5 + size :])

    def find(self, name):
        """Return the index of the key with this name, or None."""
        for index in range(len(self)):
            if self.key(index).name == name:
                return index
        return None

    def records(self, index, key, counter):
        """Return the records that, committed together, put a key at an index and forget what was there."""
        name = key.name.encode()
        plain = struct.pack("<BBBBB", key.kind, key.algorithm, key.digits, key.period, len(name)) + name
        sealed = self._vault.seal(bytes([_KEY, index]), plain + key.secret)
        return [
            (_KEY, index, sealed),
            (_COUNTER, index, struct.pack("<Q", counter)),
            (_STEP, index, None),
        ]

    def next_hotp(self, index):
        """Return the key's next code; its counter is used up from then on.

        Raises:
            UsedUp: There is no next one.
        """
        key = self.key(index)
        value = self._store.get(_COUNTER, index)
        if not value:
            raise UsedUp
        (counter,) = struct.unpack("<Q", value)
        # The last counter is followed by none: packed, its successor would be 0 again.
        self._store.put(_COUNTER, index, struct.pack("<Q", counter + 1) if counter < _LAST else b"")
        return hotp(key.secret, counter, key.digits, key.algorithm)

    def totp(self, index, utc):
        """Return the key's code of now and for how many seconds it stays.

        Raises:
            NoTime: utc is None, or before 1970.
            Ahead: A later code was shown already.
        """
        key = self.key(index)
        step = self.claim(index, key, utc)
        return hotp(key.secret, step, key.digits, key.algorithm), key.period - utc % key.period

    def claim(self, index, key, utc):
        """Return the step of now, of which a code may be made from then on, and of no earlier one.

        Args:
            index: Of the key.
            key: What `key` returned.
            utc: Unix seconds, or None.

        Raises:
            NoTime, Ahead: As for `totp`.
        """
        if utc is None or utc < 0:
            raise NoTime
        step = totp_step(utc, key.period)
        shown = self._store.get(_STEP, index)
        highest = struct.unpack("<Q", shown)[0] if shown else -1
        if step < highest:
            wait = highest * key.period - utc
            raise Ahead(wait if wait <= _AHEAD_LIMIT else None)
        if step > highest:
            self._store.put(_STEP, index, struct.pack("<Q", step))
        return step
