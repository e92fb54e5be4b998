"""Frames: payloads survive any slicing; damage is dropped, counted and forgotten by the next zero."""

from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_wire import frame

payloads = st.binary(max_size=frame.MAX_PAYLOAD) | st.lists(
    st.sampled_from([b"\0", b"\0\0\0", b"\x01", b"\xff" * 253, b"\xff" * 254, b"\xff" * 255]), max_size=4
).map(b"".join)


def sliced(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, the rest as the last piece."""
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def test_known_frame() -> None:
    """CRC-32 of "123456789" is cbf43926 in every catalog of CRCs."""
    assert frame.encode(b"123456789") == b"\x0e123456789" + bytes.fromhex("2639f4cb") + b"\0"
    # the examples of Cheshire and Baker's table, seen through the empty payload: CRC 00000000, four zeros
    assert crc32(b"") == 0
    assert frame.encode(b"") == b"\x01\x01\x01\x01\x01\x00"


@given(st.lists(payloads, max_size=4), st.lists(st.integers(0, 300), max_size=12))
def test_round_trip_in_any_slicing(sent: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(frame.encode(payload) for payload in sent)
    decoder = frame.Decoder()
    received = [payload for piece in sliced(stream, sizes) for payload in decoder.feed(piece)]
    assert received == sent
    assert decoder.errors == 0


@given(payloads)
def test_one_zero_and_little_overhead(payload: bytes) -> None:
    raw = frame.encode(payload)
    assert raw.index(0) == len(raw) - 1
    assert len(raw) <= len(payload) + 4 + (len(payload) + 4 + 253) // 254 + 1


@pytest.mark.parametrize("size", [*range(245, 262), *range(500, 520), 1023, 1024])
@pytest.mark.parametrize("byte", [b"\0", b"\1", b"\xff"])
def test_block_edges(size: int, byte: bytes) -> None:
    decoder = frame.Decoder()
    assert decoder.feed(frame.encode(byte * size)) == [byte * size]


@given(payloads, st.data())
def test_a_damaged_frame_is_never_delivered_and_the_next_is(payload: bytes, data: st.DataObject) -> None:
    raw = bytearray(frame.encode(payload))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    decoder = frame.Decoder()
    received = decoder.feed(bytes(raw) + b"\0" + frame.encode(b"next"))
    assert received in ([b"next"], [payload, b"next"] if raw == frame.encode(payload) else [b"next"])
    assert decoder.errors >= 1


@given(st.binary(max_size=3000))
def test_noise_before_a_frame_does_no_harm(noise: bytes) -> None:
    decoder = frame.Decoder()
    assert decoder.feed(noise + b"\0" + frame.encode(b"good"))[-1] == b"good"


def test_memory_is_bounded() -> None:
    decoder = frame.Decoder()
    for _ in range(1000):
        assert decoder.feed(b"\x01" * 1000) == []
        assert len(decoder._held) <= 1033
    assert decoder.errors == 1
    assert decoder.feed(b"\0" + frame.encode(b"good")) == [b"good"]


def test_too_long() -> None:
    with pytest.raises(ValueError, match="long"):
        frame.encode(bytes(frame.MAX_PAYLOAD + 1))


def test_empty_frames_are_not_errors() -> None:
    decoder = frame.Decoder()
    assert decoder.feed(b"\0\0\0") == []
    assert decoder.errors == 0
