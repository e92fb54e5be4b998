"""PIN/UV auth protocols one and two: what both sides derive from an agreed secret, and do with it.

Source: CTAP 2.1 sections 6.5.6 and 6.5.7; HKDF, RFC 5869.
"""

from hashlib import sha256

from micropython import const

from chip import ctap
from common.otp import hmac

VERSIONS = (2, 1)  # as getInfo lists them: the preferred one first
_BLOCK = const(16)
_ZERO_IV = bytes(16)
_ZERO_SALT = bytes(32)


def equal(ours, theirs):
    """Return whether two byte strings are equal; all of them are looked at, so that time does not tell how far."""
    if len(ours) != len(theirs):
        return False
    difference = 0
    for one, other in zip(ours, theirs):
        difference |= one ^ other
    return difference == 0


class Secret:
    """What both sides share under one of the protocols.

    Args:
        version: 1 or 2.
        key: The key of `authenticate`.
        aes_key: The key of `encrypt`.
        aes_cbc: (key, iv, data, encrypt) -> bytes.
        random: (count) -> bytes.
    """

    def __init__(self, version, key, aes_key, aes_cbc, random):
        self.version = version
        self._key = key
        self._aes_key = aes_key
        self._aes_cbc = aes_cbc
        self._random = random

    def encrypt(self, plain):
        """Return whole blocks encrypted."""
        if self.version == 1:
            return self._aes_cbc(self._aes_key, _ZERO_IV, plain, True)
        iv = self._random(_BLOCK)
        return iv + self._aes_cbc(self._aes_key, iv, plain, True)

    def decrypt(self, data):
        """Return what was encrypted.

        Raises:
            CtapError: It is none.
        """
        iv = _ZERO_IV
        if self.version == 2:
            iv = data[:_BLOCK]
            data = data[_BLOCK:]
        if not data or len(data) % _BLOCK or len(iv) < _BLOCK:
            raise ctap.CtapError(ctap.PIN_AUTH_INVALID)
        return self._aes_cbc(self._aes_key, iv, data, False)

    def verify(self, message, signature):
        """Raise CtapError unless the other side authenticated a message."""
        verify(self.version, self._key, message, signature)


def verify(version, key, message, signature):
    """Raise CtapError unless a message was authenticated with a key."""
    if not equal(hmac(key, message)[: 16 if version == 1 else 32], signature):
        raise ctap.CtapError(ctap.PIN_AUTH_INVALID)


def derive(version, agreed, aes_cbc, random):
    """Return the Secret that follows from an agreed x coordinate (32 bytes)."""
    if version == 1:
        key = aes_key = sha256(agreed).digest()
    else:
        pseudorandom = hmac(_ZERO_SALT, agreed)
        key = hmac(pseudorandom, b"CTAP2 HMAC key\x01")
        aes_key = hmac(pseudorandom, b"CTAP2 AES key\x01")
    return Secret(version, key, aes_key, aes_cbc, random)
