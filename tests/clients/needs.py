"""Tests with foreign programs: what to do where one is missing.

A machine that runs them in earnest is a Debian on which tests run as root: there whatever is missing is an error, since
`apt-get install` would have brought it. Elsewhere the test is left out, and says what it would need.
"""

import glob
import importlib.util
import os
import shutil
from pathlib import Path

import pytest


def need(program: str, package: str) -> str:
    """Return where a program is.

    Args:
        program: Its name; several that do as well as each other are separated by "|".
        package: The Debian package that brings it.
    """
    places = os.pathsep.join([*os.get_exec_path(), "/usr/sbin"])
    for name in program.split("|"):
        if found := shutil.which(name, path=places):
            return found
    return _missing(f"{program} is missing: apt-get install {package}")


def need_module(module: str, package: str) -> None:
    """Look for a Python module.

    Args:
        module: Its name.
        package: What to give to pip.
    """
    if importlib.util.find_spec(module) is None:
        _missing(f"{module} is missing: pip install {package}")


def need_file(pattern: str, package: str) -> None:
    """Look for a file that is no program.

    Args:
        pattern: Its path, with wildcards.
        package: The Debian package that brings it.
    """
    if not glob.glob(pattern):
        _missing(f"{pattern} is missing: apt-get install {package}")


def _missing(reason: str) -> str:
    if os.geteuid() == 0 and Path("/etc/debian_version").exists():
        pytest.fail(reason)
    pytest.skip(reason)
