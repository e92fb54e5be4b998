"""Somebody who hears what the reader says in English, and nothing else: pocketsphinx with the reader's own sentences.

Any number may stand in the place of a number. Of letters only one name is known: a grammar of any letters finds them in
every word.
"""

import re
from typing import Any

from pocketsphinx import Decoder  # pyright: ignore[reportMissingTypeStubs]

from audio_reader.phrases import PHRASES
from tests.reader.voices import whole
from tests.voice.recognize import RATE, WORDS, Samples, in_noise

NAME = "Bank"  # of the key; it is spelled
KEYS = ("speak", "louder", "quieter", "menu")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_NUMBERS = {word: number for number, word in enumerate((*WORDS, *_TEENS))} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_SLOTS = {"{n}": "<number>", "{time}": "<time>", "{key}": "<key>", "{name}": "<name>"}
# What it says in one go; any number of any sentences would be ten times the work.
_TOGETHER = (("first_pressed", "what", "ask_aloud"), ("stored", "setup_closed"))
_NEWS = ("stored", "setup_closed", "new_code_wait")  # what can come right before a code
_DIGITS = 6
_ROOM = ("pink", 25.0)


class Ears:
    """Listens."""

    def __init__(self) -> None:
        self._decoder: Any = Decoder(samprate=RATE, lm=None, loglevel="FATAL", cmn="batch")
        self._decoder.add_jsgf_string("reader", _grammar())
        self._decoder.activate_search("reader")

    def hear(self, samples: Samples, seed: int = 0) -> str:
        """Write down what was said, in small letters; "" is nothing that makes sense.

        Args:
            samples: 16 kHz.
            seed: Of the room's noise.
        """
        if not samples.any():
            return ""
        self._decoder.start_utt()
        self._decoder.process_raw(in_noise(samples, *_ROOM, seed).tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found is not None else ""


def number_in(words: str) -> int | None:
    """Return the first number that was heard, None if there was none."""
    total = None
    for word in words.split():
        value = _NUMBERS.get(word)
        if value is None:
            if total is not None:
                break
        elif total is None:
            total = value
        elif total >= 20 and value < 10:
            total += value
    return total


def code_in(words: str) -> str | None:
    """Return the code with which it ended, None if it ended otherwise."""
    last = words.split()[-_DIGITS:]
    if len(last) < _DIGITS or not set(last) <= set(WORDS):
        return None
    return "".join(str(WORDS.index(word)) for word in last)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text.lower()))


def _grammar() -> str:
    texts = {clip: _words(each.text) for clip, each in whole("en").clips.items()}
    said = {
        phrase: " ".join(
            _SLOTS.get(part, texts.get(part, ""))
            for part in parts
            if part != "." and _SLOTS.get(part, texts.get(part))
        )
        for phrase, parts in PHRASES.items()
    }
    rules = {
        "digit": " | ".join(WORDS),
        "number": f"<digit> | {' | '.join(_TEENS)} | ({' | '.join(_TENS)}) [<digit>]",
        "time": "one second | one minute | <number> seconds | <number> minutes [<number> seconds]",
        "key": " | ".join(KEYS),
        "name": " ".join(NAME.lower()),
        "code": " ".join(["<digit>"] * _DIGITS),
        "news": " | ".join(said[phrase] for phrase in _NEWS),
        "together": " | ".join(" ".join(said[phrase] for phrase in several) for several in _TOGETHER),
        "sentence": " | ".join(sorted(set(said.values()))),
    }
    lines = [f"<{name}> = {rule};" for name, rule in rules.items()]
    public = "public <said> = <sentence> | <together> | [<news>] <code>;"
    return "\n".join(["#JSGF V1.0;", "grammar reader;", *lines, public, ""])
