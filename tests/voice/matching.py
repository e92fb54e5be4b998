"""Digits of a language that no recognizer knows, compared with another voice by MFCC and dynamic time warping.

This is no listener. It shows that every clip is the digit that it claims to be and not another one, a piece of it or
silence, as far as a second synthesizer's voice tells; whether a person understands it, only a person can say.

Source: Davis and Mermelstein, "Comparison of Parametric Representations for Monosyllabic Word Recognition", 1980;
Sakoe and Chiba, "Dynamic Programming Algorithm Optimization for Spoken Word Recognition", 1978.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.voice.recognize import RATE, Samples

Features = NDArray[np.float64]
LANGUAGES = {"da": "Danish", "kl": "Greenlandic"}
_FRAME, _STEP, _BANDS, _COEFFICIENTS = 400, 160, 26, 13
_SHORTEST_GAP_S = 0.14
_SHORTEST_DIGIT_S = 0.06
# A woman's vocal tract against a man's; docs/accessibility.md says how it was chosen.
_STRETCH = 1.2
_CUT = 0.75  # 0.8 to 1.25 is what two synthesizers differ by from digit to digit


@dataclass(frozen=True)
class Match:
    """What a piece of sound was taken for.

    Args:
        digit: the nearest digit of the other voice.
        distances: how far each digit of the other voice is away.
    """

    digit: int
    distances: tuple[float, ...]


class Fault(NamedTuple):
    """What is wrong with a spoken digit.

    Args:
        place: which piece of the code, from 0.
        what: "swapped", "cut" or "mute".
    """

    place: int
    what: str


class Other:
    """The other voice.

    Args:
        clips: for each digit one or more recordings, 16 kHz.
        stretch: how much shorter the other speaker's vocal tract is; 1.15 is usual for a woman against a man.
    """

    def __init__(self, clips: Sequence[Sequence[Samples]], stretch: float = 1.0) -> None:
        self._features = [[features(clip, stretch) for clip in several] for several in clips]
        self._known: dict[bytes, Match] = {}
        self._lengths = [float(np.mean([len(clip) for clip in several])) for several in clips]

    @classmethod
    def of(cls, language: str) -> "Other":
        """Give a language's other voice, which tools/make_other_voices.py has made.

        Args:
            language: one of LANGUAGES.
        """
        with np.load(Path(__file__).parent / f"{language}_other.npz") as file:
            return cls(
                [[file[name] for name in file if name[0] == str(digit)] for digit in range(10)], _STRETCH
            )

    def usual(self, digits: Sequence[Samples], code: str = "0123456789") -> float:
        """Say how long digits are against the other voice's.

        Args:
            digits: all that a voice has for a rate, or those of
            code: what they are.
        """
        return float(np.median(self._ratios(digits, code)))

    def faults(self, spoken: Sequence[Samples], code: str, usual: float | None = None) -> list[Fault]:
        """Say which pieces are not the digits that they should be.

        A piece is cut when it is much shorter, against the other voice's digit, than the voice's digits are.

        Args:
            spoken: one piece for each digit; a mute one is missing or empty.
            code: what should have been said.
            usual: how long the voice's digits are, see `usual`. The code's own pieces are taken unless it is given:
                not fair to a digit among six of which the others all happen to be long ones.
        """
        if len(spoken) != len(code):
            return [Fault(min(len(spoken), len(code)), "mute")]
        ratios = self._ratios(spoken, code)
        usual = usual or self.usual(spoken, code)
        found: list[Fault] = []
        for place, piece in enumerate(spoken):
            if not np.any(np.abs(piece.astype(np.int32)) > 300):
                found.append(Fault(place, "mute"))
            elif ratios[place] < _CUT * usual:
                found.append(Fault(place, "cut"))
            elif self.match(piece).digit != int(code[place]):
                found.append(Fault(place, "swapped"))
        return found

    def _ratios(self, spoken: Sequence[Samples], code: str) -> list[float]:
        return [len(piece) / self._lengths[int(d)] for piece, d in zip(spoken, code, strict=True)]

    def match(self, piece: Samples) -> Match:
        """Find the digit that a piece of sound is nearest to."""
        key = piece.tobytes()
        if key not in self._known:
            own = features(piece)
            distances = tuple(min(distance(own, each) for each in several) for several in self._features)
            self._known[key] = Match(int(np.argmin(distances)), distances)
        return self._known[key]


def pieces(samples: Samples, noise_db: float = -38) -> list[Samples]:
    """Split a spoken code at its silences.

    Args:
        samples: 16 kHz.
        noise_db: what counts as silence, relative to the loudest moment.
    """
    step = RATE // 100
    power = (
        np.square(samples[: len(samples) // step * step].astype(np.float64)).reshape(-1, step).mean(axis=1)
    )
    loud = np.flatnonzero(power > max(1.0, power.max(initial=0)) * 10 ** (noise_db / 10))
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > _SHORTEST_GAP_S * 100)
    firsts, lasts = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, len(loud) - 1]]
    found = [
        (first, last)
        for first, last in zip(firsts, lasts, strict=True)
        if last - first > _SHORTEST_DIGIT_S * 100
    ]
    return [samples[max(0, first - 2) * step : (last + 3) * step] for first, last in found]


def features(samples: Samples, stretch: float = 1.0) -> Features:
    """Give 13 mel cepstral coefficients and their slopes every 10 ms, with the clip's mean taken away.

    Args:
        samples: 16 kHz.
        stretch: by how much all frequencies are divided before they are looked at.
    """
    sound = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1].astype(np.float64))
    sound = np.pad(sound, (0, max(0, _FRAME - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_STEP] * np.hamming(_FRAME)
    power = np.square(np.abs(np.fft.rfft(frames, 512)))
    bands = np.log(power @ _mel_bands(stretch).T + 1e3)
    angles = np.pi / _BANDS * np.outer(np.arange(_COEFFICIENTS), np.arange(_BANDS) + 0.5)
    cepstra = bands @ np.cos(angles).T
    cepstra[:, 0] *= 0.3  # loudness counts a little
    cepstra -= cepstra.mean(axis=0)
    cepstra *= 1 + 11 * np.sin(np.pi * np.arange(_COEFFICIENTS) / 22)
    slopes = np.gradient(cepstra, axis=0) if len(cepstra) > 1 else np.zeros_like(cepstra)
    return np.hstack([cepstra, 2 * slopes])


def distance(one: Features, two: Features) -> float:
    """Give the cost of the best alignment, for each frame of both."""
    costs = np.sqrt(np.maximum(0, (one**2).sum(1)[:, None] + (two**2).sum(1)[None] - 2 * one @ two.T))
    rows, columns = costs.shape
    # Walked along the diagonals, which need only the two before them.
    table = np.full((rows + 1, columns + 1), np.inf)
    table[0, 0] = 0
    for total in range(2, rows + columns + 1):
        r = np.arange(max(1, total - columns), min(rows, total - 1) + 1)
        c = total - r
        here = costs[r - 1, c - 1]
        table[r, c] = np.minimum(
            table[r - 1, c - 1] + 2 * here, np.minimum(table[r - 1, c] + here, table[r, c - 1] + here)
        )
    return float(table[rows, columns]) / (rows + columns)


def _mel_bands(stretch: float) -> Features:
    def mel(hertz: float) -> float:
        return 2595 * np.log10(1 + hertz / 700)

    points = 700 * (10 ** (np.linspace(mel(80), mel(6400), _BANDS + 2) / 2595) - 1) * stretch
    bins = np.arange(257) * RATE / 512
    rise = (bins - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    fall = (points[2:, None] - bins) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rise, fall))
