"""The two curves, and the source of chance that their computations need."""

from hashlib import sha256

from common import p256


class Curves:
    """Args:
    on_p256: The P256 of common/p256.py.
    ed25519: The Ed25519 of common/ed25519.py.
    random: (count) -> bytes.
    """

    def __init__(self, on_p256, ed25519, random):
        self.p256 = on_p256
        self.ed25519 = ed25519
        self.random = random

    def sign_es256(self, key, message):
        """Compute the DER signature of a message with a key of P-256 (32 bytes)."""
        digest = sha256(message).digest()
        r, s = yield from self.p256.sign(int.from_bytes(key, "big"), digest, self.random)
        return p256.der(r, s)
