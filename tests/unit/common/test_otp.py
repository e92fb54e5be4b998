"""One-time passwords against the vectors of their RFCs and against other implementations."""

import base64
import hashlib
import hmac as standard_hmac

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyotp.hotp import HOTP

from common.otp import hmac, hotp, totp_step
from common.sha512 import sha512
from tests.unit.common import vectors

ALGORITHMS = {1: hashlib.sha1, 2: hashlib.sha256, 3: hashlib.sha512}
YEAR_2603 = 20_000_000_000


def test_rfc_4226_appendix_d() -> None:
    assert [hotp(vectors.HOTP_KEY, counter, 6, 1) for counter in range(10)] == vectors.HOTP_CODES


@pytest.mark.parametrize("utc", vectors.TOTP_CODES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rfc_6238_appendix_b(utc: int, algorithm: int) -> None:
    code = hotp(vectors.TOTP_KEYS[algorithm], totp_step(utc, 30), 8, algorithm)
    assert code == vectors.TOTP_CODES[utc][algorithm]


@pytest.mark.parametrize(("key", "message", "mac"), vectors.HMAC_SHA1)
def test_rfc_2202(key: bytes, message: bytes, mac: str) -> None:
    assert hmac(key, message, 1).hex() == mac


@pytest.mark.parametrize(("key", "message", "mac256", "mac512"), vectors.HMAC_SHA2)
def test_rfc_4231(key: bytes, message: bytes, mac256: str, mac512: str) -> None:
    assert hmac(key, message, 2).hex()[: len(mac256)] == mac256
    assert hmac(key, message, 3).hex()[: len(mac512)] == mac512


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(sorted(ALGORITHMS)))
@example(bytes(64), b"", 1)
@example(bytes(65), b"", 2)
@example(bytes(128), b"", 3)
@example(bytes(129), b"", 3)
def test_hmac_equals_the_standard_library(key: bytes, message: bytes, algorithm: int) -> None:
    assert hmac(key, message, algorithm) == standard_hmac.digest(key, message, ALGORITHMS[algorithm])


@given(
    st.binary(min_size=14, max_size=64),  # pyotp refuses shorter ones
    st.integers(0, 2**63),
    st.sampled_from((30, 60)),
    st.integers(6, 8),
    st.sampled_from(sorted(ALGORITHMS)),
)
def test_codes_equal_pyotp(key: bytes, utc: int, period: int, digits: int, algorithm: int) -> None:
    other = HOTP(base64.b32encode(key).decode(), digits=digits, digest=ALGORITHMS[algorithm])
    step = totp_step(utc, period)
    assert hotp(key, step, digits, algorithm) == other.at(step)


def test_codes_keep_their_leading_zeros() -> None:
    codes = [hotp(b"key", counter, 6, 1) for counter in range(200)]
    assert all(len(code) == 6 for code in codes)
    assert any(code[0] == "0" for code in codes)


def test_steps_are_whole_numbers_for_any_64_bit_time() -> None:
    assert totp_step(1754000000, 30) == 58466666
    assert totp_step(YEAR_2603, 30) == 666666666
    assert totp_step(2**63 - 1, 60) == (2**63 - 1) // 60
    assert totp_step(0, 30) == 0


@pytest.mark.parametrize(("utc", "period"), [(-1, 30), (0, 0), (0, -30)])
def test_no_step_before_1970(utc: int, period: int) -> None:
    with pytest.raises(ValueError, match="utc or period"):
        totp_step(utc, period)


@pytest.mark.parametrize(
    ("counter", "digits", "algorithm"),
    [(-1, 6, 1), (2**64, 6, 1), (0, 5, 1), (0, 9, 1), (0, 6, 0), (0, 6, 4)],
)
def test_impossible_codes_are_refused(counter: int, digits: int, algorithm: int) -> None:
    with pytest.raises(ValueError, match=r"counter or digits|algorithm"):
        hotp(b"key", counter, digits, algorithm)


@pytest.mark.parametrize(("message", "digest"), vectors.SHA512)
def test_nist_sha512(message: bytes, digest: str) -> None:
    assert sha512(message).hex() == digest


@given(st.binary(max_size=600))
def test_sha512_equals_the_standard_library(message: bytes) -> None:
    assert sha512(message) == hashlib.sha512(message).digest()


def test_sha512_at_every_length_around_its_padding() -> None:
    for size in [*range(270), 1000]:
        assert sha512(b"\xa5" * size) == hashlib.sha512(b"\xa5" * size).digest()
