"""What is said becomes clips and silences: numbers, names, codes, their rhythm, and how long it all takes."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_reader import clips
from audio_reader.phrases import PHRASES
from tests.reader.voices import LANGUAGES, board, whole, written

languages = st.sampled_from(LANGUAGES)
BLOCK = 504
TAIL = 96
JOINED, BETWEEN, WORD, SENTENCE = 60, 120, 200, 250


def number(language: str, value: int) -> list[str | int]:
    """What is said of a number, after the earcon."""
    said = clips.sentence(board(language), "rate", n=value)
    assert said[:2] == ["tone_item", BETWEEN]
    return said[2:]


def spelled(language: str, name: str, **speed: int) -> list[str | int]:
    """What is said of a name."""
    return clips.sentence(board(language), "item_serial", name=name, **speed)[4:]


# --- numbers ---


def value_of(language: str, said: list[str | int]) -> int:
    """Understand a number, by the rules of the language."""
    assert set(said[1::2]) <= {JOINED}
    words = [str(clip).partition("@")[0] for clip in said[::2]]
    if language == "kl" or len("".join(words)) == len(words) > 1:
        return int("".join(words))
    if language == "da" and len(words) == 3:
        assert words.pop(1) == "and"
        assert int(words[0]) < int(words[1])
    return sum(map(int, words))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [*range(71), 80, 99, 100, 280, 999])
def test_a_number_is_said_as_its_language_says_it(language: str, value: int) -> None:
    said = number(language, value)
    assert value_of(language, said) == value
    assert all(isinstance(clip, str) and board(language).has(clip) for clip in said[::2])
    assert written(board(language), said) == f"{value}."


def test_twenty_five_in_three_languages() -> None:
    assert number("en", 25) == ["20", JOINED, "5@normal"]
    assert number("da", 25) == ["5@normal", JOINED, "and", JOINED, "20"]
    assert number("kl", 25) == ["2@normal", JOINED, "5@normal"]


@pytest.mark.parametrize(
    ("seconds", "said", "greenlandic"),
    [
        (0, "0 seconds", "sekundit 0"),
        (1, "one second", "sekundi ataaseq"),
        (2, "2 seconds", "sekundit 2"),
        (59, "59 seconds", "sekundit 59"),
        (60, "one minute", "minutsi ataaseq"),
        (61, "one minute one second", "minutsi ataaseq sekundi ataaseq"),
        (600, "10 minutes", "minutsit 10"),
        (-5, "0 seconds", "sekundit 0"),
    ],
)
def test_a_time_has_its_unit(seconds: int, said: str, greenlandic: str) -> None:
    for language, wanted in (("en", said), ("kl", greenlandic)):
        text = written(board(language), clips.sentence(board(language), "new_code_wait", time=seconds))
        assert text.partition("\n")[0].endswith(wanted + ".")


@given(languages, st.integers(0, 600))
def test_every_time_up_to_ten_minutes_can_be_said(language: str, seconds: int) -> None:
    said = clips.sentence(board(language), "setup_open", time=seconds)
    assert all(board(language).has(part) for part in said if isinstance(part, str))


# --- names ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_and_digits_are_said_one_by_one(language: str) -> None:
    wanted = ["letter_a", BETWEEN, "letter_z", BETWEEN, "7@normal"]
    assert spelled(language, "aZ7") == wanted
    assert spelled(language, "a-Z 7") == ["letter_a", WORD, "letter_z", WORD, "7@normal"]
    assert spelled(language, "a - Z") == ["letter_a", WORD, "letter_z"]
    assert spelled(language, "É\u0301ñ") == ["letter_e", BETWEEN, "letter_n"]
    assert spelled(language, "øÆå")[::2] == ["letter_oe", "letter_ae", "letter_aa"]
    assert spelled(language, "ß") == ["letter_s", BETWEEN, "letter_s"]
    assert spelled(language, "日本") == []


def test_a_letter_without_a_clip_is_spelled_out() -> None:
    class English:
        numbers = "tens_units"

        def has(self, clip: str) -> bool:
            return clip not in ("letter_ae", "letter_oe", "letter_aa")

    said = clips.sentence(English(), "key", n=1, name="Å")
    assert said[-3:] == ["letter_a", BETWEEN, "letter_a"]


@given(languages, st.text(max_size=32), st.integers(0, 5))
def test_any_name_can_be_spelled(language: str, name: str, speed: int) -> None:
    pack = board(language)
    said = clips.sentence(pack, "item_key", n=1, name=name, speed=speed)
    for part in said:
        assert isinstance(part, int) or pack.has(part)
    assert written(pack, said).count("\n") == 1
    letters = [part for part in said if isinstance(part, str) and part.startswith("letter_")]
    assert len(letters) >= len(re.findall("[A-Za-z]", name))


def test_a_serial_number_is_said_at_the_speed_of_codes() -> None:
    _, rate, gap, _ = board("en").speeds[0]
    assert spelled("en", "S1", speed=0) == ["letter_s", gap, f"1@{rate}"]
    text = written(board("en"), clips.sentence(board("en"), "item_serial", name="SGAR01", speed=0))
    assert text == "Serial number.\nSGAR01."


# --- rhythm ---


@pytest.mark.parametrize("phrase", PHRASES)
def test_between_clips_and_sentences_are_the_silences_of_the_rhythm(phrase: str) -> None:
    pack = board("en")
    said = clips.sentence(pack, phrase, n=7, time=5, key="menu", name="ab")
    assert said[0] in PHRASES[phrase][0]
    for one, other in pairwise(said):
        assert isinstance(one, str) != isinstance(other, str)
    assert isinstance(said[-1], str)
    assert {part for part in said if isinstance(part, int)} <= {BETWEEN, SENTENCE}
    assert said.count(SENTENCE) == PHRASES[phrase].count(".")


@pytest.mark.parametrize(
    ("digits", "groups"), [("123456", (3, 3)), ("1234567", (4, 3)), ("12345678", (4, 4))]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_said_in_two_groups(language: str, digits: str, groups: tuple[int, int]) -> None:
    pack = board(language)
    for speed, (_, rate, gap, pause) in enumerate(pack.speeds):
        said = clips.code(pack, digits, speed)
        assert said[::2] == [f"{digit}@{rate}" for digit in digits]
        gaps = [gap] * (len(digits) - 1)
        gaps[groups[0] - 1] = pause
        assert said[1::2] == gaps
        assert clips.digit(pack, digits[0], speed) == said[:1]
        assert written(pack, said) == digits + "."


# --- sound ---


utterances = st.builds(
    lambda language, picks: (
        language,
        [
            pick if isinstance(pick, int) else sorted(whole(language).clips)[int(pick * 100) % 150]
            for pick in picks
        ],
    ),
    languages,
    st.lists(st.integers(0, 1200) | st.floats(0, 1.5), max_size=8),
)


@given(utterances)
def test_length_is_what_the_source_yields(drawn: tuple[str, list[str | int]]) -> None:
    language, utterance = drawn
    pack = board(language)
    blocks, samples = b"", []
    for block, count in clips.source(pack, utterance):
        assert 1 <= count <= BLOCK
        samples.append((block is not None, count))
        blocks += bytes(block) if block is not None else b""
    total = sum(count for _, count in samples)
    assert clips.length(pack, utterance) == -(-total // 16)
    assert blocks == b"".join(
        whole(language).clips[part].blocks for part in utterance if isinstance(part, str)
    )
    silent = 0
    for sounding, count in reversed(samples):
        if sounding:
            break
        silent += count
    assert silent >= TAIL
    asked = sum(
        part * 16 if isinstance(part, int) else whole(language).clips[part].samples for part in utterance
    )
    assert asked <= total <= asked + TAIL


def test_silence_comes_in_even_pieces() -> None:
    pieces = [count for _, count in clips.source(board("en"), [BETWEEN])]
    assert sum(pieces) == BETWEEN * 16
    assert max(pieces) - min(pieces) <= 1


def test_nothing_to_say_is_a_short_silence() -> None:
    assert list(clips.source(board("en"), [])) == [(None, TAIL)]
    assert written(board("en"), []) == ""


# --- the screen ---


def test_the_screen_gets_the_first_sentence_as_its_title() -> None:
    pack = board("en")
    assert written(pack, clips.sentence(pack, "no_key")) == "No key yet.\nChoose set-up in the menu."
    asked = written(pack, clips.sentence(pack, "ask_code", n=1))
    assert (
        asked == "A computer asks for your code.\nKey 1. For yes, press Speak. For no, press any other key."
    )
    two = [*clips.sentence(pack, "first_pressed", key="menu"), SENTENCE, *clips.sentence(pack, "rate", n=3)]
    assert written(pack, two) == "You pressed Menu.\n3."
