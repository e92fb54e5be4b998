"""Runs a command in the virtual machine, where a stock Linux kernel has a display, a reader and a chip.

    python -m tests.clients.vm -- lsusb -v -d 1209:

Somebody touches the chip when it asks. The exit status is the command's.
"""

import argparse
import tempfile
from pathlib import Path

from tests.clients.vm.desk import Desk

_WHAT = "Runs a command where a stock Linux kernel has a display, a reader and a chip."
_LONGEST_S = 3600


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.vm", description=_WHAT)
    parser.add_argument("command", nargs="+", help="put -- before it")
    command = parser.parse_args().command
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder)) as desk:
        desk.attach_all()
        status, output = desk.machine.run(*command, seconds=_LONGEST_S)
    print(output, end="")
    raise SystemExit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
