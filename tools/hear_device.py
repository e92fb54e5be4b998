"""Print what codes that the simulated reader really spoke were taken for, as docs/ shows it.

    python tools/hear_device.py [codes in each case, 200]

Each reader is provisioned, its speed is chosen in its menu, and Speak is pressed in one step of time after the other.
English is heard by pocketsphinx, beside the same codes from the clips before ADPCM in the same noise; Danish and
Greenlandic, at every speed in turn, are matched with another voice. Same figures in every run; a quarter of an hour.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from segl.voice.pack import SPEEDS  # noqa: E402
from tests.reader.hearing import Score, heard, matched  # noqa: E402
from tests.voice.codes import ROOM, WHITE  # noqa: E402
from tests.voice.matching import LANGUAGES  # noqa: E402

IN_WHITE = 130  # words a minute
_HEAD = """| words a minute | noise | outlet | understood whole | the same clips before ADPCM |
|---|---|---|---|---|"""


def table(scores: Sequence[tuple[object, ...]]) -> str:
    """Lay out rows of Markdown."""
    return "\n".join([_HEAD, *("| " + " | ".join(map(str, row)) + " |" for row in scores)])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    runs = [(speed, ROOM, False) for speed in SPEEDS]
    runs += [
        (speed, noise, ears)
        for noise, ears in ((WHITE, False), (ROOM, True))
        for speed in SPEEDS
        if speed.words == IN_WHITE
    ]
    with ProcessPoolExecutor() as pool:
        matches = {language: pool.submit(matched, language, count) for language in LANGUAGES}
        scores = [pool.submit(heard, speed, count, noise, None, ears) for speed, noise, ears in runs]
        rows: list[tuple[object, ...]] = []
        for (speed, noise, ears), future in zip(runs, scores, strict=True):
            score: Score = future.result()
            outlet = "headphones" if ears else "loudspeaker"
            rows.append(
                (speed.words, noise, outlet, f"{score.percent:.1f} %", f"{score.percent_before:.1f} %")
            )
        print(table(rows))
        for language, future in matches.items():
            print(f"\n{LANGUAGES[language]}: {future.result()}")


if __name__ == "__main__":
    main()
