"""The clips that a reader played, found in its recording: which, when to the sample, and where they came out.

Nothing of the firmware is asked. The samples are those on the codec's input, 16 bits each, before any volume; each clip
is found by its first samples and then compared with the voice's, sample for sample. So a clip that is found is exact:
whole, or cut off after `samples` of its samples. What is neither silence nor the beginning of a clip is noise, and
stands as the clip "?".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from segl.voice.pack import SPEEDS, Pack, read_pack
from segl_sim.firmware import firmware_root
from segl_sim.firmware.voices import packs_of
from segl_sim.parts.audio import FrameClock, Recording, Run

NOISE = "?"
PER_MS = 16  # samples
DELAY = 22  # frames from the wire to an outlet: one to be complete, 21 in the filter (parts/tlv320dac3100.py)
OUTLETS = {"speaker": ("speaker",), "headphones": ("left", "right")}
# Within a number, between clips, at a blank in a name, after a sentence; and the codes' own.
JOINED_MS, BETWEEN_MS, BLANK_MS, SENTENCE_MS = 60, 120, 200, 250
_GAPS_MS = {JOINED_MS, BETWEEN_MS, BLANK_MS, SENTENCE_MS} | {
    ms for speed in SPEEDS for ms in (speed.gap_ms, speed.pause_ms)
}
_START = 8  # samples by which a clip is looked up
_SIZE = 2  # bytes of a sample
_QUIET = bytes(16 * _SIZE)  # noise ends here
_DIGIT = re.compile(r"\d@")
_LOUD = re.compile(rb"[^\0]")


@dataclass(frozen=True)
class Clip:
    """A clip that was played.

    Attributes:
        name: Its id, such as "press" or "5@slow".
        language: Of the voice it is from; "" for what all voices have alike, and for noise.
        begin: Virtual ns at which its first sample that is not zero leaves the codec.
        end: And behind its last one; earlier if it was cut off.
        gap: Silence before it in samples, from the end of the clip before; None if the bit clock stood between.
        samples: How many of its samples were played, silent ones at its ends included.
        whole: Whether these are all.
        outlets: Which of "speaker" and "headphones" let any of it out.
        clock: The clock of the samples, and
        first: the number of the first one.
    """

    name: str
    language: str
    begin: int
    end: int
    gap: int | None
    samples: int
    whole: bool
    outlets: frozenset[str]
    clock: FrameClock
    first: int

    @property
    def is_digit(self) -> bool:
        """Whether it is one digit, said by itself."""
        return bool(_DIGIT.match(self.name))

    @property
    def gap_ms(self) -> float:
        """The silence before it in ms, endless after a stop of the bit clock."""
        return float("inf") if self.gap is None else self.gap / PER_MS


def clips_of(recording: Recording, since: int = 0) -> Iterator[Clip]:
    """Give the clips in a recording, in order."""
    recording.segments("speaker", since, since)  # what is due comes in
    clock, behind = None, 0
    for run in recording.runs:
        end = run.first + run.frames
        if run.clock.time(end + DELAY) <= since:
            clock, behind = None, 0
            continue
        assert run.channels == 1
        assert run.clock.bits == 16
        if run.clock is not clock:
            clock, behind = run.clock, None
        for name, language, first, samples, whole_clip, begin, end in _found(run):
            gap = None if behind is None else first - behind
            behind = first + samples
            if run.clock.time(begin + DELAY) < since:
                continue
            yield Clip(
                name,
                language,
                run.clock.time(begin + DELAY),
                run.clock.time(end + DELAY),
                gap,
                samples,
                whole_clip,
                frozenset(
                    outlet
                    for outlet, sides in OUTLETS.items()
                    if any(recording.passes(side, run.clock, begin, end) for side in sides)
                ),
                run.clock,
                first,
            )


@cache
def voices() -> Mapping[str, Pack]:
    """Return the voices that readers are delivered with, by language."""
    root = firmware_root()
    packs = [read_pack(root / path) for path in packs_of(root, "audio_reader")]
    return {pack.language: pack for pack in packs}


def is_gap(samples: int) -> bool:
    """Say whether a silence of so many samples is one of those that the reader's rhythm has."""
    return samples % PER_MS == 0 and samples // PER_MS in _GAPS_MS


# --- inside ---


@dataclass(frozen=True)
class _Known:
    name: str
    language: str
    lead: int  # silent samples before the first that is not zero
    pcm: bytes


@cache
def _index() -> dict[bytes, list[_Known]]:
    """Return all clips of all voices by their first samples that are not zero."""
    found: defaultdict[bytes, dict[bytes, _Known]] = defaultdict(dict)
    for language, voice in voices().items():
        for name, clip in voice.clips.items():
            pcm = clip.pcm().tobytes()
            loud = _LOUD.search(pcm)
            assert loud, f"{language}: {name} is silent"
            lead = loud.start() // _SIZE
            same = found[pcm[lead * _SIZE : (lead + _START) * _SIZE]]
            same[pcm] = _Known(name, "" if pcm in same else language, lead, pcm)
    return {start: list(same.values()) for start, same in found.items()}


def _found(run: Run) -> Iterator[tuple[str, str, int, int, bool, int, int]]:
    """Give name, language, first frame, samples, whole or not, first and behind the last frame that is not zero."""
    data = bytes(run.data)
    at = stop = 0
    while loud := _LOUD.search(data, at * _SIZE):
        at = loud.start() // _SIZE
        known, count = _longest(data, at, stop)
        if known is None and len(data) - at * _SIZE < _START * _SIZE:
            break  # it has only just begun
        if known is None:
            quiet = data.find(_QUIET, at * _SIZE)
            end = len(data) // _SIZE if quiet < 0 else -(-quiet // _SIZE)
            yield NOISE, "", run.first + at, end - at, False, run.first + at, run.first + end
            at = stop = end
            continue
        stop = at - known.lead + count
        sounding = len(data[: stop * _SIZE].rstrip(b"\0"))
        end = -(-sounding // _SIZE)
        first = run.first + at - known.lead
        whole_clip = count * _SIZE == len(known.pcm)
        yield known.name, known.language, first, count, whole_clip, run.first + at, run.first + end
        at = max(stop, at + 1)


def _longest(data: bytes, at: int, stop: int) -> tuple[_Known | None, int]:
    """Return the clip of which most is at a place, and how many of its samples, leading silence included.

    Of several that are alike so far it is one that has a usual silence between it and what came to its end at `stop`.
    """
    start = data[at * _SIZE : (at + _START) * _SIZE]
    candidates = _index().get(start)
    if candidates is None:
        return None, 0
    counts = [(_equal(data, at, known), known) for known in candidates]
    most = max(count for count, _ in counts)
    alike = [known for count, known in counts if count == most]
    best = next((known for known in alike if is_gap(at - known.lead - stop)), alike[0])
    return best, best.lead + most


def _equal(data: bytes, at: int, known: _Known) -> int:
    """Return how many samples are the clip's, from its first one that is not zero."""
    count = len(known.pcm) // _SIZE - known.lead
    mine, wanted = at * _SIZE, known.lead * _SIZE
    low, high = _START, count
    while low < high:
        middle = (low + high + 1) // 2
        if data[mine : mine + middle * _SIZE] == known.pcm[wanted : wanted + middle * _SIZE]:
            low = middle
        else:
            high = middle - 1
    return low
