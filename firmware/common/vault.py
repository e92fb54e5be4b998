"""Seals secrets with keys derived from the board's root secret: AES-256-CBC, then HMAC-SHA-256.

A sealed secret is IV (16 bytes) || ciphertext || tag (32 bytes). The tag covers the context too (what the
secret is and where it belongs), so that a sealed secret moved to another place or device does not open.
Source: encrypt-then-MAC as in RFC 7366; PKCS #7 padding, RFC 5652 6.3.
"""

import struct

from micropython import const

from common.otp import hmac

_BLOCK = const(16)
_TAG = const(32)
_LABEL = const(8)


class VaultError(Exception):
    pass


class Vault:
    # root: 32 secret bytes; aes_cbc(key, iv, data, encrypt) -> bytes; random(count) -> bytes
    def __init__(self, root: bytes, aes_cbc, random):
        if len(root) != 32:
            raise ValueError("root")
        self._encryption_key = hmac(root, b"segl vault 1 encryption")
        self._tag_key = hmac(root, b"segl vault 1 authentication")
        self._aes_cbc = aes_cbc
        self._random = random

    def seal(self, context: bytes, plain: bytes) -> bytes:
        padding = _BLOCK - len(plain) % _BLOCK
        iv = self._random(_BLOCK)
        data = iv + self._aes_cbc(self._encryption_key, iv, plain + bytes([padding]) * padding, True)
        return data + self._tag(context, data)

    def open(self, context: bytes, sealed: bytes) -> bytes:
        data = sealed[:-_TAG]
        if len(data) < 2 * _BLOCK or len(data) % _BLOCK:
            raise VaultError
        # All 32 bytes are compared, so that the time taken does not tell how many were right.
        difference = 0
        for ours, theirs in zip(self._tag(context, data), sealed[-_TAG:]):
            difference |= ours ^ theirs
        if difference:
            raise VaultError
        plain = self._aes_cbc(self._encryption_key, data[:_BLOCK], data[_BLOCK:], False)
        return plain[: -plain[-1]]

    def label(self, data: bytes) -> bytes:
        """Return 8 bytes by which only this device finds data again."""
        # No context is as long as this says, so no label is part of a tag.
        return hmac(self._tag_key, b"\xff\xff" + data)[:_LABEL]

    def _tag(self, context, data):
        # The length in front keeps context and data apart.
        return hmac(self._tag_key, struct.pack("<H", len(context)) + context + data)
