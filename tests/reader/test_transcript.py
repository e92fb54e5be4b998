"""The transcript of a reader's samples: a clip that was cut off early is known by what was heard of it."""

import pytest

from segl_sim.parts.audio import FrameClock, Recording
from tests.reader.transcript import PER_MS, Clip, clips_of
from tests.reader.voices import LANGUAGES, whole

GAP = 120 * PER_MS
HEARD = 20  # samples from the first one that is not zero


def cut_off(language: str, name: str) -> tuple[Clip, bytes]:
    """Return what is found behind a tone if only the beginning of a clip follows, and this beginning."""
    clips = whole(language).clips
    pcm = clips[name].pcm()
    lead = next(place for place, sample in enumerate(pcm) if sample)
    begun = pcm[: lead + HEARD].tobytes()
    recording = Recording(lambda *_: (1.0, 1.0, 1 << 62), 0, lambda: None)
    clock = FrameClock(start=0, num=62_500, den=1, bits=16)
    recording.add(clock, 0, 1, clips["tone_item"].pcm().tobytes() + bytes(2 * GAP) + begun)
    tone, found = clips_of(recording)
    assert tone.name == "tone_item"
    return found, begun


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clip_that_was_cut_off_early_is_taken_for_one_that_begins_so(language: str) -> None:
    for name in whole(language).clips:
        found, begun = cut_off(language, name)
        pcm = whole(found.language or language).clips[found.name].pcm().tobytes()
        assert pcm.startswith(begun), f"{name} was taken for {found.name}"
        assert found.gap == GAP
