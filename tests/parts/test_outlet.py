"""What is heard at the loudspeaker and in the headphones: when it begins and ends, its samples, its WAV files."""

import struct
import wave
from array import array
from pathlib import Path

import pytest

from segl_sim.parts.audio import FOREVER, FrameClock, Recording
from segl_sim.parts.outlet import Outlet

MS = 1_000_000
FRAME = 62_500
CLOCK = FrameClock(1_000 * MS, 62_500, 1, 16)
LAG = 22 * FRAME  # a frame, and 21 of delay


@pytest.fixture(name="recording")
def recording_fixture() -> Recording:
    gains = {"speaker": (0.5, 0.0), "left": (1.0, 0.0), "right": (0.0, 0.25)}

    def gain(outlet: str, wire: int, out: int) -> tuple[float, float, int]:
        return (*gains[outlet], FOREVER)

    recording = Recording(gain, 21, lambda: None)
    silence, sound = [0] * 1600, [8000, -8000] * 800
    words = [*silence, *sound, *[0] * 320, *sound, *[0] * 3200, *sound, *silence]
    recording.add(CLOCK, 0, 1, array("h", words).tobytes())
    return recording


def test_first_and_last_sound(recording: Recording):
    for outlet in (Outlet(recording, "speaker"), Outlet(recording, "left", "right")):
        assert outlet.first_sound() == 1_100 * MS + LAG
        assert outlet.first_sound(1_500 * MS) == 1_520 * MS + LAG
        assert outlet.silent_since() == 1_620 * MS + LAG
        assert outlet.first_sound(1_700 * MS) is None
        assert outlet.silent_since(1_700 * MS) is None


def test_a_pause_parts_two_sounds_when_it_is_long_enough(recording: Recording):
    begin, again = 1_100 * MS + LAG, 1_520 * MS + LAG
    outlet = Outlet(recording, "left", "right")
    assert outlet.sounds() == [(begin, begin + 220 * MS), (again, again + 100 * MS)]
    assert outlet.sounds(gap_ms=10)[0] == (begin, begin + 100 * MS)
    assert outlet.sounds(1_500 * MS, 1_550 * MS) == [(again, 1_550 * MS)]


def test_samples_are_what_was_heard_silence_included(recording: Recording):
    samples = Outlet(recording, "speaker").samples(1_090 * MS + LAG, 1_100 * MS + LAG + 2 * FRAME)
    assert samples.tolist() == [0] * 160 + [4000, -4000]
    louder = Outlet(recording, "speaker").samples(1_100 * MS + LAG, 1_100 * MS + LAG + FRAME, gain_db=20)
    assert louder.tolist() == [32767]
    assert len(Outlet(recording, "speaker").samples(1_000 * MS)) == round(0.62 * 16_000) + 22
    assert len(Outlet(recording, "speaker").samples(2_000 * MS)) == 0


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
def test_at_another_rate_every_sample_is_what_is_heard_at_its_moment(recording: Recording, rate: int):
    begin, end = 1_090 * MS + LAG, 1_120 * MS + LAG  # 10 ms of silence, 20 ms of sound
    samples = Outlet(recording, "left").samples(begin, end, rate)
    assert len(samples) == -(-30 * rate // 1000)
    for number, sample in enumerate(samples):
        frame = number * 16_000 // rate - 160
        assert sample == (0 if frame < 0 else -8000 if frame % 2 else 8000)


def test_levels_are_those_of_the_louder_side(recording: Recording):
    begin = 1_100 * MS + LAG
    outlet = Outlet(recording, "left", "right")
    assert outlet.peak() == 8000 / 32768
    assert outlet.level_db(begin, begin + 100 * MS) == pytest.approx(-9.24, abs=0.01)
    assert outlet.pops() == []


def test_wav_files_have_a_channel_for_each_side(recording: Recording, tmp_path: Path):
    speaker, headphones = (4000, -4000), (8000, 2000, -8000, -2000)
    for sides, wanted in ((("speaker",), speaker), (("left", "right"), headphones)):
        Outlet(recording, *sides).wav(tmp_path / "o.wav", 1_100 * MS + LAG)
        with wave.open(str(tmp_path / "o.wav")) as file:
            assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (len(sides), 16_000, 2)
            assert file.getnframes() == round(0.52 * 16_000)
            assert struct.unpack(f"<{2 * len(sides)}h", file.readframes(2)) == wanted
