"""A wipe leaves no byte of any record, sealed or not, anywhere in the flash, wherever the power is cut."""

import random
from collections.abc import Callable
from functools import cache

import pytest

from common.store import StoreError
from common.vault import Vault
from segl_sim.parts.flash import SECTOR, FlashSnapshot
from tests.unit.common.board import Board, Flash, code_files, contents, fresh_board
from tests.unit.common.ciphers import aes_cbc

BLOCKS = 22
UPDATE_FILES = 9
EDGE = 5
WINDOW = 6  # bytes in a row that betray a record: by chance they would occur once in many million runs


def windows(data: bytes) -> set[bytes]:
    return {data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1)}


def used_board(blocks: int) -> tuple[Board, frozenset[bytes]]:
    """Return a board with a long life behind it, and all that it ever stored, as windows."""
    generator = random.Random(blocks)
    vault = Vault(bytes(32), aes_cbc, generator.randbytes)
    board = fresh_board(blocks)
    store = board.store()
    canaries: set[bytes] = set()
    for turn in range(400):
        value = generator.randbytes(generator.choice((8, 24, 150)))
        if turn % 5 == 0:
            value = vault.seal(b"canary", value)
        canaries |= windows(value)
        if turn % 7 == 0:
            store.put_all([(1, turn % 9, value), (2, turn % 5, value[::-1])])
            canaries |= windows(value[::-1])
        else:
            store.put(1, turn % 9, value)
        if turn % 50 == 49:
            store.delete(1, turn % 9)
        if store.wants_compaction:
            store.compact()
        if turn in (150, 300):
            # An update makes a directory, in blocks that held records. The second is so large that littlefs
            # splits it, and by falling names, so that most of its blocks are not written to again.
            board.mkdir(f"/update{turn // 150}")
            for number in reversed(range(UPDATE_FILES * (turn // 300))):
                board.write(f"/update2/{number}.mpy", bytes([number]) * 500)
    return board, frozenset(canaries)


@cache
def used_snapshot() -> tuple[FlashSnapshot, frozenset[bytes]]:
    board, canaries = used_board(BLOCKS)
    return board.flash.snapshot(), canaries


def used_flash() -> tuple[Flash, frozenset[bytes]]:
    snapshot, canaries = used_snapshot()
    flash = Flash(BLOCKS)
    flash.restore(snapshot)
    return flash, canaries


@cache
def is_dirty(block: bytes, canaries: frozenset[bytes]) -> bool:
    return not windows(block).isdisjoint(canaries)


def dirty_blocks(flash: Flash, canaries: frozenset[bytes]) -> set[int]:
    image = flash.image()
    return {
        at // SECTOR for at in range(0, len(image), SECTOR) if is_dirty(image[at : at + SECTOR], canaries)
    }


def assert_clean(flash: Flash, canaries: frozenset[bytes]) -> None:
    assert not dirty_blocks(flash, canaries)
    board = Board(flash)
    store = board.store()
    assert (store.damaged, store.wiping, contents(store)) == (False, False, {})
    assert all(board.read(path) == data for path, data in code_files().items())
    assert board.names("/") == {"boot.mpy", "main.mpy", "lib", "store", "update1", "update2"}
    assert board.names("/lib") == {"a.mpy", "b.mpy", "c.mpy"}
    assert board.names("/update2") == {f"{number}.mpy" for number in range(UPDATE_FILES)}
    store.put(1, 1, b"next life")
    assert contents(Board(flash).store()) == {(1, 1): b"next life"}


def test_before_a_wipe_records_lie_where_filling_alone_does_not_reach() -> None:
    flash, canaries = used_flash()
    assert len(dirty_blocks(flash, canaries)) > 5
    board = Board(flash)
    store = board.store()
    for name in board.names("/store"):
        board.remove("/store/" + name)
    board.rmdir("/store")
    for _ in store._fill():
        pass
    assert dirty_blocks(flash, canaries)


@pytest.mark.parametrize("blocks", [BLOCKS, 40])
def test_a_wipe_leaves_nothing_but_code(blocks: int) -> None:
    board, canaries = used_board(blocks)
    percents = list(Board(board.flash).store().wipe())
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert_clean(board.flash, canaries)


def test_a_wipe_yields_after_few_operations() -> None:
    flash, _ = used_flash()
    for _ in Board(flash).store().wipe():
        assert sum(page is None for (_, page), _ in flash.record) <= 5
        flash.record.clear()


def test_a_wipe_under_way_shows_no_record_and_takes_none() -> None:
    flash, _ = used_flash()
    next(Board(flash).store().wipe())
    store = Board(flash).store()
    assert store.wiping
    assert contents(store) == {}
    with pytest.raises(StoreError):
        store.put(1, 1, b"x")
    with pytest.raises(StoreError):
        store.compact()


def test_a_cut_at_every_operation_of_a_wipe(count: Callable[[int, int], int]) -> None:
    flash, canaries = used_flash()
    store = Board(flash).store()
    records = contents(store)
    assert list(store.wipe())[-1] == 100
    operations = len(flash.record)
    number = 0
    for index, done in enumerate(flash.cuts()):
        # Most of it is the same again and again: of that, a share will do. The ends are tried whole.
        if EDGE < done < operations - EDGE and index % count(80, 1):
            continue
        number += 1
        store = Board(flash).store()
        if store.wiping:
            assert contents(store) == {}
            assert list(store.wipe())[-1] == 100
        elif contents(store):
            assert done < 2
            assert contents(store) == records
            continue
        assert_clean(flash, canaries)
    print(f"{number} cuts of a wipe of {operations} operations")
