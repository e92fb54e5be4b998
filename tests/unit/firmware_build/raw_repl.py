"""A stand-in for a stock board: MicroPython's raw REPL on a terminal, its code run by this Python.

Only for what mpremote sends. The current folder is the board's file system.
Source: MicroPython 1.29, shared/runtime/pyexec.c, as described in docs/reference/repl.rst ("Raw mode").
"""

import binascii  # noqa: F401 (loaded before `prepare`, after which nothing more can be)
import contextlib
import errno
import hashlib  # noqa: F401 (likewise)
import io
import os
import sys
import time
import traceback
import tty
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

BANNER = b"raw REPL; CTRL-B to exit\r\n>"


@dataclass(frozen=True)
class Board:
    """A stand-in for a stock board: its port, and the folder that is its file system."""

    port: str
    root: Path

    @property
    def files(self) -> set[str]:
        return {p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()}


def prepare() -> None:
    """Make this Python look like MicroPython on a Pico 2, as far as the installer looks."""
    sys.implementation = SimpleNamespace(
        name="micropython", version=(1, 29, 0, ""), _mpy=0x1F06, _machine="Raspberry Pi Pico 2 with RP2350"
    )
    machine: Any = ModuleType("machine")
    machine.reset = lambda: None
    sys.modules["machine"] = machine
    setattr(time, "sleep_ms", lambda _ms: None)  # noqa: B010 (MicroPython's name)


def run(code: str, names: dict[str, Any]) -> bytes:
    """Run code as the raw REPL does and return its answer."""
    out, error = io.StringIO(), b""
    try:
        with contextlib.redirect_stdout(out):
            exec(code, names)
    except OSError as problem:  # mpremote looks for MicroPython's words
        number = problem.errno or errno.EIO
        error = f"OSError: [Errno {number}] {errno.errorcode[number]}\r\n".encode()
    except BaseException:
        error = traceback.format_exc(limit=0).encode()
    return b"OK" + out.getvalue().encode() + b"\x04" + error + b"\x04>"


def serve(terminal: int) -> None:
    """Answer until the terminal is closed."""
    tty.setraw(terminal)
    raw, code, names = False, b"", dict[str, Any]()
    while True:
        byte = os.read(terminal, 1)
        if byte == b"\x01":
            raw, code = True, b""
            os.write(terminal, BANNER)
        elif byte == b"\x02":
            raw, names = False, {}
        elif byte == b"\x03":
            code = b""
        elif raw and byte == b"\x05" and not code:
            os.read(terminal, 2)
            os.write(terminal, b"R\x00")  # raw paste is known but not offered
        elif raw and byte == b"\x04":
            os.write(terminal, run(code.decode(), names))
            code = b""
        elif raw:
            code += byte


if __name__ == "__main__":
    prepare()
    serve(int(sys.argv[1]))
