"""Programs at simulated devices, as somebody without rights starts them, and somebody who answers what they ask."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pexpect

from tests.clients.needs import need

PIN = "246813"
ANSWERS = {
    r"Enter new PIN for [^:]*:": PIN,
    r"Enter the same PIN again:": PIN,
    r"Enter PIN for [^:]*:": PIN,
}
_LONGEST_S = 300
SEGL = str(Path(sys.executable).with_name("segl"))
# Without any capability outside of its own user namespace, as an ordinary user has none.
_ORDINARY = ["--user", "--map-user=65534", "--map-group=65534", "--"]


def ordinary(command: Sequence[str]) -> list[str]:
    """Return a command that runs as somebody without rights."""
    return [need("unshare", "util-linux"), *_ORDINARY, *command] if os.geteuid() == 0 else list(command)


def simulated(*options: str) -> list[str]:
    """Return how a command is begun that has simulated devices, by somebody without rights.

    Args:
        options: Of `segl sim run`.
    """
    if "--hidraw" in options:
        need("umockdev-wrapper", "umockdev gir1.2-umockdev-1.0 python3-gi")
    return ordinary([SEGL, "sim", "run", *options, "--"])


def run(
    command: Sequence[str], folder: Path, answers: Mapping[str, str] | None = None, expected: int = 0
) -> str:
    """Run a command in a terminal; return what it printed.

    Args:
        command: Its words.
        folder: Where.
        answers: What to type where a pattern is printed.
        expected: Its exit status.
    """
    asked = list((answers or ANSWERS).items())
    child = pexpect.spawn(
        command[0],
        list(command[1:]),
        cwd=str(folder),
        timeout=_LONGEST_S,
        encoding="utf-8",
        codec_errors="replace",
    )
    said = ""
    while True:
        found = child.expect([*(pattern for pattern, _ in asked), pexpect.EOF])
        said += str(child.before) + (str(child.after) if found < len(asked) else "")
        if found == len(asked):
            break
        child.sendline(asked[found][1])
    child.close()
    assert child.exitstatus == expected, said
    return said.replace("\r\n", "\n")


def shell(script: str) -> list[str]:
    """Return the command that runs a script and stops where a line of it fails; `refused` begins one that must."""
    return ["sh", "-ec", f'refused() {{ if "$@"; then exit 99; fi; }}\n{script}']
