"""A list of texts that lacks something is refused with what and where to look."""

from pathlib import Path

import pytest

from segl.voice import bundled
from segl.voice.errors import VoiceError
from segl.voice.texts import read_texts


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('language = "en"', "", "language is missing"),
        ('7 = "seven"', "", "must name 0 to 9"),
        ("slow = 140", "slow = 200", "must rise from slow to fast"),
        ('"tens_units"', '"roman"', "numbers must be one of"),
        ('12 = "twelve"', "", "12 is missing, which numbers = tens_units needs"),
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


def test_a_missing_list_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="give the file with --text"):
        read_texts(tmp_path / "none.toml")
