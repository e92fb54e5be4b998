"""Write docs/costs.json: the work of boot, press and frame, in units of fuel that are the same on every machine.

`--check` fails when a figure is over 5 % above the table, or the table is missing: then either the code became
slower, or the table is to be written anew on purpose.
"""

import json
import sys
from pathlib import Path

from segl_sim.boards import BOARDS
from segl_sim.costs import measure

TABLE = Path(__file__).parents[1] / "docs" / "costs.json"
FIGURES = ("boot_fuel", "press_fuel", "frame_fuel", "heap")
TOLERANCE = 1.05


def measured() -> dict[str, dict[str, int]]:
    """Measure every figure of the table, by board."""
    return {name: {key: getattr(measure(board), key) for key in FIGURES} for name, board in BOARDS.items()}


def risen(now: dict[str, dict[str, int]], table: dict[str, dict[str, int]]) -> list[str]:
    """Say which figures are more than the tolerance above the table."""
    return [
        f"{board}: {figure} is {value:,}, over 5 % above the {table[board][figure]:,} of {TABLE.name}"
        for board, figures in now.items()
        for figure, value in figures.items()
        if value > table[board][figure] * TOLERANCE
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
