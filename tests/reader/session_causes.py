"""Why a reader made each of its sounds: a key just pressed, what that key's tone announced, or the end of a wait.

`find_causes(record)` looks for the explanation that leaves the fewest sounds unexplained, then the fewest keys unheard.
What may explain a sound:

* A key that counts, a moment ago; each key calls for one utterance. It begins with a tone, unless it is a code.
* A key's tone, when the key had work to do: what that work led to comes behind the tone, unless another key came.
* The end of a wait for the next code that was announced, unless another key came: the code, or that it needs the plug
  which was pulled meanwhile.
* A wipe that a key confirmed: that it is done.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from segl.otpauth import Key
from segl_sim.hearing.transcript import Utterance
from tests.reader.session import MS, NEW, Moment, Record, S

SOUND_NS = 150 * MS  # from a key to the first sample
SILENCE_NS = 100 * MS  # from a key to the last one
SAME_KEY_NS = 500 * MS
SOON_NS = 400 * MS  # what begins sooner after a key was called for by it, be it too late or not
SWITCH_ON_NS = 1500 * MS  # as both, for the key that switches the reader on, or comes while it starts
WAIT = "new_code_in"
_HANDLED_NS = 50 * MS  # what begins sooner after a key may have been called for before it
_WORK_NS = 700 * MS  # from the tone that answers a key to what is then said
_NEXT_NS = 1000 * MS  # from the end of a wait, and of what was said of it, to the next code
_QUICKEST_NS = 3 * MS  # nothing is heard sooner after its key
_EDGE_NS = 30 * MS  # a contact bounces, and the reader counts in ms: what is so near may count or not
_UNEXPLAINED = 1000  # keys that are not heard weigh as much as one such sound
_TONE = "tone_item"
_WRONG = "tone_wrong"
_WIPED = ("erasing", "erased")


class Pressed(NamedTuple):
    """A key went down.

    Args:
        moment: When.
        again: Whether it comes within half a second after the same one, so that it only stops speech.
        near: Whether that is a near thing, so that it may be otherwise.
    """

    moment: Moment
    again: bool
    near: bool


class Cause(NamedTuple):
    """Why something was said.

    Args:
        time: Virtual ns, from which it may have been about to be said.
        down: The key that it answers, as a place in `Record.downs`; -1 for what has another reason.
        work: Whether the key was answered by a tone before, and this is what its work led to. The key is named only
            where the tone was stopped before it was heard.
    """

    time: int
    down: int = -1
    work: bool = False


def find_causes(record: Record) -> list[Cause | None]:
    """Return for each utterance why it was said, None if there is no reason."""
    finder = _Finder(record)
    return list(finder.best(0, -1, None)[1])


def pressed(record: Record) -> Iterator[Pressed]:
    """Give each key that went down."""
    counted: list[Moment] = []  # those that may have been the last to count
    for down in record.downs:
        verdicts: set[bool] = set()
        for last in counted:
            since = down.time - last.time if last.key == down.key else 2 * SAME_KEY_NS
            verdicts |= {since - SAME_KEY_NS < _EDGE_NS, since - SAME_KEY_NS < -_EDGE_NS}
            if since < SAME_KEY_NS and not last.ready:
                verdicts |= {True, False}  # it counts from when the reader had started
        again, near = True in verdicts, len(verdicts) == 2
        yield Pressed(down, again, near)
        if not again:
            counted = []
        if not again or near:
            counted.append(down)


def keys_of(record: Record) -> tuple[Key, ...]:
    """Return all keys that the reader may have in a session."""
    return (*record.keys, NEW)


def jumped(record: Record, since: int, until: int) -> bool:
    """Whether the clock was wrong at some time between two."""
    return any(since < one.time < until for one in record.moments if one.what == "jump")


# --- inside ---


class _Finder:
    def __init__(self, record: Record) -> None:
        self.record = record
        self.pressed = list(pressed(record))
        self.best = cache(self._best)

    def _best(self, at: int, used: int, before: Cause | None) -> tuple[int, tuple[Cause | None, ...]]:
        """Return the least cost of what was said from a place on, and the causes.

        Args:
            at: The place.
            used: The last key that was heard.
            before: The cause of what was said last.
        """
        said = self.record.said
        if at == len(said):
            return self._unheard(used, len(self.pressed)), ()
        found: tuple[int, tuple[Cause | None, ...]] | None = None
        for cost, cause in self._candidates(at, used, before):
            further, causes = self.best(at + 1, max(used, cause.down) if cause else used, cause)
            if found is None or cost + further < found[0]:
                found = cost + further, (cause, *causes)
        assert found
        return found

    def _candidates(self, at: int, used: int, before: Cause | None) -> Iterator[tuple[int, Cause | None]]:
        one = self.record.said[at]
        for place in range(len(self.pressed) - 1, used, -1):
            down, again, near = self.pressed[place]
            passed = one.begin - down.time
            stopped = self._toneless(place)
            patience = max(_WORK_NS, _patience(down)) if stopped else _patience(down)
            if (again and not near) or not _QUICKEST_NS < passed <= patience:
                continue
            # A plug that is pulled takes the tone of a sentence with it, or all of the sentence.
            if not _begins(one) and not self._pulled(down.time - SILENCE_NS, one.begin):
                continue
            late = down.ready and passed > SOUND_NS
            work = late and stopped
            yield self._unheard(used, place) + (late and not work), Cause(down.time, place, work)
        if self._is_work(at):
            tone = self.record.said[at - 1]
            yield 0, Cause(before.time if before else tone.begin, work=True)
        elif self._by_itself(at):
            yield 0, Cause(one.begin)
        yield _UNEXPLAINED, None

    def _toneless(self, place: int) -> bool:
        """Whether the same key came again so soon that it may have stopped the tone before it was heard."""
        down = self.pressed[place].moment
        return any(
            (again or near) and other.key == down.key and other.time - down.time <= SOUND_NS
            for other, again, near in self.pressed[place + 1 :]
        )

    def _unheard(self, used: int, place: int) -> int:
        """Return how many keys between two places should have been heard."""
        later = [moment.time for moment in self.record.moments]
        return sum(
            down.ready and not again and not any(0 < time - down.time <= SOUND_NS for time in later)
            for down, again, _ in self.pressed[used + 1 : max(place, used + 1)]
        )

    def _is_work(self, at: int) -> bool:
        """Whether it is what the work of a key led to that was answered by a tone."""
        one = self.record.said[at]
        tone = self.record.said[at - 1] if at else None
        if tone is None or tone.names != [_TONE] or one.begin - tone.begin >= _WORK_NS:
            return False
        # It does without a tone of its own, unless the one before was stopped by the same key once more.
        stopped = any(
            again and tone.begin - SOUND_NS < down.time < one.begin for down, again, _ in self.pressed
        )
        return (one.names[0] != _TONE or stopped) and not self._counted(tone.begin, one.begin)

    def _by_itself(self, at: int) -> bool:
        """Whether it is what an earlier key waits for."""
        one = self.record.said[at]
        earlier = self.record.said[at - 1] if at else None
        if earlier is None:
            return False
        if _WIPED[0] in earlier.names and _WIPED[1] in one.names:
            return True
        # Of a clock that is wrong for once, nobody can say when a code is over, nor whether the next one is new.
        wrong = jumped(self.record, earlier.begin, one.end)
        pulled = self._pulled(earlier.begin, one.begin)
        ends_so = bool(one.digits) or "sent" in one.names or one.names == [_TONE]
        ends_so |= (wrong and WAIT in one.names) or (one.names[0] == _WRONG and (wrong or pulled))
        if not ends_so:
            return False
        # The same key again, and the plug, only stop the sentence, perhaps before it came to the wait, which goes on.
        stopped = any(again and abs(earlier.end - down.time) < SILENCE_NS for down, again, _ in self.pressed)
        stopped |= self._pulled(earlier.begin - SILENCE_NS, earlier.end + SOON_NS)
        # So may the whole sentence be, before any of it was heard.
        unheard = [
            down.time
            for place, (down, again, _) in enumerate(self.pressed)
            if not again and earlier.begin < down.time < one.begin and self._toneless(place)
        ]
        waited = WAIT in earlier.names or unheard or (stopped and not earlier.digits)
        if not waited or self._counted(max(unheard, default=earlier.begin), one.begin):
            return False
        return wrong or self._is_over(earlier, one)

    def _pulled(self, since: int, until: int) -> bool:
        """Whether the plug was pulled between two times."""
        return any(moment.what == "out" and since < moment.time < until for moment in self.record.moments)

    def _is_over(self, earlier: Utterance, one: Utterance) -> bool:
        """Whether a code has ended just now, or while the wait was announced."""
        utc = self.record.utc_ns(one.begin)
        if utc is None:
            return False
        since = min(utc % (key.period * S) for key in keys_of(self.record) if key.kind == "totp")
        return min(since, one.begin - earlier.end) < _NEXT_NS

    def _counted(self, since: int, until: int) -> bool:
        """Whether a key came between two utterances that ends whatever goes on."""
        return any(since < down.time < until - _HANDLED_NS and not again for down, again, _ in self.pressed)


def _begins(one: Utterance) -> bool:
    """Whether it has the beginning that an answer to a key has: a tone, or digits."""
    return one.names[0].startswith("tone_") or one.clips[0].is_digit


def _patience(down: Moment) -> int:
    """Return how long after a key a sound may still be its own, be it too late or not."""
    return SOON_NS if down.ready else SWITCH_ON_NS
