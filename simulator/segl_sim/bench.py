"""`make bench`: every figure of speed and size, with how it was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from segl.otpauth import Key
from segl_sim.bench_browser import browser_rows
from segl_sim.bench_chip import chip_rows
from segl_sim.bench_ports import port_rows
from segl_sim.bench_reader import reader_rows
from segl_sim.bench_rows import MODELLED, Row, memory_mb, show, timed
from segl_sim.boards import PICO, PICO2
from segl_sim.calibration import calibrate
from segl_sim.costs import measure
from segl_sim.devices import DEVICES, CodeDisplay
from segl_sim.parts.flash import PAGE
from segl_sim.world import World

_FURTHER = 50
_PRESSES = 100
_DAYS = 365
_DAY_S = 86_400
_KEY = Key(name="Bench", kind="totp", secret=b"12345678901234567890")
_CHIPS = {"pico": "RP2040", "pico2": "RP2350"}


def main() -> None:
    """Print all figures, one a line: what, value, unit, how."""
    parts = (_start_up, _speed, _year, _boards, reader_rows, chip_rows, port_rows, browser_rows, _calibration)
    for rows in parts:
        show(rows())


def _answered(world: World, package: str) -> None:
    """Start a device from nothing to its first answered frame."""
    with world.add(package).connect() as session:
        session.info()


def _start_up() -> Iterator[Row]:
    for package in DEVICES:
        for engine in ("micropython", "cpython"):
            with World(seed=1, engine=engine) as world:
                answer = partial(_answered, world, package)
                first = timed(answer)
                before = memory_mb()
                further = [timed(answer) for _ in range(_FURTHER)]
                grown = (memory_mb() - before) / _FURTHER
            how = "wall clock, blank device to answered INFO, USB enumeration included"
            yield (
                f"first {package}, {engine}",
                f"{first:.0f}",
                "ms",
                f"{how}; firmware compiled before, wasm cache warm",
            )
            each = statistics.median(further)
            yield f"each further {package}, {engine}", f"{each:.1f}", "ms", f"{how}; median of {_FURTHER}"
            yield (
                f"devices per second, {package}, {engine}",
                f"{1000 / each:.0f}",
                "",
                "in one process: as above",
            )
            yield (
                f"memory of each further {package}, {engine}",
                f"{grown:.2f}",
                "MB",
                "growth of resident memory",
            )


def _ready(world: World) -> CodeDisplay:
    display = world.code_display()
    display.press(6)
    with display.connect() as session:
        session.provision(_KEY, utc=round(world.utc), sequence=1)
    display.unplug()
    world.advance(60)
    return display


def _press_after(display: CodeDisplay, seconds: int) -> None:
    display.world.advance(seconds)
    display.press()


def _speed() -> Iterator[Row]:
    for engine in ("micropython", "cpython"):
        with World(seed=1, engine=engine) as world:
            display = _ready(world)
            operations, erases = display.flash.operations, display.flash.wear.total()
            took = [timed(partial(_press_after, display, 60)) for _ in range(_PRESSES)]
            operations = display.flash.operations - operations
            erases = display.flash.wear.total() - erases
        yield (
            f"presses, {engine}",
            f"{1000 / statistics.median(took):.0f}",
            "per real second",
            f"each from power-on over 30 s of screen to power-off; median of {_PRESSES}",
        )
        yield (
            f"flash per press, {engine}",
            f"{(operations - erases) * PAGE / _PRESSES:.0f}",
            "bytes",
            f"programmed; {erases / _PRESSES:.2f} sectors erased; mean of {_PRESSES}, compaction included",
        )


def _year() -> Iterator[Row]:
    for engine in ("micropython", "cpython"):
        with World(seed=1, engine=engine) as world:
            display = _ready(world)
            took = sum(timed(partial(_press_after, display, _DAY_S)) for _ in range(_DAYS)) / 1000
        yield f"a virtual year, {engine}", f"{took:.1f}", "s", f"one press a day, {_DAYS} days, wall clock"


def _boards() -> Iterator[Row]:
    for board in (PICO, PICO2):
        costs, chip = measure(board), _CHIPS[board.name]
        yield f"boot, {chip}", f"{costs.boot_ms:.0f}", "ms", f"power-on to first sleep; {MODELLED}"
        yield (
            f"press to pixels, awake, {chip}",
            f"{costs.press_ms:.0f}",
            "ms",
            f"key release to last pixel; {MODELLED}",
        )
        yield (
            f"press to pixels, off, {chip}",
            f"{costs.cold_ms:.0f}",
            "ms",
            f"power-on to last pixel; {MODELLED}",
        )
        yield f"frame to answer, {chip}", f"{costs.frame_ms:.1f}", "ms", f"INFO over USB; {MODELLED}"
        yield (
            f"live heap, {chip}",
            f"{costs.heap:,} of {board.heap_budget:,}",
            "bytes",
            "after a collection, code on the screen, byte code included",
        )


def _calibration() -> Iterator[Row]:
    for row in calibrate():
        yield (
            f"calibration, {row.name}",
            f"{row.modelled_ms:.2f} modelled, {row.board_ms:.2f} measured",
            "ms on RP2040",
            f"error {row.error_percent:+.0f} %",
        )


if __name__ == "__main__":
    main()
