"""A push button to ground with a pull-up, which bounces as real contacts do.

Source: J. Ganssle, "A Guide to Debouncing": most of the switches measured there settle within 6.2 ms, on
average in 1.6 ms. 5 ms by default is a poor but usual button.
"""

from __future__ import annotations

from collections.abc import Callable

from segl_sim.parts.context import Context

RELEASED = 1
PRESSED = 0

_MS = 1_000_000


class Button:
    """A key between a pin and ground: level 1 when left alone, 0 when pressed.

    Args:
        context: Time, chance and trace.
        bounce_ms: How long the contact may chatter after each move; 0 for an ideal one.
    """

    def __init__(self, context: Context, bounce_ms: int = 5) -> None:
        self.context = context
        self.bounce_ms = bounce_ms
        self.level = RELEASED
        self._target = RELEASED
        self._move = 0
        self._listeners: list[Callable[[int], None]] = []

    @property
    def pressed(self) -> bool:
        """Whether a finger is on it, whatever the contact does meanwhile."""
        return self._target == PRESSED

    def listen(self, on_edge: Callable[[int], None]) -> None:
        """Call `on_edge(level)` at every change of the level, bounces included."""
        self._listeners.append(on_edge)

    def press(self) -> None:
        """Put a finger on it: the first edge comes now, bounces follow."""
        self._go(PRESSED)

    def release(self) -> None:
        """Take the finger off: the first edge comes now, bounces follow."""
        self._go(RELEASED)

    def _go(self, target: int) -> None:
        if target == self._target:
            return
        self._target = target
        # A new move ends the bouncing of the one before.
        self._move += 1
        move = self._move
        now = self.context.now()
        bounce = self.bounce_ms * _MS
        delays = [0]
        if bounce:
            count = 2 * self.context.random.randint(1, 4)
            delays += sorted(self.context.random.sample(range(1, bounce + 1), count))
        if self.level == target:
            # Caught in a bounce of the move before: one change less brings it to rest at the same level.
            delays.pop()
        for delay in delays:
            self.context.at(now + delay, lambda: self._toggle(move))

    def _toggle(self, move: int) -> None:
        if move == self._move:
            self.level ^= 1
            for on_edge in self._listeners:
                on_edge(self.level)
