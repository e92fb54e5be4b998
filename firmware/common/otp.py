"""One-time passwords: HMAC (RFC 2104), HOTP (RFC 4226), the time step of TOTP (RFC 6238).

Algorithms are numbered as on the wire: 1 SHA-1, 2 SHA-256, 3 SHA-512.
"""

import hashlib
import struct

SHA1 = 1
SHA256 = 2
SHA512 = 3


def hmac(key: bytes, message: bytes, algorithm: int = SHA256) -> bytes:
    block = 128 if algorithm == SHA512 else 64
    if len(key) > block:
        key = _digest(algorithm, key)
    # One big integer xors a whole block at once, three times faster here than byte by byte.
    padded = int.from_bytes(key + bytes(block - len(key)), "big")
    inner = (padded ^ int.from_bytes(b"\x36" * block, "big")).to_bytes(block, "big")
    outer = (padded ^ int.from_bytes(b"\x5c" * block, "big")).to_bytes(block, "big")
    return _digest(algorithm, outer + _digest(algorithm, inner + message))


def hotp(key: bytes, counter: int, digits: int, algorithm: int = SHA1) -> str:
    # struct.pack wraps silently on a board, so the range is checked here.
    if not 0 <= counter < 1 << 64 or not 6 <= digits <= 8:
        raise ValueError("counter or digits")
    mac = hmac(key, struct.pack(">Q", counter), algorithm)
    # Dynamic truncation, RFC 4226 5.3.
    (number,) = struct.unpack_from(">I", mac, mac[-1] & 15)
    return str(10**digits + (number & 0x7FFFFFFF) % 10**digits)[1:]


def totp_step(utc: int, period: int) -> int:
    if utc < 0 or period <= 0:
        raise ValueError("utc or period")
    return utc // period


def _digest(algorithm, data):
    if algorithm == SHA1:
        return hashlib.sha1(data).digest()
    if algorithm == SHA256:
        return hashlib.sha256(data).digest()
    if algorithm == SHA512:
        # Loaded when first needed: most keys never do, and its byte code costs 2 KB of memory.
        from common.sha512 import sha512

        return sha512(data)
    raise ValueError("algorithm")
