"""The kernel's part of `make bench`: the same calls as at the other ports, through USB/IP and a stock Linux kernel."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from segl_sim.bench_ports import ROUNDS, trip_rows
from segl_sim.bench_rows import Row, show
from tests.clients.vm.desk import Desk


def kernel_rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure it, where QEMU and a kernel are installed."""
    if not shutil.which("qemu-system-x86_64") or not list(Path("/boot").glob("vmlinuz-*")):
        yield "USB/IP", "not measured", "ms", "apt-get install qemu-system-x86 linux-image-amd64"
        return
    for engine in ("micropython", "cpython"):
        with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), engine) as desk:
            desk.attach_all()
            said = desk.machine.check(
                sys.executable, "-m", "segl_sim.bench_client", "hid:/dev/hidraw0", str(rounds), seconds=300
            )
        took = json.loads(said[said.index("{") :])
        yield from trip_rows(f"USB/IP and a kernel in an emulated machine, {engine}", took)


if __name__ == "__main__":
    show(kernel_rows())
