"""The ports' part of `make bench`: a program registers and signs in with python-fido2 through each that a chip has.

Its user looks each 20 ms whether the chip asks for a touch, and then holds the pad for 200 ms. In this process that and
the chip's own work are virtual time; behind the other ports both take as long as they say, on MicroPython. The engine
`cpython` charges nothing for computation, so what is left there is the port and the user.
"""

# pyusb has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fido2.hid.base import CtapHidConnection

from segl.errors import InputError
from segl_sim.attached import Attached
from segl_sim.bench_client import round_trips
from segl_sim.bench_rows import Row, spread
from segl_sim.chip import Chip
from segl_sim.ports.finger import Finger
from segl_sim.ports.inprocess_fido import FidoConnection
from segl_sim.world import World

ROUNDS = 30
"""So the 99th percentile is the longest."""
LOOKS_S = 0.02
_SEED = 1
_ENGINES = ("micropython", "cpython")
_HID_OUT, _HID_IN, _REPORT = 0x01, 0x81, 64
_WAIT_MS = 10_000


def port_rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """Measure every port of this computer; a kernel's way, by USB/IP, is measured where a virtual machine is.

    Args:
        rounds: How many times each.
    """
    ways: dict[str, Callable[[Chip, int], dict[str, list[float]]]] = {
        "in this process": lambda chip, number: round_trips(FidoConnection(chip), number),
        "pyusb": lambda chip, number: round_trips(_PyusbConnection(chip), number),
        "UNIX socket": _socket,
        "hidraw": _hidraw,
    }
    for name, way in ways.items():
        for engine in _ENGINES:
            with World(_SEED, engine) as world:
                chip = world.chip()
                Finger(chip, agrees=True, opens=False).start(LOOKS_S)
                try:
                    took = way(chip, rounds)
                except InputError as error:
                    yield f"{name}, {engine}", "not measured", "ms", str(error)
                    continue
            yield from trip_rows(f"{name}, {engine}", took)


def trip_rows(port: str, took: dict[str, list[float]]) -> Iterator[Row]:
    """Make the rows of a port.

    Args:
        port: What it is called.
        took: As `round_trips` gives it.
    """
    for what, times in took.items():
        how = f"wall clock, {len(times)} calls by python-fido2, no PIN, a user who looks each {LOOKS_S * 1000:.0f} ms"
        yield f"{what}, {port}", spread(times), "ms", how


class _PyusbConnection(CtapHidConnection):
    """A chip that a program has through pyusb."""

    def __init__(self, chip: Chip) -> None:
        import usb.core

        from segl_sim.ports.pyusb import Backend

        chip.plug()
        self._found: Any = usb.core.find(backend=Backend(chip.world), idVendor=0x1209)

    def write_packet(self, data: bytes) -> None:
        self._found.write(_HID_OUT, data)

    def read_packet(self) -> bytes:
        return bytes(self._found.read(_HID_IN, _REPORT, _WAIT_MS))

    def close(self) -> None:
        import usb.util

        usb.util.dispose_resources(self._found)


def _socket(chip: Chip, rounds: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder, Attached([chip]) as attached:
        attached.open_fido(chip, f"unix:{folder}/chip")
        return _program(attached, rounds)


def _hidraw(chip: Chip, rounds: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder, Attached([chip]) as attached:
        attached.open_hidraw(Path(folder))
        return _program(attached, rounds)


def _program(attached: Attached, rounds: int) -> dict[str, list[float]]:
    """Let a program in that measures, in a process of its own."""
    (url,) = attached.fido.values()
    command = [sys.executable, "-m", "segl_sim.bench_client", url, str(rounds)]
    with attached.served():
        done = subprocess.run(
            command, env={**os.environ, **attached.environment}, stdout=subprocess.PIPE, check=True
        )
    return json.loads(done.stdout)
