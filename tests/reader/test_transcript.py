"""The transcript of a reader's samples: a clip that was cut off early is known by what was heard of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audio_reader import clips
from audio_reader.actions import KEYS
from audio_reader.phrases import PHRASES
from segl_sim.hearing.clips import PER_MS, Clip, clips_of
from segl_sim.hearing.writing import written
from segl_sim.parts.audio import FrameClock, Recording
from tests.reader.voices import LANGUAGES, board, whole
from tests.reader.voices import written as on_screen

GAP = 120 * PER_MS
HEARD = 20  # samples from the first one that is not zero


def cut_off(language: str, name: str) -> tuple[Clip, bytes]:
    """Return what is found behind a tone if only the beginning of a clip follows, and this beginning."""
    voice = whole(language).clips
    pcm = voice[name].pcm()
    lead = next(place for place, sample in enumerate(pcm) if sample)
    begun = pcm[: lead + HEARD].tobytes()
    recording = Recording(lambda *_: (1.0, 1.0, 1 << 62), 0, lambda: None)
    clock = FrameClock(start=0, num=62_500, den=1, bits=16)
    recording.add(clock, 0, 1, voice["tone_item"].pcm().tobytes() + bytes(2 * GAP) + begun)
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


@given(
    st.sampled_from(LANGUAGES),
    st.sampled_from(sorted(PHRASES)),
    st.integers(0, 99),
    st.integers(0, 4000),
    st.text("abz09 -æÅß", min_size=1, max_size=9),
    st.sampled_from(KEYS),
)
@example("da", "new_code_wait", 21, 81, "a", "speak")
def test_what_was_said_is_written_as_the_reader_writes_it(
    language: str, phrase: str, n: int, time: int, name: str, key: str
) -> None:
    said = clips.sentence(board(language), phrase, n=n, time=time, name=name, key=key, speed=2)
    clips_and_gaps: list[tuple[str, int]] = []
    gap = 0
    for part in said:
        if isinstance(part, int):
            gap = part
        else:
            clips_and_gaps.append((part, gap))
    assert written(whole(language).clips, clips_and_gaps) == on_screen(board(language), said).replace(
        "\n", " "
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_a_code(language: str) -> None:
    for speed in range(6):
        said = clips.code(board(language), "0123456", speed)
        pairs = list(zip(said[::2], [0, *said[1::2]], strict=True))
        assert written(whole(language).clips, pairs) == on_screen(board(language), said) == "0123456."
