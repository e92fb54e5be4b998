"""What every part gets from the world, and how a bus part says that nobody answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol


class Context(Protocol):
    """Time, chance and the trace of the device that a part belongs to.

    Args:
        random: The device's source of chance, seeded by the world.
    """

    random: random.Random

    def now(self) -> int:
        """Return the virtual time in ns, work charged so far included."""
        ...

    def charge(self, ns: int) -> None:
        """Let the running device spend this long, in ns."""
        ...

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        """Write one line of the trace."""
        ...

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Schedule an action in the world at a virtual time in ns."""
        ...


class Nack(Exception):
    """No part acknowledged its I2C address: it is absent or has no power."""


class I2CPart(Protocol):
    """A part on an I2C bus; it raises Nack when it does not answer."""

    def write(self, data: bytes) -> None:
        """Take the bytes of one write, from START to STOP or repeated START."""
        ...

    def read(self, count: int) -> bytes:
        """Give the bytes of one read."""
        ...
