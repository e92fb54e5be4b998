"""The curves in MicroPython, on a board whose combs lie in its flash: many random keys, and the published vectors."""

import hashlib
import random
from collections.abc import Callable, Iterator

import pytest

from segl_sim import PICO, World
from segl_sim.engines.micropython import MicroPythonEngine
from tests.unit.common.curves import their_ed25519, their_public, their_secret, vectors, verifies

Count = Callable[[int, int], int]
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COMB = 32768

MAIN = '''"""A device that computes what it is told."""

import os

import machine

from common import ed25519, p256
from common.comb import Comb

on_p256 = p256.P256(Comb("/common/p256.comb", p256.ENTRY))
on_ed25519 = ed25519.Ed25519(Comb("/common/ed25519.comb", ed25519.ENTRY))


def turn():
    machine.lightsleep(4000)


def run(work):
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value


def without_entropy(count):
    return b"" if count == 32 else os.urandom(count)
'''


class Board:
    """Runs expressions on the board."""

    def __init__(self, world: World) -> None:
        overrides = {"boards/code_display/main.py": MAIN, "boards/code_display/boot.py": "# nothing\n"}
        self.device = world.code_display(PICO, overrides=overrides)
        self.device.press()
        engine = self.device.engine
        assert isinstance(engine, MicroPythonEngine)
        self.engine = engine
        self.execute("import os\nfrom boards.code_display.main import *")

    def execute(self, source: str) -> list[str]:
        """Run statements; return what they print, word by word."""
        self.device.console.clear()
        self.engine.execute(source)
        return "".join(self.device.console).split()


@pytest.fixture(name="board", scope="module")
def board_fixture() -> Iterator[Board]:
    with World(seed=4) as world:
        yield Board(world)


def test_signatures_and_agreements_are_what_cryptography_says(board: Board, count: Count) -> None:
    source = random.Random(11)
    for number in range(count(25, 10_000)):
        d, other = source.randrange(1, N), source.randrange(1, N)
        digest, seed, message = source.randbytes(32), source.randbytes(32), source.randbytes(number % 150)
        said = board.execute(
            f"d = {d}\n"
            "x, y = run(on_p256.public(d, os.urandom))\n"
            f"r, s = run(on_p256.sign(d, {digest!r}, os.urandom))\n"
            f"z = run(on_p256.agree({other}, x, y, os.urandom))\n"
            f"p = run(on_ed25519.public({seed!r}, os.urandom))\n"
            f"e = run(on_ed25519.sign({seed!r}, {message!r}, os.urandom))\n"
            "print(x, y, r, s, z.hex(), p.hex(), e.hex())"
        )
        x, y, r, s = map(int, said[:4])
        assert (x, y) == their_public(d)
        assert verifies(d, digest, r, s)
        assert bytes.fromhex(said[4]) == their_secret(other, x, y)
        assert (bytes.fromhex(said[5]), bytes.fromhex(said[6])) == their_ed25519(seed, message)


@pytest.mark.parametrize("d", [1, 2, 31, 2**40 - 1, 2**255, N // 2, N - 31, N - 1], ids=hex)
def test_scalars_at_the_edges(board: Board, d: int) -> None:
    x, y = their_public(1)
    said = board.execute(
        f"print(*run(on_p256.public({d}, os.urandom)))\n"
        f"print(*run(on_p256.sign({d}, bytes(32), os.urandom)))\n"
        f"print(run(on_p256.agree({d}, {x}, {y}, os.urandom)).hex())"
    )
    x, y, r, s = map(int, said[:4])
    assert (x, y) == their_public(d)
    assert verifies(d, bytes(32), r, s)
    assert int(said[4], 16) == x


@pytest.mark.parametrize("row", vectors("rfc6979_a_2_5.json")["rows"], ids=lambda row: row[0])
def test_rfc_6979_appendix_a_2_5(board: Board, row: list[str]) -> None:
    d = int(vectors("rfc6979_a_2_5.json")["private_key"], 16)
    digest = hashlib.sha256(row[0].encode()).digest()
    said = board.execute(f"print(*run(on_p256.sign({d}, {digest!r}, without_entropy)))")
    assert said == [str(int(row[2], 16)), str(int(row[3], 16))]


@pytest.mark.parametrize("row", vectors("rfc8032_7_1.json")["rows"], ids=lambda row: row[0])
def test_rfc_8032_section_7_1(board: Board, row: list[str]) -> None:
    seed, _, message, signature = (bytes.fromhex(text) for text in row[1:])
    said = board.execute(f"print(run(on_ed25519.sign({seed!r}, {message!r}, os.urandom)).hex())")
    assert said == [signature.hex()]


def test_what_is_no_point_is_refused(board: Board) -> None:
    x, y = their_public(1)
    for wrong in ((x, y + 1), (0, 0), (-x, y), (x + 2**256, y)):
        said = board.execute(
            f"try:\n run(on_p256.agree(5, {wrong[0]}, {wrong[1]}, os.urandom))\n"
            "except ValueError as error:\n print(error)"
        )
        assert said == ["point"]


def test_combs_are_read_piece_by_piece(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whole they would take up a fifth of a Pico's memory.
    assert board.device.live_heap() < COMB
    charged: list[int] = []
    monkeypatch.setattr(board.device, "charge", charged.append)
    board.execute("run(on_p256.public(5, os.urandom))")
    assert len(charged) == 40
    assert min(charged) > 60_000  # ns


def test_a_signature_keeps_its_memory_to_itself(board: Board) -> None:
    before = board.device.live_heap()
    board.execute(
        "run(on_p256.sign(5, bytes(32), os.urandom))\nrun(on_ed25519.sign(bytes(32), b'', os.urandom))"
    )
    assert board.device.live_heap() < before + 1000
