"""The default engine: the real MicroPython interpreter, its work counted and charged."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from segl_sim.boards import Board
from segl_sim.engines import HostCall
from segl_sim.engines.postmortem import locate
from segl_sim.engines.wasm import Interpreter, OutOfFuel, PythonError
from segl_sim.failures import FirmwareError, RunawayError
from segl_sim.firmware import Firmware

_HERE = Path(__file__).parent
_BOARD_FILES = _HERE.parent / "board"
_ORDER = [
    "_ops",
    "time",
    "hashlib",
    "os",
    "vfs",
    "usbdevice",
    "_events",
    "i2s",
    "machine",
    "rp2",
    "cryptolib",
]
_T = TypeVar("_T")
_TURN_FUEL = 2_000_000_000  # 11 s on RP2040: beyond any watchdog


def _refuse(*_: object) -> int:
    raise AssertionError("the simulated modules must not reach the world while they load")


@functools.cache
def _image() -> tuple[bytes, int]:
    """Return the memory of an interpreter into which the simulated board's modules were loaded, and their heap."""
    files = {f"board_{name}.py": (_BOARD_FILES / f"{name}.py").read_text() for name in _ORDER}
    files["boot.py"] = (_BOARD_FILES / "_boot.py").read_text()
    source = f"_files = {files!r}\n_order = {_ORDER!r}\n" + (_HERE / "bootstrap.py").read_text()
    printed: list[bytes] = []
    interpreter = Interpreter(_refuse, printed.append)
    try:
        interpreter.execute(source)
        return interpreter.snapshot(), interpreter.call(interpreter.function("gc", "mem_alloc"))
    finally:
        interpreter.close()


class MicroPythonEngine:
    """The firmware's byte code in MicroPython's WebAssembly build. See `Engine` for the methods."""

    def __init__(
        self, host: HostCall, write: Callable[[bytes], None], board: Board, firmware: Firmware
    ) -> None:
        self._board = board
        self._device = firmware.device
        image, self._simulated_heap = _image()
        self._interpreter = Interpreter(host, write, image)
        self._turn = self._deliver = self._mem_alloc = 0

    def boot(self) -> None:
        self._run(lambda: self._interpreter.execute(f"boot({self._device!r})", _TURN_FUEL))
        self._turn = self._interpreter.function("__main__", "turn")
        self._deliver = self._interpreter.function("_events", "deliver")
        self._mem_alloc = self._interpreter.function("gc", "mem_alloc")

    def turn(self) -> None:
        self._run(lambda: self._interpreter.call(self._turn, fuel=_TURN_FUEL))

    def interrupt(self, kind: int, a: int, b: int, length: int) -> int:
        return self._run(lambda: self._interpreter.call(self._deliver, kind, a, b, length, fuel=_TURN_FUEL))

    def spent_ns(self) -> int:
        return self._interpreter.spent * self._board.fuel_ps // 1000

    def fuel(self) -> int:
        return self._interpreter.spent

    def live_heap(self) -> int:
        self._interpreter.execute("gc.collect()")
        # On a board the modules that are simulated here lie in its image, not on its heap.
        return self._interpreter.call(self._mem_alloc) - self._simulated_heap

    def execute(self, source: str) -> int:
        """Run source text beside the firmware, for measuring; return the work that it took, in units of fuel."""
        self._run(lambda: self._interpreter.execute(source, _TURN_FUEL))
        return self._interpreter.spent

    def evaluate(self, module: str, function: str) -> int:
        """Call a function that takes nothing beside the firmware, for measuring; return the number that it gives."""
        interpreter = self._interpreter
        return self._run(lambda: interpreter.call(interpreter.function(module, function), fuel=_TURN_FUEL))

    def close(self) -> None:
        self._interpreter.close()

    def _run(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except PythonError as error:
            raise FirmwareError(str(error)) from None
        except OutOfFuel:
            where = locate(self._interpreter)
            raise RunawayError(f"never went idle within {_TURN_FUEL:,} units of work: {where}") from None
