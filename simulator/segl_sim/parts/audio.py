"""What left an audio output, and when: samples as they came in, and the gains that they met on their way.

Nothing is computed while a device runs. A part keeps the bytes that arrived on its digital input as *runs* of
frames on an exact clock, and each gain as a line over time; samples are made when somebody asks for them.

Sums of products of whole numbers keep all times exact; samples are floats, 1.0 is digital full scale.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

FOREVER = 1 << 62
_NS = 1_000_000_000


@dataclass(frozen=True)
class FrameClock:
    """When each frame is on the wire.

    Args:
        start: Virtual ns of the first bit of frame 0.
        num: A frame takes num / den ns.
        den: See `num`.
        bits: Bits of one channel's word.
    """

    start: int
    num: int
    den: int
    bits: int

    @property
    def rate(self) -> float:
        """Frames in a second."""
        return _NS * self.den / self.num

    def time(self, frame: int) -> int:
        """Return when a frame begins, in virtual ns."""
        return self.start + frame * self.num // self.den

    def frame_from(self, when: int) -> int:
        """Return the first frame, from 0 on, that does not begin before `when`."""
        frame = max(0, (when - self.start) * self.den // self.num)
        while self.time(frame) < when:
            frame += 1
        return frame


@dataclass
class Run:
    """Frames without a gap, as they came.

    Args:
        clock: When each is on the wire.
        first: Number of the first frame.
        channels: 1 when both channels carry the same, else 2.
        data: Little-endian words of `clock.bits`.
    """

    clock: FrameClock
    first: int
    channels: int
    data: bytearray = field(default_factory=bytearray)

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return len(self.data) // (self.channels * self.clock.bits // 8)

    def words(self, channel: int, begin: int, end: int) -> list[int]:
        """Return one channel's samples, 16 bits each, frames `begin` to `end` counted from the run's first."""
        size = self.clock.bits // 8 * self.channels
        values = array("h" if self.clock.bits == 16 else "i", bytes(self.data[begin * size : end * size]))
        picked = values[channel % self.channels :: self.channels]
        return picked.tolist() if self.clock.bits == 16 else [value >> 16 for value in picked]


class Line:
    """A level that moves in equal steps towards where it was last sent: a volume with soft-stepping.

    Args:
        level: Where it starts.
    """

    def __init__(self, level: int) -> None:
        self._times = [-FOREVER]
        self._moves = [(level, level, 0)]

    def at(self, when: int) -> tuple[int, int]:
        """Return the level at a time, and the time of its next change."""
        index = bisect_right(self._times, when) - 1
        begin, end, step = self._moves[index]
        limit = self._times[index + 1] if index + 1 < len(self._times) else FOREVER
        if begin == end:
            return end, limit
        done = (when - self._times[index]) // step
        if done >= abs(end - begin):
            return end, limit
        level = begin + done if end > begin else begin - done
        return level, min(limit, self._times[index] + (done + 1) * step)

    def go(self, when: int, level: int, step_ns: int) -> None:
        """Move from `when` on, one step each `step_ns` (0: at once); forgets later moves."""
        now = self.at(when)[0]
        self._cut(when)
        if step_ns == 0 or now == level:
            now = level
        self._add(when, (now, level, step_ns))

    def jump(self, when: int, level: int) -> None:
        """Be at a level at once; forgets later moves."""
        self._cut(when)
        self._add(when, (level, level, 0))

    def settled(self, when: int) -> bool:
        """Return whether no move is under way or ahead."""
        return self.at(when)[0] == self._moves[-1][1] and self._times[-1] <= when

    def _cut(self, when: int) -> None:
        while self._times[-1] >= when:
            self._times.pop()
            self._moves.pop()

    def _add(self, when: int, move: tuple[int, int, int]) -> None:
        begin, end, _ = self._moves[-1]
        if not (begin == end == move[0] == move[1]):
            self._times.append(when)
            self._moves.append(move)


class Switch:
    """A factor that jumps: on or off, or an amplifier's gain.

    Args:
        value: Where it starts.
    """

    def __init__(self, value: float = 0.0) -> None:
        self._times = [-FOREVER]
        self._values = [value]

    def at(self, when: int) -> tuple[float, int]:
        """Return the factor at a time, and the time of its next change."""
        index = bisect_right(self._times, when) - 1
        return self._values[index], self._times[index + 1] if index + 1 < len(self._times) else FOREVER

    def set(self, when: int, value: float) -> None:
        """Jump at `when`, which may lie ahead; forgets later jumps."""
        while self._times[-1] >= when:
            self._times.pop()
            self._values.pop()
        if self._values[-1] != value:
            self._times.append(when)
            self._values.append(value)


@dataclass(frozen=True)
class Segment:
    """Samples of one outlet without a gap.

    Args:
        start: Virtual ns at which the first one leaves.
        clock: The clock whose frame `first` it was.
        first: See `clock`.
        values: Samples, 1.0 is digital full scale at 0 dB.
    """

    start: int
    clock: FrameClock
    first: int
    values: array[float]


# gains(outlet, time on the wire, time at the outlet) -> factors for left and right, and the frame time up to which,
# on the wire, they stay.
Gains = Callable[[str, int, int], tuple[float, float, int]]


class Recording:
    """Everything that came in, to be heard through the gains of its time.

    Args:
        gains: The factors between input and outlet.
        delay_frames: How many frames after a frame was complete its sample leaves.
        catch_up: Called before anybody listens, so that what is due has come in.
    """

    def __init__(self, gains: Gains, delay_frames: int, catch_up: Callable[[], None]) -> None:
        self.runs: list[Run] = []
        self._gains = gains
        self._delay = delay_frames + 1  # a frame is complete when the next one begins
        self._catch_up = catch_up

    def add(self, clock: FrameClock, first: int, channels: int, data: bytes | bytearray) -> None:
        """Take frames that came in."""
        if self.runs:
            last = self.runs[-1]
            if last.clock is clock and last.channels == channels and last.first + last.frames == first:
                last.data += data
                return
        self.runs.append(Run(clock, first, channels, bytearray(data)))

    def forget(self) -> None:
        """Drop what was recorded so far, to keep a long run small."""
        self._catch_up()
        self.runs.clear()

    def passes(self, outlet: str, clock: FrameClock, first: int, last: int) -> bool:
        """Return whether anything of frames `first` to before `last` would reach an outlet, as gains are set now."""
        return any(left or right for _, _, left, right in self._pieces(outlet, clock, first, last))

    def segments(self, outlet: str, start: int = -FOREVER, end: int = FOREVER) -> list[Segment]:
        """Return what left an outlet from `start` until before `end` (virtual ns), leaving out silence."""
        self._catch_up()
        found: list[Segment] = []
        for run in self.runs:
            begin, stop = run.first, run.first + run.frames
            if start > run.clock.start:
                begin = max(begin, run.clock.frame_from(start) - self._delay)
            if end < FOREVER:
                stop = min(stop, run.clock.frame_from(end) - self._delay)
            for first, last, left, right in self._pieces(outlet, run.clock, begin, stop):
                if left or right:
                    self._append(found, run, first, self._mix(run, first, last, left, right))
        return found

    def samples(self, outlet: str, start: int, end: int, rate: int = 16_000) -> array[float]:
        """Return an outlet's samples at an even rate, silence included.

        Args:
            outlet: Which.
            start: Virtual ns of the first sample.
            end: Virtual ns before which the last sample lies.
            rate: In Hz; of a stream at another rate, the sample that is on its way at each moment is taken.
        """
        count = max(0, -(-(end - start) * rate // _NS))
        out = array("f", bytes(4 * count))
        for segment in self.segments(outlet, start, end):
            place = (segment.start - start) * rate // _NS
            if round(segment.clock.rate) == rate:
                values = segment.values[: max(0, count - place)]
                out[place : place + len(values)] = values
            else:
                num, den = segment.clock.num, segment.clock.den
                for spot in range(-(-(segment.start - start) * rate // _NS), count):
                    index = (spot * _NS - (segment.start - start) * rate) * den // (num * rate)
                    if index >= len(segment.values):
                        break
                    out[spot] = segment.values[index]
        return out

    def level_db(self, outlet: str, start: int, end: int) -> float:
        """Return the level between two times in dB: 0 is a sine of digital full scale at no gain; -inf is silence."""
        values = self.samples(outlet, start, end)
        power = math.fsum(value * value for value in values) / max(1, len(values))
        return 10 * math.log10(2 * power) if power else -math.inf

    def peak(self, outlet: str, start: int = -FOREVER, end: int = FOREVER) -> float:
        """Return the largest sample between two times; above 1.0 an amplifier of gain 1 would clip."""
        return max((max(map(abs, one.values)) for one in self.segments(outlet, start, end)), default=0.0)

    def first_sound(self, outlet: str, after: int = -FOREVER, end: int = FOREVER) -> int | None:
        """Return when the first sample that is not zero left, in virtual ns; None if none did."""
        for segment in self.segments(outlet, after, end):
            for index, value in enumerate(segment.values):
                if value:
                    return segment.clock.time(segment.first + index + self._delay)
        return None

    def silent_since(self, outlet: str, start: int = -FOREVER) -> int | None:
        """Return when the last sample that is not zero ended, in virtual ns; None if there was none since `start`."""
        for segment in reversed(self.segments(outlet, start)):
            for index in range(len(segment.values) - 1, -1, -1):
                if segment.values[index]:
                    return segment.clock.time(segment.first + index + 1 + self._delay)
        return None

    def pops(self, outlet: str, start: int = -FOREVER, end: int = FOREVER) -> list[int]:
        """Return the times (virtual ns) at which the gain jumped by more than 2 dB while a signal was there.

        A signal is a sample of more than a thousandth of full scale on either side of the jump, before the gain.
        """
        self._catch_up()
        found: list[int] = []
        for run in self.runs:
            before: float | None = None
            stop = run.first + run.frames
            for first, _, left, right in self._pieces(outlet, run.clock, run.first, stop):
                factor = abs(left) + abs(right)
                when = run.clock.time(first + self._delay)
                if (
                    before is not None
                    and _jumps(before, factor)
                    and start <= when < end
                    and self._signal(run, first)
                ):
                    found.append(when)
                before = factor
        return found

    def _signal(self, run: Run, frame: int) -> bool:
        begin = max(0, frame - run.first - 1)
        return any(abs(word) > 32 for channel in (0, 1) for word in run.words(channel, begin, begin + 2))

    def _pieces(
        self, outlet: str, clock: FrameClock, begin: int, end: int
    ) -> Iterator[tuple[int, int, float, float]]:
        """Give stretches of frames with one gain: first, behind the last, factors of left and right."""
        frame = begin
        while frame < end:
            wire = clock.time(frame)
            left, right, until = self._gains(outlet, wire, clock.time(frame + self._delay))
            stop = end if until >= FOREVER else min(end, max(frame + 1, clock.frame_from(until)))
            yield frame, stop, left, right
            frame = stop

    def _mix(self, run: Run, first: int, last: int, left: float, right: float) -> list[float]:
        begin, end = first - run.first, last - run.first
        if not right or (left and run.channels == 1):
            factor = (left + (right if run.channels == 1 else 0)) / 32768
            return [word * factor for word in run.words(0, begin, end)]
        if not left:
            factor = right / 32768
            return [word * factor for word in run.words(1, begin, end)]
        pairs = zip(run.words(0, begin, end), run.words(1, begin, end), strict=True)
        return [(a * left + b * right) / 32768 for a, b in pairs]

    def _append(self, found: list[Segment], run: Run, first: int, values: list[float]) -> None:
        last = found[-1] if found else None
        if last and last.clock is run.clock and last.first + len(last.values) == first:
            last.values.extend(values)
        else:
            found.append(Segment(run.clock.time(first + self._delay), run.clock, first, array("f", values)))


def _jumps(before: float, after: float) -> bool:
    low, high = sorted((before, after))
    return high > 0.001 and (low == 0 or high / low > 1.26)
