"""The committed voices, for tests that run the reader's firmware files directly."""

from functools import cache
from pathlib import Path

from audio_reader.pack import Pack
from segl.voice import pack as host

LANGUAGES = ("en", "da", "kl")
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
