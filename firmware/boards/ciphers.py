"""AES in CBC mode, as common/vault.py wants it."""

from cryptolib import aes

_CBC = 2


def aes_cbc(key, iv, data, encrypt):
    """Encrypt or decrypt whole blocks."""
    cipher = aes(key, _CBC, iv)
    return cipher.encrypt(data) if encrypt else cipher.decrypt(data)
