"""Print how many spoken codes pocketsphinx understands: from the pack, and from the same clips before ADPCM.

    python tools/hear_codes.py [codes at each speed, 200] [speed ...]

`tests/voice/en_digits.npz` holds the English digits before ADPCM; tools/make_voices.py writes it with the pack.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from segl.voice import bundled  # noqa: E402
from segl.voice.pack import SPEEDS, Speed  # noqa: E402
from tests.voice.codes import BEFORE, ROOM, WHITE, Digits, Noise, score  # noqa: E402
from tests.voice.recognize import Listener  # noqa: E402

IN_WHITE = 130  # words a minute


class Row(NamedTuple):
    """What was understood at one speed in one noise, in percent of the codes, for each voice in turn."""

    speed: Speed
    noise: Noise
    scores: tuple[float, ...]


def rows(voices: Sequence[Digits], count: int, speeds: Sequence[Speed] = SPEEDS) -> Iterator[Row]:
    """Let every voice speak the same codes: at each speed in a quiet room, and at one in white noise.

    Args:
        voices: the digits of each.
        count: codes at each speed.
        speeds: which speeds.
    """
    listener = Listener()
    runs = [(speed, ROOM) for speed in speeds]
    runs += [(speed, WHITE) for speed in speeds if speed.words == IN_WHITE]
    for speed, noise in runs:
        yield Row(speed, noise, tuple(score(listener, voice, speed, count, noise) for voice in voices))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wanted = {int(word) for word in sys.argv[2:]} or {speed.words for speed in SPEEDS}
    voices = Digits.packed(bundled.packs()["en"]), Digits.before(BEFORE)
    print("| words a minute | noise | understood whole | the same clips before ADPCM |\n|---|---|---|---|")
    for row in rows(voices, count, [speed for speed in SPEEDS if speed.words in wanted]):
        kept, before = row.scores
        print(f"| {row.speed.words} | {row.noise} | {kept:.1f} % | {before:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
