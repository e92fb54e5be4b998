"""Danish and Greenlandic digits against another voice: a check for swapped, cut and mute clips, not for listeners."""

from collections.abc import Callable

import numpy as np
import pytest

from segl.voice import bundled
from segl.voice.pack import SPEEDS, Speed, read_pack
from tests.voice.codes import Digits
from tests.voice.confusion import Confusion
from tests.voice.matching import LANGUAGES, Other, pieces
from tests.voice.recognize import codes, in_noise, speak

Count = Callable[[int, int], int]


@pytest.fixture(params=LANGUAGES, scope="module")
def voice(request: pytest.FixtureRequest) -> tuple[Digits, Other]:
    language = str(request.param)
    return Digits.packed(bundled.packs()[language]), Other.of(language)


def test_every_digit_of_every_rate_is_nearest_to_itself(voice: tuple[Digits, Other]) -> None:
    digits, other = voice
    for clips in digits.clips.values():
        assert [other.match(clip).digit for clip in clips] == list(range(10))
        assert other.faults(clips, "0123456789") == []


@pytest.mark.parametrize("speed", SPEEDS, ids=lambda speed: str(speed.words))
def test_codes_in_a_quiet_room_match_digit_by_digit(
    voice: tuple[Digits, Other], speed: Speed, count: Count
) -> None:
    # Six speeds make the promised 200 codes and a few more.
    digits, other = voice
    said = Confusion(other)
    usual = other.usual(digits.clips[speed.rate])
    for number, code in enumerate(codes(count(3, 34), speed.words)):
        spoken = in_noise(
            speak(digits.clips[speed.rate], code, speed.gap_ms, speed.pause_ms), "pink", 45, number
        )
        assert other.faults(pieces(spoken), code, usual) == []
        said.add(spoken, code)
    assert said.whole == said.split == said.codes
    assert np.count_nonzero(said.matrix - np.diag(np.diag(said.matrix))) == 0
    assert f"{said.codes} matched whole" in str(said)


def test_a_swapped_clip_is_caught(voice: tuple[Digits, Other]) -> None:
    digits, other = voice
    for clips in digits.clips.values():
        for first in range(10):
            second = (first + 1) % 10
            swapped = list(clips)
            swapped[first], swapped[second] = clips[second], clips[first]
            assert {fault.place for fault in other.faults(swapped, "0123456789")} == {first, second}


@pytest.mark.parametrize("missing", ["first half", "second half"])
def test_a_clip_of_which_half_is_missing_is_caught(voice: tuple[Digits, Other], missing: str) -> None:
    digits, other = voice
    for clips in digits.clips.values():
        for digit in range(10):
            half = len(clips[digit]) // 2
            cut = list(clips)
            cut[digit] = clips[digit][half:] if missing == "first half" else clips[digit][:half]
            assert [fault.place for fault in other.faults(cut, "0123456789")] == [digit]


def test_a_mute_clip_is_caught(voice: tuple[Digits, Other]) -> None:
    digits, other = voice
    clips = digits.clips["normal"]
    for digit in range(10):
        mute = list(clips)
        mute[digit] = np.zeros(4000, np.int16)
        found = other.faults(mute, "0123456789")
        assert [(fault.place, fault.what) for fault in found] == [(digit, "mute")]
        assert len(pieces(speak(mute, "0123456789", 300, 600))) == 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pack_says_that_nobody_has_checked_it(language: str) -> None:
    assert read_pack(bundled.packs()[language]).checked.startswith("no")
