"""An audio reader as a user holds it: its parts on its pins, whatever its application does with them."""

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from segl_sim import PICO, AudioReader, World, state
from segl_sim.firmware import BuildError, Firmware
from tests.device.talker import CLIP

KEYS = ("speak", "louder", "quieter", "menu")
S = 1_000_000_000
# Says the clip and shows a number for each key; reads a voice by pieces; holds the latch for three seconds.
MAIN = """
import time

import machine

from boards import board
from boards.button import Button
from boards.sound import Sound
from boards.ssd1309 import SSD1309
from boards.tlv320dac3100 import TLV320DAC3100
from boards.power import power
from clip import CLIP, PACK

bus = machine.I2C(board.I2C_BUS, sda=machine.Pin(board.SDA), scl=machine.Pin(board.SCL), freq=400000)
screen = SSD1309(bus)
codec = TLV320DAC3100(bus)
codec.setup()
codec.volume = 7


def wake(*_):
    pass


sound = Sound(codec, board.I2S_BUS, board.I2S_SCK, board.I2S_SD, board.CODEC_INTERRUPT, wake)
sound.loudspeaker = True
keys = [Button(pin, wake) for pin in (board.KEY, board.LOUDER, board.QUIETER, board.MENU)]


def clip():
    view = memoryview(CLIP)
    for at in range(0, len(CLIP), 256):
        yield view[at : at + 256], 504
    yield None, 504


def look(name):
    block = bytearray(256)
    with open("/audio_reader/voices/" + name, "rb") as file:
        size = file.seek(0, 2)
        file.seek(size // 512 * 256 - 56)
        count = file.readinto(block)
        head = file.seek(0)
        print(size, count, sum(block), head, len(file.read(9)))


def turn():
    for number, key in enumerate(keys):
        if key.poll():
            screen.buffer[:8] = bytes([255] * (number + 1) + [0] * (7 - number))
            screen.show()
            sound.play(clip())
            if PACK:
                look(PACK)
    due = sound.step(time.ticks_ms())
    if time.ticks_ms() > 3000 and not sound.playing:
        power.off()
    rest = 50 if due is None else max(0, min(50, due - time.ticks_ms()))
    if sound.running:
        time.sleep_ms(min(rest, 8))
        rest = 0
    machine.lightsleep(rest)
"""
OVERRIDES = {
    "boards/audio_reader/main.py": MAIN,
    "clip.py": f"CLIP = {CLIP!r}\nPACK = None\n",
}


@pytest.fixture(name="world", params=["micropython", "cpython"])
def world_fixture(request: pytest.FixtureRequest) -> Iterator[World]:
    with World(seed=4, engine=request.param) as world:
        yield world


def sound(reader: AudioReader) -> bool:
    return reader.codec.speaker.first_sound() is not None


def lit(reader: AudioReader) -> int:
    """How many columns are lit in the top left corner."""
    return reader.screen.pixels()[0][:8].count(True)


def clean(reader: AudioReader) -> bool:
    return not (reader.audio.faults or reader.audio.underruns or reader.codec.complaints or reader.failure)


def test_a_reader_is_silent_and_dark_until_a_key_is_pressed(world: World):
    reader = world.audio_reader(overrides=OVERRIDES)
    world.advance(5)
    assert not reader.running
    assert not reader.screen.lit
    assert not sound(reader)


@pytest.mark.parametrize("number", range(4))
def test_each_key_switches_it_on_and_is_told_apart(world: World, number: int):
    reader = world.audio_reader(overrides=OVERRIDES)
    reader.press(KEYS[number], 0.5)
    assert reader.running
    assert lit(reader) == number + 1
    reader.listen(3)
    assert sound(reader)
    reader.finger(KEYS[3 - number], after=0.1)
    reader.listen(3)
    assert lit(reader) == 4 - number
    world.advance(5)
    assert not reader.running
    assert not reader.screen.lit
    assert clean(reader)


def test_what_was_heard_is_found_by_its_time_and_saved(world: World, tmp_path: Path):
    reader = world.audio_reader(overrides=OVERRIDES)
    reader.press()
    reader.listen()
    [(begin, end)] = reader.codec.speaker.sounds()
    assert 0 < begin < S
    assert (end - begin) / S == pytest.approx(16 * 504 / 16_000, abs=0.002)
    assert reader.codec.speaker.silent_since() == end
    assert reader.codec.headphones.first_sound() is None
    reader.codec.speaker.wav(tmp_path / "heard.wav", begin)
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getnframes() == pytest.approx(16 * 504, abs=20)


def test_a_walk_answers_the_first_question_and_ends_at_the_item():
    with World(seed=4) as world:
        reader = world.audio_reader()
        assert reader.walk_to(r"Set-(up)\.")[1] == "up"
        assert reader.text == "Set-up. Press Speak."
        reader.walk_to("Loudspeaker")  # from the end of the menu to its begin, and on
        assert "Loudspeaker" in reader.text
        assert clean(reader)


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "not heard"])
def test_a_walk_goes_on_from_a_question_that_stands(heard: bool):
    with World(seed=4) as world:
        reader = world.audio_reader()
        reader.press()
        if heard:
            reader.listen()
        reader.walk_to("Speed")
        reader.walk_to("Loudspeaker")


def test_a_walk_to_what_is_not_there_ends_and_says_so():
    with World(seed=4) as world, pytest.raises(LookupError, match=r'"Radio" does not come .* shows "\w+'):
        world.audio_reader().walk_to("Radio")


def test_with_a_plug_in_the_jack_it_speaks_into_the_headphones_only(world: World):
    reader = world.audio_reader(overrides=OVERRIDES)
    reader.insert_plug()
    reader.press()
    reader.listen()
    assert not sound(reader)
    assert reader.codec.headphones.first_sound() is not None
    reader.pull_plug()
    world.advance(0.1)
    reader.press("menu")
    assert sound(reader)
    assert clean(reader)


def test_listening_ends_with_silence_or_with_patience(world: World):
    reader = world.audio_reader(overrides=OVERRIDES)
    reader.listen(quiet_s=1)
    assert world.now == S
    reader.press(seconds=0.2)
    reader.listen(0.1)
    assert world.now == round(1.9 * S)
    reader.listen()
    silent = reader.codec.speaker.silent_since()
    assert silent is not None
    assert 0.6 * S < world.now - silent < S


def test_a_voice_is_streamed_from_flash_and_never_loaded_whole(world: World, monkeypatch: pytest.MonkeyPatch):
    pack = bytes(range(256)) * 2560  # 640 KiB
    overrides = {**OVERRIDES, "clip.py": f"CLIP = {CLIP!r}\nPACK = 'try.pack'\n"}
    firmware = Firmware.load("audio_reader", overrides=overrides)
    for path in list(firmware.files):
        if path.endswith(".pack"):
            del firmware.files[path]
    firmware.files["audio_reader/voices/try.pack"] = pack
    monkeypatch.setattr(Firmware, "load", lambda *_: firmware)
    reader = world.audio_reader()
    reader.press("menu")
    at = len(pack) // 512 * 256 - 56
    assert "".join(reader.console).split() == [str(len(pack)), "256", str(sum(pack[at : at + 256])), "0", "9"]
    assert reader.live_heap() < 200_000
    assert clean(reader)


def test_further_readers_share_their_voices(world: World):
    readers = [world.audio_reader(overrides=OVERRIDES) for _ in range(3)]
    readers[0].press()
    assert readers[1].flash.changed == 0
    assert readers[0].flash.changed < 8


def test_a_pico_has_no_room_for_voices():
    with World() as world, pytest.raises(BuildError, match="there is room for 0"):
        world.audio_reader("pico")
    with World() as world, pytest.raises(BuildError, match="there is room for 0"):
        world.add("audio_reader", PICO)


def test_a_saved_reader_is_a_reader_again(tmp_path: Path):
    with World(seed=4) as world:
        reader = world.audio_reader()
        reader.press()
        image = reader.flash.image()
        state.save(reader, tmp_path / "it.zip")
    with World(seed=4) as world:
        again = state.load(world, tmp_path / "it.zip")
        assert isinstance(again, AudioReader)
        assert again.flash.image() == image


def test_both_keep_their_own_names(world: World):
    assert [device.name for device in (world.code_display(), world.add("audio_reader"))] == [
        "display0",
        "reader1",
    ]
