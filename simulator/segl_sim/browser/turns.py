"""Work that waits, done in turns: a browser's events are served between two of them, in the same thread.

Playwright serves everything from one thread, and that thread owns the world; python-fido2's client waits within its
calls. Each call gets a stack of its own, as Playwright's sync API gives one to each of its callbacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from greenlet import getcurrent, greenlet

_T = TypeVar("_T")


class Turns(Generic[_T]):
    """A function that is called a turn at a time.

    Args:
        function: Given what ends a turn; called in the first one.

    Attributes:
        result: What it returned.
    """

    result: _T

    def __init__(self, function: Callable[[Callable[[], None]], _T]) -> None:
        self._function = function
        self._stack = greenlet(self._run)

    @property
    def done(self) -> bool:
        """Whether it has returned."""
        return self._stack.dead

    def go_on(self) -> bool:
        """Let it have a turn; return whether it is done.

        Raises:
            Exception: What the function has raised.
        """
        if not self.done:
            self._stack.parent = getcurrent()  # a turn ends where it began, whoever gave the one before
            self._stack.switch()
        return self.done

    def finish(self) -> None:
        """Let it have turns until it is done."""
        while not self.go_on():
            pass

    def _run(self) -> None:
        self.result = self._function(self._end_turn)

    def _end_turn(self) -> None:
        assert self._stack.parent is not None
        self._stack.parent.switch()
