"""A board's pins: each reads what its part says and tells its part what the firmware drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

_OUT = 1
RISING, FALLING = 8, 4


def _pulled_up() -> int:
    return 1


def _nobody(_level: int) -> None:
    return None


@dataclass
class Pin:
    """One pin.

    Args:
        source: Gives the level when the pin is an input.
        sink: Is told the level when it is an output.
    """

    source: Callable[[], int] = _pulled_up
    sink: Callable[[int], None] = _nobody
    trigger: int = 0  # edges that interrupt: RISING, FALLING or both
    _output: bool = field(default=False, repr=False)
    _level: int = field(default=0, repr=False)

    def mode(self, mode: int) -> None:
        """Set the direction as `machine.Pin` numbers it; an output drives its last level at once."""
        self._output = mode == _OUT
        if self._output:
            self.sink(self._level)

    def drive(self, level: int) -> None:
        """Set the output level."""
        self._level = level
        if self._output:
            self.sink(level)

    def read(self) -> int:
        """Return the level."""
        return self._level if self._output else self.source()

    def wants(self, level: int) -> bool:
        """Return whether an edge to this level interrupts."""
        return bool(self.trigger & (RISING if level else FALLING))
