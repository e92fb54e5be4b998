"""The store without power cuts: what goes in comes out, and what is broken is told apart."""

import errno
import random
import struct
from binascii import crc32
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import common.store as store_module
from common.store import StoreError
from tests.unit.common.board import Board, contents, fresh_board

KINDS = st.integers(0, 2) | st.just(255)
KEYS = st.integers(0, 3) | st.just(255)
VALUES = st.binary(max_size=220)


@pytest.fixture
def board() -> Board:
    return fresh_board()


def test_an_empty_store_opens_on_a_fresh_board(board: Board) -> None:
    store = board.store()
    assert store.keys(1) == []
    assert store.get(1, 0) is None
    assert (store.damaged, store.wiping, store.full, store.wants_compaction) == (False, False, False, False)


def test_the_latest_value_counts_and_outlives_power(board: Board) -> None:
    store = board.store()
    store.put(1, 7, b"first")
    store.put(1, 3, b"")
    store.put(1, 7, b"second")
    store.put(2, 7, b"other kind")
    for opened in (store, Board(board.flash).store()):
        assert opened.keys(1) == [3, 7]
        assert opened.get(1, 7) == b"second"
        assert opened.get(1, 3) == b""
        assert opened.get(2, 7) == b"other kind"


def test_several_records_and_deletes_are_one_commit(board: Board) -> None:
    store = board.store()
    store.put(1, 1, b"old")
    before = len(board.flash.record)
    store.put(1, 3, b"x")
    one = len(board.flash.record) - before
    store.put_all([(1, 1, None), (1, 2, b"new"), (3, 0, bytes(200)), (1, 9, None)])
    assert len(board.flash.record) - before <= 2 * one + 1
    assert contents(Board(board.flash).store()) == {(1, 2): b"new", (1, 3): b"x", (3, 0): bytes(200)}


def test_sixteen_keys_and_their_steps_ask_for_compaction_rarely(board: Board) -> None:
    store = board.store()
    for key in range(16):
        store.put(1, key, bytes(200))
    assert not store.wants_compaction
    compactions = 0
    for step in range(400):
        store.put(2, step % 16, struct.pack("<Q", step))
        if store.wants_compaction:
            before = contents(store)
            store.compact()
            compactions += 1
            assert not store.wants_compaction
            assert contents(store) == contents(Board(board.flash).store()) == before
    assert compactions <= 10


def test_puts_go_on_past_a_sector_without_compaction(board: Board) -> None:
    store = board.store()
    for step in range(700):
        store.put(2, step % 3, struct.pack("<Q", step))
    assert store.wants_compaction
    store = Board(board.flash).store()
    assert store.get(2, 0) == struct.pack("<Q", 699)
    assert not store.damaged


def until_no_space(action: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=f"Errno {errno.ENOSPC}"):
        repeat(action)


def repeat(action: Callable[[], object]) -> None:
    for _ in range(1000):
        action()


def test_a_full_flash_refuses_and_keeps_everything(board: Board) -> None:
    store = board.store()
    store.put(1, 1, b"kept")
    for key in range(20):
        store.put(3, key, bytes(200))
    with board.open("/hog", "wb") as hog:
        until_no_space(lambda: (hog.write(bytes(4096)), hog.flush()))
    assert store.full
    until_no_space(lambda: store.put(1, 2, bytes(1000)))
    kept = contents(store)
    opened = Board(board.flash).store()
    assert contents(opened) == kept
    assert not opened.damaged
    board = Board(board.flash)
    board.remove("/hog")
    opened.put(1, 1, b"again")
    assert Board(board.flash).store().get(1, 1) == b"again"


def test_too_long_a_transaction_is_refused(board: Board) -> None:
    store = board.store()
    with pytest.raises(ValueError, match="too long"):
        store.put(1, 1, bytes(4349))
    store.put(1, 1, bytes(4348))
    assert Board(board.flash).store().get(1, 1) == bytes(4348)


def filled(board: Board) -> bytes:
    store = board.store()
    store.put(1, 1, b"first")
    store.put(1, 2, b"second")
    store.put_all([(1, 3, b"third"), (1, 1, b"fourth")])
    return board.read("/store/log")


def test_every_truncation_is_a_torn_tail_that_the_next_put_removes(board: Board) -> None:
    log = filled(board)
    ends = [0]
    while ends[-1] < len(log):
        ends.append(ends[-1] + 8 + int.from_bytes(log[ends[-1] : ends[-1] + 2], "little"))
    states = [{}, {(1, 1): b"first"}, {(1, 1): b"first", (1, 2): b"second"}]
    for size in range(len(log)):
        board.write("/store/log", log[:size])
        store = board.store()
        whole = sum(end <= size for end in ends) - 1
        assert contents(store) == states[whole]
        assert not store.damaged
        store.put(9, 9, b"next")
        opened = board.store()
        assert contents(opened) == {**states[whole], (9, 9): b"next"}
        assert not opened.damaged


def test_every_flipped_bit_is_damage_and_what_lies_before_stays(board: Board) -> None:
    log = filled(board)
    second = 8 + int.from_bytes(log[:2], "little")
    for bit in range(8 * len(log)):
        broken = bytearray(log)
        broken[bit // 8] ^= 1 << bit % 8
        board.write("/store/log", bytes(broken))
        store = board.store()
        assert store.damaged
        assert store.get(1, 1) == (b"first" if bit >= 8 * second else None)
        assert store.get(1, 3) is None
        with pytest.raises(StoreError):
            store.put(1, 1, b"x")
        with pytest.raises(StoreError):
            store.delete(1, 1)
        with pytest.raises(StoreError):
            store.compact()
    assert board.read("/store/log") == bytes(broken)


def test_an_impossible_length_is_damage(board: Board) -> None:
    filled(board)
    frame = struct.pack("<HH", 5000, 5000 ^ 0xFFFF) + bytes(5000)
    board.write("/store/log", frame + struct.pack("<I", crc32(frame)))
    assert board.store().damaged


def test_random_bytes_never_stop_the_boot(board: Board, count: Callable[[int, int], int]) -> None:
    generator = random.Random(1)
    board.store()
    for _ in range(count(300, 20000)):
        board.write("/store/log", generator.randbytes(generator.randrange(600)))
        board.store()


def test_an_unreadable_file_is_damage_and_a_wipe_mends_it(board: Board) -> None:
    filled(board)
    broken = board.open

    def failing(path: str, mode: str) -> object:
        if path == "/store/log" and mode == "rb":
            raise OSError(errno.EIO, "EIO")
        return broken(path, mode)

    store_module.open = failing  # pyright: ignore[reportAttributeAccessIssue]
    store = board.store()
    assert store.damaged
    assert list(store.wipe())[-1] == 100
    assert not store.damaged
    store.put(1, 1, b"new")
    assert store.get(1, 1) == b"new"


class AgainstADict(RuleBasedStateMachine):
    """Any order of operations and power cycles equals a plain dict."""

    def __init__(self) -> None:
        super().__init__()
        self.board = fresh_board()
        self.store = self.board.store()
        self.model: dict[tuple[int, int], bytes] = {}

    @rule(kind=KINDS, key=KEYS, value=VALUES)
    def put(self, kind: int, key: int, value: bytes) -> None:
        self.store.put(kind, key, value)
        self.model[kind, key] = value

    @rule(records=st.lists(st.tuples(KINDS, KEYS, st.none() | VALUES), max_size=6))
    def put_all(self, records: list[tuple[int, int, bytes | None]]) -> None:
        self.store.put_all(records)
        for kind, key, value in records:
            self.model.pop((kind, key), None)
            if value is not None:
                self.model[kind, key] = value

    @rule(kind=KINDS, key=KEYS)
    def delete(self, kind: int, key: int) -> None:
        self.store.delete(kind, key)
        self.model.pop((kind, key), None)

    @rule()
    def compact(self) -> None:
        self.store.compact()

    @rule()
    def power_cycle(self) -> None:
        self.board = Board(self.board.flash)
        self.store = self.board.store()

    @rule()
    def wipe(self) -> None:
        assert list(self.store.wipe())[-1] == 100
        self.model.clear()

    @invariant()
    def equals_the_model(self) -> None:
        assert contents(self.store) == self.model
        assert not self.store.damaged


TestAgainstADict = AgainstADict.TestCase
TestAgainstADict.settings = settings(max_examples=30, stateful_step_count=30)
