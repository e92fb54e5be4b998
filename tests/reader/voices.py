"""The committed voices, for tests that run the reader's firmware files directly, and shorter ones to be sent."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from audio_reader import clips
from audio_reader.pack import Pack
from segl.voice import pack as host
from segl_sim.hearing.clips import PER_MS

LANGUAGES = ("en", "da", "kl")
BLOCK, SAMPLES = 256, 504
FOLDER = Path(__file__).resolve().parents[2] / "firmware" / "audio_reader" / "voices"


def path_of(language: str) -> Path:
    """Say where a voice lies."""
    return FOLDER / f"{language}.pack"


@cache
def board(language: str) -> Pack:
    """Open a voice as the board does; it stays open for all tests."""
    return Pack(str(path_of(language)))


@cache
def whole(language: str) -> host.Pack:
    """Read a voice as the host does."""
    return host.read_pack(path_of(language))


def written(pack: Pack, said: Sequence[str | int]) -> str:
    """Write an utterance as the reader's screen shows it, in one go."""
    pieces = clips.text(pack, said)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def code_length_ms(language: str, code: str, speed: int) -> float:
    """Return how long a voice takes for a code, from the first clip's begin to the last one's end.

    Args:
        language: Of the voice.
        code: Its digits.
        speed: Which of the voice's speeds.
    """
    pack = whole(language)
    rhythm = pack.speeds[speed]
    samples = sum(pack.clips[f"{digit}@{rhythm.rate}"].samples for digit in code)
    return samples / PER_MS + rhythm.gap_ms * (len(code) - 2) + rhythm.pause_ms


@cache
def small(language: str, version: int = 1) -> bytes:
    """Return a voice of which one block of each clip is left, another one in each version."""
    pack = whole(language)
    short = {
        name: replace(clip, samples=SAMPLES, blocks=clip.blocks[at : at + BLOCK])
        for name, clip in pack.clips.items()
        if (at := version * BLOCK) + BLOCK < len(clip.blocks) or (at := 0) + BLOCK < len(clip.blocks)
    }
    return replace(pack, version=str(version), clips=short).to_bytes()
