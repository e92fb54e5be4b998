"""Spoken codes made from a voice's digits, how many of them the listener understands, and how many it has to."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segl.voice.pack import SPEEDS, Speed, read_pack
from segl.voice.texts import DIGITS, RATES, clip_id
from tests.voice.recognize import Listener, Samples, codes, speak

SEED = 2026
BEFORE = Path(__file__).parent / "en_digits.npz"


class Noise(NamedTuple):
    """A room.

    Args:
        kind: "pink" or "white".
        below: how many dB the noise lies below the speech, as long as that is loud.
    """

    kind: str
    below: float

    def __str__(self) -> str:
        """As the tables name it."""
        return f"{self.kind}, {self.below:g} dB"


ROOM = Noise("pink", 25)
WHITE = Noise("white", 15)
BY_WORDS = {speed.words: speed for speed in SPEEDS}
# Words a minute: percent understood whole. The other two speeds are held to the least of their neighbors.
LEAST = {80: 88, 110: 95, 130: 98, 170: 95, 220: 95, 280: 95}
LOST = 2  # points that ADPCM may cost
IN_WHITE = 75
WHOLE = 200  # codes that are spoken where every count is whole


@dataclass(frozen=True)
class Digits:
    """Ten digits at each recorded rate.

    Args:
        clips: samples of 0 to 9, by rate.
    """

    clips: dict[str, list[Samples]]

    @classmethod
    def packed(cls, path: Path) -> "Digits":
        """Decode the digits of a pack, as the reader plays them."""
        pack = read_pack(path)
        return cls(
            {rate: [np.array(pack.clips[clip_id(d, rate)].pcm(), np.int16) for d in DIGITS] for rate in RATES}
        )

    @classmethod
    def before(cls, path: Path) -> "Digits":
        """Read the digits as they were before ADPCM."""
        with np.load(path) as file:
            return cls({rate: [file[clip_id(digit, rate)] for digit in DIGITS] for rate in RATES})


def score(listener: Listener, digits: Digits, speed: Speed, count: int, noise: Noise = ROOM) -> float:
    """Speak random codes at a speed and give the percentage understood whole.

    Args:
        listener: who hears them.
        digits: the voice.
        speed: one of the pack's speeds.
        count: how many codes; they and their noise are the same for every voice.
        noise: the room.
    """
    right = 0
    for number, code in enumerate(codes(count, SEED + speed.words)):
        spoken = speak(digits.clips[speed.rate], code, speed.gap_ms, speed.pause_ms)
        right += listener.hear(spoken, noise.kind, noise.below, SEED * 1000 + number) == code
    return 100 * right / count
