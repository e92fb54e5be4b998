"""CBOR in MicroPython, whose own decoder of UTF-8 lets pass what is none."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from segl_sim.engines.wasm import Interpreter
from segl_wire import cbor

SIGNS = "az~\0\x7f\x80éß\u07ff\u0800€\ud7ff\ue000\uffff\U00010000\U0001f511\U0010ffff"
# At each first byte, the second ones between which RFC 3629, section 4, draws a line.
EDGES = [
    bytes((first, second, 0x80, 0x80))[:size]
    for first in range(0x80, 0x100)
    for second in (0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0)
    for size in (1, 2, 3, 4)
]
CHECK = """
def check(messages):
    at = 0
    while at < len(messages):
        message = messages[at : at + 1 + (messages[at] & 31)]
        at += len(message)
        try:
            print(decode(message).encode() == message[1:])
        except ValueError:
            print(None)
"""


class Board:
    """Decodes what it is told."""

    def __init__(self) -> None:
        self._printed: list[bytes] = []
        self.interpreter = Interpreter(lambda *_: 0, self._printed.append)
        self.interpreter.execute(Path(cbor.__file__).read_text() + CHECK)

    def check(self, texts: list[bytes]) -> list[str]:
        """Return for each text of at most 23 bytes what became of it."""
        self._printed.clear()
        for at in range(0, len(texts), 100):
            messages = b"".join(bytes([0x60 + len(text)]) + text for text in texts[at : at + 100])
            self.interpreter.execute(f"check({messages!r})")
        return b"".join(self._printed).decode().split()


@pytest.fixture(name="board", scope="module")
def board_fixture() -> Iterator[Board]:
    board = Board()
    yield board
    board.interpreter.close()


def expected(text: bytes) -> str:
    try:
        text.decode()
    except UnicodeDecodeError:
        return "None"
    return "True"


def test_each_edge_of_utf_8_is_drawn_where_cpython_draws_it(board: Board) -> None:
    assert board.check(EDGES) == [expected(text) for text in EDGES]
    assert {expected(text) for text in EDGES} == {"True", "None"}


def test_random_texts_one_byte_of_which_is_wrong_are_told_from_right_ones(board: Board) -> None:
    chance = random.Random(1)
    texts: list[bytes] = []
    while len(texts) < 3000:
        text = bytearray("".join(chance.choices(SIGNS, k=chance.randint(1, 5))).encode())
        if chance.random() < 0.5:
            text[chance.randrange(len(text))] = chance.randrange(256)
        if len(text) < 24:
            texts.append(bytes(text))
    found = [expected(text) for text in texts]
    assert board.check(texts) == found
    assert min(found.count("True"), found.count("None")) > 500
