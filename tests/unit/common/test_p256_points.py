"""The field and the formulas of P-256: every pair of points, the exceptional ones among them, and every size."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import p256_field, p256_points
from common.p256_field import P
from tests.unit.common.curves import their_public

Point = tuple[int, int] | None  # None: infinity
# What sums hand to `mul` at most, and the elements that it gives.
LARGE = 20 * P
NUMBERS = st.integers(-LARGE, LARGE) | st.sampled_from(
    [0, 1, -1, P, -P, P - 1, 2 * P, LARGE, -LARGE, 2**256, 2**128]
)
POINTS: list[Point] = [None, *(their_public(n) for n in (1, 2, 3, 4, 5, 2**200, 3**150, 2**255))]
POINTS += [(point[0], P - point[1]) for point in POINTS if point]
FACTORS = (1, 2, P - 1, 0xABCDEF << 200)


def plainly(a: Point, b: Point) -> Point:
    """Add as the textbook does, case by case."""
    if a is None or b is None:
        return a or b
    (x1, y1), (x2, y2) = a, b
    if x1 == x2 and y1 != y2:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if a == b else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def projective(point: Point, factor: int) -> tuple[int, int, int]:
    x, y, z = (0, 1, 0) if point is None else (*point, 1)
    return x * factor % P, y * factor % P, z * factor % P


def affine(point: tuple[int, int, int]) -> Point:
    x, y, z = (p256_field.reduced(number) for number in point)
    assert x or y or z
    if not z:
        return None
    inverse = pow(z, -1, P)
    return x * inverse % P, y * inverse % P


@pytest.mark.parametrize("factor", FACTORS)
def test_addition_has_no_exceptions(factor: int) -> None:
    for a, b in itertools.product(POINTS, POINTS):
        wanted = plainly(a, b)
        assert affine(p256_points.add(projective(a, factor), projective(b, 7))) == wanted
        if b:
            assert affine(p256_points.add(projective(a, factor), b)) == wanted


@pytest.mark.parametrize("times", [0, 1, 2, 5])
def test_doubling_in_runs(times: int) -> None:
    for point, factor in itertools.product(POINTS[1:], FACTORS):
        wanted = point
        for _ in range(times):
            wanted = plainly(wanted, wanted)
        assert affine(p256_points.double(projective(point, factor), times)) == wanted


def test_long_sums_keep_their_size() -> None:
    point = projective(their_public(3), 0xABCDEF << 230)
    for _ in range(50):
        point = p256_points.add(p256_points.double(point, 5), point)
        point = p256_points.add(point, point)
        assert max(map(abs, point)) < 1.1 * P


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_products(a: int, b: int, c: int, d: int) -> None:
    for found, wanted in (
        (p256_field.mul(a, b), a * b),
        (p256_field.mul_add(a, b, c, d), a * b + c * d),
    ):
        assert -0.1 * P < found < 1.1 * P
        assert (found - wanted) % P == 0
    assert p256_field.reduced(a) == a % P


def test_constants() -> None:
    assert P == 2**256 - 2**224 + 2**192 + 2**96 - 1
    x, y = their_public(1)
    assert (y * y - x**3 + 3 * x - p256_points.B) % P == 0
