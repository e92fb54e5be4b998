"""Write docs/costs.json: the work of each operation, in units of fuel that are the same on every machine.

By board the display's; "reader" holds the audio reader's, on a Pico 2, and "chip, BOARD" a chip's, with what its work
takes of the board's time, in ms.

`--check` fails when a figure is over 5 % above the table, or the table is missing: then either the code became
slower, or the table is to be written anew on purpose. Times are for the reader of the table: fuel says what they say,
and does not jump when flash is erased a request earlier.
"""

import dataclasses
import json
import sys
from pathlib import Path

from segl_sim.boards import BOARDS
from segl_sim.chip_costs import ChipCosts, measure_chip
from segl_sim.costs import measure
from segl_sim.reader_costs import measure_reader

TABLE = Path(__file__).parents[1] / "docs" / "costs.json"
FIGURES = ("boot_fuel", "press_fuel", "frame_fuel", "heap")
READER = "reader"
READER_FIGURES = ("boot_fuel", "block_fuel", "code_fuel", "menu_fuel", "heap", "speaking_heap")
CHIP_FIGURES = tuple(field.name for field in dataclasses.fields(ChipCosts))
TOLERANCE = 1.05


def measured() -> dict[str, dict[str, int]]:
    """Measure every figure of the table."""
    found = {name: _figures(measure(board), FIGURES) for name, board in BOARDS.items()}
    chips = {chip(name): _figures(measure_chip(board), CHIP_FIGURES) for name, board in BOARDS.items()}
    return {**found, READER: _figures(measure_reader(), READER_FIGURES), **chips}


def chip(board: str) -> str:
    """Return the name of a chip's row."""
    return f"chip, {board}"


def counts(figure: str) -> bool:
    """Say whether a figure may not rise."""
    return not figure.endswith("_ms")


def _figures(costs: object, names: tuple[str, ...]) -> dict[str, int]:
    return {name: round(getattr(costs, name)) for name in names}


def risen(now: dict[str, dict[str, int]], table: dict[str, dict[str, int]]) -> list[str]:
    """Say which figures are more than the tolerance above the table."""
    return [
        f"{row}: {figure} is {value:,}, over 5 % above the {table[row][figure]:,} of {TABLE.name}"
        for row, figures in now.items()
        for figure, value in figures.items()
        if counts(figure) and value > table[row][figure] * TOLERANCE
    ]


def main() -> int:
    if "--check" in sys.argv:
        problems = (
            risen(measured(), json.loads(TABLE.read_text()))
            if TABLE.exists()
            else [f"{TABLE.name} is missing"]
        )
        for problem in problems:
            print(problem, "- make it cheaper, or write the table anew with: python tools/gen_costs.py")
        return 1 if problems else 0
    TABLE.write_text(json.dumps(measured(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
