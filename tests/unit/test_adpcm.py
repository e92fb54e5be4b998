"""firmware/common/adpcm.py against the standard's own way of computing."""

import struct
from array import array

from hypothesis import given
from hypothesis import strategies as st

from common import adpcm
from tests.device.talker import CLIP, DECODED, STEPS

INDEX_TABLE = (-1, -1, -1, -1, 2, 4, 6, 8)


def standard(block: bytes) -> list[int]:
    """The decoder as the IMA document writes it down."""
    sample, index, _ = struct.unpack("<hBB", block[:4])
    out: list[int] = []
    for byte in block[4:]:
        for code in (byte & 15, byte >> 4):
            step = STEPS[index]
            difference = step >> 3
            if code & 4:
                difference += step
            if code & 2:
                difference += step >> 1
            if code & 1:
                difference += step >> 2
            sample += -difference if code & 8 else difference
            sample = max(-32768, min(32767, sample))
            index = max(0, min(88, index + INDEX_TABLE[code & 7]))
            out.append(sample)
    return out


def test_a_clip():
    out = array("h", bytes(1008))
    heard: list[int] = []
    for at in range(0, len(CLIP), adpcm.BLOCK):
        adpcm.decode(memoryview(CLIP)[at : at + adpcm.BLOCK], out)
        heard += out
    assert heard == DECODED


@given(
    st.integers(-2000, 2000), st.integers(0, 30), st.lists(st.integers(0, 255), min_size=252, max_size=252)
)
def test_any_block_whose_samples_fit(first: int, index: int, codes: list[int]):
    # Small steps, now up, now down, so that hardly any leaves 16 bits; those that do are not Segl's.
    block = struct.pack("<hBB", first, index, 0) + bytes(code & 0xBB for code in codes)
    wanted = standard(block)
    if min(wanted) > -32768 and max(wanted) < 32767:
        out = array("h", bytes(1008))
        adpcm.decode(memoryview(block), out)
        assert out.tolist() == wanted
