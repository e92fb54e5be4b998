"""Clips as text, the way a reader's screen has them: letters and digits in a row stand together, sentences end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segl.voice.pack import Clip
from segl_sim.hearing.clips import BLANK_MS, JOINED_MS, SENTENCE_MS


def written(clips: Mapping[str, Clip], said: Iterable[tuple[str, int]]) -> str:
    """Write an utterance.

    Args:
        clips: Of the voice.
        said: A clip's id, and the silence before it in ms, each.
    """
    sentences: list[list[str]] = [[]]
    last_spelled = False  # the last word is made of letters and digits that are said one by one
    for name, gap in said:
        words = sentences[-1]
        if gap == SENTENCE_MS and words:
            sentences.append(words := [])
        spelled, word = _word(clips, name)
        if not word:
            continue  # a tone
        if words and words[-1].endswith(","):
            word = word[0].lower() + word[1:]
        if words and spelled and last_spelled and gap != BLANK_MS:
            words[-1] += word
        elif words and gap == JOINED_MS:
            words[-1] = _sum(words[-1], word)
        else:
            words.append(word)
        last_spelled = spelled
    return " ".join(_sentence(" ".join(words)) for words in sentences if words)


def _word(clips: Mapping[str, Clip], name: str) -> tuple[bool, str]:
    """Return whether a clip is one letter or digit, and how it is written."""
    number, at, _ = name.partition("@")
    if number.isdigit():
        return bool(at), number
    letter = name.startswith("letter_")
    return letter, clips[name].text.upper() if letter else clips[name].text


def _sum(first: str, second: str) -> str:
    """Write units and tens as one number; an "and" between them is not written."""
    return str(int(first) + int(second)) if second.isdigit() else first


def _sentence(words: str) -> str:
    line = words[0].upper() + words[1:]
    return line if line[-1] in ".?!" else line.rstrip(",") + "."
