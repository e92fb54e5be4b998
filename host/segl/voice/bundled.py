"""What comes with Segl: the lists of texts, and the packs made from them.

The packs lie in the firmware's folder, since a reader is installed with them: in a checkout beside host/, in a wheel
among the simulator's data. They are found by their place, because the host imports neither.
"""

from pathlib import Path

_HERE = Path(__file__).resolve()
_VOICES = Path("audio_reader") / "voices"
LANGUAGES = _HERE.parent / "languages"


def texts(language: str) -> Path:
    """Give the place of a language's list of texts, whether there is one or not.

    Args:
        language: a BCP 47 tag, such as "da".
    """
    return LANGUAGES / f"{language}.toml"


def packs() -> dict[str, Path]:
    """Give the packs that come with Segl, by language; none if only a part of Segl is installed."""
    return {path.stem: path for path in sorted(_folder().glob("*.pack"))}


def _folder() -> Path:
    # In a checkout the tree itself counts, never a copy that an earlier build left in _data.
    host = _HERE.parents[2]
    checkout = host.parent / "firmware" / _VOICES
    if host.name == "host" and checkout.is_dir():
        return checkout
    return host / "segl_sim" / "_data" / "firmware" / _VOICES
