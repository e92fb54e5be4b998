"""CBOR: the vectors of RFC 8949 appendix A that apply, one encoding per value, and agreement with cbor2."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_wire import cbor

# RFC 8949 appendix A: every integer, string, array, map and simple value that this subset carries.
APPENDIX_A = [
    (0, "00"),
    (1, "01"),
    (10, "0a"),
    (23, "17"),
    (24, "1818"),
    (25, "1819"),
    (100, "1864"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (-1, "20"),
    (-10, "29"),
    (-100, "3863"),
    (-1000, "3903e7"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (bytes.fromhex("01020304"), "4401020304"),
    ("", "60"),
    ("a", "6161"),
    ("IETF", "6449455446"),
    ('"\\', "62225c"),
    ("\u00fc", "62c3bc"),
    ("\u6c34", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ([], "80"),
    ([1, 2, 3], "83010203"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    (["a", {"b": "c"}], "826161a161626163"),
    ({"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}, "a56161614161626142616361436164614461656145"),
]

# RFC 8949 appendix A examples outside the subset, and what appendix F calls not well-formed.
REFUSED = """
c249010000000000000000 c349010000000000000000 f90000 f93c00 fa47c35000 fb3ff199999999999a f97e00 f7 f0
f8ff c074323031332d30332d32315432303a30343a30305a d74401020304 5f42010243030405ff
7f657374726561646d696e67ff 9fff 9f018202039f0405ffff bf61610161629f0203ffff 18 19 1a 1b 1901 1a0102
1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 41 61 5affffffff00 5bffffffffffffffff010203
7affffffff00 7b7fffffffffffffff010203 81 818181818181818181 8200 a1 a20102 a100 a2000000 c0 5f4100 7f6100
9f bf 1c 1d 1e 3c 5c 7c 9c bc dc fc f800 f81f 5f00ff ff 81ff a1ff a1ff00 a100ff 1800 1817 190000 1900ff
1a00000000 1a0000ffff 1b0000000000000000 1b00000000ffffffff 3817 5801 7801 9800 b800 a201020102
a202010101 a2616201616101 a26161610161 a218180101 0000 61ff 62c080 63eda080 64f4908080 61c3 a1800100
a1a00100 a1f50100 a1f60100
"""

ANY = r".+"  # the message is for people: only the type counts

keys = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=8), st.binary(max_size=8))
scalars = st.one_of(keys, st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=12,
)


def nested(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(nested, inner), default=0)


shallow = values.filter(lambda value: nested(value) <= 8)


def grown_alike(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Lists, and maps whose keys are all of one major type."""
    alike = [
        st.integers(0, 2**64 - 1),
        st.integers(-(2**64), -1),
        st.text(max_size=40),
        st.binary(max_size=40),
    ]
    return st.one_of(
        st.lists(inner, max_size=4), *(st.dictionaries(keys, inner, max_size=4) for keys in alike)
    )


@pytest.mark.parametrize(("value", "hexadecimal"), APPENDIX_A)
def test_rfc_8949_appendix_a(value: object, hexadecimal: str) -> None:
    assert cbor.encode(value).hex() == hexadecimal
    back = cbor.decode(bytes.fromhex(hexadecimal))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("hexadecimal", REFUSED.split())
def test_anything_else_is_refused(hexadecimal: str) -> None:
    with pytest.raises(ValueError, match=ANY):
        cbor.decode(bytes.fromhex(hexadecimal))


@given(shallow)
def test_round_trip_and_agreement_with_cbor2(value: object) -> None:
    raw = cbor.encode(value)
    assert cbor.decode(raw) == value
    assert cbor2.loads(raw) == value


@given(st.recursive(scalars, grown_alike, max_leaves=10).filter(lambda value: nested(value) <= 8))
def test_cbor2_canonical_is_ours(value: object) -> None:
    """Within one major type of key CTAP2's order and RFC 7049's (cbor2's) are the same."""
    raw = cbor2.dumps(value, canonical=True)
    assert cbor.encode(value) == raw
    assert cbor.decode(raw) == value


@given(st.binary(max_size=64))
def test_what_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except ValueError:
        return
    assert cbor.encode(value) == data


@given(shallow, st.data())
def test_one_changed_byte_never_does_harm(value: object, data: st.DataObject) -> None:
    raw = bytearray(cbor.encode(value))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        back = cbor.decode(bytes(raw))
    except ValueError:
        return
    assert cbor.encode(back) == raw


def test_keys_follow_ctap2_major_type_then_length_then_bytes() -> None:
    raw = cbor.encode({"a": 0, b"a": 0, -1: 0, 1000: 0, 3: 0, "": 0, 100: 0})
    assert raw.hex() == "a7" + "0300" + "186400" + "1903e800" + "2000" + "416100" + "6000" + "616100"


def test_depth_is_bounded() -> None:
    deep: object = 0
    for _ in range(8):
        deep = [deep]
    assert cbor.decode(cbor.encode(deep)) == deep
    with pytest.raises(ValueError, match=ANY):
        cbor.encode([deep])
    with pytest.raises(ValueError, match=ANY):
        cbor.decode(b"\x81" * 9 + b"\x00")
    with pytest.raises(ValueError, match=ANY):
        cbor.decode(b"\x81" * 1024)


@pytest.mark.parametrize(
    "value",
    [1.0, 2**64, -(2**64) - 1, {None: 1}, {True: 1}, {(1,): 1}, (1, 2), {1, 2}, bytearray(b"x"), "\ud800"],
)
def test_what_cannot_be_carried_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=ANY):
        cbor.encode(value)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_decodes_to_plain_bytes(kind: type) -> None:
    assert cbor.decode(kind(b"\x81\x41\x61")) == [b"a"]


def test_the_number_of_items_is_bounded() -> None:
    """A board takes up to 0.3 ms for each, and must not be silent for 100 ms."""
    most = [0] * 400
    assert cbor.decode(cbor.encode(most)) == most
    pairs = {number: [0] for number in range(133)}  # three items each
    assert cbor.decode(cbor.encode(pairs)) == pairs
    for many in ([*most, 0], {**pairs, 133: [0]}, [[0] * 199, [0] * 200]):
        with pytest.raises(ValueError, match=ANY):
            cbor.decode(cbor.encode(many))
