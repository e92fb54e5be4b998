"""The list of what a voice says: one TOML file for each language, segl/voice/languages/LANG.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from segl.voice.bundled import texts as texts_of
from segl.voice.errors import VoiceError

DIGITS = tuple("0123456789")
RATES = ("slow", "normal", "fast")
PROMPT = "prompt"
# Synthesized with every voice; they have no text.
TONES = ("tone_ask", "tone_done", "tone_wrong", "tone_item")
_TENS = tuple(str(number) for number in (*range(10, 20), *range(20, 70, 10)))
# How the numbers to 60 are put together, and the clips that this needs. A language that says them digit by digit also
# says what is counted before how many there are.
NUMBERS = {"digits": (), "tens_units": _TENS, "units_and_tens": (*_TENS, "and")}
# A reader that lacks these spells the letter with two others.
_SPARED = {"letter_ae", "letter_oe", "letter_aa"}
LONGEST_ID = 16
_ID = re.compile(rf"[a-z0-9_]{{1,{LONGEST_ID}}}")


@dataclass(frozen=True)
class Texts:
    """What a voice says and how.

    Args:
        language: a BCP 47 tag, such as "da".
        name: the language's name in itself.
        version: of the texts and so of the pack.
        license: SPDX expression for the clips.
        checked: whether a native speaker has checked the texts, and who.
        numbers: how numbers above 9 are put together: "digits", "tens_units" or "units_and_tens".
        voice: espeak-ng's name of the voice.
        rates: words a minute that espeak-ng is told, for slow, normal, fast and prompt.
        digits: the word for each digit.
        clips: the text of every other clip.
        respell: what the synthesizer gets instead of a text that it would mispronounce.
    """

    language: str
    name: str
    version: str
    license: str
    checked: str
    numbers: str
    voice: str
    rates: Mapping[str, int]
    digits: Mapping[str, str]
    clips: Mapping[str, str]
    respell: Mapping[str, str]

    def every(self) -> dict[str, str]:
        """Give the text of every clip of a pack: the tones, which have none, and all that is spoken."""
        return dict.fromkeys(TONES, "") | self.spoken()

    def spoken(self) -> dict[str, str]:
        """Give the text of all that somebody speaks: each digit at each recorded rate, then the rest."""
        spoken = {clip_id(digit, rate): self.digits[digit] for rate in RATES for digit in DIGITS}
        return spoken | dict(self.clips)


def clip_id(digit: str, rate: str) -> str:
    """Name the clip of a digit at a recorded rate, such as "5@slow".

    Args:
        digit: "0" to "9".
        rate: one of RATES.
    """
    return f"{digit}@{rate}"


def read_texts(path: Path) -> Texts:
    """Read a list of texts.

    Args:
        path: the TOML file.

    Raises:
        VoiceError: the file is missing or says not all that a voice must say.
    """
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = Texts(
            str(data["language"]),
            str(data["name"]),
            str(data["version"]),
            str(data["license"]),
            str(data["checked_by_native_speaker"]),
            str(data["numbers"]),
            str(data["voice"]["name"]),
            {name: int(data["rates"][name]) for name in (*RATES, PROMPT)},
            _texts(data["digits"]),
            _texts(data["clips"]),
            _texts(data.get("respell", {})),
        )
    except OSError as error:
        raise VoiceError(f"{path}: cannot be read ({error.strerror}); give the file with --text") from error
    except KeyError as error:
        raise VoiceError(
            f"{path}: {error.args[0]} is missing; compare with segl/voice/languages/en.toml"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError, AttributeError) as error:
        raise VoiceError(
            f"{path}: not a list of texts ({error}); compare with segl/voice/languages/en.toml"
        ) from error
    _check(path, texts)
    return texts


def _texts(data: Any) -> dict[str, str]:
    return {str(name): str(text).strip() for name, text in data.items()}


@cache
def _said() -> tuple[str, ...]:
    # What a reader refuses a voice without, however its language puts numbers together: ids are the same in every
    # language, so the English list tells them.
    clips = tomllib.loads(texts_of("en").read_text(encoding="utf-8"))["clips"]
    return tuple(name for name in clips if name not in _SPARED.union(*NUMBERS.values()))


def _check(path: Path, texts: Texts) -> None:
    def wrong(what: str) -> VoiceError:
        return VoiceError(f"{path}: {what}; compare with segl/voice/languages/en.toml")

    if sorted(texts.digits) != list(DIGITS):
        raise wrong("[digits] must name 0 to 9")
    if not 80 <= texts.rates["slow"] < texts.rates["normal"] < texts.rates["fast"] <= 450:
        raise wrong("[rates] must rise from slow to fast, within 80 to 450")
    if not 80 <= texts.rates[PROMPT] <= 450:
        raise wrong("[rates] prompt must lie within 80 to 450")
    if texts.numbers not in NUMBERS:
        raise wrong(f"numbers must be one of {', '.join(NUMBERS)}")
    for name in NUMBERS[texts.numbers]:
        if name not in texts.clips:
            raise wrong(f"[clips] {name} is missing, which numbers = {texts.numbers} needs")
    missing = [name for name in _said() if name not in texts.clips]
    if missing:
        raise wrong(f"[clips] {', '.join(missing)} missing, which the reader says")
    for name, text in texts.clips.items():
        if not _ID.fullmatch(name) or name in DIGITS:
            raise wrong(f"[clips] {name} is no id: small letters, digits and _")
        if name in TONES:
            raise wrong(f"[clips] {name} is a tone, which is made without a text")
        if not text or "\n" in text or "\t" in text:
            raise wrong(f"[clips] {name} needs one line of text")
    for name in texts.respell:
        if name not in texts.clips and name not in DIGITS:
            raise wrong(f"[respell] {name} belongs to no clip")
