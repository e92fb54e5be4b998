"""Combs: the committed files, the digits of a scalar, and what small numbers modulo something become."""

import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import comb, ed25519, modular, p256
from common.comb import Comb
from tests.unit.common.curves import COMMON, chance
from tools import gen_combs

ORDERS = st.sampled_from([p256.N, ed25519.L])


@pytest.mark.parametrize("name", gen_combs.FILES)
def test_the_committed_files_are_what_the_tool_computes(name: str) -> None:
    assert (COMMON / name).read_bytes() == gen_combs.FILES[name]()


def test_the_tool_notices_a_changed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gen_combs, "FOLDER", tmp_path)
    assert gen_combs.main(["--check"]) == 1
    assert gen_combs.main([]) == 0
    assert gen_combs.main(["--check"]) == 0
    path = tmp_path / "p256.comb"
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    assert gen_combs.main(["--check"]) == 1
    assert "p256.comb is out of date" in capsys.readouterr().err


@given(scalar=st.integers(0, 2**316), order=ORDERS, chosen=st.binary(min_size=8, max_size=8))
def test_blinded_bits_stand_for_the_scalar_as_signs(scalar: int, order: int, chosen: bytes) -> None:
    bits = int.from_bytes(comb.blinded(scalar % (order << 62), order, lambda count: chosen[:count]), "little")
    assert bits >> 319 == 1
    total = sum((1 if bits >> place & 1 else -1) << place for place in range(320))
    assert total > 0
    assert (total - scalar % (order << 62)) % order == 0


def test_the_same_scalar_is_blinded_otherwise_each_time() -> None:
    random = chance(1)
    assert len({comb.blinded(5, p256.N, random) for _ in range(50)}) == 50


@pytest.mark.parametrize("top", [1, 4, 7])
def test_digits_of_signs(top: int) -> None:
    for digit in range(2 << top):
        value = sum((1 if digit >> bit & 1 else -1) << bit for bit in range(top + 1))
        index, positive = comb.signed(digit, top)
        assert value == (2 * index + 1) * (1 if positive else -1)


def test_a_column_finds_the_entry_of_its_bits(tmp_path: Path) -> None:
    path = tmp_path / "any.comb"
    path.write_bytes(struct.pack(">512I", *range(512)))
    opened = Comb(str(path), 4)
    bits = chance(2)(40)
    number = int.from_bytes(bits, "little")
    for table in range(comb.TABLES):
        for column in range(comb.COLUMNS):
            entry, positive = opened.entry(bits, table, column)
            signs = [number >> (40 * tooth + 10 * table + column) & 1 for tooth in range(8)]
            if not signs[-1]:
                signs = [1 - sign for sign in signs]
            index = sum(sign << tooth for tooth, sign in enumerate(signs[:-1]))
            assert struct.unpack(">I", entry) == (table * 128 + index,)
            assert positive == number >> (280 + 10 * table + column) & 1
    opened.close()


def test_a_comb_that_is_missing_or_cut_off_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        Comb(str(tmp_path / "none.comb"), 64)
    (tmp_path / "short.comb").write_bytes(bytes(1000))
    with closing(Comb(str(tmp_path / "short.comb"), 64)) as opened, pytest.raises(OSError, match="comb"):
        opened.entry(b"\xff" * 40, 3, 9)


@given(st.integers(-(2**260), 2**260), st.sampled_from([p256.N, ed25519.L, 2**255 - 19, 15]))
def test_inverses(x: int, modulus: int) -> None:
    found = modular.inverse(x, modulus)
    try:
        assert found == pow(x, -1, modulus)
    except ValueError:
        assert found == 0


@pytest.mark.parametrize("random", [bytes, lambda count: b"\xff" * count, chance(3)])
def test_random_numbers_are_never_zero(random: Callable[[int], bytes]) -> None:
    assert 0 < modular.random_below(p256.N, random) < p256.N
    assert modular.random_below(2, random) == 1
