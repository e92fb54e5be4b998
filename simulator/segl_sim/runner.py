"""A thread that owns a world while programs from outside are attached; time follows the wall clock, or stands still."""

from __future__ import annotations

import os
import queue
import selectors
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

from segl_sim.failures import DeviceFailure

if TYPE_CHECKING:
    from segl_sim.world import World

_T = TypeVar("_T")
_NS = 1_000_000_000
_TICK_S = 0.02


class Watch:
    """The descriptors that a runner looks at.

    Args:
        selector: What the runner waits with.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def add(self, descriptor: int, readable: Callable[[], None]) -> None:
        """Call `readable` whenever there is something to read."""
        self._selector.register(descriptor, selectors.EVENT_READ, readable)

    def remove(self, descriptor: int) -> None:
        """Look at it no more."""
        self._selector.unregister(descriptor)


class Port(Protocol):
    """A way by which programs reach a device. A runner serves it, so all of it happens in the world's thread."""

    def attach(self, watch: Watch) -> None:
        """Begin: have the descriptors of programs watched."""
        ...

    def pump(self) -> None:
        """Go on with what could not be done at once; called again and again."""
        ...

    def close(self) -> None:
        """End; called when no runner serves it any more."""
        ...


def _ignore(_failure: DeviceFailure) -> None:
    return None


class Runner:
    """Serves ports, in a thread of its own, until `stop`.

    While it runs, the world belongs to it: others reach the world only through `call`.

    Args:
        world: The world; its time goes on from where it stands.
        ports: Whose programs are served.
        failed: Told of a device that stopped; the others go on.
        follow: Whether time follows the wall clock; otherwise it moves only when a port, or a `call`, says so.
    """

    def __init__(
        self,
        world: World,
        ports: Sequence[Port],
        failed: Callable[[DeviceFailure], None] | None = None,
        follow: bool = True,
    ) -> None:
        self._world = world
        self._ports = ports
        self._failed = failed or _ignore
        self._follow = follow
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
        """Stop serving; the world belongs to the caller again."""
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
            watch = Watch(selector)
            watch.add(self._bell, self._hear_bell)
            for port in self._ports:
                port.attach(watch)
            while not self._stopping:
                for key, _ in selector.select(self._rest(started)):
                    if selector.get_map().get(key.fd) == key:  # another's turn may just have removed it
                        key.data()
                while not self._commands.empty():
                    self._commands.get()()
                for port in self._ports:
                    port.pump()
                if self._follow:
                    self._move(time.monotonic_ns() - started)

    def _hear_bell(self) -> None:
        os.read(self._bell, 64)

    def _rest(self, started: int) -> float:
        """Return for how many s nothing happens by itself; not more than a tick."""
        coming = self._world.next_event
        if not self._follow or coming is None:
            return _TICK_S
        return min(max(0, (coming + started - time.monotonic_ns()) / _NS), _TICK_S)

    def _move(self, when: int) -> None:
        try:
            self._world.run_until(when)
        except DeviceFailure as failure:
            self._failed(failure)
