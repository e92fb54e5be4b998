"""What a signature does does not depend on its secrets: not how many operations, and not the size of their numbers.

Python's arithmetic takes as long as its numbers are large, and a nonce with leading zeros betrays a key within some
hundred signatures. So each value that a signature computes outside the field's own functions is measured, at each
place of the fixed sequence by itself, and compared between nonces with 0 to 32 leading zero bits.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from common import p256
from tests.unit.common.chisquare import p_value, upper_gamma
from tests.unit.common.curves import chance, run, their_public
from tests.unit.common.probe import Probed

Count = Callable[[int, int], int]
N = p256.N
SEAMS = {
    "p256": ("p256_field", "mul", "mul_add", "check", "reduced"),
    "ed25519": ("ed25519_field", "mul", "reduced"),
}
# Euclid's steps are left out, whose number is random: what goes in and comes out is seen by the caller.
MEASURED = ("comb", "p256", "p256_points")


class Sizes:
    """Keeps the size of each integer in bits."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, value: Any) -> Any:
        if type(value) is int:
            self.sizes.append(value.bit_length())
        return value


def with_zeros(zeros: int, source: random.Random) -> int:
    """Return a nonce with exactly so many leading zero bits out of 256."""
    while True:
        k = source.getrandbits(256 - zeros) | 1 << 255 - zeros
        if k < N:
            return k


def measure(zeros: range, each: int, changes: dict[str, tuple[str, str]] | None = None) -> float:
    """Return how probable the sizes are if nonces do not matter, at the least probable place, for all places.

    Args:
        zeros: The groups of nonces.
        each: Signatures of each group.
        changes: As for Probed.
    """
    source = random.Random(4)
    seen = Sizes()
    counts: list[list[Counter[int]]] = []
    with closing(Probed(seen, MEASURED, changes)) as probed:
        for group in zeros:
            places: list[Counter[int]] = []
            for _ in range(each):
                nonce = with_zeros(group, source).to_bytes(32, "big")
                probed.modules["p256"].nonce = lambda *_, nonce=nonce: nonce
                seen.sizes = []
                run(probed.p256.sign(source.randrange(1, N), source.randbytes(32), source.randbytes))
                places = places or [Counter() for _ in seen.sizes]
                for place, size in zip(places, seen.sizes, strict=True):
                    place[size] += 1
            counts.append(places)
    least = 1.0
    for groups in zip(*counts, strict=True):
        sizes = sorted(set().union(*groups))
        if len(sizes) > 1:
            least = min(least, p_value([[group[size] for size in sizes] for group in groups]))
    return min(1.0, least * len(counts[0]))  # as many tests as places: Bonferroni


def test_sizes_do_not_tell_how_many_zeros_a_nonce_begins_with(count: Count) -> None:
    assert measure(range(0, 33, count(16, 1)), count(40, 1000)) > 0.001


def test_sizes_would_tell_of_a_nonce_that_is_used_as_it_is() -> None:
    raw = {"p256": ("+ _LIFT_NONCE", "- (1 << 256) + _LIFT")}  # for one operation only
    assert measure(range(0, 33, 16), 25, raw) < 1e-6


class Calls:
    """Counts the calls of the field's functions, and keeps their order."""

    def __init__(self, probed: Probed, curve: str) -> None:
        self.names: list[str] = []
        field, *names = SEAMS[curve]
        for name in names:
            real = getattr(probed.modules[field], name)
            for module in probed.modules.values():
                if vars(module).get(name) is real:
                    setattr(module, name, self._counted(name, real))

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: int) -> Any:
            self.names.append(name)
            return function(*arguments)

        return counted

    def of(self, work: Any) -> list[str]:
        self.names = []
        run(work)
        return self.names


@pytest.fixture(name="probed")
def probed_fixture() -> Iterator[Probed]:
    with closing(Probed(lambda value: value, ())) as probed:
        yield probed


def test_a_p256_signature_is_the_same_sequence_for_every_nonce_and_key(probed: Probed, count: Count) -> None:
    calls = Calls(probed, "p256")
    source = random.Random(6)
    first = calls.of(probed.p256.sign(5, bytes(32), chance(1)))
    assert first.count("mul") > 700
    for number in range(count(40, 1000)):
        d = (1, 2, N - 1, N // 2)[number] if number < 4 else source.randrange(1, N)
        nonce = with_zeros(number % 33, source).to_bytes(32, "big")
        probed.modules["p256"].nonce = lambda *_, nonce=nonce: nonce
        assert calls.of(probed.p256.sign(d, source.randbytes(32), source.randbytes)) == first


def test_so_are_public_keys_and_shared_secrets(probed: Probed, count: Count) -> None:
    calls = Calls(probed, "p256")
    source = random.Random(7)
    public = calls.of(probed.p256.public(5, chance(1)))
    agreed = calls.of(probed.p256.agree(1 << 200, *their_public(3), chance(1)))
    for number in range(count(20, 1000)):
        d = (2**40, N - 1, N // 2)[number] if number < 3 else source.randrange(1, N)
        assert calls.of(probed.p256.public(d, source.randbytes)) == public
        point = their_public(source.randrange(1, N))
        assert calls.of(probed.p256.agree(d, *point, source.randbytes)) == agreed


def test_an_ed25519_signature_is_the_same_sequence_for_every_key_and_message(
    probed: Probed, count: Count
) -> None:
    calls = Calls(probed, "ed25519")
    source = random.Random(8)
    first = calls.of(probed.ed25519.sign(bytes(32), bytes(69), chance(1)))
    for _ in range(count(15, 1000)):
        seed, message = source.randbytes(32), source.randbytes(69)
        assert calls.of(probed.ed25519.sign(seed, message, source.randbytes)) == first


@pytest.mark.parametrize(
    ("freedom", "statistic", "p"),
    # NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4: upper critical values of chi-square.
    [(1, 3.841, 0.05), (1, 10.828, 0.001), (10, 18.307, 0.05), (32, 46.194, 0.05), (100, 149.449, 0.001)],
)
def test_the_chi_square_distribution(freedom: int, statistic: float, p: float) -> None:
    assert upper_gamma(freedom / 2, statistic / 2) == pytest.approx(p, rel=1e-3)


def test_a_table_of_one_chance_is_probable_and_one_of_two_is_not() -> None:
    source = random.Random(2)
    fair = [[sum(source.random() < 0.5 for _ in range(200))] for _ in range(30)]
    assert p_value([[row[0], 200 - row[0]] for row in fair]) > 0.01
    assert p_value([[100, 100], [150, 50]]) < 1e-5
    assert p_value([[7, 0], [7, 0]]) == 1.0
