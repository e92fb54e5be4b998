"""What a reader said, word by word, with exact times.

    said = transcribe(reader)             # everything so far; `since=` a virtual time for less
    said[-1].text                         # "Menu. Next item.", as the reader's screen has it
    said[-1].code                         # "123456", when it ends in a code
    said[-1].clips[0].begin               # virtual ns of its first sample that is not zero
    said[-1].clips[0].outlets             # {"speaker"}, {"headphones"}, or none: it was muted

Clips of one utterance follow each other after one of the silences that the reader's rhythm has. Give the times at which
keys went down to `transcribe`, and no utterance goes on over a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from segl_sim.hearing.clips import (
    BETWEEN_MS,
    JOINED_MS,
    NOISE,
    PER_MS,
    SENTENCE_MS,
    Clip,
    clips_of,
    is_gap,
    voices,
)
from segl_sim.hearing.writing import written

if TYPE_CHECKING:
    from segl_sim.devices import AudioReader

_HANDLED_NS = 50_000_000  # what begins sooner after a key may be what that key is about to stop,
_STOPPED_NS = 100_000_000  # or before this, if no answer to a key begins so
_TONE = "tone_item"  # answers a key at once; behind it there may be work to do before anything is said
_WORK_MS = 700


@dataclass(frozen=True)
class Utterance:
    """Clips that were said in one go."""

    clips: tuple[Clip, ...]

    @property
    def begin(self) -> int:
        """Virtual ns of its first sample."""
        return self.clips[0].begin

    @property
    def end(self) -> int:
        """Virtual ns behind its last sample."""
        return max(clip.end for clip in self.clips)

    @property
    def names(self) -> list[str]:
        """The ids of its clips."""
        return [clip.name for clip in self.clips]

    @property
    def whole(self) -> bool:
        """Whether no clip was cut off; it may have been stopped in between."""
        return all(clip.whole for clip in self.clips)

    @property
    def outlets(self) -> frozenset[str]:
        """Where any of it came out."""
        return frozenset[str]().union(*(clip.outlets for clip in self.clips))

    @property
    def language(self) -> str:
        """Of its voice; "" for a tone alone."""
        return next((clip.language for clip in self.clips if clip.language), "")

    @property
    def digits(self) -> tuple[Clip, ...]:
        """The clips of the code, or the single digit, in it: digits that are no part of a sentence."""
        clips = self.clips
        for at, clip in enumerate(clips):
            if not clip.is_digit or (at and clips[at - 1].is_digit):
                continue
            if at and at - 1 and clip.gap != SENTENCE_MS * PER_MS:
                continue  # a number within a sentence
            if at == 1 and clips[0].name != _TONE:
                continue
            end = at
            while end < len(clips) and clips[end].is_digit and (end == at or clips[end].gap_ms >= 160):
                end += 1
            if end == len(clips) or clips[end].name == "tone_item":
                return clips[at:end]
        return ()

    @property
    def code(self) -> str:
        """The digits of `digits`, as far as they began."""
        return "".join(clip.name[0] for clip in self.digits)

    @cached_property
    def text(self) -> str:
        """What was said, written as the reader writes it; digits of a code stand together."""
        if NOISE in self.names:
            return " ".join(self.names)
        voice = voices()[self.language or "en"]  # tones alone: any voice has no text for them
        return written(voice.clips, [(clip.name, (clip.gap or 0) // PER_MS) for clip in self.clips])


def transcribe(reader: AudioReader, since: int = 0, keys: Iterable[int] = ()) -> list[Utterance]:
    """Return what a reader said, in order.

    Args:
        reader: Which.
        since: Virtual ns; what began before is left out.
        keys: Virtual ns at which keys went down, which end an utterance.
    """
    downs = sorted(keys)
    said: list[list[Clip]] = []
    for clip in clips_of(reader.codec.recording, since):
        last = said[-1][-1] if said else None
        between = [clip.begin - down for down in downs if last and last.begin < down < clip.begin]
        # A digit behind one of these silences is a number in a sentence, which goes on for a moment.
        in_number = clip.is_digit and clip.gap_ms in (JOINED_MS, BETWEEN_MS)
        # One that the key is just stopping was on its way before.
        stopped = not clip.whole and any(
            0 < clip.end - down < _STOPPED_NS for down in downs if down < clip.begin
        )
        answers = clip.name.startswith("tone_") or (clip.is_digit and not in_number and not stopped)
        late = any(ns > (_HANDLED_NS if answers else _STOPPED_NS) for ns in between)
        if last is None or late or not _follows(last, clip, bool(between)):
            said.append([])
        said[-1].append(clip)
    return [Utterance(tuple(clips)) for clips in said]


# --- inside ---


def _follows(last: Clip, clip: Clip, keyed: bool) -> bool:
    if not last.whole or clip.gap is None or NOISE in (last.name, clip.name):
        return False
    if last.name == _TONE and not clip.name.startswith("tone_") and not keyed:
        return clip.gap_ms <= _WORK_MS
    if last.is_digit and clip.is_digit and not keyed:
        return clip.gap_ms <= 1100  # whatever the table says, so that a wrong gap can be told
    return is_gap(clip.gap)
