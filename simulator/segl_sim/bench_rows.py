"""What the parts of `make bench` share: a row of figures, and clocks for time and memory."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence

Row = tuple[str, str, str, str]
"""What, value, unit, how it was measured."""


def show(rows: Iterable[Row]) -> None:
    """Print rows, each as soon as it is there."""
    for what, value, unit, how in rows:
        print(f"{what}: {value} {unit}  ({how})", flush=True)


MODELLED = "modelled board time: fuel at the calibrated rate plus parts' times; error below"


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in ms of the wall's clock."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def spread(took: Sequence[float]) -> str:
    """Say the median and the 99th percentile of so many times."""
    ordered = sorted(took)
    return f"{statistics.median(ordered):.1f} median, {ordered[-(-len(ordered) * 99 // 100) - 1]:.1f} p99"


def memory_mb() -> float:
    """Return this process's resident memory in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
