"""docs/reader.md says what the audio code reader does: its sentences, its keys, its menu."""

import re
from collections.abc import Iterator

import pytest

import segl
from segl_sim import AudioReader, World
from tests.docs.pages import ROOT
from tools import gen_phrases
from tools.phrases_explained import EXPLAINED

PAGE = ROOT / "docs" / "reader.md"
TEXT = PAGE.read_text(encoding="utf-8")
KEY = segl.Key(name="Example bank", secret=b"12345678901234567890")
QUESTION = "May codes be spoken aloud?"


@pytest.fixture
def reader() -> Iterator[AudioReader]:
    """A new reader, never touched."""
    with World(seed=1, engine="cpython") as world:
        yield world.audio_reader()


def heard(reader: AudioReader, key: str) -> str:
    """Press a key, let the reader finish, and give what it said, which its screen shows too."""
    reader.press(key)
    reader.listen()
    return reader.text


def silent(reader: AudioReader, since: int) -> bool:
    return not any(
        outlet.sounds(since, reader.world.now) for outlet in (reader.codec.speaker, reader.codec.headphones)
    )


def answered(reader: AudioReader, key: str = "louder") -> AudioReader:
    heard(reader, "speak")
    heard(reader, key)
    return reader


def stocked(reader: AudioReader) -> AudioReader:
    """Give it a key and the time, as the page says."""
    for _ in range(11):
        heard(reader, "menu")
    heard(reader, "speak")
    with reader.connect() as session:
        session.provision(KEY, utc=round(reader.world.utc), sequence=1)
    reader.unplug()
    heard(reader, "menu")
    fresh(reader)
    return reader


def fresh(reader: AudioReader) -> None:
    reader.world.advance(31 - reader.world.utc % 30)


def test_the_list_of_sentences_is_whole_and_right(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["gen_phrases.py", "--check"])
    assert gen_phrases.main() == 0


def test_a_sentence_that_is_not_explained_or_never_said_is_noticed(monkeypatch: pytest.MonkeyPatch):
    rows = dict(EXPLAINED["What is wrong"])
    rows["no_such_phrase"] = rows.pop("clock_lost")
    monkeypatch.setitem(EXPLAINED, "What is wrong", rows)
    assert [line.partition(":")[0] for line in gen_phrases.unexplained()] == ["clock_lost", "no_such_phrase"]


def test_the_first_time(reader: AudioReader):
    first = heard(reader, "menu")
    assert first.startswith("You pressed Menu. This reader speaks codes of six digits.")
    assert QUESTION in first


def test_an_answer_counts_only_after_the_whole_question(reader: AudioReader):
    reader.press("speak")
    again = heard(reader, "louder")  # the question was under way
    assert again.startswith(QUESTION)
    assert heard(reader, "quieter").startswith("No. Headphones only.")


def test_a_tap_too_short_to_know_the_key_counts_as_speak_without_a_name(reader: AudioReader):
    reader.press("menu", 0.03)
    assert reader.text.startswith("This reader speaks codes of six digits.")


def test_speak_says_a_code_and_repeats_it(reader: AudioReader):
    stocked(answered(reader))
    heard(reader, "speak")
    code = reader.code
    assert code is not None
    assert "No key yet" not in reader.text
    heard(reader, "speak")
    assert reader.code == code


def sounds(reader: AudioReader, key: str) -> list[tuple[float, float]]:
    """When each sound that a key brings about began, from the key on, and how long it was, in ms."""
    start = reader.world.now
    heard(reader, key)
    found = reader.codec.speaker.sounds(start, reader.world.now)
    return [((begin - start) / 1e6, (end - begin) / 1e6) for begin, end in found]


def test_a_new_code_comes_behind_a_tone_and_a_repeat_without(reader: AudioReader):
    stocked(answered(reader))
    (begin, tone), (digit, _), *rest = sounds(reader, "speak")
    assert begin < 150
    assert tone <= 120
    assert digit < 500
    assert len(rest) == 5
    (begin, first), *rest = sounds(reader, "speak")
    assert begin < 150
    assert first > 120
    assert len(rest) == 5


def test_a_choice_that_is_kept_has_one_tone(reader: AudioReader):
    answered(reader)
    for _ in range(4):
        heard(reader, "menu")
    (begin, tone), (_, number) = sounds(reader, "louder")
    assert begin < 150
    assert tone <= 120 < number
    assert reader.text == "4."


def test_a_code_is_begun_only_if_it_could_be_heard_twice(reader: AudioReader):
    stocked(answered(reader))
    reader.world.advance(30 - 5 - reader.world.utc % 30)  # five seconds left: enough for once
    start = reader.world.utc
    reader.press("speak")
    assert re.match(r"New code in \d seconds. Please wait.", reader.text)
    reader.listen(quiet_s=6)
    assert reader.code
    assert reader.world.utc - start > 5


def test_the_same_key_within_half_a_second_counts_once_and_still_stops_speech(reader: AudioReader):
    answered(reader)
    reader.finger("louder", 0.05, after=0)
    reader.finger("louder", 0.05, after=0.3)
    reader.world.advance(0.45)
    stopped = reader.world.now
    reader.listen()
    assert reader.text == "Volume 5."
    assert silent(reader, stopped)
    assert heard(reader, "louder") == "Volume 6."


def test_each_language_says_its_own_name(reader: AudioReader):
    answered(reader)
    for _ in range(5):
        heard(reader, "menu")
    names = {heard(reader, "louder").rstrip(".").lower() for _ in range(3)}
    assert names == {"english", "dansk", "kalaallisut"}


def test_a_code_can_be_walked_digit_by_digit(reader: AudioReader):
    stocked(answered(reader))
    heard(reader, "menu")
    shown = [heard(reader, key) for key in ("speak", "speak", "quieter", "louder", "speak")]
    assert [len(digits) for digits in shown] == [1, 2, 2, 3, 4]
    assert shown[-1].startswith(shown[0])


def test_the_items_of_the_menu_come_in_the_order_of_the_page(reader: AudioReader):
    stocked(answered(reader))
    items = re.findall(r"^\d+\. \*\*(.+?)\.?\*\*(?: or \*\*.*?\*\*)?\.? ", TEXT, re.M)
    assert len(items) == 11
    for item in [*items, items[0]]:
        assert heard(reader, "menu").startswith(item.removesuffix(" and clock"))


def test_ten_seconds_of_silence_leave_the_menu(reader: AudioReader):
    answered(reader)
    for _ in range(4):
        heard(reader, "menu")
    assert heard(reader, "louder") == "4."
    reader.world.advance(10.5)
    assert heard(reader, "louder") == "Volume 5."


def test_key_help_names_each_key_and_does_nothing_else(reader: AudioReader):
    answered(reader)
    for _ in range(6):
        heard(reader, "menu")
    heard(reader, "speak")
    for key in ("louder", "quieter", "menu", "speak"):
        assert heard(reader, key).startswith(f"{key.capitalize()}.")
    reader.world.advance(10.5)  # which ends the menu too
    assert heard(reader, "louder") == "Volume 5."


def test_the_speeds_are_those_of_the_voice():
    voice = gen_phrases.pack.Pack(str(gen_phrases.VOICE))
    speeds = [row[0] for row in voice.speeds]
    voice.close()
    line = next(line for line in TEXT.splitlines() if "**Speed.**" in line)
    words = re.findall(r"(\d) is (\d+)", line)
    assert words == [(str(place), str(speed)) for place, speed in enumerate(speeds, 1)]


def test_the_volume_begins_at_4_unless_one_person_alone_uses_it(reader: AudioReader):
    answered(reader)
    assert heard(reader, "louder") == "Volume 5."
    reader.world.advance(40)
    assert not reader.running
    assert heard(reader, "louder") == "Volume 5."
    for _ in range(8):
        heard(reader, "menu")
    assert heard(reader, "louder").startswith("Single user on.")
    reader.world.advance(10.5)
    assert heard(reader, "louder") == "Volume 6."
    reader.world.advance(40)
    assert heard(reader, "quieter") == "Volume 5."


def test_with_headphones_only_a_code_is_never_said_without_a_plug(reader: AudioReader):
    stocked(answered(reader, "speak"))
    assert heard(reader, "speak") == "Headphones only. Plug in headphones."
    assert reader.code is None
    reader.insert_plug()
    fresh(reader)
    start = reader.world.now
    heard(reader, "speak")
    assert reader.code
    assert reader.codec.headphones.first_sound(start)
    assert not reader.codec.speaker.sounds(start, reader.world.now)


def test_what_a_computer_does_makes_no_sound_until_a_key_is_pressed(reader: AudioReader):
    stocked(answered(reader))
    reader.world.advance(60)
    with reader.connect() as session:
        start = reader.world.now
        reader.finger("quieter", after=20)
        reader.finger("quieter", after=40)
        with pytest.raises(segl.DeviceError):
            session.code()
        sounds = reader.codec.speaker.sounds(start, reader.world.now)
        assert sounds[0][0] > start + 20_000_000_000
        reader.listen()
        assert reader.text == "Refused."


def test_of_much_news_all_is_said_and_the_last_sentence_shown(reader: AudioReader):
    answered(reader)
    for _ in range(11):
        heard(reader, "menu")
    heard(reader, "speak")
    with reader.connect() as session:
        session.provision(KEY, utc=round(reader.world.utc), sequence=1)
        session.set_time(round(reader.world.utc), sequence=2)
        reader.world.advance(601)  # set-up closes by itself
        with pytest.raises(segl.DeviceError):
            session.code()  # nobody answers
        start = reader.world.now
        assert heard(reader, "louder") == "Volume 5."
    said = reader.world.now - start
    start = reader.world.now
    assert heard(reader, "louder") == "Volume 6."
    assert said > 3 * (reader.world.now - start)


def test_the_question_of_a_computer_names_the_key_s_number(reader: AudioReader):
    stocked(answered(reader))
    with reader.connect() as session:
        reader.finger("menu", after=1)
        reader.finger("menu", after=3)
        shown: list[str] = []
        reader.world.at(reader.world.now + 2_000_000_000, lambda: shown.append(reader.text))
        with pytest.raises(segl.DeviceError):
            session.code()
    assert "Key 1." in shown[0]


def test_a_yes_counts_only_after_the_whole_question(reader: AudioReader):
    stocked(answered(reader))
    with reader.connect() as session:
        for after in (1, 4, 12):  # the question is said, is said again, is answered
            reader.finger("speak", after=after)
        start = reader.world.now
        released = session.code().code
        assert reader.world.now > start + 12_000_000_000
        reader.listen()
        assert reader.code == released


def test_a_question_that_nobody_answers_is_no_after_a_minute_and_told_later(reader: AudioReader):
    stocked(answered(reader))
    reader.world.advance(60)
    with reader.connect() as session:
        start = reader.world.now
        with pytest.raises(segl.DeviceError):
            session.code()
        assert 60 < (reader.world.now - start) / 1e9 < 62
        assert silent(reader, start)
        assert heard(reader, "louder").startswith("Too late. Ask again.")


def test_without_any_voice_the_screen_says_what_to_do():
    lost = "SAMPLES = 504\n\n\nclass Pack:\n    def __init__(self, path):\n        raise OSError(path)\n"
    with World(seed=1, engine="cpython") as world:
        reader = world.audio_reader(overrides={"audio_reader/pack.py": lost})
        start = world.now
        reader.press("speak")
        assert reader.text == "Voice missing Press Menu. Connect a computer."
        assert silent(reader, start)
        reader.press("menu")
        with reader.connect() as session:
            assert session.info().open
