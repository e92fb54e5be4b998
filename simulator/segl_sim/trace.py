"""What the devices did, in order: the record that makes a run comparable with another."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import NamedTuple


class Effect(NamedTuple):
    """One thing that left a device: time in virtual ns, device, kind, details."""

    time: int
    device: str
    kind: str
    detail: tuple[int | str | bytes, ...]


class Trace:
    """The last effects, and two running SHA-256 hashes over all of them.

    Args:
        keep: How many effects to keep for looking at.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self.last: deque[Effect] = deque(maxlen=keep)
        self._timed = hashlib.sha256()
        self._untimed = hashlib.sha256()

    def add(self, effect: Effect) -> None:
        """Note an effect."""
        self.last.append(effect)
        self._timed.update(repr(effect).encode())
        self._untimed.update(repr(effect[1:]).encode())

    @property
    def digest(self) -> str:
        """Hash of all effects with their times: equal for equal seeds on the same engine."""
        return self._timed.hexdigest()

    @property
    def order_digest(self) -> str:
        """Hash of all effects without times: equal for equal seeds on every engine."""
        return self._untimed.hexdigest()
