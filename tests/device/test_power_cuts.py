"""Power fails at every flash operation of 20 codes: nothing lost that was shown or said, and it always boots."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.device.full_device import FullDevice, State
from tests.device.kinds import DISPLAY, READER, Kind, each_kind
from tests.device.support import FAULTS, broken, codes_seen
from tests.soak import SOAK

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

ENGINES = ("micropython", "cpython")
ROUNDS = 10  # of two codes each
_S = 1_000_000_000
_TONE_NS = 120_000_000

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]


def cuts(device: FullDevice, states: Iterable[State], stride: int = 1, faults: int = 1) -> Iterator[State]:
    """Cut the power in the rounds that begin with these states, and yield what is known after each cut.

    Args:
        device: The device.
        states: Where to begin.
        stride: Of how many operations one is cut.
        faults: In how many of the five ways it is cut; the ways take turns.
    """
    number = 0
    for before in states:
        operation = 0
        more = True
        while more:
            operation += 1
            number += 1
            if number % stride:
                continue
            for way in range(faults):
                after = device.cut_round(before, operation, FAULTS[(number // stride + way) % len(FAULTS)])
                more = after is not None
                if after is not None:
                    yield after


# A reader speaks and is walked through its menu, which takes a computer several times as long: on MicroPython, each of
# its operations is cut in one of the ways, which take turns, and its double cuts are samples on both engines.
@pytest.mark.parametrize(
    ("kind", "engine", "rounds", "stride", "least", "ways"),
    [
        (DISPLAY, "micropython", 10, 4, 68, 5),
        (DISPLAY, "cpython", 10, 1, 288, 5),
        (READER, "micropython", 1, 15, 3, 1),
        (READER, "cpython", 1, 8, 8, 5),
    ],
    ids=str,
)
def test_a_cut_at_every_operation_of_20_codes(
    kind: Kind[Any],
    engine: str,
    rounds: int,
    stride: int,
    least: int,
    ways: int,
    count: Count,
    record_property: Record,
) -> None:
    device = FullDevice(kind, engine, count(rounds, ROUNDS))
    number = 0
    for after in cuts(device, device.rounds, count(stride, 1), count(1, ways)):
        device.check(after, keys=number % count(8, 1) == 0)
        number += 1
    record_property("cuts", number)
    print(f"\n{kind.name}, {engine}: {number} cuts")
    assert number >= count(least, 288)


@pytest.mark.parametrize(
    ("kind", "engine", "rounds", "least", "stride", "whole"),
    [
        (DISPLAY, "micropython", 3, 29, 9, 10),
        (DISPLAY, "cpython", 3, 29, 9, 1),
        (READER, "cpython", 1, 6, 30, 20),
        *([(READER, "micropython", 1, 6, 30, 60)] if SOAK else []),  # takes long
    ],
    ids=str,
)
def test_a_second_cut_while_the_device_recovers(
    kind: Kind[Any],
    engine: str,
    rounds: int,
    least: int,
    stride: int,
    whole: int,
    count: Count,
    record_property: Record,
) -> None:
    device = FullDevice(kind, engine, count(rounds, ROUNDS))
    number = 0
    for once in cuts(device, device.rounds, count(stride, whole)):
        for twice in cuts(device, [once], count(10, 1)):
            device.check(twice, keys=number % count(8, 1) == 0)
            number += 1
    record_property("double cuts", number)
    print(f"\n{kind.name}, {engine}: {number} double cuts")
    assert number >= count(least, 500)


@each_kind
@pytest.mark.parametrize("engine", ENGINES)
def test_a_code_never_comes_before_its_commit(kind: Kind[Any], engine: str) -> None:
    device = FullDevice(kind, engine, ROUNDS if kind is DISPLAY else 3)
    for before in device.rounds:
        device.whole_round(before)
        assert_committed_first(device)


def assert_committed_first(device: FullDevice) -> None:
    """The trace of a round has a write to the flash just before each code, and none just after it; so has its sound."""
    effects = list(device.world.trace.last)
    seen = codes_seen(device.device)
    assert len(seen) == 2
    for code in seen:
        writes = [place for place, effect in enumerate(effects) if effect.kind.startswith("flash.")]
        near = [place for place in writes if abs(effects[place].time - code.time) < _S // 2]
        assert near, "a code came without a commit"
        assert max(near) < code.place, "a code came before its commit"
        if device.kind is READER:
            committed = effects[max(near)].time
            speaker = device.device.codec.speaker
            # A tone says at once that the key has been felt; nothing of the code may come so early.
            before = speaker.sounds(committed - _S, committed)
            said = [end - begin for begin, end in before if end - begin > _TONE_NS]
            assert not said, "a code was said before its commit"
            assert len(before) <= 1
            assert speaker.first_sound(committed, committed + _S // 2) is not None


# Each check above fails when the firmware breaks its promise.


def shown_first(kind: Kind[Any]) -> dict[str, str]:
    """Shows a code of a counter, or begins to say it, and commits the counter then."""
    keyring = broken(
        "common/keyring.py", "self._store.put(_COUNTER, index,", "self.due = (index,", package=kind.package
    )
    if kind is DISPLAY:
        drawn = "key.name, code, None, 0)\n        self.parts.screen.show()\n"
        late = "        at, due = self.parts.keyring.due\n        self.parts.store.put(2, at, due)\n"
        return keyring | broken("code_display/app.py", drawn, drawn + late)
    waiting = 'action = app.action((yield (app.loop.now + 1000, ("key", "ask", "quiet"))))\n'
    late = """
            event = yield (app.loop.now + 300, ("key", "ask", "quiet"))
            due, app.parts.keyring.due = getattr(app.parts.keyring, "due", None), None
            if due:
                app.parts.store.put(2, *due)
            action = app.action(event)
"""
    return keyring | broken("audio_reader/teller.py", waiting, late.strip() + "\n", package=kind.package)


def removed_first(kind: Kind[Any]) -> dict[str, str]:
    rename = "os.rename(self._new, self._log)"
    return broken("common/store.py", rename, "os.remove(self._log)\n        " + rename, package=kind.package)


def step_forgotten(kind: Kind[Any]) -> dict[str, str]:
    commit = 'self._store.put(_STEP, index, struct.pack("<Q", step))'
    return broken("common/keyring.py", commit, commit.replace("step)", "1)"), package=kind.package)


def choice_forgotten(kind: Kind[Any]) -> dict[str, str]:
    commit = "self._store.put(_RECORD, 0, struct.pack(_FORMAT, *values))"
    kept = f"values[-1] or {commit}"
    return broken("audio_reader/settings.py", commit, kept, package=kind.package)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (DISPLAY, shown_first),
        (DISPLAY, removed_first),
        (DISPLAY, step_forgotten),
        (READER, choice_forgotten),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_firmware_that_does_not_survive_cuts_is_found_out(
    kind: Kind[Any], fault: Callable[[Kind[Any]], dict[str, str]]
) -> None:
    with pytest.raises(AssertionError):  # noqa: PT012 - which of the cuts is caught does not matter
        device = FullDevice(kind, "cpython", 3, fault(kind))
        for after in cuts(device, device.rounds, 1 if kind is DISPLAY else 2):
            device.check(after)


@each_kind
def test_a_firmware_that_shows_or_speaks_before_it_commits_is_found_out(kind: Kind[Any]) -> None:
    device = FullDevice(kind, "micropython", 1, shown_first(kind))
    device.whole_round(device.rounds[0])
    with pytest.raises(AssertionError, match="before its commit"):
        assert_committed_first(device)
