"""Compaction that is given up for other work, logs that are discarded, and long values: what a chip asks of stores."""

import random
from collections.abc import Callable

import pytest

from common.store import Store, StoreError
from tests.unit.common.board import Board, Flash, contents, fresh_board

LONG = random.Random(4).randbytes(4200)


def used(records: int = 12) -> Board:
    """A board whose store has records, and wants to be compacted."""
    board = fresh_board(40)
    store = board.store()
    generator = random.Random(6)
    for turn in range(48):
        store.put(1, turn % records, generator.randbytes(150))
    assert store.wants_compaction
    board.flash.record.clear()
    return board


def compacting_until(store: Store, step: int) -> bool:
    """Compact and give up before a step; say whether it had ended by then."""
    work = store.compacting()
    for number, _ in enumerate(work):
        if number == step:
            work.close()
            return False
    return True


def test_compaction_that_is_given_up_at_any_step_has_changed_nothing() -> None:
    step = 0
    ended = False
    while not ended:
        board = used()
        store = board.store()
        before = contents(store)
        ended = compacting_until(store, step)
        assert store.wants_compaction is not ended
        for opened in (store, Board(board.flash).store()):
            assert contents(opened) == before
            assert not opened.damaged
        store.put(1, 3, b"after")
        opened = Board(board.flash).store()
        assert contents(opened) == {**before, (1, 3): b"after"}
        opened.compact()
        assert contents(Board(board.flash).store()) == {**before, (1, 3): b"after"}
        step += 1
    assert step == 13


def test_it_yields_between_few_operations_and_once_for_each_record() -> None:
    board = used()
    store = board.store()
    steps = 0
    for _ in store.compacting():
        assert sum(page is None for (_, page), _ in board.flash.record) <= 1
        board.flash.record.clear()
        steps += 1
    assert steps == len(contents(store))


def test_a_cut_after_compaction_was_given_up(count: Callable[[int, int], int]) -> None:
    number = 0
    for step in range(0, 12, count(5, 1)):
        board = used()
        store = board.store()
        before = contents(store)
        compacting_until(store, step)
        store.put(2, 0, b"next")
        store.compact()
        for _ in board.flash.cuts(unstable=(False,)):
            opened = Board(board.flash).store()
            assert not opened.damaged
            assert contents(opened) in (before, {**before, (2, 0): b"next"})
            number += 1
    print(f"{number} cuts")
    assert number > 50


def test_a_discarded_store_is_empty_at_once_and_takes_records() -> None:
    board = used()
    store = board.store()
    store.discard()
    for opened in (store, Board(board.flash).store()):
        assert contents(opened) == {}
        assert (opened.damaged, opened.wiping, opened.wants_compaction) == (False, False, False)
    store.put(1, 1, b"new life")
    assert contents(Board(board.flash).store()) == {(1, 1): b"new life"}


def test_discarding_nothing_is_fine() -> None:
    board = fresh_board()
    store = board.store()
    store.discard()
    store.discard()
    assert contents(store) == {}


def test_discarding_takes_what_an_unfinished_compaction_left() -> None:
    board = used()
    store = board.store()
    compacting_until(store, 3)
    assert board.names("/store") == {"log", "new"}
    store.discard()
    assert board.names("/store") == set()


def test_discarding_mends_damage() -> None:
    board = fresh_board()
    board.store().put(1, 1, b"x")
    board.write("/store/log", b"\1" * 50)
    store = board.store()
    assert store.damaged
    store.discard()
    store.open()
    store.put(1, 1, b"y")
    assert contents(Board(board.flash).store()) == {(1, 1): b"y"}


def test_a_cut_at_every_operation_of_discarding() -> None:
    board = used()
    store = board.store()
    before = contents(store)
    compacting_until(store, 3)
    board.flash.record.clear()
    store.discard()
    number = 0
    for _ in board.flash.cuts():
        opened = Board(board.flash).store()
        assert not opened.damaged
        assert contents(opened) in (before, {})
        opened.discard()
        opened.put(1, 1, b"new life")
        assert contents(Board(board.flash).store()) == {(1, 1): b"new life"}
        number += 1
    assert number >= 2


def long_put(flash: Flash) -> tuple[dict[tuple[int, int], bytes | None], dict[tuple[int, int], bytes | None]]:
    """Put a long record over another one and a short one beside it; return what was there before and after."""
    store = Board(flash).store()
    before = contents(store)
    for _ in store.putting([(2, 0, LONG), (1, 0, b"short")]):
        pass
    return before, contents(store)


def test_a_record_of_4_kib_and_its_neighbor_are_one_commit_wherever_it_is_cut() -> None:
    board = used(4)
    board.store().put(2, 0, LONG[::-1])
    board.flash.record.clear()
    before, after = long_put(board.flash)
    assert after == {**before, (2, 0): LONG, (1, 0): b"short"}
    number = 0
    for _ in board.flash.cuts():
        store = Board(board.flash).store()
        assert not store.damaged
        assert contents(store) in (before, after)
        store.put(3, 0, b"more")
        store.compact()
        assert contents(Board(board.flash).store()) in ({**one, (3, 0): b"more"} for one in (before, after))
        number += 1
    assert number >= 100


def test_a_long_record_is_put_in_steps_of_one_erase() -> None:
    board = used(4)
    store = board.store()
    steps = 0
    for _ in store.putting([(2, 0, LONG)]):
        assert sum(page is None for (_, page), _ in board.flash.record) <= 1
        board.flash.record.clear()
        steps += 1
    assert sum(page is None for (_, page), _ in board.flash.record) <= 1
    assert steps == 6
    assert Board(board.flash).store().get(2, 0) == LONG


def test_of_a_long_record_nothing_is_there_before_its_last_step() -> None:
    board = used(4)
    store = board.store()
    before = contents(store)
    for _ in store.putting([(2, 0, LONG)]):
        assert contents(store) == before
        image = Flash(40)
        image.restore(board.flash.snapshot())
        assert contents(Board(image).store()) == before
        Board(board.flash)


def test_what_does_not_fit_a_transaction_is_refused_and_changes_nothing() -> None:
    board = fresh_board()
    store = board.store()
    store.put(1, 1, b"kept")
    with pytest.raises(ValueError, match="too long"):
        store.put_all([(2, 0, LONG), (2, 1, LONG)])
    assert contents(store) == contents(Board(board.flash).store()) == {(1, 1): b"kept"}


def test_a_damaged_store_is_not_compacted() -> None:
    board = fresh_board()
    board.store()
    board.write("/store/log", b"\1" * 50)
    store = board.store()
    with pytest.raises(StoreError):
        next(store.compacting())
