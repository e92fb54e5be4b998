"""What a reader said, word by word, with exact times: its recorded samples mapped back to the clips of its voices.

    said = transcribe(reader)             # everything so far; `since=` a virtual time for less
    said[-1].text                         # "Menu. Next item.", as a screen would have it
    said[-1].code                         # "123456", when it ends in a code
    said[-1].clips[0].begin               # virtual ns of its first sample that is not zero
    said[-1].clips[0].outlets             # {"speaker"}, {"headphones"}, or none: it was muted

Nothing of the firmware is asked. The samples are those on the codec's input, 16 bits each, before any volume; each
clip is found by its first samples and then compared with the voice's, sample for sample. So a clip in the transcript
is exact: whole, or cut off after `samples` of its samples. What is neither silence nor the beginning of a clip is
noise, and stands as the clip "?".

Clips of one utterance follow each other after one of the silences that the reader's rhythm has. Give the times at which
keys went down to `transcribe`, and no utterance goes on over a key.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from segl.voice.pack import SPEEDS
from segl_sim import AudioReader
from segl_sim.parts.audio import FrameClock, Recording, Run
from tests.reader.voices import LANGUAGES, board, whole, written

NOISE = "?"
PER_MS = 16  # samples
DELAY = 22  # frames from the wire to an outlet: one to be complete, 21 in the filter (parts/tlv320dac3100.py)
OUTLETS = {"speaker": ("speaker",), "headphones": ("left", "right")}
# Within a number, between clips, at a blank in a name, after a sentence; and the codes' own.
_JOINED_MS, BETWEEN_MS = 60, 120
_SENTENCE_MS = 250
_HANDLED_NS = 50_000_000  # what begins sooner after a key may be what that key is about to stop,
_STOPPED_NS = 100_000_000  # or before this, if no answer to a key begins so
_GAPS_MS = {_JOINED_MS, BETWEEN_MS, 200, _SENTENCE_MS} | {
    ms for speed in SPEEDS for ms in (speed.gap_ms, speed.pause_ms)
}
_TONE = "tone_item"  # answers a key at once; behind it there may be work to do before anything is said
_WORK_MS = 700
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
            if at and at - 1 and clip.gap != _SENTENCE_MS * PER_MS:
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
        parts: list[str | int] = []
        for clip in self.clips:
            if parts:
                parts.append((clip.gap or 0) // PER_MS)
            parts.append(clip.name)
        if NOISE in parts:
            return " ".join(str(part) for part in parts if isinstance(part, str))
        return written(board(self.language or LANGUAGES[0]), parts).replace("\n", " ")


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
        in_number = clip.is_digit and clip.gap_ms in (_JOINED_MS, BETWEEN_MS)
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


def code_length_ms(language: str, code: str, speed: int) -> float:
    """Return how long a voice takes for a code, from the first clip's begin to the last one's end.

    Args:
        language: Of the voice.
        code: Its digits.
        speed: Which of the voice's speeds.
    """
    pack = whole(language)
    rhythm = pack.speeds[speed]
    samples = sum(pack.clips[f"{digit}@{rhythm.rate}"].samples for digit in code)
    return samples / PER_MS + rhythm.gap_ms * (len(code) - 2) + rhythm.pause_ms


# --- inside ---


@dataclass(frozen=True)
class _Known:
    name: str
    language: str
    lead: int  # silent samples before the first that is not zero
    pcm: bytes


def _follows(last: Clip, clip: Clip, keyed: bool) -> bool:
    if not last.whole or clip.gap is None or NOISE in (last.name, clip.name):
        return False
    if last.name == _TONE and not clip.name.startswith("tone_") and not keyed:
        return clip.gap_ms <= _WORK_MS
    if last.is_digit and clip.is_digit and not keyed:
        return clip.gap_ms <= 1100  # whatever the table says, so that a wrong gap can be told
    return _is_gap(clip.gap)


def _is_gap(samples: int) -> bool:
    return samples % PER_MS == 0 and samples // PER_MS in _GAPS_MS


@cache
def _index() -> dict[bytes, list[_Known]]:
    """Return all clips of all voices by their first samples that are not zero."""
    found: defaultdict[bytes, dict[bytes, _Known]] = defaultdict(dict)
    for language in LANGUAGES:
        for name, clip in whole(language).clips.items():
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
    best = next((known for known in alike if _is_gap(at - known.lead - stop)), alike[0])
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
