"""docs/reader.md says what the audio code reader does: its sentences, its menu, its speeds.

What its keys do is shown in tests/reader/test_speaking.py and test_questions.py, which listen to it.
"""

import re

import pytest

from segl_sim import World
from tests.docs.pages import ROOT
from tests.reader.desk import Desk
from tools import gen_phrases
from tools.phrases_explained import EXPLAINED

PAGE = ROOT / "docs" / "reader.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_list_of_sentences_is_whole_and_right(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["gen_phrases.py", "--check"])
    assert gen_phrases.main() == 0


def test_a_sentence_that_is_not_explained_or_never_said_is_noticed(monkeypatch: pytest.MonkeyPatch):
    rows = dict(EXPLAINED["What is wrong"])
    rows["no_such_phrase"] = rows.pop("clock_lost")
    monkeypatch.setitem(EXPLAINED, "What is wrong", rows)
    assert [line.partition(":")[0] for line in gen_phrases.unexplained()] == ["clock_lost", "no_such_phrase"]


def test_the_items_of_the_menu_come_in_the_order_of_the_page():
    items = re.findall(r"^\d+\. \*\*(.+?)\.?\*\*(?: or \*\*.*?\*\*)?\.? ", TEXT, re.M)
    assert len(items) == 11
    with Desk() as desk:
        for item in [*items, items[0]]:
            assert desk.press("menu").startswith(item.removesuffix(" and clock"))


def test_the_speeds_are_those_of_the_voice():
    voice = gen_phrases.pack.Pack(str(gen_phrases.VOICE))
    speeds = [row[0] for row in voice.speeds]
    voice.close()
    line = next(line for line in TEXT.splitlines() if "**Speed.**" in line)
    words = re.findall(r"(\d) is (\d+)", line)
    assert words == [(str(place), str(speed)) for place, speed in enumerate(speeds, 1)]


def test_without_any_voice_the_screen_says_what_to_do():
    lost = "RATES = ()\n\n\nclass Pack:\n    def __init__(self, path):\n        raise OSError(path)\n"
    with World(seed=1, engine="cpython") as world:
        reader = world.audio_reader(overrides={"audio_reader/pack.py": lost})
        start = world.now
        reader.press("speak")
        assert reader.text == "Voice missing Press Menu. Connect a computer."
        outlets = (reader.codec.speaker, reader.codec.headphones)
        assert not any(outlet.sounds(start, world.now) for outlet in outlets)
        reader.press("menu")
        with reader.connect() as session:
            assert session.info().open
