"""One credential, and its id: the private key and what binds it, sealed, so that a chip need not store it.

A credential id has 96 bytes: algorithm, flags, protection, counter, private key (36 bytes), sealed by the vault in the
context of its relying party. An id of another chip, or for another relying party, does not open; that costs one HMAC
and no elliptic curve.
"""

from micropython import const

from chip import cose, ctap
from common.otp import hmac
from common.p256 import scalar
from common.vault import VaultError

_RELYING_PARTY = b"rp"
_KEY = const(32)
_RESIDENT = const(1)
_LARGE_BLOB_KEY = const(2)
ID_SIZE = const(96)

# What a platform may do with a credential without the user's PIN (CTAP 2.1 section 12.1)
OPTIONAL = const(1)
OPTIONAL_WITH_ID = const(2)
REQUIRED = const(3)


class Credential:
    """A credential.

    Args:
        rp_hash: SHA-256 of the relying party's id, 32 bytes.
        algorithm: One of ctap.ALGORITHMS.
        protection: OPTIONAL, OPTIONAL_WITH_ID or REQUIRED.
        slot: Of its signature counter.
        key: Private key, 32 bytes.
        resident: Whether the chip stores it (a discoverable credential).
        has_large_blob_key: Whether its large blob has a key.

    Attributes:
        id: Its credential id.
        record: The Record that the chip stores, or None.
    """

    def __init__(self, rp_hash, algorithm, protection, slot, key, resident=False, has_large_blob_key=False):
        self.rp_hash = rp_hash
        self.algorithm = algorithm
        self.protection = protection
        self.slot = slot
        self.key = key
        self.resident = resident
        self.has_large_blob_key = has_large_blob_key
        self.id = b""
        self.record = None

    def seal(self, vault):
        """Give it an id."""
        flags = (_RESIDENT if self.resident else 0) | (_LARGE_BLOB_KEY if self.has_large_blob_key else 0)
        head = bytes((-self.algorithm, flags, self.protection, self.slot))
        self.id = vault.seal(_RELYING_PARTY + self.rp_hash, head + self.key)

    def usable(self, verified):
        """Return whether a request that names its id may use it.

        Args:
            verified: Whether the user's PIN was right.
        """
        return verified or self.protection != REQUIRED

    def secret(self, purpose):
        """Return 32 bytes that nobody knows without the private key, for a purpose."""
        return hmac(self.key, purpose)

    @property
    def large_blob_key(self):
        return self.secret(b"largeBlobKey") if self.has_large_blob_key else None

    def public_key(self, curves):
        """Compute its COSE key."""
        if self.algorithm == ctap.EDDSA:
            return cose.ed25519((yield from curves.ed25519.public(self.key, curves.random)))
        x, y = yield from curves.p256.public(int.from_bytes(self.key, "big"), curves.random)
        return cose.es256(x, y, self.algorithm)

    def sign(self, message, curves):
        """Compute its signature of a message."""
        if self.algorithm == ctap.EDDSA:
            return (yield from curves.ed25519.sign(self.key, message, curves.random))
        return (yield from curves.sign_es256(self.key, message))


def new_key(algorithm, curves):
    """Return a private key for an algorithm."""
    if algorithm == ctap.EDDSA:
        return curves.random(_KEY)
    return scalar(curves.random).to_bytes(_KEY, "big")


def unseal(vault, rp_hash, identifier):
    """Return the credential of an id, None if it is none of this chip's for this relying party."""
    if len(identifier) != ID_SIZE:
        return None
    try:
        plain = vault.open(_RELYING_PARTY + rp_hash, identifier)
    except VaultError:
        return None
    credential = Credential(
        rp_hash,
        -plain[0],
        plain[2],
        plain[3],
        plain[4:],
        bool(plain[1] & _RESIDENT),
        bool(plain[1] & _LARGE_BLOB_KEY),
    )
    credential.id = identifier
    return credential
