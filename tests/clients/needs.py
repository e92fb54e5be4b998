"""Programs that nobody here wrote: where they are missing although they could be there, a test fails."""

import os
import shutil
from pathlib import Path

import pytest

MUST = os.geteuid() == 0 and Path("/etc/debian_version").exists()
"""Whether whoever runs the tests could have installed what is missing; `.ci/run` has."""


def need(program: str, package: str) -> str:
    """Return where a program is; fail where it could have been installed, skip elsewhere.

    Args:
        program: Its name.
        package: Of Debian, in which it comes.
    """
    found = shutil.which(program, path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))
    if found:
        return found
    words = f"{program} is missing: apt-get install {package}"
    if MUST:
        pytest.fail(words)
    pytest.skip(words)
