"""What must hold of every session with a reader, checked from what was heard and when.

`broken_rules(record)` returns one line for each rule that was broken; each line begins with the rule's name. The
figures are kept in `Figures`, so that a test can say how near the limits it came.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from segl.otpauth import Key
from segl_sim.hearing.clips import BETWEEN_MS, DELAY, Clip
from segl_sim.hearing.transcript import Utterance
from tests.device.support import code_of
from tests.reader.session import MS, Moment, Record, S
from tests.reader.session_causes import (
    SILENCE_NS,
    SOON_NS,
    SOUND_NS,
    SWITCH_ON_NS,
    WAIT,
    find_causes,
    jumped,
    keys_of,
    pressed,
)
from tests.reader.voices import code_length_ms, whole

GAP_MS = 20  # by which a silence between digits may differ from the table
# Until the reader has noticed a plug: the codec counts it after 16 ms, and the turn under way ends, perhaps with a
# block to decode. The speaker's wire may run through the jack instead.
_NOTICE_NS = 50 * MS
_STOPS = ("down", "in", "out", "cable", "end")
_KEPT_NS = 25 * S  # so long after a counter's code began it is surely kept: it is shown for 30 s
_NUMBER = re.compile(r"\d+")


@dataclass
class Figures:
    """How near the limits sessions came, and how much happened in them; times in ms.

    Attributes:
        sound: The longest time from a key to the first sample.
        silence: The longest time from a key to the last sample of what it stopped.
        gap: The largest difference between a silence within a code and the table.
        spare: The shortest time that was left when a code had been said, or could have been said twice.
    """

    sound: float = 0.0
    silence: float = 0.0
    gap: float = 0.0
    spare: float = math.inf
    sessions: int = 0
    presses: int = 0
    stops: int = 0
    codes: int = 0
    repeats: int = 0
    waits: int = 0
    plugs: int = 0

    def add(self, other: "Figures") -> None:
        """Take another session's figures in."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            limit = min if each.name == "spare" else max
            setattr(self, each.name, mine + theirs if isinstance(each.default, int) else limit(mine, theirs))


def broken_rules(record: Record, figures: Figures | None = None) -> list[str]:
    """Return a line for each rule that a session broke.

    Args:
        record: The session.
        figures: Where its figures are added.
    """
    judge = _Judge(record)
    broken = [f"trouble: {trouble}" for trouble in record.troubles]
    rules = (judge.keys, judge.calls, judge.clips, judge.outlets, judge.codes, judge.repeats, judge.waits)
    for rule in rules:
        broken += rule()
    if figures is not None:
        figures.add(judge.figures)
    return broken


@dataclass
class _Judge:
    """The rules, for one session."""

    record: Record
    figures: Figures = field(default_factory=lambda: Figures(sessions=1))

    def __post_init__(self) -> None:
        self._causes = find_causes(self.record)

    # --- keys ---

    def keys(self) -> Iterator[str]:
        """A key stops speech, and something is heard soon after it; the same key within half a second only stops."""
        for down, again, near in pressed(self.record):
            self.figures.presses += 1
            if down.ready:
                yield from self._stops(down, again or near)
                later = [moment for moment in self.record.moments if moment.time > down.time]
                yield from self._sounds(down, later, again, near)

    def _stops(self, down: Moment, again: bool) -> Iterator[str]:
        """Check what was being said, or about to be, when a key went down."""
        said = self.record.said
        for at, (one, cause) in enumerate(zip(said, self._causes, strict=True)):
            # What a key works for goes on when the same key comes again, which only stops what is heard.
            due = one.begin if cause is None or (cause.work and again) else cause.time
            if one.end <= down.time or due >= down.time:
                continue
            following = said[at + 1].begin if at + 1 < len(said) else down.time + SOON_NS
            last = self._last_sample(max(one.begin, down.time), min(following, down.time + SOON_NS))
            if last is None:
                continue
            self.figures.stops += 1
            self.figures.silence = max(self.figures.silence, (last - down.time) / MS)
            if last - down.time > SILENCE_NS:
                late = (last - down.time) / MS
                yield f"silence: {one.text!r} goes on for {late:.0f} ms after {down.key} at {down.time}"

    def _last_sample(self, start: int, end: int) -> int | None:
        codec = self.record.reader.codec
        times = [
            segment.clock.time(segment.first + place + 1 + DELAY)
            for outlet in (codec.speaker, codec.headphones)
            for side in outlet.sides
            for segment in outlet.recording.segments(side, start, end)
            for place in _last_loud(segment.values)
        ]
        return max(times, default=None)

    def _sounds(self, down: Moment, later: list[Moment], again: bool, near: bool) -> Iterator[str]:
        """Check that something is said soon after a key."""
        said = self.record.said
        place = self.record.downs.index(down)
        first, why = next(
            (
                (one, cause)
                for one, cause in zip(said, self._causes, strict=True)
                if cause and cause.down == place
            ),
            (None, None),
        )
        begin = self._first_sample(first, down.time, down.time + SOON_NS)
        if (again and not near) or (why and why.work):
            return
        if begin is not None:
            if any(_moves(one) and down.time - _NOTICE_NS < one.time < begin for one in self.record.moments):
                return  # the plug that came or went took the tone with it, and this is what came behind it
            self.figures.sound = max(self.figures.sound, (begin - down.time) / MS)
            if begin - down.time <= SOUND_NS:
                return
        # What came in between took its place, or a plug that was not noticed yet, or the reader erases itself.
        unnoticed = any(
            moment.what == "out" and 0 <= down.time - moment.time < _NOTICE_NS
            for moment in self.record.moments
        )
        taken = near or unnoticed or later[0].time <= down.time + SOUND_NS
        if begin is None and (taken or self._erasing(down.time)):
            return
        late = "nothing" if begin is None else f"{(begin - down.time) / MS:.0f} ms"
        yield f"sound: {late} after {down.key} at {down.time}"

    def _first_sample(self, utterance: Utterance | None, start: int, end: int) -> int | None:
        if utterance is None or utterance.begin >= end:
            return None
        codec = self.record.reader.codec
        times = [
            outlet.first_sound(max(start, utterance.begin), end)
            for outlet in (codec.speaker, codec.headphones)
        ]
        return min((when for when in times if when is not None), default=None)

    def _erasing(self, when: int) -> bool:
        return any("erasing" in one.names and one.begin < when for one in self.record.said)

    # --- no sound without a key ---

    def calls(self) -> Iterator[str]:
        """Every sound was called for: by a key just now, or it is what an earlier one waits for."""
        for one, cause in zip(self.record.said, self._causes, strict=True):
            if cause is None:
                yield f"no key: {one.text!r} at {one.begin}"

    def clips(self) -> Iterator[str]:
        """Nothing but clips is heard, and only a key, the jack or the power cuts one off."""
        stops = [moment.time for moment in self.record.moments if moment.what in _STOPS]
        stops += [when for down in self.record.downs if not down.ready for when in _while_starting(down)]
        for one in self.record.said:
            for clip in one.clips:
                if clip.name == "?":
                    yield f"noise: {clip.samples} samples at {clip.begin}"
                elif not clip.whole and not any(-SILENCE_NS < clip.end - time < SOON_NS for time in stops):
                    yield f"cut: {clip.name} at {clip.end}"

    # --- outlets ---

    def outlets(self) -> Iterator[str]:
        """With a plug in the jack the loudspeaker is silent; codes come from it only where that is allowed."""
        record = self.record
        patience = 0 if record.start.through_jack else _NOTICE_NS
        since = 0 if record.start.plug else None
        for moment in record.moments:
            if moment.what == "in" and since is None:
                since = moment.time + patience
            elif since is not None and moment.what in ("end", "out"):
                self.figures.plugs += 1
                when = record.reader.codec.speaker.first_sound(since, moment.time)
                if when is not None:
                    yield f"plug: the loudspeaker sounds at {when}, {(when - since) / MS:.1f} ms too late"
                since = None
        for one in record.said:
            aloud = record.at(one.begin).records.choices.aloud
            # A tone and one digit may also be the number of a speed.
            digits = () if len(one.digits) == 1 and one.names[0] == "tone_item" else one.digits
            if aloud != 2 and any("speaker" in clip.outlets for clip in digits):
                yield f"private: {one.code!r} from the loudspeaker at {one.begin}"

    # --- codes ---

    def codes(self) -> Iterator[str]:
        """A code is the right one, in the right rhythm, and lasts long enough."""
        spoken: set[tuple[str, int]] = set()
        counter = -1
        for one in self.record.said:
            digits = one.digits
            if len(digits) < 2:
                # The walk says them one by one, and began with time enough; to say the code then is to repeat it.
                spoken |= self._begun(one)
                continue
            choices = self.record.at(one.begin).records.choices
            rhythm = whole(one.language).speeds[min(choices.speed, 5)]
            yield from self._rhythm(one, digits, rhythm.rate, rhythm.gap_ms, rhythm.pause_ms)
            begin = digits[0].begin
            utc = self.record.utc_ns(begin)
            found = self._key_of(one.code, utc)
            if found is None:
                if self._jumped(begin):
                    continue
                yield f"code: {one.code} at {begin} is no key's"
                continue
            key, moving, code = found
            self.figures.codes += 1
            if key.kind == "hotp":
                if moving < counter and len(one.code) >= 4:
                    yield f"code: counter {moving} after {counter}"
                counter = max(counter, moving) if len(one.code) < 4 else moving
                continue
            assert utc is not None
            first = (key.name, moving) not in spoken
            spoken.add((key.name, moving))
            self.figures.repeats += not first
            left = ((moving + 1) * key.period * S - utc) / MS
            spare = left - (2 if first else 1) * code_length_ms(one.language, code, choices.speed)
            if self._jumped(begin):
                continue
            self.figures.spare = min(self.figures.spare, spare)
            if spare < 0:
                yield f"twice: {code} at {begin} has {left:.0f} ms left, {-spare:.0f} too few, first: {first}"

    def _begun(self, one: Utterance) -> set[tuple[str, int]]:
        """Return key and step of each code of which an utterance may be the first digit."""
        utc = self.record.utc_ns(one.begin)
        if not one.digits or utc is None or one.digits[0].gap_ms == BETWEEN_MS:
            return set()  # behind a tone so long before it is a number
        steps = [(key, utc // S // key.period) for key in keys_of(self.record) if key.kind == "totp"]
        return {(key.name, step) for key, step in steps if code_of(key, step).startswith(one.code)}

    def _rhythm(
        self, one: Utterance, digits: tuple[Clip, ...], rate: str, gap_ms: int, pause_ms: int
    ) -> Iterator[str]:
        sizes = {len(one.code)} if self._whole(one) else {6, 7, 8}
        if self._whole(one) and len(one.code) not in {key.digits for key in keys_of(self.record)}:
            yield f"code: {one.code!r} at {one.begin} ends early"
            return
        errors: list[float] = []
        for size in sizes:
            wanted = [pause_ms if place == (size + 1) // 2 else gap_ms for place in range(1, len(digits))]
            got = [clip.gap_ms for clip in digits[1:]]
            errors.append(max((abs(a - b) for a, b in zip(wanted, got, strict=True)), default=0))
        self.figures.gap = max(self.figures.gap, min(errors))
        if min(errors) > GAP_MS:
            yield f"gap: {one.code} at {one.begin} is off by {min(errors):.1f} ms"
        if any(not clip.name.endswith(rate) for clip in digits):
            yield f"gap: {one.code} at {one.begin} is not said at the rate {rate}"

    def _whole(self, one: Utterance) -> bool:
        """Whether nothing could have stopped it."""
        end = one.end + 1100 * MS
        return one.whole and all(
            moment.time < one.begin - SILENCE_NS or moment.time > end
            for moment in self.record.moments
            if moment.what in _STOPS
        )

    def _key_of(self, begun: str, utc: int | None) -> tuple[Key, int, str] | None:
        """Return key, step or counter, and the whole code, of the digits that were begun."""
        for key in keys_of(self.record):
            if key.kind == "hotp":
                candidates = range(key.counter, key.counter + 60)
            elif utc is None:
                continue
            else:
                candidates = (utc // S // key.period,)
            for moving in candidates:
                code = code_of(key, moving)
                if code.startswith(begun):
                    return key, moving, code
        return None

    def _jumped(self, when: int) -> bool:
        return jumped(self.record, when - 500 * MS, when + 500 * MS)

    def repeats(self) -> Iterator[str]:
        """A counter's code stays the same while nothing but Speak is pressed; that of a step does by itself."""
        before: Utterance | None = None
        for one in self.record.said:
            if len(one.digits) < 2:
                continue
            if not self._of_counter(one):
                before = None
                continue
            if before and one.begin - before.begin < _KEPT_NS and self._only_speak(before.begin, one.begin):
                self.figures.repeats += 1
                size = min(len(before.code), len(one.code))  # either may have been stopped
                if before.code[:size] != one.code[:size]:
                    yield f"repeat: {one.code} at {one.begin}, {before.code} before"
            before = one

    def _of_counter(self, one: Utterance) -> bool:
        """Whether a code is a counter's, and not one of now as well as far as it was said."""
        utc = self.record.utc_ns(one.digits[0].begin)
        of_now = [
            code_of(key, utc // S // key.period)
            for key in keys_of(self.record)
            if key.kind == "totp" and utc is not None
        ]
        no_time = self._key_of(one.code, None)
        return no_time is not None and not any(code.startswith(one.code) for code in of_now)

    def _only_speak(self, since: int, until: int) -> bool:
        """Whether nothing happened between two times but presses of Speak."""
        between = [moment for moment in self.record.moments if since < moment.time < until]
        return all(moment.what == "down" and moment.key == "speak" and moment.ready for moment in between)

    def waits(self) -> Iterator[str]:
        """The number of seconds is right, and then the next code is said by itself."""
        for one in self.record.said:
            if one.names[1:2] != [WAIT] or "wait" not in one.names or "minute" in one.text:
                continue
            utc = self.record.utc_ns(one.begin)
            if utc is None or self._jumped(one.begin):
                continue
            number = _NUMBER.search(one.text)
            seconds = int(number.group()) if number else 1
            work = (one.clips[1].begin - one.begin) / S  # the reader reckons behind the tone
            self.figures.waits += 1
            ends = {
                (utc // S // period + 1) * period for period in {key.period for key in keys_of(self.record)}
            }
            if not any(-work <= seconds - (end * S - utc) / S < 1.3 for end in ends):
                yield f"wait: {one.text!r} at {one.begin}, {[(end * S - utc) / S for end in ends]} s before"
                continue
            end = one.begin + min(end * S - utc for end in ends if end * S - utc >= (seconds - 1.3) * S)
            disturbed = any(
                one.begin - SILENCE_NS < moment.time < max(end, one.end) + 2 * S
                for moment in self.record.moments
            )
            after = [other for other in self.record.said if other.begin > one.begin]
            due = after and (after[0].digits or "sent" in after[0].names) and end <= after[0].begin
            if not disturbed and not due:
                yield f"wait: {one.text!r} at {one.begin} is not followed by a code after {end}"


def _moves(moment: Moment) -> bool:
    """Whether a plug came where there was none, or went where there was one."""
    return moment.what in ("in", "out") and moment.plug == (moment.what == "out")


def _while_starting(down: Moment) -> range:
    """Return times at which a key may count that came while the reader started."""
    return range(down.time, down.time + SWITCH_ON_NS, SILENCE_NS)


def _last_loud(values: Sequence[float]) -> Iterator[int]:
    """Give the place of the last sample that is not zero."""
    for place in range(len(values) - 1, -1, -1):
        if values[place]:
            yield place
            return
