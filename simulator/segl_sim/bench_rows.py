"""What the parts of `make bench` share: a row of figures, and clocks for time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

Row = tuple[str, str, str, str]
"""What, value, unit, how it was measured."""

MODELLED = "modelled board time: fuel at the calibrated rate plus parts' times; error below"


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in ms of the wall's clock."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def memory_mb() -> float:
    """Return this process's resident memory in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
