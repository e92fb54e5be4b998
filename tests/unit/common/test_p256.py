"""ECDSA and ECDH on P-256, in CPython: vectors, a sample of random ones, and the edges that break implementations."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from common import p256, p256_points
from common.faults import FaultError
from common.p256_field import P
from tests.unit.common.curves import (
    P256,
    chance,
    run,
    their_public,
    their_secret,
    vectors,
    verifies,
)

N = p256.N
HALF = (N + 1) // 2
Count = Callable[[int, int], int]
RFC6979 = vectors("rfc6979_a_2_5.json")
# Scalars at which windows, blocks or teeth are empty, full, or meet the order.
SCALARS = sorted(
    {n % N for n in range(1, 34)}
    | {N - n for n in range(1, 34)}
    | {1 << bit for bit in (5, 10, 40, 41, 64, 128, 200, 250, 255)}
    | {(1 << bit) - 1 for bit in (5, 10, 40, 64, 128, 255, 256) if (1 << bit) - 1 < N}
    | {HALF, HALF - 1, 2**256 - N, int("01" * 128, 2), int("10" * 128, 2) % N}
)


def without_entropy(seed: int) -> Callable[[int], bytes]:
    """Return chance for the blinding, and none for the nonce: only that asks for 32 bytes."""
    other = chance(seed)
    return lambda count: b"" if count == 32 else other(count)


@pytest.mark.parametrize("row", RFC6979["rows"], ids=lambda row: row[0])
def test_rfc_6979_appendix_a_2_5(row: list[str]) -> None:
    message, k, r, s = row
    d = int(RFC6979["private_key"], 16)
    digest = hashlib.sha256(message.encode()).digest()
    assert p256.nonce(d, digest, b"").hex() == k
    for seed in range(3):
        signature = run(P256.sign(d, digest, without_entropy(seed)))
        assert signature == (int(r, 16), int(s, 16))
    public = (int(RFC6979["public_key_x"], 16), int(RFC6979["public_key_y"], 16))
    assert run(P256.public(d, chance(1))) == public


def test_a_sample_of_random_ones(count: Count) -> None:
    random = chance(3)
    for _ in range(count(50, 2000)):
        d, other, digest = P256.scalar(random), P256.scalar(random), random(32)
        x, y = run(P256.public(d, random))
        assert (x, y) == their_public(d)
        assert verifies(d, digest, *run(P256.sign(d, digest, random)))
        assert run(P256.agree(other, x, y, random)) == their_secret(other, x, y)


@pytest.mark.parametrize("d", SCALARS, ids=hex)
def test_scalars_at_the_edges(d: int) -> None:
    random = chance(d)
    base = their_public(1)
    assert run(P256.public(d, random)) == their_public(d)
    assert verifies(d, bytes(32), *run(P256.sign(d, bytes(32), random)))
    for _ in range(4):  # with random numbers that meet infinity on the way among them
        assert run(P256.agree(d, *base, random)) == their_public(d)[0].to_bytes(32, "big")


@pytest.mark.parametrize(
    "digest",
    [0, 1, N - 1, N, N + 1, 2**256 - 1, 2**255, 2**128 - 1],
    ids=hex,
)
def test_digests_at_the_edges(digest: int) -> None:
    data = digest.to_bytes(32, "big")
    for d in (1, N - 1, 12345):
        assert verifies(d, data, *run(P256.sign(d, data, chance(digest))))


@pytest.mark.parametrize("k", [1, 2, 3, N - 1, N - 2, HALF, 2**224, 2**223 - 1, 2**255], ids=hex)
def test_nonces_at_the_edges(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(p256, "nonce", lambda *_: k.to_bytes(32, "big"))
    r, s = run(P256.sign(98765, b"\x5a" * 32, chance(k)))
    assert r == their_public(k)[0] % N
    assert verifies(98765, b"\x5a" * 32, r, s)


def test_the_nonce_depends_on_key_message_and_entropy() -> None:
    first = p256.nonce(5, bytes(32), b"")
    assert len({first, p256.nonce(6, bytes(32), b""), p256.nonce(5, b"\1" * 32, b"")}) == 3
    assert len({p256.nonce(5, bytes(32), chance(seed)(32)) for seed in range(20)} | {first}) == 21


def test_a_candidate_beyond_the_order_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    # It comes once in 2**32 times: a hash that says so first stands for chance here.
    macs = [b"\0" * 32] * 4 + [
        b"\xff" * 32,
        b"\1" * 32,
        b"\2" * 32,
        bytes(32),
        b"\3" * 32,
        b"\4" * 32,
        b"\7" * 32,
    ]
    monkeypatch.setattr(p256, "hmac", lambda *_: macs.pop(0))
    assert p256.nonce(1, bytes(32), b"") == b"\7" * 32
    assert not macs


def test_two_signatures_of_one_message_differ() -> None:
    random = chance(8)
    assert len({run(P256.sign(77, bytes(32), random)) for _ in range(5)}) == 5


@pytest.mark.parametrize("d", [0, N, N + 1, -1, 2**256])
def test_what_is_no_private_key(d: int) -> None:
    for work in (
        P256.public(d, chance(1)),
        P256.sign(d, bytes(32), chance(1)),
        P256.agree(d, *their_public(1), chance(1)),
    ):
        with pytest.raises(ValueError, match="private key"):
            run(work)


@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_what_is_no_digest(size: int) -> None:
    with pytest.raises(ValueError, match="digest"):
        run(P256.sign(1, bytes(size), chance(1)))


def root(square: int) -> int:
    """Return a root modulo P, which is 3 modulo 4."""
    found = pow(square, (P + 1) // 4, P)
    assert found * found % P == square % P
    return found


def on_twist() -> list[tuple[int, int]]:
    """Return pairs whose x belongs to the twist: no y fits them, whichever is sent along."""
    twisted = [x for x in range(60) if pow(x**3 - 3 * x + p256_points.B, (P - 1) // 2, P) == P - 1]
    return [(x, root(-(x**3 - 3 * x + p256_points.B))) for x in twisted[:5]]


def no_points() -> list[tuple[int, int]]:
    gx, gy = their_public(1)
    zero = root(p256_points.B)
    return [
        (0, 0),
        (0, 1),
        (1, 1),
        (gx, gy + 1),
        (gx, gy ^ 1 << 255),
        (gx + 1, gy),
        (gy, gx),
        (gx + P, gy),  # the same numbers written otherwise
        (gx, gy + P),
        (P, zero),  # x = 0, which has a point
        (0, zero + P),
        (gx, -gy),
        (-gx, gy),
        (2**256 - 1, 2**256 - 1),
        # Points of curves with another b, of small order there: y = 0, and 3 * (x, y) = infinity for x = 1.
        (5, 0),
        (1, 0),
        *on_twist(),
    ]


@pytest.mark.parametrize(("x", "y"), no_points())
def test_what_is_no_point(x: int, y: int) -> None:
    assert not P256.on_curve(x, y)
    with pytest.raises(ValueError, match="point"):
        run(P256.agree(12345, x, y, chance(1)))


def special_points() -> list[tuple[int, int]]:
    """Return points with x or y near 0, P or powers of two, as far as there are any."""
    wanted = [*range(40), *(P - n for n in range(1, 40)), *(2**bit for bit in range(8, 256, 8))]
    found: list[tuple[int, int]] = []
    for x in wanted:
        square = (x**3 - 3 * x + p256_points.B) % P
        if pow(square, (P - 1) // 2, P) == 1:
            y = root(square)
            found += [(x, y), (x, P - y)]
    return found


def test_points_with_special_coordinates(count: Count) -> None:
    points = special_points()
    assert len(points) > 60
    assert points[0][0] == 0
    for x, y in points[:: count(6, 1)]:
        assert P256.on_curve(x, y)
        for d in (1, 2, N - 1, HALF, 0x123456789ABCDEF << 180):
            assert run(P256.agree(d, x, y, chance(d))) == their_secret(d, x, y)


@pytest.mark.parametrize("shared", special_points()[:: len(special_points()) // 8])
def test_shared_secrets_with_special_coordinates(shared: tuple[int, int]) -> None:
    d = 0xFEDCBA9876543210 << 150 | 12345
    x, y = multiple(pow(d, -1, N), shared)
    assert run(P256.agree(d, x, y, chance(4))) == shared[0].to_bytes(32, "big")


def multiple(k: int, point: tuple[int, int]) -> tuple[int, int]:
    """Return k times a point, bit by bit, by the complete formula."""
    found = (0, 1, 0)
    for bit in bin(k)[2:]:
        found = p256_points.add(found, found)
        if bit == "1":
            found = p256_points.add(found, point)
    x, y, z = found
    inverse = pow(z, -1, P)
    return x * inverse % P, y * inverse % P


SIGNED = st.integers(0, 2**256 - 1) | st.sampled_from(
    [0, 1, 127, 128, 255, 256, 2**255 - 1, 2**255, 2**248, N - 1]
)


@given(SIGNED, SIGNED)
def test_der_is_what_cryptography_writes(r: int, s: int) -> None:
    assert P256.der(r, s) == encode_dss_signature(r, s)


def test_private_keys_lie_below_the_order() -> None:
    assert P256.scalar(lambda count: b"\0" * count) == 1
    assert 1 <= P256.scalar(lambda count: b"\xff" * count) < N
    keys = {P256.scalar(chance(seed)) for seed in range(100)}
    assert len(keys) == 100
    assert max(keys) < N


def test_each_step_is_short() -> None:
    steps = [
        len(list(work)) for work in (P256.public(5, chance(1)), P256.agree(5, *their_public(9), chance(1)))
    ]
    assert steps[0] >= 10
    assert steps[1] >= 64
    assert len(list(P256.sign(5, bytes(32), chance(1)))) >= 22


def test_a_comb_that_cannot_be_read_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object) -> None:
        raise OSError(5)

    monkeypatch.setattr(P256._comb, "entry", torn)
    with pytest.raises(OSError, match="5"):
        run(P256.sign(5, bytes(32), chance(1)))


def test_a_result_off_the_curve_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    real = P256._comb.entry
    monkeypatch.setattr(P256._comb, "entry", lambda *where: (b"\1" * 64, real(*where)[1]))
    for work in (P256.public(5, chance(1)), P256.sign(5, bytes(32), chance(1))):
        with pytest.raises(FaultError):
            run(work)
