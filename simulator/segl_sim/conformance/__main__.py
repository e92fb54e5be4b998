"""The command line: `python -m segl_sim.conformance SUITE`."""

from __future__ import annotations

import contextlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import click

from segl_sim.boards import BOARDS
from segl_sim.engines import ENGINES
from segl_sim.world import World


@click.command()
@click.argument("path", metavar="SUITE", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--board", type=click.Choice(sorted(BOARDS)), default="pico2", show_default=True)
@click.option("--engine", type=click.Choice(sorted(ENGINES)), default="micropython", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the same chip again.")
@click.option("-k", "chosen", metavar="EXPRESSION", help="Only the tests that it matches, as pytest has it.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, and all else to stderr.")
def main(path: Path, board: str, engine: str, seed: int, chosen: str | None, as_json: bool) -> None:
    """Run the device tests of python-fido2 against a simulated chip.

    SUITE is an unpacked release of python-fido2, its folder tests, or tests/device. Nothing is fetched, and nothing
    is written there. The tests run with the installed python-fido2, which should be of the same release.
    """
    try:
        from segl_sim.conformance import suite  # here: a plain install has no pytest
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: install it with pip") from error
    folder = suite.find(path.resolve())
    if folder is None:
        raise click.UsageError(f"{path} holds no tests/device with a conftest.py")
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        print(f"python-fido2 {version('fido2')}, a chip on a {board} with {engine}: {folder}")
        with World(seed, engine) as world:
            results = suite.run(folder, world.chip(board), ["-k", chosen] if chosen else [])
        for line in results.lines():
            print(line)
    if as_json:
        print(json.dumps(results.value(), indent=2))
    sys.exit(0 if results.good else 1)


if __name__ == "__main__":
    main()
