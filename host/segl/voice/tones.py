"""Tones that go before what the reader says, so that one knows the kind of message before its first word.

They differ in direction and in the number of notes, not in pitch alone; all lies between 300 and 3000 Hz, where aged
ears and a small loudspeaker still reach, and three partials keep a tone audible when one of them is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segl.voice import RATE
from segl.voice.sound import Sound
from segl.voice.texts import TONES

LONGEST_S = 0.12
_PARTIALS = (1.0, 0.5, 0.25)
_NOTE_FADE_S = 0.006


@dataclass(frozen=True)
class _Note:
    """A note; a glide when it ends elsewhere than it starts.

    Args:
        start: fundamental in Hz.
        end: fundamental in Hz at its end.
        seconds: how long it lasts.
    """

    start: float
    end: float
    seconds: float


_SHORT_S = 0.09
_NOTES: Mapping[str, tuple[_Note, ...]] = {
    "tone_ask": (_Note(400, 1000, LONGEST_S),),
    "tone_done": (_Note(440, 440, LONGEST_S / 2), _Note(880, 880, LONGEST_S / 2)),
    "tone_wrong": (_Note(700, 700, LONGEST_S / 2), _Note(350, 350, LONGEST_S / 2)),
    "tone_item": (_Note(660, 660, _SHORT_S),),
}


def tones() -> dict[str, Sound]:
    """Give every tone by its clip's id: 16 kHz, at any loudness, without the fades of a clip."""
    return {
        name: np.concatenate([_play(note, len(_NOTES[name]) > 1) for note in _NOTES[name]]) for name in TONES
    }


def _play(note: _Note, one_of_several: bool) -> Sound:
    count = round(note.seconds * RATE)
    # Equal ratios in equal times, as the ear counts pitch.
    pitch = note.start * (note.end / note.start) ** (np.arange(count) / count)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros(count)
    for number, height in enumerate(_PARTIALS, 1):
        sound += height * np.sin(number * phase)
    if one_of_several:
        edge = round(_NOTE_FADE_S * RATE)
        rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
        sound[:edge] *= rise
        sound[-edge:] *= rise[::-1]
    return sound
