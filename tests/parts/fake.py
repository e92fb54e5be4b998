"""A world of one part: time that the test moves, seeded chance, and a list of effects."""

import random
from collections.abc import Callable


class FakeContext:
    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.time = 0
        self.effects: list[tuple[int | str | bytes, ...]] = []
        self._queue: list[tuple[int, int, Callable[[], None]]] = []

    def now(self) -> int:
        return self.time

    def charge(self, ns: int) -> None:
        self.time += ns

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        self.effects.append((kind, *detail))

    def at(self, when: int, action: Callable[[], None]) -> None:
        self._queue.append((when, len(self._queue), action))

    def advance(self, ns: int) -> None:
        end = self.time + ns
        while due := [entry for entry in self._queue if entry[0] <= end]:
            entry = min(due, key=lambda one: one[:2])
            self._queue.remove(entry)
            self.time = max(self.time, entry[0])
            entry[2]()
        self.time = end
