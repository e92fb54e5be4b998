"""The world: one owner of virtual time, of chance and of the devices."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any, TypeVar

from segl_sim.boards import BOARDS, PICO2, Board
from segl_sim.devices import DEVICES, AudioReader, Chip, CodeDisplay
from segl_sim.engines import ENGINES
from segl_sim.failures import DeviceFailure
from segl_sim.pluggable import Pluggable
from segl_sim.trace import Trace

_Kind = TypeVar("_Kind", bound=Pluggable)

NS = 1_000_000_000
DEFAULT_UTC = 1_790_000_000  # 2026-09-21 14:13:20 UTC


class World:
    """Virtual time and everything in it.

    Time moves only when the caller says so, in `advance`. One seed gives every key, serial number, bounce and fault.

    Args:
        seed: The one source of chance.
        engine: "micropython" (the real interpreter, work costs time) or "cpython" (for debuggers and coverage).
        utc: Unix time in seconds at virtual time zero.
    """

    def __init__(self, seed: int = 0, engine: str = "micropython", utc: int = DEFAULT_UTC) -> None:
        if engine not in ENGINES:
            raise ValueError(f"no engine named {engine!r}: use one of {', '.join(sorted(ENGINES))}")
        self.seed = seed
        self.engine = engine
        self.now = 0
        self.trace = Trace()
        self.devices: list[Pluggable] = []
        self._epoch = utc
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._failures: list[DeviceFailure] = []

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free all interpreters."""
        for device in self.devices:
            device.close()

    @property
    def utc(self) -> float:
        """Unix time in seconds, exact to the nanosecond that floats allow."""
        return self._epoch + self.now / NS

    @property
    def next_event(self) -> int | None:
        """When something happens next, in virtual ns; None: nothing ever will."""
        return self._queue[0][0] if self._queue else None

    def random(self, name: str) -> random.Random:
        """Return the stream of chance that belongs to a name; the same for the same seed."""
        return random.Random(f"{self.seed}/{name}")

    def code_display(self, board: str | Board = PICO2, **options: Any) -> CodeDisplay:
        """Add a blank code display with its firmware installed, switched off.

        Args:
            board: "pico2" or "pico".
            **options: Passed to CodeDisplay.
        """
        return self._added(CodeDisplay, board, options)

    def audio_reader(self, board: str | Board = PICO2, **options: Any) -> AudioReader:
        """Add a blank audio reader with its firmware and voices installed, switched off.

        Args:
            board: "pico2"; a Pico has no room for voices.
            **options: Passed to AudioReader.
        """
        return self._added(AudioReader, board, options)

    def chip(self, board: str | Board = PICO2, **options: Any) -> Chip:
        """Add a blank chip with its firmware installed, unplugged.

        Args:
            board: "pico2" or "pico".
            **options: Passed to Chip.
        """
        return self._added(Chip, board, options)

    def add(self, package: str, board: str | Board = PICO2, **options: Any) -> Pluggable:
        """Add a device by the name of its firmware's package, as `code_display` and the like do.

        Args:
            package: "code_display", "audio_reader" or "chip".
            board: "pico2" or "pico".
            **options: Passed to the device.
        """
        return self._added(DEVICES[package], board, options)

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Schedule an action at a virtual time in ns; ties run in the order in which they were scheduled."""
        heapq.heappush(self._queue, (max(when, self.now), next(self._sequence), action))

    def advance(self, seconds: float) -> None:
        """Let virtual time pass.

        Raises:
            DeviceFailure: A device stopped on the way; all others still went the whole distance.
        """
        self.run_until(self.now + round(seconds * NS))

    def run_until(self, when: int, done: Callable[[], bool] | None = None) -> None:
        """Let time pass to `when` (virtual ns), or until `done()` becomes true after some event.

        Raises:
            DeviceFailure: As for `advance`.
        """
        while self._queue and self._queue[0][0] <= when:
            if done is not None and done():
                break
            self.now, _, action = heapq.heappop(self._queue)
            action()
        else:
            self.now = max(self.now, when)
        if self._failures:
            raise self._failures.pop(0)

    def report(self, failure: DeviceFailure) -> None:
        """Note a device's failure, to be raised when time has passed."""
        self._failures.append(failure)

    def _added(self, kind: type[_Kind], board: str | Board, options: dict[str, Any]) -> _Kind:
        chosen = BOARDS[board] if isinstance(board, str) else board
        device = kind(self, f"{kind.short_name}{len(self.devices)}", chosen, **options)
        self.devices.append(device)
        return device
