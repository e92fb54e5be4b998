"""A small firmware tree, a private cache, and a stand-in for a stock board on a pseudo-terminal."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from segl_sim.firmware import compiler
from tests.unit.firmware_build.raw_repl import Board

TREE = {
    "common/version.py": 'VERSION = "1.2.3"\n',
    "common/store.py": "import segl_wire.cbor\n\n\ndef load():\n    return 1 // 0\n",
    "common/unused.py": "X = 1\n",
    "segl_wire/cbor.py": "import struct\n",
    "code_display/app.py": "from common import store\nfrom common.version import VERSION\n",
    "audio_reader/app.py": "X = 1\n",
    "boards/pico2.py": 'NAME = "pico2"\nVOICES = const(256 * 1024)\n',
    "boards/pico.py": 'NAME = "pico"\nVOICES = None\n',
    "boards/boot.py": "import machine\n",
    "boards/audio_reader/boot.py": "from boards import boot\n",
    "boards/code_display/boot.py": "from boards import boot\n",
    "boards/audio_reader/main.py": "import audio_reader.app\n\n\ndef turn():\n    pass\n",
    "boards/code_display/main.py": (
        "from boards import board\nfrom code_display import app\n\n\ndef turn():\n    import common.late\n"
    ),
    "boards/chip/boot.py": "from boards import boot\n",
    "boards/chip/main.py": "from boards import board\n\n\ndef turn():\n    pass\n",
    "common/late.py": "X = 2\n",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no packaged byte code."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _name: str(folder))
    monkeypatch.setattr(compiler, "PACKAGED", tmp_path / "no-data")
    return folder / "mpy"


@pytest.fixture
def tree(tmp_path: Path, cache: Path) -> Path:
    """A firmware tree of three devices that the test may change."""
    root = tmp_path / "firmware"
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A blank board that answers MicroPython's raw REPL, as mpremote speaks it."""
    root = tmp_path / "board"
    root.mkdir()
    master, slave = os.openpty()
    port = os.ttyname(slave)
    program = [sys.executable, str(Path(__file__).with_name("raw_repl.py")), str(master)]
    process = subprocess.Popen(program, cwd=root, pass_fds=[master])
    try:
        yield Board(port, root)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
