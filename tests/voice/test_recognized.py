"""The English digits are understood by pocketsphinx, and as well as they were before ADPCM.

`make soak` speaks 200 codes at each speed, as for docs/accessibility.md; a few show that nothing has broken.
"""

from collections.abc import Callable

import pytest

from segl.voice import bundled
from segl.voice.pack import SPEEDS, Speed
from tests.voice.codes import BEFORE, BY_WORDS, IN_WHITE, LEAST, LOST, WHITE, WHOLE, Digits, score
from tests.voice.recognize import Listener

FEW = 4
SLACK = 100 / FEW  # a single code of a few
Count = Callable[[int, int], int]


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Digits.packed(bundled.packs()["en"])


@pytest.fixture(scope="module")
def before() -> Digits:
    return Digits.before(BEFORE)


@pytest.mark.parametrize("speed", SPEEDS, ids=lambda speed: str(speed.words))
def test_codes_are_understood_in_a_quiet_room(
    listener: Listener, digits: Digits, before: Digits, speed: Speed, count: Count
) -> None:
    codes = count(FEW, WHOLE)
    slack = 0 if codes == WHOLE else SLACK
    heard = score(listener, digits, speed, codes)
    assert heard >= LEAST[speed.words] - slack
    assert heard >= score(listener, before, speed, codes) - max(LOST, slack)


def test_codes_are_understood_in_white_noise(
    listener: Listener, digits: Digits, before: Digits, count: Count
) -> None:
    codes = count(FEW, WHOLE)
    slack = 0 if codes == WHOLE else SLACK
    heard = score(listener, digits, BY_WORDS[130], codes, WHITE)
    assert heard >= IN_WHITE - slack
    assert heard >= score(listener, before, BY_WORDS[130], codes, WHITE) - max(LOST, slack)


def test_a_code_that_was_cut_off_is_not_understood(listener: Listener, digits: Digits) -> None:
    short = Digits({rate: [clip[: len(clip) // 4] for clip in clips] for rate, clips in digits.clips.items()})
    assert score(listener, short, BY_WORDS[130], 4) < 50
