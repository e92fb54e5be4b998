"""IMA ADPCM, 4 bits a sample, in blocks that can each be decoded alone: the decoder for this computer.

A block has 256 bytes, a page of the board's flash: the predictor (16 bits, little endian, signed), the step index,
a zero, then 504 samples, the lower half of a byte first. The predictor is the sample *before* the block's first.
Whoever encodes for Segl never lets the predictor leave 16 bits, and `decode` refuses a block that does, so a decoder
that clamps, as IMA's does, gives the same samples. A board decodes with firmware/common/adpcm.py, which does not look;
tests/reader/transcript.py finds the samples of this one in what a reader plays.

The encoder searches the two tables: what a code adds to the sample, and which state follows, both by the state, that is
step index * 16, + code.

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
    moves, following = MOVES, FOLLOWING
    out = array("h")
    for number in range(len(blocks) // BLOCK):
        block = blocks[number * BLOCK : (number + 1) * BLOCK]
        if block[2] >= STEPS or block[3]:
            raise VoiceError(f"block {number} does not begin like one; build the pack again")
        sample = int.from_bytes(block[:2], "little", signed=True)
        state = block[2] * 16
        try:
            for byte in block[HEADER:]:
                for code in (byte & 15, byte >> 4):
                    key = state + code
                    sample += moves[key]
                    out.append(sample)
                    state = following[key]
        except OverflowError as error:
            raise VoiceError(f"block {number} leaves 16 bits; build the pack again") from error
    return out[:samples]
