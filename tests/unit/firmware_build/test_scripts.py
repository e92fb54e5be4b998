"""The lines that the installer runs on the board, in the real MicroPython interpreter.

Files are a dictionary here; `sys.implementation` is the interpreter's own, or stands in for a board's.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segl_sim.engines.wasm import Interpreter, PythonError
from segl_sim.firmware import build, install_commands

BOARD = """
import sys
sys.path.remove('.frozen')
tree = {'boot.py': b'', 'main.py': b'', 'developer': b'', 'keys': b''}
tree['common'] = {'x.mpy': b'', 'deep': {'y': b''}}
removed = []
def find(path):
    node = tree
    for name in path.split('/'):
        node = node[name]
    return node
def drop(path):
    removed.append(path)
    parent, _, name = path.rpartition('/')
    del (find(parent) if parent else tree)[name]
class Os:
    listdir = staticmethod(lambda path='': list(find(path) if path else tree))
    @staticmethod
    def stat(path):
        node = find(path)
        return (0x4000,) + (0,) * 9 if isinstance(node, dict) else (0x8000, 0, 0, 0, 0, 0, len(node), 0, 0, 0)
    remove = staticmethod(drop)
    rmdir = staticmethod(drop)
class File:
    def __init__(self, path, mode):
        self.data = find(path)
    def read(self, size):
        piece, self.data = self.data[:size], self.data[size:]
        return piece
open = File
sys.modules['os'] = Os
"""


@pytest.fixture
def run() -> Iterator[Callable[[str], str]]:
    printed: list[bytes] = []
    interpreter = Interpreter(lambda *_: 0, printed.append)
    interpreter.execute(BOARD)

    def execute(source: str) -> str:
        printed.clear()
        interpreter.execute(source)
        return b"".join(printed).decode()

    yield execute
    interpreter.close()


@pytest.fixture
def scripts(tree: Path, tmp_path: Path) -> list[str]:
    build("code_display", "pico2", tmp_path / "out", root=tree)
    commands = install_commands(tmp_path / "out", "auto")
    return [command[-1] for command in commands if "exec" in command]


def test_the_board_is_recognized(run: Callable[[str], str], scripts: list[str]) -> None:
    with pytest.raises(PythonError, match="this build is for the board pico2, this is a JS with Emscripten"):
        run(scripts[0])
    for machine, version, mpy, message in (
        (
            "Raspberry Pi Pico with RP2040",
            (1, 29, 0, ""),
            0x1F06,
            "board pico2, this is a Raspberry Pi Pico with",
        ),
        (
            "Raspberry Pi Pico 2 with RP2350",
            (1, 28, 0, ""),
            0x1F06,
            "install MicroPython 1.29 or newer first",
        ),
        ("Raspberry Pi Pico 2 with RP2350", (1, 40, 0, ""), 0x1F07, "takes another byte code than 6.3"),
        ("Raspberry Pi Pico 2 with RP2350", (1, 29, 0, ""), 0x1F06, ""),
    ):
        fields = f"name='micropython', version={version!r}, _mpy={mpy}, _machine={machine!r}"
        source = f"class I: pass\nfor n, v in dict({fields}).items(): setattr(I, n, v)\n"
        script = scripts[0].replace("sys.implementation", "I")
        if message:
            with pytest.raises(PythonError, match=message):
                run(source + script)
        else:
            run(source + script)


def test_what_starts_by_itself_is_removed_first(run: Callable[[str], str], scripts: list[str]) -> None:
    printed = run(scripts[1] + "\nprint(removed)\nprint(list(tree))")
    order = ["boot.py", "main.py", "common/x.mpy", "common/deep/y", "common/deep", "common", "developer"]
    removed = eval(printed.splitlines()[0])
    assert removed[:2] == order[:2]
    assert set(removed) == set(order)
    assert removed.index("common") > removed.index("common/deep") > removed.index("common/deep/y")
    assert printed.splitlines()[1] == "['keys']"


def test_a_wrong_file_is_named(run: Callable[[str], str], scripts: list[str], tmp_path: Path) -> None:
    good = {name: (tmp_path / "out" / name).read_bytes() for name in ("boot.py", "main.py")}
    assert hashlib.sha256(good["boot.py"]).hexdigest() in scripts[3]
    with pytest.raises(PythonError, match=r"transfer failed, install again: \['boot.py', 'main.py'\]"):
        run(scripts[3])
    run(f"tree.update({good!r})\n{scripts[3]}")
