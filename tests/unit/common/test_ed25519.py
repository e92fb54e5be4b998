"""Ed25519, in CPython: vectors, a sample of random ones, edges, and the formulas."""

import hashlib
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import ed25519, ed25519_field
from common.ed25519_field import P
from common.faults import FaultError
from common.sha512 import sha512_steps
from tests.unit.common.curves import ED25519, chance, run, their_ed25519, vectors
from tools.gen_combs import ED25519_BASE, EDWARDS_D, add_ed25519

Count = Callable[[int, int], int]
L = ed25519.L
RFC8032 = vectors("rfc8032_7_1.json")


@pytest.mark.parametrize("row", RFC8032["rows"], ids=lambda row: row[0])
def test_rfc_8032_section_7_1(row: list[str]) -> None:
    seed, public, message, signature = (bytes.fromhex(text) for text in row[1:])
    for start in range(2):
        assert run(ED25519.public(seed, chance(start))) == public
        assert run(ED25519.sign(seed, message, chance(start))) == signature


def test_a_sample_of_random_ones(count: Count) -> None:
    random = chance(3)
    for number in range(count(30, 2000)):
        seed, message = random(32), random(number % 200)
        assert (
            run(ED25519.public(seed, random)),
            run(ED25519.sign(seed, message, random)),
        ) == their_ed25519(seed, message)


@pytest.mark.parametrize("size", [46, 47, 48, 49, 63, 64, 65, 79, 80, 81, 127, 128, 1024])
def test_messages_that_end_near_a_block(size: int) -> None:
    message = b"\xa5" * size
    assert run(ED25519.sign(bytes(32), message, chance(size))) == their_ed25519(bytes(32), message)[1]


@pytest.mark.parametrize(
    "seed", [bytes(32), b"\xff" * 32, b"\0" * 31 + b"\1", bytes(range(32))], ids=bytes.hex
)
def test_seeds_of_any_look(seed: bytes) -> None:
    public, signature = their_ed25519(seed, b"")
    for start in range(4):
        assert run(ED25519.public(seed, chance(start))) == public
        assert run(ED25519.sign(seed, b"", chance(start))) == signature


@pytest.mark.parametrize("random", [bytes, lambda count: b"\xff" * count], ids=["zeros", "ones"])
def test_chance_that_is_none_still_gives_the_one_signature(random: Callable[[int], bytes]) -> None:
    assert run(ED25519.sign(bytes(32), b"abc", random)) == their_ed25519(bytes(32), b"abc")[1]


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_what_is_no_private_key(size: int) -> None:
    for work in (ED25519.public(bytes(size), chance(1)), ED25519.sign(bytes(size), b"", chance(1))):
        with pytest.raises(ValueError, match="private key"):
            run(work)


def test_each_step_is_short() -> None:
    assert len(list(ED25519.public(bytes(32), chance(1)))) >= 8
    assert len(list(ED25519.sign(bytes(32), bytes(69), chance(1)))) >= 3 * 8 + 3 * 5
    assert len(list(sha512_steps(bytes(300)))) == 3 * 3


def test_a_result_off_the_curve_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ED25519._comb.entry
    monkeypatch.setattr(ED25519._comb, "entry", lambda *where: (b"\1" * 96, real(*where)[1]))
    for work in (ED25519.public(bytes(32), chance(1)), ED25519.sign(bytes(32), b"", chance(1))):
        with pytest.raises(FaultError):
            run(work)


@given(st.binary(max_size=400))
def test_the_hash_in_steps_is_the_hash(data: bytes) -> None:
    assert run(sha512_steps(data)) == hashlib.sha512(data).digest()


Point = tuple[int, int]


def points() -> list[Point]:
    """Return points of all kinds, those of small order among them."""
    found: list[Point] = [(0, 1), (0, P - 1), (pow(2, (P - 1) // 4, P), 0), ED25519_BASE]
    for _ in range(4):
        found.append(add_ed25519(found[-1], found[-1]))
    found += [add_ed25519(found[2], found[3]), add_ed25519(found[1], found[3])]
    return found + [(P - x, y) for x, y in found[2:]]


def extended(point: Point, z: int) -> tuple[int, int, int, int]:
    x, y = point
    return x * z, y * z, z, x * y * z


def affine(point: tuple[int, int, int, int]) -> Point:
    x, y, z, t = point
    assert (x * y - z * t) % P == 0
    inverse = pow(z, -1, P)
    return x * inverse % P, y * inverse % P


@pytest.mark.parametrize("z", [1, 2, P - 1, 0xABCDEF << 200])
def test_addition_has_no_exceptions(z: int) -> None:
    for a, b in itertools.product(points(), points()):
        x, y = b
        p = tuple(n % P for n in extended(a, z))
        assert affine(ed25519._add(p, y - x, y + x, 2 * EDWARDS_D * x * y % P)) == add_ed25519(a, b)
        assert affine(ed25519._double(p)) == add_ed25519(a, a)


LARGE = 8 << 256
NUMBERS = st.integers(-LARGE, LARGE) | st.sampled_from(
    [0, 1, -1, P, -P, P - 1, 2 * P, LARGE, -LARGE, 2**256, 2**255]
)


@given(NUMBERS, NUMBERS)
def test_products(a: int, b: int) -> None:
    found = ed25519_field.mul(a, b)
    assert -(2**30) < found < 2**256 + 2**30
    assert (found - a * b) % P == 0
    assert ed25519_field.reduced(a) == a % P


def test_constants() -> None:
    assert P == 2**255 - 19
    assert L == 2**252 + 27742317777372353535851937790883648493
    assert ed25519._D == EDWARDS_D
