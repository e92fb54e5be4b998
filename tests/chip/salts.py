"""Salts as the extensions hmac-secret and hmac-secret-mc take them, and the secrets that come back."""

from typing import Any, NamedTuple

from tests.chip.support import Platform, Secret

SALT, OTHER_SALT = b"s" * 32, b"t" * 32


class Salts(NamedTuple):
    """What is sent, and what opens the answer."""

    sent: dict[int, Any]
    secret: Secret

    def open(self, answer: bytes) -> list[bytes]:
        """Return the secrets in an answer."""
        plain = self.secret.decrypt(answer)
        return [plain[at : at + 32] for at in range(0, len(plain), 32)]


def salts(key: Platform, plain: bytes, version: int = 2) -> Salts:
    """Encrypt salts for a chip."""
    secret = key.agree(version)
    encrypted = secret.encrypt(plain)
    sent = {1: secret.key, 2: encrypted, 3: secret.sign(encrypted), 4: version}
    return Salts(sent, secret)
