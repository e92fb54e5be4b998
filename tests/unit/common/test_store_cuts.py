"""The power cut at every flash operation of the store: nothing acknowledged is lost, nothing is half."""

import random
import struct
from collections.abc import Callable

import pytest

from common.store import Store
from tests.unit.common.board import Board, Flash, code_files, contents, fresh_board

Step = Callable[[Store], None]
# How many operations were done when a state was acknowledged, and that state.
Acknowledged = list[tuple[int, dict[tuple[int, int], bytes | None]]]


def press(step: int) -> Step:
    """Return what a press does: commit the step, then compact if it is time to."""

    def run(store: Store) -> None:
        store.put(2, step % 2, struct.pack("<Q", step))
        if store.wants_compaction:
            store.compact()

    return run


def provision(store: Store) -> None:
    store.put_all([(1, 0, bytes(200)), (2, 0, None), (3, 0, b"time")])


def put_many(store: Store) -> None:
    store.put_all([(4, key, bytes([key] * 230)) for key in range(16)])


SCENARIOS: dict[str, list[Step]] = {
    "20 presses across compaction": [press(step) for step in range(1000, 1020)],
    "a provisioning": [provision],
    "a large transaction": [put_many],
    "delete and compact": [lambda store: store.delete(1, 1), Store.compact, lambda store: store.delete(2, 0)],
}


def nearly_full(records_left: int) -> Flash:
    """Return a flash whose log reaches the compaction limit after some more presses."""
    board = fresh_board()
    store = board.store()
    generator = random.Random(2)
    for key in range(2):
        store.put(1, key, generator.randbytes(160))
    snapshots = []
    step = 0
    while not store.wants_compaction:
        snapshots.append(board.flash.snapshot())
        store.put(2, step % 2, struct.pack("<Q", step))
        step += 1
    board.flash.restore(snapshots[-records_left])
    board.flash.record.clear()
    return board.flash


def recover(flash: Flash) -> Store:
    store = Board(flash).store()
    assert not store.damaged
    assert not store.wiping
    return store


def run(flash: Flash, steps: list[Step]) -> Acknowledged:
    store = recover(flash)
    states: Acknowledged = [(0, contents(store))]
    for step in steps:
        step(store)
        states.append((len(flash.record), contents(store)))
    return states


def assert_kept(store: Store, states: Acknowledged, done: int) -> None:
    """What is found is the last state that was acknowledged, or the one that was being committed."""
    last = max(index for index, (operations, _) in enumerate(states) if operations <= done)
    assert contents(store) in [state for _, state in states[last : last + 2]]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_cut_at_every_operation(name: str) -> None:
    flash = nearly_full(3)
    states = run(flash, SCENARIOS[name])
    operations = len(flash.record)
    number = 0
    for done in flash.cuts():
        store = recover(flash)
        assert_kept(store, states, done)
        found = contents(store)
        store.put(5, 0, b"after")
        assert contents(recover(flash)) == {**found, (5, 0): b"after"}
        board = Board(flash)
        assert all(board.read(path) == data for path, data in code_files().items())
        number += 1
    print(f"{name}: {number} cuts at {operations} operations")
    assert number == 5 * operations


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_second_cut_during_recovery(name: str, count: Callable[[int, int], int]) -> None:
    flash = nearly_full(3)
    run(flash, SCENARIOS[name])
    number = 0
    for index, _ in enumerate(flash.cuts()):
        if index % count(40, 1):
            continue
        # Opening an interrupted store writes nothing, so the second cut comes in what follows.
        states = run(flash, [press(5000), Store.compact])
        for done in flash.cuts():
            assert_kept(recover(flash), states, done)
            number += 1
    print(f"{name}: {number} double cuts")
    assert number


def test_opening_writes_nothing() -> None:
    flash = nearly_full(3)
    recover(flash)
    assert not flash.record
