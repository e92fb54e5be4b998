"""A list of texts that lacks something is refused with what and where to look."""

import re
from pathlib import Path

import pytest

from audio_reader import clips
from segl.voice import bundled
from segl.voice.errors import VoiceError
from segl.voice.texts import NUMBERS, TONES, read_texts


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('language = "en"', "", "language is missing"),
        ('7 = "seven"', "", "must name 0 to 9"),
        ("slow = 140", "slow = 200", "must rise from slow to fast"),
        ('"tens_units"', '"roman"', "numbers must be one of"),
        ('12 = "twelve"', "", "12 is missing, which numbers = tens_units needs"),
        ('\nyes = "Yes"\nno = "No"', "", "yes, no missing, which the reader says"),
        ('letter_z = "Z"', "", "letter_z missing, which the reader says"),
        ('yes = "Yes"', 'yes = ""', "yes needs one line of text"),
        ("\n[respell]\n", '\n[respell]\nnothing = "x"\n', "nothing belongs to no clip"),
        ("[clips]", '[clips]\ntone_ask = "ping"', "tone_ask is a tone"),
        ("[digits]", "[digits", "not a list of texts"),
        ("slow = 140", 'slow = "x"', "not a list of texts"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = bundled.texts("en").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "en.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(VoiceError, match=message) as error:
        read_texts(path)
    assert "compare with segl/voice/languages/en.toml" in str(error.value)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_a_list_needs_exactly_what_a_reader_insists_on(tmp_path: Path, numbers: str) -> None:
    head, _, rest = bundled.texts("en").read_text(encoding="utf-8").partition("\n[clips]\n")
    head = head.replace('"tens_units"', f'"{numbers}"') + '\n[clips]\nand = "and"\n'
    lines = rest.partition("\n[respell]\n")[0]
    refused: set[str] = set()
    path = tmp_path / "en.toml"
    for name in ("and", *re.findall(r"^(\w+) = ", lines, re.M)):
        path.write_text(re.sub(f"(?m)^{name} = ", "other_word = ", head + lines), encoding="utf-8")
        try:
            read_texts(path)
        except VoiceError:
            refused.add(name)
    assert refused == set(clips.needed(numbers)) - set(TONES)


def test_a_missing_list_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="give the file with --text"):
        read_texts(tmp_path / "none.toml")
