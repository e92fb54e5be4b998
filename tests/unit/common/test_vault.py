"""Sealed secrets open for their own context and root only, and for nobody once a bit has changed."""

import hashlib
import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from common.vault import Vault, VaultError
from tests.unit.common.ciphers import aes_cbc

ROOT = hashlib.sha256(b"root").digest()


def vault(root: bytes = ROOT, seed: int = 0) -> Vault:
    return Vault(root, aes_cbc, random.Random(seed).randbytes)


def mac(key: bytes, data: bytes) -> HMAC:
    result = HMAC(key, hashes.SHA256())
    result.update(data)
    return result


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_what_is_sealed_opens(plain: bytes, context: bytes) -> None:
    sealed = vault().seal(context, plain)
    assert len(sealed) == 16 + (len(plain) // 16 + 1) * 16 + 32
    assert vault(seed=1).open(context, sealed) == plain


def test_the_same_secret_never_looks_the_same() -> None:
    one = vault()
    assert len({one.seal(b"", b"secret") for _ in range(100)}) == 100


def test_every_flipped_bit_is_refused() -> None:
    one = vault()
    sealed = one.seal(b"context", b"a secret of 20 bytes")
    for bit in range(8 * len(sealed)):
        broken = bytearray(sealed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultError):
            one.open(b"context", bytes(broken))


def test_every_other_length_is_refused() -> None:
    one = vault()
    sealed = one.seal(b"", b"a secret of 20 bytes")
    for size in range(len(sealed)):
        with pytest.raises(VaultError):
            one.open(b"", sealed[:size])
    with pytest.raises(VaultError):
        one.open(b"", sealed + b"\0")


@pytest.mark.parametrize("context", [b"", b"contex", b"context\0", b"Context"])
def test_another_context_is_refused(context: bytes) -> None:
    with pytest.raises(VaultError):
        vault().open(context, vault().seal(b"context", b"secret"))


def test_context_and_data_cannot_flow_into_each_other() -> None:
    sealed = vault().seal(b"context", b"secret")
    with pytest.raises(VaultError):
        vault().open(b"context" + sealed[:16], sealed[16:])


def test_another_root_is_refused() -> None:
    with pytest.raises(VaultError):
        vault(bytes(32)).open(b"", vault().seal(b"", b"secret"))


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_root_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="root"):
        vault(bytes(size))


@given(st.binary(max_size=100), st.binary(max_size=20), st.binary(min_size=32, max_size=32))
def test_the_format_is_the_one_documented(plain: bytes, context: bytes, root: bytes) -> None:
    encryption_key = mac(root, b"segl vault 1 encryption").finalize()
    tag_key = mac(root, b"segl vault 1 authentication").finalize()
    covered = len(context).to_bytes(2, "little") + context

    sealed = vault(root).seal(context, plain)
    try:
        mac(tag_key, covered + sealed[:-32]).verify(sealed[-32:])
    except InvalidSignature:
        pytest.fail("the tag is not HMAC-SHA-256")
    padded = aes_cbc(encryption_key, sealed[:16], sealed[16:-32], False)
    unpadder = padding.PKCS7(128).unpadder()
    assert unpadder.update(padded) + unpadder.finalize() == plain

    padder = padding.PKCS7(128).padder()
    iv = bytes(range(16))
    data = iv + aes_cbc(encryption_key, iv, padder.update(plain) + padder.finalize(), True)
    assert vault(root).open(context, data + mac(tag_key, covered + data).finalize()) == plain
