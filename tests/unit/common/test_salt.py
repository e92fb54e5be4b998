"""The salt is there whole or not at all, and once it is destroyed no bit of it is left, wherever the power is cut."""

import random
from collections.abc import Callable

import pytest

from common.salt import Salt
from tests.unit.common.board import Board, Flash, code_files, fresh_board

VALUE = random.Random(1).randbytes(32)
OTHER = random.Random(2).randbytes(32)
PIECE = 8  # bytes in a row that betray a salt


def lies_in(flash: Flash, value: bytes) -> bool:
    image = flash.image()
    return any(value[at : at + PIECE] in image for at in range(len(value) - PIECE + 1))


def destroy(board: Board) -> None:
    for _ in Salt("/salt").destroy():
        pass


def with_salt(value: bytes = VALUE) -> Board:
    """A board with a salt, as a chip makes its first one, and with a file beside it."""
    board = fresh_board()
    destroy(board)
    Salt("/salt").create(value)
    board.write("/salt/root", OTHER)
    board.flash.record.clear()
    return board


def test_a_salt_outlives_the_power() -> None:
    board = with_salt()
    assert Salt("/salt").read() == VALUE
    Board(board.flash)
    assert Salt("/salt").read() == VALUE


def test_a_new_board_has_none() -> None:
    fresh_board()
    assert Salt("/salt").read() is None


@pytest.mark.parametrize("size", [0, 1, 31, 33])
def test_a_salt_of_another_length_is_none(size: int) -> None:
    board = with_salt()
    board.write("/salt/salt", bytes(size))
    assert Salt("/salt").read() is None


def test_nothing_of_a_salt_is_left_in_either_block_once_it_is_destroyed() -> None:
    board = with_salt()
    assert lies_in(board.flash, VALUE)
    destroy(board)
    assert not lies_in(board.flash, VALUE)
    assert not lies_in(board.flash, OTHER), "what lay beside it is left"
    assert Salt("/salt").read() is None
    assert board.names("/") == {"boot.mpy", "main.mpy", "lib"}


def test_both_blocks_of_its_directory_are_erased() -> None:
    board = with_salt()
    where = board.flash.image().find(VALUE) // 4096
    wear = board.flash.wear.copy()
    destroy(board)
    erased = {block for block, times in board.flash.wear.items() if times > wear[block]}
    assert where in erased
    assert len(erased) >= 2


def test_destroying_none_changes_nothing() -> None:
    board = fresh_board()
    destroy(board)
    assert not board.flash.record


def test_it_yields_between_the_erases() -> None:
    board = with_salt()
    for _ in Salt("/salt").destroy():
        assert sum(page is None for (_, page), _ in board.flash.record) <= 2
        board.flash.record.clear()


def test_no_salt_of_many_is_left(count: Callable[[int, int], int]) -> None:
    """Also where littlefs, after a hundred erases of a directory, gives it other blocks."""
    board = fresh_board()
    chance = random.Random(3)
    for _ in range(count(200, 3000)):
        value = chance.randbytes(32)
        Salt("/salt").create(value)
        board.write("/salt/root", value[::-1])
        destroy(board)
        board.flash.record.clear()
        assert not lies_in(board.flash, value)
        assert not lies_in(board.flash, value[::-1])


def test_a_cut_at_every_operation_of_destroying() -> None:
    flash = with_salt().flash
    destroy(Board(flash))
    operations = len(flash.record)
    number = 0
    for _ in flash.cuts():
        board = Board(flash)
        found = Salt("/salt").read()
        assert found in (VALUE, None)
        if found is None:
            destroy(board)
            assert not lies_in(flash, VALUE)
            Salt("/salt").create(OTHER)
            assert Salt("/salt").read() == OTHER
            Board(flash)
            assert Salt("/salt").read() == OTHER
        assert all(board.read(path) == data for path, data in code_files().items())
        number += 1
    print(f"{number} cuts at {operations} operations")
    assert number == 5 * operations


def test_a_second_cut_while_it_is_destroyed_again(count: Callable[[int, int], int]) -> None:
    flash = with_salt().flash
    destroy(Board(flash))
    number = 0
    for index, _ in enumerate(flash.cuts()):
        if index % count(97, 1):
            continue
        board = Board(flash)
        if Salt("/salt").read() is not None:
            continue
        destroy(board)
        for _ in flash.cuts():
            board = Board(flash)
            assert Salt("/salt").read() is None
            destroy(board)
            assert not lies_in(flash, VALUE)
            number += 1
    print(f"{number} double cuts")
    assert number


def test_a_cut_at_every_operation_of_creating() -> None:
    flash = with_salt().flash
    destroy(Board(flash))
    Board(flash)
    flash.record.clear()
    Salt("/salt").create(OTHER)
    number = 0
    for _ in flash.cuts():
        board = Board(flash)
        found = Salt("/salt").read()
        assert found in (OTHER, None)
        if found is None:
            destroy(board)
            Salt("/salt").create(VALUE)
            assert Salt("/salt").read() == VALUE
            assert not lies_in(flash, OTHER), "what was half there is left"
        number += 1
    assert number > 10
