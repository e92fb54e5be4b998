"""Make the other voice that Danish and Greenlandic digits are compared with: tests/voice/LANG_other.npz.

    python tools/make_other_voices.py [the program espeak-ng]

That voice comes from Debian's espeak-ng (1.51 in Debian 12: other phoneme data than the 1.52 that made the packs),
speaks with another larynx and vocal tract (variant f3, a woman), at other rates, and is committed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from segl.voice import bundled
from segl.voice.build import finish
from segl.voice.sound import Pcm, read_wav
from segl.voice.texts import read_texts

TESTS = Path(__file__).resolve().parents[1] / "tests" / "voice"
RATES = {"da": (130, 190), "kl": (200, 290)}


def main() -> None:
    program = sys.argv[1:] or ["espeak-ng"]
    for language, rates in RATES.items():
        texts = read_texts(bundled.texts(language))
        clips = {
            f"{digit}@{rate}": _say(program, f"{language}+f3", rate, text)
            for digit, text in texts.digits.items()
            for rate in rates
        }
        np.savez_compressed(TESTS / f"{language}_other.npz", allow_pickle=False, **clips)


def _say(program: list[str], voice: str, rate: int, text: str) -> Pcm:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run([*program, "-v", voice, "-s", str(rate), "-w", str(path), text], check=True)
        return finish(*read_wav(path))


if __name__ == "__main__":
    main()
