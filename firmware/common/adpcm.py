"""IMA ADPCM in blocks of 256 bytes: the seam behind which speech is decoded, here in portable Python.

`decode(block, out)` is all that a caller knows. A block stands alone: the sample before its first (16 bits,
little endian, signed), the step index, a zero, then 504 samples of four bits, the lower half of a byte first. Who
made it saw to it that no sample leaves 16 bits, so nothing is clamped here.

Each table entry holds the change of the sample and that of the step index, so one addition moves both: the state is
sample * 2048 + index * 16, which fits MicroPython's small integers. No branch, no allocation, one look-up a sample.

Source: IMA, "Recommended Practices for Enhancing Digital Audio Compatibility in Multimedia Systems", 3.00, 1992.
"""

from array import array

from micropython import const

BLOCK = const(256)
SAMPLES = const(504)
_HEADER = const(4)
_INDEX = const(0x7F0)
_SCALE = const(2048)
_BITS = const(11)
_LAST = const(88)

# fmt: off
_STEPS = (
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818,
    18500, 20350, 22385, 24623, 27086, 29794, 32767,
)
# fmt: on


def _table():
    """Return the changes, by index * 16 + code."""
    table = array("i", bytes(4 * 16 * (_LAST + 1)))
    at = 0
    for index in range(_LAST + 1):
        step = _STEPS[index]
        half = step >> 1
        quarter = step >> 2
        size = step >> 3
        move = -16 if index else 0
        for change in (size, size + quarter, size + half, size + half + quarter):
            change *= _SCALE
            table[at] = move + change
            table[at + 8] = move - change
            at += 1
        size += step
        after = index
        for change in (size, size + quarter, size + half, size + half + quarter):
            change *= _SCALE
            after = min(_LAST, after + 2)
            move = (after - index) * 16
            table[at] = move + change
            table[at + 8] = move - change
            at += 1
        at += 8
    return table


_TABLE = _table()


def decode(block, out):
    """Decode one block.

    Args:
        block: 256 bytes, best as a memoryview.
        out: array("h") with room for 504 samples.
    """
    table = _TABLE
    value = block[0] | block[1] << 8
    if value & 0x8000:
        value -= 0x10000
    value = value * _SCALE + block[2] * 16
    at = 0
    for byte in block[_HEADER:]:
        value += table[value & _INDEX | byte & 15]
        out[at] = value >> _BITS
        value += table[value & _INDEX | byte >> 4]
        out[at + 1] = value >> _BITS
        at += 2
