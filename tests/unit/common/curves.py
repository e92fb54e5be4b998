"""The two curves on their combs in plain CPython, and `cryptography` as the judge of what they say."""

import json
import random
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common import ed25519, p256
from common.comb import Comb

ROOT = Path(__file__).parents[3]
COMMON = ROOT / "firmware" / "common"
VECTORS = ROOT / "tests" / "vectors"
CURVE = ec.SECP256R1()

P256 = p256.P256(Comb(str(COMMON / "p256.comb"), p256.ENTRY))
ED25519 = ed25519.Ed25519(Comb(str(COMMON / "ed25519.comb"), ed25519.ENTRY))

_T = TypeVar("_T")


def run(work: Generator[None, None, _T]) -> _T:
    """Run a computation to its end."""
    try:
        while True:
            assert next(work) is None
    except StopIteration as end:
        return end.value


def chance(seed: int):
    """Return a source of random bytes that says the same each time."""
    return random.Random(seed).randbytes


def vectors(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def their_key(d: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(d, CURVE)


def their_public(d: int) -> tuple[int, int]:
    numbers = their_key(d).public_key().public_numbers()
    return numbers.x, numbers.y


def their_secret(d: int, x: int, y: int) -> bytes:
    return their_key(d).exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key())


def verifies(d: int, digest: bytes, r: int, s: int) -> bool:
    """Tell whether a signature is one of the digest by the key."""
    try:
        signature = encode_dss_signature(r, s)
        their_key(d).public_key().verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True


def their_ed25519(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Return public key and signature."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(message)
