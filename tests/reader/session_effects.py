"""What a session led to: what was said and why, what a computer was answered, what was stored; whenever that was."""

from typing import NamedTuple

from tests.reader.session import Record
from tests.reader.session_causes import find_causes


class Told(NamedTuple):
    """What was said for one reason.

    Args:
        down: The key that it answers, as a place in `Record.downs`; -1 for what came by itself, after a wait.
        names: The ids of its clips, of what that key's work led to as well.
        ended: Whether it ended before anything else happened.
    """

    down: int
    names: list[str]
    ended: bool


def told(record: Record) -> list[Told]:
    """Return what was said, in order."""
    found: list[Told] = []
    for one, cause in zip(record.said, find_causes(record), strict=True):
        later = [moment.time for moment in record.moments if moment.time > one.begin]
        # What begins behind the last moment, in the samples that were on their way, did not end.
        ended = one.end < min(later, default=0)
        if cause and cause.work and cause.down < 0:
            before = found.pop()
            found.append(Told(before.down, before.names + one.names, ended))
        else:
            found.append(Told(cause.down if cause else -1, one.names, ended))
    return found


def differences(ours: Record, theirs: Record) -> list[str]:
    """Return in what two records of the same actions differ, except in times."""
    found = [
        f"{what}: {one} and {other}"
        for what, one, other in (
            ("troubles", ours.troubles, theirs.troubles),
            ("answers", ours.replies, theirs.replies),
            ("stored", ours.moments[-1].records, theirs.moments[-1].records),
        )
        if one != other
    ]
    mine, others = told(ours), told(theirs)
    if [one.down for one in mine] != [other.down for other in others]:
        return [*found, f"said: {mine} and {others}"]
    for one, other in zip(mine, others, strict=True):
        # How much of it is said before it is cut off depends on how long the work takes.
        size = None if one.ended and other.ended else min(len(one.names), len(other.names))
        if one.names[:size] != other.names[:size]:
            found.append(f"said: {one} and {other}")
    return found
