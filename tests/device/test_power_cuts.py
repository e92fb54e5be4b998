"""Power fails at every flash operation of 20 presses: no key lost, no counter or step back, and it always boots."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.device.full_display import FullDisplay, State
from tests.device.support import FAULTS, broken, codes_seen

ENGINES = ("micropython", "cpython")
ROUNDS = 10  # of two presses each
_S = 1_000_000_000

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]


def cuts(display: FullDisplay, states: Iterable[State], stride: int = 1, faults: int = 1) -> Iterator[State]:
    """Cut the power in the rounds that begin with these states, and yield what is known after each cut.

    Args:
        display: The device.
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
                after = display.cut_round(before, operation, FAULTS[(number // stride + way) % len(FAULTS)])
                more = after is not None
                if after is not None:
                    yield after


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cut_at_every_operation_of_20_presses(engine: str, count: Count, record_property: Record) -> None:
    display = FullDisplay(engine, ROUNDS)
    stride = count(4, 1) if engine == "micropython" else 1
    number = 0
    for after in cuts(display, display.rounds, stride, count(1, 5)):
        display.check(after, keys=number % count(8, 1) == 0)
        number += 1
    record_property("cuts", number)
    print(f"\n{engine}: {number} cuts")
    assert number > 250 // stride


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_cut_while_the_device_recovers(engine: str, count: Count, record_property: Record) -> None:
    display = FullDisplay(engine, count(3, ROUNDS))
    stride = count(9, 10) if engine == "micropython" else count(9, 1)
    number = 0
    for once in cuts(display, display.rounds, stride):
        for twice in cuts(display, [once], count(10, 1)):
            display.check(twice, keys=number % count(8, 1) == 0)
            number += 1
    record_property("double cuts", number)
    print(f"\n{engine}: {number} double cuts")
    assert number > count(20, 500)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_code_never_comes_before_its_commit(engine: str) -> None:
    display = FullDisplay(engine, ROUNDS)
    for before in display.rounds:
        display.whole_round(before)
        assert_committed_first(display)


def assert_committed_first(display: FullDisplay) -> None:
    """The trace of a round shows a write to the flash just before each code, and none just after it."""
    effects = list(display.world.trace.last)
    seen = codes_seen(display.device)
    assert len(seen) == 2
    for code in seen:
        writes = [place for place, effect in enumerate(effects) if effect.kind.startswith("flash.")]
        near = [place for place in writes if abs(effects[place].time - code.time) < _S // 2]
        assert near, "a code came without a commit"
        assert max(near) < code.place, "a code came before its commit"


# Each check above fails when the firmware breaks its promise.


def shown_first() -> dict[str, str]:
    late = """
        at, due = self.parts.keyring.due
        self.parts.store.put(2, at, due)
"""
    drawn = "key.name, code, None, 0)\n        self.parts.screen.show()\n"
    return broken("common/keyring.py", "self._store.put(_COUNTER, index,", "self.due = (index,") | broken(
        "code_display/app.py", drawn, drawn + late
    )


def removed_first() -> dict[str, str]:
    rename = "os.rename(self._new, self._log)"
    return broken("common/store.py", rename, "os.remove(self._log)\n        " + rename)


def step_forgotten() -> dict[str, str]:
    commit = 'self._store.put(_STEP, index, struct.pack("<Q", step))'
    return broken("common/keyring.py", commit, commit.replace("step)", "1)"))


@pytest.mark.parametrize("fault", [shown_first, removed_first, step_forgotten])
def test_a_firmware_that_does_not_survive_cuts_is_found_out(fault: Callable[[], dict[str, str]]) -> None:
    display = FullDisplay("cpython", 3, fault())
    with pytest.raises(AssertionError):  # noqa: PT012 - which of the cuts is caught does not matter
        for after in cuts(display, display.rounds):
            display.check(after)


def test_a_firmware_that_shows_before_it_commits_is_found_out() -> None:
    display = FullDisplay("micropython", 1, shown_first())
    display.whole_round(display.rounds[0])
    with pytest.raises(AssertionError, match="before its commit"):
        assert_committed_first(display)
