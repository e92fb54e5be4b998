"""pyttsx3 and espeak-ng in a process of their own, for codes (`segl.speech`) and for voices (`segl.voice.speak`).

pyttsx3 says dependably only what its process said first, prints where it likes, and may never come to an end. So each
of the two modules is also a program, which `child` runs.
"""

import ctypes
import os
import subprocess
import sys
from importlib import import_module
from typing import Any

__all__ = ["MISSING", "child", "load", "reason"]

MISSING = "This needs the extra `speech`; install it with: pip install 'segl[speech]'"


def load() -> None:
    """Load the espeak-ng that the extra `speech` brings, which pyttsx3 would not find by itself.

    Raises:
        ModuleNotFoundError: it is not installed; the system's own may do.
    """
    loader: Any = import_module("espeakng_loader")  # comes without type information
    os.environ["ESPEAK_DATA_PATH"] = loader.get_data_path()
    ctypes.CDLL(loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)


def child(module: str, *arguments: str, said: str, timeout: float, **environment: str) -> tuple[int, str]:
    """Run a module as a program and wait for its end.

    Args:
        module: its name.
        arguments: what it is told where everybody on this computer can list it.
        said: its standard input, which nobody can list.
        timeout: s after which it is stopped.
        environment: variables that it has beside this process's.

    Returns:
        Its exit code, and what it and all that it started printed: standard output, then standard error.

    Raises:
        subprocess.TimeoutExpired: it did not come to an end, and was stopped.
    """
    path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],  # -P: no module of the working folder
        input=said,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path, **environment},
        timeout=timeout,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def reason(printed: str) -> str:
    """Give the last line that a failed program printed, which says why."""
    return (printed.strip().splitlines() or ["no reason given"])[-1]
