"""Every phrase can be said in every language, says what to do, and no clip lies in a pack for nothing."""

import pytest

from audio_reader import clips
from audio_reader.phrases import PHRASES
from segl.voice.texts import DIGITS, RATES, clip_id
from tests.reader.named import named, sources
from tests.reader.voices import LANGUAGES, board, whole, written

EARCONS = ("tone_ask", "tone_wrong", "tone_done", "tone_item")
PLACES = ("{n}", "{time}", "{key}", "{name}")
VALUES = {"n": 47, "time": 65, "key": "louder", "name": "Æske 7"}
# The clips that say what there is to do.
REMEDIES = {
    "choose_setup",
    "change_soon",
    "change_now",
    "connect",
    "plug_in",
    "press",
    "wait",
    "too_late",  # "Too late. Ask again."
}
LETTERS_BEYOND_Z = {"letter_ae", "letter_oe", "letter_aa"}


def test_what_the_firmware_names_is_what_the_table_has() -> None:
    # A name that the table lacks would end in a traceback, in the moment in which it is to be said.
    assert named(sources().values()) == set(PHRASES)


@pytest.mark.parametrize(
    ("file", "old"),
    [
        ("common/trouble.py", '"used_up"'),
        ("audio_reader/teller.py", '"battery_empty"'),
        ("audio_reader/teller.py", '"battery_low"'),
        ("audio_reader/menu.py", '"rate_slowest"'),
        ("audio_reader/asked.py", '"refused"'),
        ("audio_reader/asked.py", '"recover_hold"'),
        ("audio_reader/app.py", '"voice_missing"'),
        ("audio_reader/app.py", '"volume_quietest"'),
        ("common/requests.py", '"clock_set"'),
        ("audio_reader/speech.py", '"last_digit"'),
    ],
)
def test_a_name_that_is_misspelled_is_noticed(file: str, old: str) -> None:
    texts = sources()
    assert old in texts[file]
    texts[file] = texts[file].replace(old, '"misspelled"')
    assert "misspelled" in named(texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_has_all_its_clips_in_every_language(language: str, phrase: str) -> None:
    pack = board(language)
    for part in PHRASES[phrase]:
        assert part == "." or part in PLACES or pack.has(part), f"{language}: {part} of {phrase} is missing"
    said = clips.sentence(pack, phrase, **VALUES)
    assert clips.length(pack, said) > 300
    assert written(pack, said).strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_clip_is_in_a_pack_for_nothing(language: str) -> None:
    digits = {clip_id(digit, rate) for rate in RATES for digit in DIGITS}
    needed = digits | set(clips.needed(whole(language).numbers)) | LETTERS_BEYOND_Z
    assert set(whole(language).clips) - needed == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_committed_pack_lacks_nothing(language: str) -> None:
    assert clips.missing(board(language)) is None


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_begins_with_one_earcon(phrase: str) -> None:
    first, *others = PHRASES[phrase]
    assert first in EARCONS
    assert not [part for part in others if part.startswith("tone_")]
    assert others[-1] != "."


@pytest.mark.parametrize("phrase", PHRASES)
def test_an_error_says_what_is_wrong_and_then_what_to_do(phrase: str) -> None:
    parts = PHRASES[phrase]
    if parts[0] == "tone_wrong":
        assert REMEDIES & set(parts)
        assert parts[1] not in REMEDIES - {"too_late"}


@pytest.mark.parametrize("phrase", [name for name in PHRASES if name.startswith("ask_")])
def test_a_question_names_the_key_for_yes_and_what_means_no(phrase: str) -> None:
    parts = PHRASES[phrase]
    assert parts[0] == "tone_ask"
    yes, no = parts.index("for_yes"), parts.index("for_no")
    assert parts[yes + 2] == {"ask_aloud": "key_louder", "ask_wipe": "key_menu"}.get(phrase, "key_speak")
    assert yes < no
    assert parts[-1] == "any_other_key"


@pytest.mark.parametrize("language", LANGUAGES)
def test_earcons_are_short_and_show_no_text(language: str) -> None:
    for tone in EARCONS:
        assert whole(language).clips[tone].samples <= 120 * 16
        assert written(board(language), [tone]) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_change_little_is_said(language: str) -> None:
    pack = board(language)
    for brief in ("rate", "volume", "language", "output_headphones"):
        assert clips.length(pack, clips.sentence(pack, brief, n=3)) < 2000
