"""Finds python-fido2's device tests in a folder, and runs them as they are."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest

from segl_sim.chip import Chip
from segl_sim.conformance.controller import Controller
from segl_sim.conformance.desk import Desk
from segl_sim.conformance.results import Results

_PORT = "1"


def find(path: Path) -> Path | None:
    """Return the folder of the device tests in a release, in its folder of tests, or itself; None: they are not there.

    Args:
        path: Where to look.
    """
    for folder in (path / "tests" / "device", path / "device", path):
        if folder.name == "device" and (folder / "conftest.py").is_file():
            return folder
    return None


def run(folder: Path, chip: Chip, options: list[str]) -> Results:
    """Run tests in this process, which from then on finds no security key but the simulated one.

    Args:
        folder: Their folder.
        chip: What they are run against; its time is theirs.
        options: More options for pytest.
    """
    # Whoever has pytest set up in some way has not done so for these tests.
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    desk, results = Desk(chip), Results()
    desk.replace_usb()
    controller = Controller(desk.ask)
    root = str(folder.parents[1])
    try:
        # The options --controller and --pico-port are the tests' own, by tests/conftest.py.
        with contextlib.chdir(root):  # so that names of tests begin there
            code = pytest.main(
                [
                    *("-v", "-c", os.devnull, "--rootdir", root, "--confcutdir", root),
                    *("-p", "no:cacheprovider", "--controller", controller.url, "--pico-port", _PORT),
                    *(*options, str(folder)),
                ],
                plugins=[results],
            )
    finally:
        controller.close()
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        results.failed.append(f"the whole run: pytest ended with {code!r}")
    return results
