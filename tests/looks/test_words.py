"""Words: both languages say the same things, and every text fits every screen that may show it."""

from pathlib import Path

import pytest

from code_display import words
from common import draw, font, screens
from tests.looks.panel import UNKNOWN_SIGNS, drawn, words_on

LANGUAGES = ("en", "da")
FIRMWARE = Path(__file__).parents[2] / "firmware" / "code_display"
KEYS = sorted(words._ENGLISH)  # pyright: ignore[reportPrivateUsage]
MESSAGES = [key for key in KEYS if "\n" in words.get("en", key)]
LONGEST = {"clock_wait": "9\xa0min 59\xa0s", "erasing": 100}
NAMES = ("Skat.dk", "W" * 32, "Åse Ærø-Østergårds nøgle nr. 12.")

both = pytest.mark.parametrize("language", LANGUAGES)


def filled(language: str, key: str, name: str) -> tuple[str, str]:
    gaps = words.get(language, key).count("{}")
    return words.pair(language, key, *[LONGEST.get(key, name)] * gaps)


def test_both_languages_have_the_same_keys_and_gaps():
    english, danish = words._ENGLISH, words._DANISH  # pyright: ignore[reportPrivateUsage]
    assert english.keys() == danish.keys()
    for key in KEYS:
        assert english[key].count("{}") == danish[key].count("{}")
        assert english[key].count("\n") == danish[key].count("\n") <= 1


@both
def test_every_character_has_a_picture(language: str):
    drawable = {chr(code) for code in range(32, 127)} | set(font.EXTRA) | {"\n"}
    assert all(set(words.get(language, key)) <= drawable for key in KEYS)


@both
@pytest.mark.parametrize("key", MESSAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_message_fits(language: str, key: str, name: str):
    title, body = filled(language, key, name)
    whole = _letters(f"{title} {body}".split())
    assert _letters(words_on(drawn(screens.message, title, body))) == whole
    assert _letters(words_on(drawn(screens.countdown, title, body, None, 100))) == whole
    for seconds, shown in ((600, "10:00"), (599, "9:59"), (59, "59s"), (0, "0s")):
        picture = drawn(screens.countdown, title, body, seconds, 128 * seconds // 600)
        assert _letters(words_on(picture)) == whole + shown


@both
@pytest.mark.parametrize("key", MESSAGES)
def test_no_word_is_broken(language: str, key: str):
    title, body = filled(language, key, "Skat.dk")
    for picture in (drawn(screens.message, title, body), drawn(screens.countdown, title, body, None, 128)):
        assert words_on(picture) == f"{title} {body}".split()


@both
@pytest.mark.parametrize("key", MESSAGES)
def test_titles_stand_in_large_letters(language: str, key: str):
    title, body = filled(language, key, "Skat.dk")
    assert 2 * len(draw.wrap(title, 64)) + len(draw.wrap(body, 128)) <= 6


@both
def test_waiting_fits(language: str):
    text = words.get(language, "new_code")
    assert draw.width(text) <= 64
    assert words_on(drawn(screens.wait, text, 59)) == [*text.split(), "s"]


@both
def test_information_fits_without_breaking_a_line(language: str):
    lines = [
        "SGCD 0000 0123",
        f"{words.get(language, 'version')} 10.10.10",
        f"{words.get(language, 'battery')} 2950 mV",
        max("UTC 2026-11-22 15:30:12", f"UTC {words.get(language, 'clock_unset')}", key=draw.width),
    ]
    assert all(draw.width(line) <= 128 for line in lines)
    assert words_on(drawn(screens.info, lines)) == " ".join(lines).split()


@pytest.mark.parametrize("key", KEYS)
def test_every_text_has_a_place_in_the_firmware(key: str):
    sources = [path.read_text() for path in FIRMWARE.rglob("*.py") if path.name != "words.py"]
    sources.append((FIRMWARE.parent / "common" / "trouble.py").read_text())
    own = (FIRMWARE / "words.py").read_text()
    assert any(f'"{key}"' in source for source in sources) or own.count(f'"{key}"') > 2


def test_an_unknown_language_is_english():
    assert words.get("kl", "stored", "A") == words.get("en", "stored", "A") == "Key stored.\nA"
    assert words.pair("da", "stored", "Åse") == ("Nøgle gemt.", "Åse")
    assert words.pair("en", "new_code") == ("New code in", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (65, "1 min 5 s"), (600, "10 min")]
)
def test_durations(seconds: int, text: str):
    for language in LANGUAGES:
        assert words.duration(language, seconds).replace("\xa0", " ") == text


def test_a_brace_in_a_name_is_harmless():
    assert words.get("en", "stored", "{x}") == "Key stored.\n{x}"


def _letters(seen: list[str]) -> str:
    assert not UNKNOWN_SIGNS & set("".join(seen))
    return "".join(seen)
