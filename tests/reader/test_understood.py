"""Codes that a reader really speaks are understood by machines that are not ours.

English: pocketsphinx in a room that is not silent. Danish and Greenlandic: another synthesizer's voice, by MFCC and
dynamic time warping, which finds clips that are swapped, cut or mute and says nothing about people.
`make soak` speaks 200 codes in each case; `python tools/hear_device.py` writes down what they were taken for.
"""

import pytest

from segl.voice.pack import SPEEDS, Speed
from tests.reader.hearing import QUIET, Speaker, heard, matched, swapped
from tests.soak import count
from tests.voice.codes import BY_WORDS, IN_WHITE, LEAST, LOST, ROOM, WHITE, WHOLE
from tests.voice.matching import LANGUAGES, Other, pieces
from tests.voice.recognize import in_noise

# Coverage makes it slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

FEW = 5
MISSED = 100 / FEW  # one of a few


def slack(codes: int, points: float = 0) -> float:
    """By how many points a figure may be too low: of a few codes, by one code."""
    return points if codes == WHOLE else MISSED


@pytest.mark.counts
@pytest.mark.parametrize("speed", SPEEDS, ids=lambda speed: str(speed.words))
def test_codes_are_understood_in_a_quiet_room_and_as_well_as_before_adpcm(speed: Speed) -> None:
    score = heard(speed, count(FEW, WHOLE), ROOM)
    assert score.percent >= LEAST[speed.words] - slack(score.codes)
    assert score.percent >= score.percent_before - slack(score.codes, LOST)


@pytest.mark.counts
def test_codes_are_understood_in_white_noise() -> None:
    score = heard(BY_WORDS[130], count(FEW, WHOLE), WHITE)
    assert score.percent >= IN_WHITE - slack(score.codes)


@pytest.mark.counts
def test_what_goes_into_headphones_is_understood_too() -> None:
    score = heard(BY_WORDS[130], count(2, WHOLE), ROOM, headphones=True)
    assert score.percent >= LEAST[130] - slack(score.codes) / 2


def test_two_english_digits_that_are_swapped_are_noticed() -> None:
    score = heard(BY_WORDS[130], 4, ROOM, overrides=swapped("1", "8"))
    affected = [code for code in score.spoken if "1" in code or "8" in code]
    assert len(affected) > 1
    assert not set(affected) & set(score.understood)


@pytest.mark.counts
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_digit_matches_another_voice(language: str) -> None:
    found = matched(language, count(9, WHOLE))
    assert found.whole == found.split == found.codes
    assert (found.matrix.diagonal() > 0).all()  # every digit was said
    assert found.matrix.sum() == found.matrix.trace() == 6 * found.codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_digits_that_are_swapped_are_noticed_by_the_other_voice(language: str) -> None:
    other = Other.of(language)
    wrong = 0
    with Speaker(language, BY_WORDS[170], swapped("1", "8")) as speaker:
        for number, said in enumerate(speaker.codes(3)):
            found = other.faults(pieces(in_noise(said.samples, *QUIET, number)), said.code)
            assert [fault.place for fault in found] == [
                place for place, digit in enumerate(said.code) if digit in "18"
            ]
            wrong += len(found)
    assert wrong > 1
