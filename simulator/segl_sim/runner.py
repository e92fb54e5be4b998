"""Real time for a world: one thread that owns it while programs from outside are attached."""

from __future__ import annotations

import os
import queue
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from segl_sim.failures import DeviceFailure

if TYPE_CHECKING:
    from segl_sim.ports.pty import PtyPort
    from segl_sim.world import World

_T = TypeVar("_T")
_TICK_S = 0.02


def _ignore(_failure: DeviceFailure) -> None:
    return None


class Runner:
    """Lets a world follow the wall clock, in a thread of its own, until `stop`.

    While it runs, the world belongs to it: others reach the world only through `call`.

    Args:
        world: The world; its time goes on from where it stands.
        ports: Whose programs are served.
        failed: Told of a device that stopped; the others go on.
    """

    def __init__(
        self, world: World, ports: list[PtyPort], failed: Callable[[DeviceFailure], None] | None = None
    ) -> None:
        self._world = world
        self._ports = ports
        self._failed = failed or _ignore
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell, self._ring = os.pipe()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="segl world", daemon=True)

    def __enter__(self) -> Runner:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop following the clock; the world belongs to the caller again."""
        self._stopping = True
        os.write(self._ring, b"!")
        self._thread.join()
        os.close(self._bell)
        os.close(self._ring)

    def call(self, action: Callable[[], _T]) -> _T:
        """Do something in the world's thread, between two events, and return what it returns."""
        future: Future[_T] = Future()

        def command() -> None:
            try:
                future.set_result(action())
            except BaseException as error:
                future.set_exception(error)

        self._commands.put(command)
        os.write(self._ring, b"!")
        return future.result()

    def _run(self) -> None:
        started = time.monotonic_ns() - self._world.now
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            for port in self._ports:
                selector.register(port.descriptor, selectors.EVENT_READ, port)
            while not self._stopping:
                for key, _ in selector.select(_TICK_S):
                    if key.data is None:
                        os.read(self._bell, 64)
                    elif key.data.hungry:
                        key.data.readable()
                while not self._commands.empty():
                    self._commands.get()()
                for port in self._ports:
                    port.pump()
                try:
                    self._world.run_until(time.monotonic_ns() - started)
                except DeviceFailure as failure:
                    self._failed(failure)
