"""Check that nothing of one developer's machine or network is in what git tracks.

A path that exists on one machine only, or the address of a package registry, works for its author and
fails for everyone else.
"""

import re
import subprocess
import sys
from pathlib import Path

# Written so that these patterns do not match their own source.
FORBIDDEN = [
    (
        re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|root|home|Users)/"),
        "a path of one machine: make it relative",
    ),
    (
        re.compile(r"(?:files\.python|\bpy)(?:hosted|pi)\.org|registry\.(?:npm|yarn)"),
        "a registry's address: name the package, pip and npm know where from",
    ),
    (
        re.compile(r'"resolved": *"http|^ *--?(?:index-url|extra-index-url|find-links|trusted-host)\b'),
        "a registry option: leave it to the machine's own configuration",
    ),
]


def check(name: str, text: str) -> list[str]:
    """Return one line for each thing in the file `name` that belongs to one machine."""
    if Path(name).name == "uv.lock":
        return [f"{name}: uv.lock holds registry addresses: pin with `make lock`"]
    return [
        f"{name}:{number}: {message}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, message in FORBIDDEN
        if pattern.search(line)
    ]


def _tracked() -> list[str]:
    """Return what is tracked or about to be; ignored files do not count."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return sorted(filter(None, subprocess.check_output(command, text=True).split("\0")))


def main() -> int:
    """Print what is wrong in the tree; return 1 if anything is, else 0."""
    names = [name for name in _tracked() if Path(name).is_file()]
    findings: list[str] = []
    for name in names:
        findings += check(name, Path(name).read_bytes().decode("utf-8", errors="replace"))
    for finding in findings:
        print(finding)
    print(f"tree rules: {len(names)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
