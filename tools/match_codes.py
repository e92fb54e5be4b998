"""Print the confusion matrices of Danish and Greenlandic codes against another voice, as docs/ shows them.

    python tools/match_codes.py [codes for each language, 200]

Codes are spoken from the packs at every speed in turn, in pink noise 45 dB below the speech, split at their silences,
and each piece is matched with the other voice. Rows say what was spoken, columns what was nearest.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from segl.voice import bundled  # noqa: E402
from segl.voice.pack import SPEEDS  # noqa: E402
from tests.voice.codes import SEED, Digits  # noqa: E402
from tests.voice.confusion import Confusion  # noqa: E402
from tests.voice.matching import LANGUAGES, Other  # noqa: E402
from tests.voice.recognize import codes, in_noise, speak  # noqa: E402

QUIET_DB = 45


def confusion(language: str, count: int) -> Confusion:
    """Speak codes from a pack and match them with the other voice.

    Args:
        language: "da" or "kl".
        count: how many codes.
    """
    digits, found = Digits.packed(bundled.packs()[language]), Confusion(Other.of(language))
    for number, code in enumerate(codes(count, SEED)):
        speed = SPEEDS[number % len(SPEEDS)]
        said = speak(digits.clips[speed.rate], code, speed.gap_ms, speed.pause_ms)
        found.add(in_noise(said, "pink", QUIET_DB, number), code)
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for language in LANGUAGES:
        print(f"\n{LANGUAGES[language]}: {confusion(language, count)}", flush=True)


if __name__ == "__main__":
    main()
