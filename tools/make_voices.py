"""Make the committed voices: `make voices` runs this, about half a minute for each language.

    python tools/make_voices.py [language ...]

Writes firmware/audio_reader/voices/LANG.pack from host/segl/voice/languages/LANG.toml with pyttsx3 and espeak-ng,
and for English the digits as they were before ADPCM (tests/voice/en_digits.npz), which a test compares with the pack.
espeak-ng does not give the same bits on every machine, hence the packs are committed and not built by tests.
"""

import sys
from pathlib import Path

import numpy as np

from segl.voice import REGION, bundled
from segl.voice.build import build, measures, summary
from segl.voice.texts import read_texts

ROOT = Path(__file__).resolve().parents[1]
VOICES = ROOT / "firmware" / "audio_reader" / "voices"
BEFORE = ROOT / "tests" / "voice" / "en_digits.npz"
LANGUAGES = ("en", "da", "kl")
FREE = 24 * 1024  # for a word that is found to be missing


def main() -> None:
    for language in sys.argv[1:] or LANGUAGES:
        built = build(read_texts(bundled.texts(language)))
        data = built.pack.to_bytes()
        (VOICES / f"{language}.pack").write_bytes(data)
        print(f"{language}.pack: {len(data) / 1024:.0f} KiB, {summary(measures(built.pack))}", flush=True)
        if language == "en":
            digits = {name: samples for name, samples in built.before.items() if "@" in name}
            np.savez_compressed(BEFORE, allow_pickle=False, **digits)
    total = sum((VOICES / f"{language}.pack").stat().st_size for language in LANGUAGES)
    print(f"together {total / 1024:.0f} KiB of {REGION / 1024:.0f} KiB")
    if total > REGION - FREE:
        sys.exit("the packs leave less than 24 KiB free: shorten texts, or raise the prompts' rate")


if __name__ == "__main__":
    main()
