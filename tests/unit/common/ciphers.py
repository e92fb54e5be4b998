"""AES-256-CBC without padding, as boards/ makes it of cryptolib."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def aes_cbc(key: bytes, iv: bytes, data: bytes, encrypt: bool) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()
