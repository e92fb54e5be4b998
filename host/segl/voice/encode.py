"""The encoder for the blocks that `adpcm` decodes: it searches for the codes whose noise is heard least.

A plain encoder takes the code nearest to each sample and pays for it when the step size then does not suit the next
ones. This one keeps the best few histories of every block (a beam), each with its own step size, and chooses at the
end. All blocks of a clip are searched side by side, which numpy does quickly since none depends on another.

What it makes small is not the noise itself but the noise behind a filter that follows the speech: noise counts less
at frequencies where the speech is strong there and then. So the noise of an "s", which lies high, lies high too;
evenly spread it would fill the lower frequencies and make "six" sound like "three" in a noisy room.

Source: B. S. Atal and M. R. Schroeder, "Predictive Coding of Speech Signals and Subjective Error Criteria", 1979:
they weight noise by A(z) / A(z/g) with the speech's prediction filter A; here it is A(z/g), of second order.
"""

import numpy as np
from numpy.typing import NDArray

from segl.voice.adpcm import BLOCK, FOLLOWING, HEADER, MOVES, SAMPLES, STEPS
from segl.voice.sound import Pcm

_WIDTH = 16
# A block may begin with any of these steps; which one was right shows only after some samples, so more histories
# are kept until then.
_START = tuple(range(0, STEPS, 4))
_OPENING, _OPENING_WIDTH = 12, 48
_MOVES = np.array(MOVES, np.int32)
_FOLLOWING = np.array(FOLLOWING, np.int32)
_NEVER = np.float32(3e38)
_HOP, _WINDOW = 84, 336  # samples: the filter changes six times in a block
_SOFTEN = 0.8  # how closely the noise follows the speech: 0 not at all, 1 wholly
_FLOOR = 1.0  # a sample's worth of noise, so that silence has a filter too

Wide = NDArray[np.int32]
Floats = NDArray[np.float32]


def encode(samples: Pcm, width: int = _WIDTH) -> bytes:
    """Encode samples as whole blocks; the last one is filled up with silence.

    Args:
        samples: 16-bit numbers.
        width: how many histories to keep; 1 is a plain encoder with a chosen first step.
    """
    count = -(-len(samples) // SAMPLES)
    if not count:
        return b""
    blocks = np.zeros((count, SAMPLES), np.int32)
    blocks.reshape(-1)[: len(samples)] = samples
    before = np.concatenate([np.zeros(1, np.int32), blocks[:-1, -1]])
    first, codes = _search(blocks, before, _weights(blocks), width)
    out = np.zeros((count, BLOCK), np.uint8)
    out[:, :2] = before.astype("<i2").view(np.uint8).reshape(count, 2)
    out[:, 2] = first
    out[:, HEADER:] = codes[:, ::2] | codes[:, 1::2] << 4
    return out.tobytes()


def _weights(blocks: Wide) -> Floats:
    # For each block and hop how much the last error and the one before it are added to an error before it counts:
    # the filter that best predicts the speech around there from its last two samples, softened.
    margin = (_WINDOW - _HOP) // 2
    padded = np.pad(blocks.reshape(-1).astype(np.float64), margin)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    r0 = np.square(frames).sum(axis=1) * (1 + 1e-4) + _FLOOR * _WINDOW
    r1 = (frames[:, 1:] * frames[:, :-1]).sum(axis=1)
    r2 = (frames[:, 2:] * frames[:, :-2]).sum(axis=1)
    scale = r0 * r0 - r1 * r1
    one, two = r1 * (r0 - r2) / scale, (r0 * r2 - r1 * r1) / scale
    weights = np.stack([-_SOFTEN * one, -(_SOFTEN**2) * two], axis=1)
    return weights.reshape(len(blocks), -1, 2).astype(np.float32)


def _search(
    blocks: Wide, before: Wide, weights: Floats, width: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    # Gives each block's first step index and its codes.
    count = len(blocks)
    state = np.tile(np.array(_START, np.int32) * 16, (count, 1))
    sample = np.repeat(before[:, None], len(_START), axis=1)
    cost = np.zeros((count, len(_START)), np.float32)
    last, older = np.zeros_like(cost), np.zeros_like(cost)  # the errors of each history's last two samples
    parents: list[NDArray[np.uint8]] = []
    codes: list[NDArray[np.uint8]] = []
    nibbles = np.arange(16, dtype=np.int32)
    rows = np.arange(count)[:, None]
    for time in range(SAMPLES):
        keys = state[:, :, None] + nibbles
        reached = sample[:, :, None] + _MOVES[keys]
        error = (reached - blocks[:, time, None, None]).astype(np.float32)
        weight = weights[:, time // _HOP]
        heard = error + (weight[:, :1] * last + weight[:, 1:] * older)[:, :, None]
        total = cost[:, :, None] + heard * heard
        total[(reached > 32767) | (reached < -32768)] = _NEVER
        flat = total.reshape(count, -1)
        kept = max(width, _OPENING_WIDTH) if time < _OPENING else width
        best = np.argpartition(flat, kept - 1, axis=1)[:, :kept]
        cost = flat[rows, best]
        parent = best >> 4
        parents.append(parent.astype(np.uint8))
        codes.append((best & 15).astype(np.uint8))
        last, older = error.reshape(count, -1)[rows, best], last[rows, parent]
        sample = reached.reshape(count, -1)[rows, best]
        state = _FOLLOWING[keys.reshape(count, -1)[rows, best]]
    at = cost.argmin(axis=1)
    chosen = np.zeros((count, SAMPLES), np.uint8)
    line = np.arange(count)
    for time in range(SAMPLES - 1, -1, -1):
        chosen[:, time] = codes[time][line, at]
        at = parents[time][line, at]
    return np.array(_START, np.uint8)[at], chosen
