"""An RGB LED on three pins: what it shows, and what somebody who looked at it has seen."""

from __future__ import annotations

from collections import deque

from segl_sim.parts.context import Context

Color = tuple[int, int, int]
DARK: Color = (0, 0, 0)
RED: Color = (1, 0, 0)
GREEN: Color = (0, 1, 0)
BLUE: Color = (0, 0, 1)
WHITE: Color = (1, 1, 1)

_MS = 1_000_000
_UNSEEN_NS = _MS  # what lies between the switching of two pins is no color


class RgbLed:
    """Three LEDs in one case, each switched by a pin, high: on.

    Args:
        context: Time, chance and trace.
        keep: How many changes to remember.

    Attributes:
        color: What shines now: red, green and blue, 0 or 1 each.
        history: (virtual ns, color) of each change, the last one in force; what no eye could see is left out.
    """

    def __init__(self, context: Context, keep: int = 10_000) -> None:
        self.color = DARK
        self.history: deque[tuple[int, Color]] = deque([(0, DARK)], maxlen=keep)
        self._context = context

    def drive(self, index: int, level: int) -> None:
        """Switch one of the three."""
        colors = list(self.color)
        colors[index] = level
        self._show((colors[0], colors[1], colors[2]))

    def off(self) -> None:
        """Nothing drives it any more."""
        self._show(DARK)

    def pattern(self, since: int = 0) -> list[tuple[Color, int]]:
        """Tell what it has shown.

        Args:
            since: From when, in virtual ns.

        Returns:
            Color and duration in ms of each, the last one up to now.
        """
        ends = [*[when for when, _ in self.history][1:], self._context.now()]
        shown = zip(self.history, ends, strict=True)
        return [(color, (end - max(when, since)) // _MS) for (when, color), end in shown if end > since]

    def lit(self, color: Color, since: int = 0) -> bool:
        """Say whether it has shown a color since then, in virtual ns."""
        return any(shown == color for shown, _ in self.pattern(since))

    def _show(self, color: Color) -> None:
        if color == self.color:
            return
        self.color = color
        when = self._context.now()
        if when - self.history[-1][0] < _UNSEEN_NS and len(self.history) > 1:
            when, _ = self.history.pop()
        if self.history[-1][1] != color:
            self.history.append((when, color))
