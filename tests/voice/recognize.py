"""A listener that is not ours: pocketsphinx with a grammar of exactly six digits, in a room that is not silent.

Give `Listener.hear` 16 kHz samples of a spoken code, such as the recording of the simulated device's outlet, and it
returns the digits understood. The noise is computed from a seed, so every run hears the same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder  # pyright: ignore[reportMissingTypeStubs]

RATE = 16000
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_GRAMMAR = (
    "#JSGF V1.0;\ngrammar code;\n"
    f"<digit> = {' | '.join(WORDS)};\n"
    "public <code> = <digit> <digit> <digit> <digit> <digit> <digit>;\n"
)
_ROOM_S = 0.4

Samples = NDArray[np.int16]


class Listener:
    """pocketsphinx with its own en-us model and our grammar of six digits."""

    def __init__(self) -> None:
        self._decoder: Any = Decoder(samprate=RATE, lm=None, loglevel="FATAL", cmn="batch")
        self._decoder.add_jsgf_string("code", _GRAMMAR)
        self._decoder.activate_search("code")

    def hear(self, samples: Samples, noise: str = "pink", ratio: float = 25, seed: int = 0) -> str | None:
        """Recognize a spoken code.

        Args:
            samples: 16 kHz, 16 bits.
            noise: "pink" or "white".
            ratio: how many dB the speech lies above the noise.
            seed: what the noise is made from.

        Returns:
            Six digits, or None when nothing fits the grammar.
        """
        sound = in_noise(samples, noise, ratio, seed)
        self._decoder.start_utt()
        self._decoder.process_raw(sound.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        heard = found.hypstr.split() if found is not None else []
        return "".join(str(WORDS.index(word)) for word in heard) if len(heard) == 6 else None


def in_noise(samples: Samples, noise: str, ratio: float, seed: int) -> Samples:
    """Put speech into a room: some time before and after it, and noise throughout.

    Args:
        samples: the speech.
        noise: "pink" or "white".
        ratio: decibels between the speech, as long as it is loud, and the noise.
        seed: what the noise is made from.
    """
    room = np.zeros(round(_ROOM_S * RATE))
    speech = np.concatenate([room, samples.astype(np.float64), room])
    rough = np.random.default_rng(seed).standard_normal(len(speech))
    if noise == "pink":
        spectrum = np.fft.rfft(rough)
        frequencies = np.fft.rfftfreq(len(rough), 1 / RATE)
        spectrum /= np.sqrt(np.maximum(frequencies, 20))
        rough = np.fft.irfft(spectrum, len(rough))
    rough *= np.sqrt(_active_power(speech) / 10 ** (ratio / 10) / np.mean(np.square(rough)))
    return np.clip(np.rint(speech + rough), -32768, 32767).astype(np.int16)


def _active_power(speech: NDArray[np.float64]) -> float:
    frames = np.square(speech[: len(speech) // 320 * 320]).reshape(-1, 320).mean(axis=1)
    return float(frames[frames > frames.max() / 1000].mean())


def codes(count: int, seed: int) -> list[str]:
    """Give random codes of six digits, always the same ones for a seed.

    Args:
        count: how many.
        seed: where they start from.
    """
    digits = np.random.default_rng(seed).integers(0, 10, (count, 6))
    return ["".join(str(digit) for digit in row) for row in digits]


def speak(clips: Sequence[Samples], code: str, gap_ms: int, pause_ms: int) -> Samples:
    """Say a code as the reader does: two groups, a gap after each digit, a longer one between the groups.

    Args:
        clips: the ten digits.
        code: the digits to say.
        gap_ms: silence between two digits of a group.
        pause_ms: silence between the groups.
    """
    parts: list[Samples] = []
    half = len(code) // 2
    for place, digit in enumerate(code):
        if place:
            parts.append(np.zeros((pause_ms if place == half else gap_ms) * RATE // 1000, np.int16))
        parts.append(clips[int(digit)])
    return np.concatenate(parts)
