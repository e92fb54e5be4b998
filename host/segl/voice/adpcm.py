"""IMA ADPCM, 4 bits a sample, in blocks that can each be decoded alone; this is the portable decoder.

A block has 256 bytes, a page of the board's flash: the predictor (16 bits, little endian, signed), the step index,
a zero, then 504 samples, the lower half of a byte first. The predictor is the sample *before* the block's first.
Whoever encodes for Segl never lets the predictor leave 16 bits, so the decoder need not look; `check` shows that a
block keeps this. A decoder that clamps, as IMA's does, gives the same samples.

How the loop is written is what decides whether a board can play it. The table of differences is indexed by
step index * 16 + code, the state is kept multiplied by 16, and both halves of a byte are done in one turn: per sample
one mask or shift, two look-ups, two additions and one store, without a branch, a multiplication or an allocation.

Source: IMA Digital Audio Focus and Technical Working Groups, "Recommended Practices for Enhancing Digital Audio
Compatibility in Multimedia Systems", revision 3.00, 1992.
"""

from array import array

from segl.voice.errors import VoiceError

BLOCK = 256
HEADER = 4
SAMPLES = (BLOCK - HEADER) * 2

_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)


def _steps() -> list[int]:
    # The 89 steps of the source: each is 1.1 times the one before, from 7 to 32767, as the standard rounds them.
    text = (
        "7 8 9 10 11 12 13 14 16 17 19 21 23 25 28 31 34 37 41 45 50 55 60 66 73 80 88 97 107 118 130 143 157 173 190 "
        "209 230 253 279 307 337 371 408 449 494 544 598 658 724 796 876 963 1060 1166 1282 1411 1552 1707 1878 2066 "
        "2272 2499 2749 3024 3327 3660 4026 4428 4871 5358 5894 6484 7132 7845 8630 9493 10442 11487 12635 13899 15289 "
        "16818 18500 20350 22385 24623 27086 29794 32767"
    )
    return [int(step) for step in text.split()]


def _tables() -> "tuple[array[int], array[int]]":
    steps = _steps()
    moves, following = array("i"), array("H")
    for index, step in enumerate(steps):
        for code in range(16):
            move = (step >> 3) + sum(step >> shift for bit, shift in ((4, 0), (2, 1), (1, 2)) if code & bit)
            moves.append(-move if code & 8 else move)
            following.append(16 * min(len(steps) - 1, max(0, index + _MOVES[code & 7])))
    return moves, following


STEPS = len(_steps())
MOVES, FOLLOWING = _tables()


def decode_block(block: bytes | memoryview, out: "array[int]", at: int = 0) -> None:
    """Decode one block into an array of 16-bit numbers.

    Args:
        block: its 256 bytes.
        out: an array("h") with room for 504 samples after `at`.
        at: where the first sample goes.
    """
    moves, following = MOVES, FOLLOWING
    sample = block[0] | block[1] << 8
    if sample > 32767:
        sample -= 65536
    state = block[2] << 4
    for byte in block[HEADER:]:
        key = state + (byte & 15)
        sample += moves[key]
        out[at] = sample
        key = following[key] + (byte >> 4)
        sample += moves[key]
        out[at + 1] = sample
        state = following[key]
        at += 2


def decode(blocks: bytes, samples: int) -> "array[int]":
    """Decode whole blocks and give the first samples of them.

    Args:
        blocks: any number of blocks.
        samples: how many samples to give.

    Raises:
        VoiceError: the blocks do not hold so many samples, or are damaged.
    """
    if len(blocks) % BLOCK or samples > len(blocks) // BLOCK * SAMPLES:
        raise VoiceError(f"{len(blocks)} bytes do not hold {samples} samples; build the pack again")
    out = array("h", bytes(2 * SAMPLES * (len(blocks) // BLOCK)))
    view = memoryview(blocks)
    for number in range(len(blocks) // BLOCK):
        block = view[number * BLOCK : (number + 1) * BLOCK]
        if block[2] >= STEPS or block[3]:
            raise VoiceError(f"block {number} does not begin like one; build the pack again")
        try:
            decode_block(block, out, number * SAMPLES)
        except OverflowError as error:
            raise VoiceError(f"block {number} leaves 16 bits; build the pack again") from error
    return out[:samples]
