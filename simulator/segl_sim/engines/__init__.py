"""Engines: each loads the firmware into an interpreter and calls its `turn()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from segl_sim.boards import Board
    from segl_sim.firmware import Firmware

HostCall = Callable[[int, int, int, int, memoryview], int]


class Engine(Protocol):
    """One powered board's interpreter; thrown away when the power goes."""

    def boot(self) -> None:
        """Run what the stock image runs at power-up, and load the firmware's `turn`."""
        ...

    def turn(self) -> None:
        """Call the firmware's `turn()` once."""
        ...

    def interrupt(self, kind: int, a: int, b: int, length: int) -> int:
        """Run the firmware's handler of an interrupt (see board/_events.py)."""
        ...

    def spent_ns(self) -> int:
        """Return the board time that computation took so far in the call under way, or took in the last call."""
        ...

    def fuel(self) -> int:
        """Return the work of the call under way or of the last call, in the engine's units."""
        ...

    def live_heap(self) -> int:
        """Return the bytes of heap that live after a collection; 0 where the engine has no such thing."""
        ...

    def close(self) -> None:
        """Free the interpreter."""
        ...


def _micropython(host: HostCall, write: Callable[[bytes], None], board: Board, firmware: Firmware) -> Engine:
    from segl_sim.engines.micropython import MicroPythonEngine

    return MicroPythonEngine(host, write, board, firmware)


def _cpython(host: HostCall, write: Callable[[bytes], None], board: Board, firmware: Firmware) -> Engine:
    from segl_sim.engines.cpython import CPythonEngine

    return CPythonEngine(host, write, board, firmware)


ENGINES: dict[str, Callable[[HostCall, Callable[[bytes], None], Board, Firmware], Engine]] = {
    "micropython": _micropython,
    "cpython": _cpython,
}
