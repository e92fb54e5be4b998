"""The tones before a message: short, told apart by their direction, and where old ears and small speakers reach."""

import numpy as np
import pytest

from segl.voice import RATE, build, bundled, sound
from segl.voice.pack import read_pack
from segl.voice.sound import Pcm
from segl.voice.texts import TONES
from segl.voice.tones import LONGEST_S, tones

LANGUAGES = ("en", "da", "kl")


def clip(language: str, name: str) -> Pcm:
    return np.array(read_pack(bundled.packs()[language]).clips[name].pcm(), np.int16)


def pitch(samples: Pcm) -> float:
    """The fundamental in Hz: where the sound is most like itself."""
    wave = samples.astype(float)
    likeness = np.correlate(wave, wave, "full")[len(wave) :]
    shortest = RATE // 1100
    return RATE / (shortest + 1 + int(likeness[shortest : RATE // 280].argmax()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TONES)
def test_a_tone_is_short_has_no_text_and_is_as_loud_as_speech(language: str, name: str) -> None:
    pack = read_pack(bundled.packs()[language])
    assert pack.clips[name].text == ""
    found = sound.measure(clip(language, name))
    assert found.seconds <= LONGEST_S <= 0.12
    assert found.loudness == pytest.approx(build.LOUDNESS, abs=0.5)
    assert max(found.start, found.end) < build.CLICK


@pytest.mark.parametrize("name", TONES)
def test_what_is_to_be_heard_lies_between_300_and_3000_hertz(name: str) -> None:
    spectrum = np.square(np.abs(np.fft.rfft(clip("en", name) * np.hanning(len(clip("en", name))))))
    hertz = np.fft.rfftfreq(len(clip("en", name)), 1 / RATE)
    outside = spectrum[(hertz < 280) | (hertz > 3050)].sum() / spectrum.sum()
    assert outside < 0.01


def test_tones_differ_in_their_direction_and_number_of_notes() -> None:
    def ends(name: str) -> tuple[float, float]:
        samples = clip("en", name)
        third = len(samples) // 3
        return pitch(samples[:third]), pitch(samples[-third:])

    (ask, asked), (done, well), (wrong, low), (item, same) = map(ends, TONES)
    assert asked > 1.3 * ask
    assert well > 1.5 * done
    assert low < 0.7 * wrong
    assert same == pytest.approx(item, rel=0.05)
    whole = {name: len(tone) for name, tone in tones().items()}
    assert min(whole, key=lambda name: whole[name]) == "tone_item"


def test_two_notes_are_parted_by_a_dip_and_a_glide_is_not() -> None:
    for name, parted in (("tone_done", True), ("tone_wrong", True), ("tone_ask", False)):
        samples = clip("en", name).astype(float)
        middle = len(samples) // 2
        power = np.sqrt(np.mean(samples[middle - 24 : middle + 24] ** 2) / np.mean(samples**2))
        assert bool(power < 0.5) is parted
