"""Making a voice: loudness as the standard has it, no click, no clipping, nothing lost, from espeak-ng or a person."""

import wave
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segl.voice import build, bundled, sound, speak
from segl.voice.encode import encode
from segl.voice.errors import VoiceError
from segl.voice.pack import Clip, parse_pack, read_pack
from segl.voice.texts import DIGITS, RATES, TONES, Texts, read_texts

LANGUAGES = ("en", "da", "kl")
PAGE = Path(__file__).parents[2] / "docs" / "voices.md"


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_a_full_scale_tone_of_997_hertz_has_the_loudness_that_the_standard_gives(rate: int) -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(2 * rate) / rate)
    assert sound.loudness(tone, rate) == pytest.approx(-3.01, abs=0.1)


def test_silence_between_words_does_not_make_a_clip_softer() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(64000) / 16000) / 10
    gap = np.concatenate([tone, np.zeros(32000), tone])
    assert sound.loudness(gap) == pytest.approx(sound.loudness(tone), abs=0.6)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_length_and_height_of_a_tone(rate: int) -> None:
    tone = sound.fade(np.sin(2 * np.pi * 1000 * np.arange(rate) / rate), rate, 0.05, 0.05)
    back = sound.resample(tone, rate)
    wanted = sound.fade(np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000), 16000, 0.05, 0.05)
    assert len(back) == 16000
    assert np.abs(back - wanted).max() < 0.01


def test_the_shelf_lifts_consonants_by_ten_decibels_and_leaves_the_rest() -> None:
    time = np.arange(16000) / 16000
    for hertz, wanted in ((200, 0), (7000, 10)):
        tone = np.sin(2 * np.pi * hertz * time)
        lifted = sound.shelf(tone, 10, 2500)
        gain = 10 * np.log10(np.mean(lifted[2000:-2000] ** 2) / np.mean(tone[2000:-2000] ** 2))
        assert gain == pytest.approx(wanted, abs=0.7)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.2, 1.5),
    st.floats(0.05, 0.5),
    st.sampled_from([8000, 22050, 48000]),
)
def test_any_recording_becomes_a_clip_without_click_or_clipping(
    seed: int, seconds: float, lead: float, rate: int
) -> None:
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    voice = (
        random.standard_normal(count)
        * np.abs(np.sin(np.arange(count) * 6 / rate))
        * random.uniform(0.01, 0.3)
    )
    raw = np.concatenate([np.zeros(round(lead * rate)), voice + 0.02, np.zeros(round(lead * rate))])
    found = sound.measure(build.finish(raw, rate))
    assert found.loudness == pytest.approx(build.LOUDNESS, abs=0.5)
    assert found.peak < build.PEAK + 0.1
    assert max(found.start, found.end) < build.CLICK


def test_a_wav_of_any_width_and_number_of_channels_can_be_read(tmp_path: Path) -> None:
    tone = np.rint(np.sin(np.arange(800) / 9) * 100).astype(np.int64)
    for width in (1, 2, 3, 4):
        path = tmp_path / f"{width}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(width)
            file.setframerate(44100)
            scaled = tone + 128 if width == 1 else tone << 8 * (width - 1)
            frames = b"".join(int(each).to_bytes(width, "little", signed=width > 1) * 2 for each in scaled)
            file.writeframes(frames)
        samples, rate = sound.read_wav(path)
        assert rate == 44100
        assert np.abs(samples - tone / 128).max() < 1e-6


def test_a_silent_clip_is_refused() -> None:
    with pytest.raises(VoiceError, match="nothing is to be heard"):
        build.finish(np.zeros(8000), 16000)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"recordings are missing; record 0@slow"):
        build.build(_few(), tmp_path)


def test_a_person_can_be_the_voice(tmp_path: Path) -> None:
    texts = _few()
    random = np.random.default_rng(3)
    for number, name in enumerate(texts.spoken()):
        rate = (22050, 44100, 48000)[number % 3]
        seconds = {"slow": 0.5, "normal": 0.4, "fast": 0.3}.get(name.partition("@")[2], 0.7)
        voice = random.standard_normal(round(seconds * rate)) * random.uniform(0.02, 0.2)
        quiet = np.zeros(rate // 5)
        sound.write_wav(tmp_path / f"{name}.wav", sound.to_pcm(np.concatenate([quiet, voice, quiet])), rate)
    pack = build.build(texts, tmp_path).pack
    assert parse_pack(pack.to_bytes()) == pack
    assert pack.tools["recordings"] == tmp_path.name
    loud = [each.loudness for each in build.measures(pack).values()]
    assert max(loud) - min(loud) < build.LOUDNESS_WITHIN


def test_espeak_makes_a_whole_voice() -> None:
    built = build.build(_few())
    found = build.inspect(parse_pack(built.pack.to_bytes()))
    assert len(found) == len(DIGITS) * len(RATES) + len(TONES) + 2


def test_a_voice_that_espeak_does_not_have_is_named() -> None:
    with pytest.raises(VoiceError, match="espeak-ng has no voice xx"):
        build.build(replace(_few(), voice="xx"))


def test_a_file_that_espeak_does_not_write_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def forgetful(voice: str, rate: int, lines: str) -> str:
        paths = [line.partition("\t")[0] for line in lines.splitlines()]
        seen.append(paths)
        for path in paths[:1]:
            sound.write_wav(Path(path), np.full(4000, 9000, np.int16), 22050)
        return "busy"

    monkeypatch.setattr(speak, "tools", dict)
    monkeypatch.setattr(speak, "_run", forgetful)
    assert set(speak.synthesize({"a": "one", "b": "two"}, "en-us", 200)) == {"a", "b"}
    assert [len(paths) for paths in seen] == [2, 1]
    with pytest.raises(VoiceError, match="said nothing for d in the voice en-us: busy"):
        speak.synthesize(dict.fromkeys("abcd", "one"), "en-us", 200)


def test_an_espeak_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyttsx3.py").write_text("import threading; threading.Event().wait()")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(speak, "_LONGEST_S", 0.2)
    with pytest.raises(VoiceError, match="said nothing for a in the voice en-us: it did not come to an end"):
        speak.synthesize({"a": "one"}, "en-us", 200)


def test_a_file_in_the_working_folder_is_not_taken_for_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text("import sys; sys.exit('a stranger')")
    monkeypatch.chdir(tmp_path)
    assert set(speak.synthesize({"a": "one"}, "en-us", 200)) == {"a"}


def test_without_the_extra_speech_building_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(speak, "version", missing)
    with pytest.raises(VoiceError, match=r"pip install 'segl\[speech\]'"):
        speak.tools()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda samples: samples // 2, "clip 5@slow: -2.* LUFS, the others have -1"),
        (lambda samples: np.clip(samples * 8, -32768, 32767), "clip 5@slow: "),
        (lambda samples: np.concatenate([np.full(8, 5000), samples]), "clip 5@slow: clicks"),
        (
            lambda samples: build.level(sound.fade(sound.from_pcm(samples[:4000]))),
            "digit 5: slow, normal and",
        ),
    ],
)
def test_what_a_listener_would_notice_stops_the_build(
    spoil: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    pack = read_pack(bundled.packs()["en"])
    clips = {name: clip for name, clip in pack.clips.items() if "@" in name}
    samples = spoil(np.array(clips["5@slow"].pcm(), np.int32)).astype(np.int16)
    clips["5@slow"] = Clip("five", len(samples), encode(samples))
    with pytest.raises(VoiceError, match=message):
        build.inspect(replace(pack, clips=clips))


@pytest.mark.parametrize("language", LANGUAGES)
def test_committed_voices_are_even_and_clean_as_the_page_says(language: str) -> None:
    found = build.inspect(read_pack(bundled.packs()[language]))
    assert f"{language}.pack: " in PAGE.read_text(encoding="utf-8")
    assert build.summary(found) in PAGE.read_text(encoding="utf-8")
    loud = [each.loudness for each in found.values()]
    assert max(loud) - min(loud) <= build.LOUDNESS_WITHIN
    assert max(each.peak for each in found.values()) < 0
    assert min(each.seconds for name, each in found.items() if name not in TONES) > 0.08


def _few() -> Texts:
    texts = read_texts(bundled.texts("kl"))
    clips = {name: texts.clips[name] for name in ("yes", "no_key")}
    return replace(texts, clips=clips, respell={})
