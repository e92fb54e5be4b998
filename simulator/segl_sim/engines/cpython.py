"""The other engine: the same files in plain Python, for debuggers and coverage.

It has no heap to measure and charges nothing for computation, but for the start: what a finger or a computer does
while a board starts must come before its first turn here too, for the effects shall be the same in the same order.
Each device gets modules of its own, through builtins of its own: nothing leaks from one into another.
"""

from __future__ import annotations

import array
import ast
import binascii
import builtins
import errno
import functools
import gc
import hashlib
import io
import struct
import sys
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from segl_sim.boards import Board
from segl_sim.engines import HostCall
from segl_sim.failures import DeviceFailure, FirmwareError, RunawayError
from segl_sim.firmware import Firmware

_T = TypeVar("_T")
_Loop = TypeVar("_Loop", ast.While, ast.For)
_BOARD_FILES = Path(__file__).parents[1] / "board"
_SIMULATED = (
    "_ops",
    "_events",
    "time",
    "hashlib",
    "os",
    "vfs",
    "usbdevice",
    "i2s",
    "machine",
    "rp2",
    "cryptolib",
)
_LOOP_BUDGET = 2_000_000
# Work of a start in the other engine's units (tests/device/test_engines.py compares).
_START_FUEL = {"code_display": 38_500_000, "audio_reader": 82_300_000, "chip": 83_500_000}


class _Runaway(BaseException):
    """The loop budget is used up; not an Exception, so that no handler of the firmware's catches it."""


class _Ticking(ast.NodeTransformer):
    """Counts each turn of each loop. A trace function would do too, if debuggers and coverage tools had none."""

    def visit_While(self, node: ast.While) -> ast.While:
        return self._tick(node)

    def visit_For(self, node: ast.For) -> ast.For:
        return self._tick(node)

    def _tick(self, node: _Loop) -> _Loop:
        self.generic_visit(node)
        tick = ast.Expr(ast.Call(ast.Name("__tick__", ast.Load()), [], []))
        node.body.insert(0, ast.fix_missing_locations(ast.copy_location(tick, node.body[0])))
        return node


class _Sha256:
    """MicroPython's sha256: `update` and `digest`, nothing else."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = hashlib.sha256(data)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.digest()


class _OSError(OSError):
    """MicroPython's OSError: a single argument is the errno."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        if arguments:
            self.errno = arguments[0]


@functools.cache
def _compiled(source: str, path: str) -> types.CodeType:
    return compile(_Ticking().visit(ast.parse(source, path)), path, "exec")


class _Modules:
    """One device's modules and its `import`.

    Args:
        firmware: Gives the sources.
        host: Where the simulated modules' calls go.
        write: Receives what is printed.
    """

    def __init__(self, firmware: Firmware, host: HostCall, write: Callable[[bytes], None]) -> None:
        self._firmware = firmware
        self._root: Any = None
        self.files: set[str] = set()
        self._builtins = dict(vars(builtins))
        self._builtins["__import__"] = self.load
        self._builtins["OSError"] = _OSError
        self._builtins["__tick__"] = self._tick
        self.loops_left = _LOOP_BUDGET
        self._builtins["open"] = self._open
        self._builtins["print"] = functools.partial(_print, write)
        self._modules: dict[str, Any] = {
            "array": array,
            "binascii": binascii,
            "errno": errno,
            "gc": gc,
            "io": io,
            "struct": struct,
            "sys": sys,
            "traceback": traceback,
            "micropython": _module("micropython", const=_same),
            "_host": _module("_host", **_host_functions(host)),
            "_hashlib_board": _module("_hashlib_board", sha256=_Sha256),
            "_vfs_board": _module("_vfs_board", mount=self._mount),
            "_os_board": _module("_os_board", **self._os_functions()),
        }

    def run(self, source: str, path: str, name: str = "__main__") -> dict[str, Any]:
        """Execute a file in a namespace of its own and return that."""
        space = {"__name__": name, "__builtins__": self._builtins, "__file__": path}
        exec(_compiled(source, path), space)
        return space

    def load(
        self,
        name: str,
        _globals: Mapping[str, object] | None = None,
        _locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """Import as MicroPython does: a package's parts become its attributes."""
        if level:
            raise ImportError("firmware imports by full names")
        parts = name.split(".")
        module = top = self._get(parts[0])
        for depth in range(2, len(parts) + 1):
            module = self._get(".".join(parts[:depth]))
        for item in fromlist or ():
            if not hasattr(module, item):
                self._get(f"{name}.{item}")
        return module if fromlist else top

    def _get(self, name: str) -> Any:
        if name not in self._modules:
            source, path = self._find(name)
            module = types.ModuleType(name)
            module.__dict__["__builtins__"] = self._builtins
            self._modules[name] = module
            try:
                exec(_compiled(source, path), module.__dict__)
            except BaseException:
                del self._modules[name]
                raise
            package, _, last = name.rpartition(".")
            if package:
                setattr(self._modules[package], last, module)
        return self._modules[name]

    def _find(self, name: str) -> tuple[str, str]:
        if name in _SIMULATED:
            path = _BOARD_FILES / f"{name}.py"
            return path.read_text(), str(path)
        stem = name.replace(".", "/")
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            source = self._firmware.sources.get(candidate)
            if source is not None:
                path = str(self._firmware.paths.get(candidate) or candidate)
                self.files.add(path)
                return source, path
        if any(path.startswith(f"{stem}/") for path in self._firmware.sources):
            return "", stem
        raise ImportError(f"no module named '{name}'")

    def _tick(self) -> None:
        self.loops_left -= 1
        if self.loops_left < 0:
            frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
            code = frame.f_code
            raise _Runaway(f"{code.co_filename}, line {frame.f_lineno}, in {code.co_name}")

    def _mount(self, root: Any, path: str) -> None:
        self._root = root

    def _open(self, path: str, mode: str = "r") -> Any:
        file = self._root.open(path, mode)
        return io.TextIOWrapper(file) if isinstance(file, io.BytesIO) and "b" not in mode else file

    def _os_functions(self) -> dict[str, Callable[..., Any]]:
        def forward(name: str) -> Callable[..., Any]:
            return lambda *arguments: getattr(self._root, name)(*arguments)

        names = ("chdir", "getcwd", "ilistdir", "mkdir", "remove", "rename", "rmdir", "stat", "statvfs")
        functions = {name: forward(name) for name in names}
        functions["unlink"] = functions["remove"]
        functions["listdir"] = self._names
        return functions

    def _names(self, path: str = "/") -> list[str]:
        return [entry[0] for entry in self._root.ilistdir(path)]


def _same(value: Any) -> Any:
    return value


def _print(write: Callable[[bytes], None], *values: object) -> None:
    write((" ".join(map(str, values)) + "\n").encode())


def _module(name: str, **members: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    return module


def _host_functions(host: HostCall) -> dict[str, Callable[..., Any]]:
    def call(op: int, a: int = 0, b: int = 0, c: int = 0, buf: Any = None) -> int:
        view = memoryview(b"" if buf is None else buf)
        # A board's buffers are writable memory whatever Python calls them; bytes are only ever read.
        return host(op, a, b, c, view)

    def take(length: int) -> bytes:
        buf = bytearray(max(0, length))
        if buf:
            call(0, buf=buf)
        return bytes(buf)

    return {"call": call, "take": take}


class CPythonEngine:
    """The firmware's sources in this very interpreter. See `Engine` for the methods."""

    def __init__(
        self, host: HostCall, write: Callable[[bytes], None], board: Board, firmware: Firmware
    ) -> None:
        self._board = board
        self._firmware = firmware
        self._spent = 0
        self._host: HostCall | None = host
        self._modules = _Modules(firmware, self._call, write)
        self._turn: Callable[[], None] = lambda: None
        self._deliver: Callable[[int, int, int, int], int] = lambda kind, a, b, length: 0

    def boot(self) -> None:
        self._run(self._boot)
        self._spent = _START_FUEL[self._firmware.device] * self._board.fuel_ps // 1000

    def turn(self) -> None:
        self._run(self._turn)

    def interrupt(self, kind: int, a: int, b: int, length: int) -> int:
        return self._run(lambda: self._deliver(kind, a, b, length)) or 0

    def spent_ns(self) -> int:
        return self._spent

    def fuel(self) -> int:
        return 0

    def live_heap(self) -> int:
        return 0

    def close(self) -> None:
        self._host = None

    def _call(self, op: int, a: int, b: int, c: int, buf: memoryview) -> int:
        # When Python frees a generator, at any time later, its `with` blocks run: a board has no power for that.
        return self._host(op, a, b, c, buf) if self._host else 0

    def _boot(self) -> None:
        path = _BOARD_FILES / "_boot.py"
        self._modules.run(path.read_text(), str(path))
        self._modules.run(self._firmware.sources.get("boot.py", ""), "boot.py")
        self._deliver = self._modules.load("_events", fromlist=("deliver",)).deliver
        main = f"boards.{self._firmware.device}.main"
        self._turn = self._modules.load(main, fromlist=("turn",)).turn

    def _run(self, call: Callable[[], _T]) -> _T:
        self._modules.loops_left = _LOOP_BUDGET
        self._spent = 0
        try:
            return call()
        except DeviceFailure:
            raise
        except _Runaway as runaway:
            raise RunawayError(
                f"never went idle within {_LOOP_BUDGET:,} turns of its loops: {runaway}"
            ) from None
        except Exception as error:
            raise FirmwareError(self._traceback(error)) from None

    def _traceback(self, error: Exception) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        mine = [frame for frame in frames if frame.filename in self._modules.files]
        lines = ["Traceback (most recent call last):"]
        lines += [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in mine]
        return "\n".join([*lines, f"{type(error).__name__}: {error}"])
