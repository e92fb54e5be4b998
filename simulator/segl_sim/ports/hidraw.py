"""Simulated chips as /dev/hidrawN for programs as they are, without root or kernel modules: by umockdev. Linux only.

A program sees them when it is started with `environment`: umockdev's library, which the loader puts in front of the C
library, shows it the keys beside what the computer really has. So it works for programs that are linked dynamically
(not for those written in Go), are not setuid, and do not clear their environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segl.errors import InputError, Lost
from segl_sim.ports.hid import HidPort
from segl_sim.usb_hid import hid_interface
from segl_sim.usb_host import setup_packet

if TYPE_CHECKING:
    from segl_sim.chip import Chip
    from segl_sim.runner import Watch

_WRAPPER = "umockdev-wrapper"
_PYTHON = "/usr/bin/python3"  # the system's: it alone has the bindings
_BINDINGS = 'import gi; gi.require_version("UMockdev", "1.0"); from gi.repository import UMockdev'
_PACKAGES = "umockdev gir1.2-umockdev-1.0 python3-gi"
_STANDARD_IN, _GET_DESCRIPTOR, _REPORT_DESCRIPTOR = 0x81, 0x06, 0x22
_LONGEST_DESCRIPTOR = 4096
_ANSWER_NS = 1_000_000_000
_END_S = 5


class HidrawPort:
    """The ports of some chips, of which the first is /dev/hidraw0.

    Args:
        chips: Of one world; each is plugged in here if it is not yet.
        folder: Where sockets may lie; the caller removes it.

    Attributes:
        environment: What a program has to be started with, beside its own.
        settled: Set while programs see all that is plugged in and nothing else: soon after a runner has begun to serve,
            and soon after somebody has plugged or unplugged a chip.

    Raises:
        InputError: umockdev is missing; the message says how to install it.
        Lost: It did not start.
    """

    def __init__(self, chips: Sequence[Chip], folder: Path) -> None:
        _need_umockdev()
        self._chips = chips
        self._ports = [HidPort(chip, f"unix:{folder}/hidraw{number}") for number, chip in enumerate(chips)]
        self._described = [_report_descriptor(chip) for chip in chips]
        self._pump = subprocess.Popen(
            [_WRAPPER, _PYTHON, "-E", str(files("segl_sim.ports") / "umockdev_pump.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            # Else the terminal's Ctrl-C would end it before the programs that it serves.
            process_group=0,
        )
        assert self._pump.stdin
        assert self._pump.stdout
        self._stdin, self._stdout = self._pump.stdin, self._pump.stdout
        self._said = b""
        self._shown: set[int] = set()
        self._unanswered = 0
        self.settled = threading.Event()
        self.environment: dict[str, str] = {}
        try:
            self.environment |= json.loads(self._stdout.readline())["environment"]
        except ValueError as error:
            self.close()
            raise Lost("umockdev did not start; see what it printed above.") from error
        os.set_blocking(self._stdout.fileno(), False)

    def attach(self, watch: Watch) -> None:
        """Begin to serve programs."""
        watch.add(self._stdout.fileno(), self._heard)
        for port in self._ports:
            port.attach(watch)
        for number, chip in enumerate(self._chips):
            chip.usb_host.on_change.append(lambda number=number: self._changed(number))
            self._changed(number)

    def pump(self) -> None:
        """Go on with what could not be done at once."""
        for port in self._ports:
            port.pump()

    def close(self) -> None:
        """Take the nodes away."""
        self._stdin.close()
        try:
            self._pump.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._pump.kill()
            self._pump.wait()
        self._stdout.close()
        if self.environment:  # it clears up itself, unless it was killed
            shutil.rmtree(self.environment["UMOCKDEV_DIR"], ignore_errors=True)
        for port in self._ports:
            port.close()

    # --- inside

    def _changed(self, number: int) -> None:
        found = self._chips[number].usb_host.descriptors
        if found is None and number in self._shown:
            self._shown.remove(number)
            self._tell({"unplug": number})
        elif found:
            self._shown.add(number)
            self._tell(
                {
                    "plug": number,
                    "path": self._ports[number].address.removeprefix("unix:"),
                    "interface": hid_interface(found).number,
                    "report_descriptor": self._described[number].hex().upper(),
                    "vid": found.vid,
                    "pid": found.pid,
                    "version": found.release,
                    "manufacturer": found.manufacturer,
                    "product": found.product,
                    "serial": found.serial,
                }
            )

    def _tell(self, errand: dict[str, Any]) -> None:
        self._unanswered += 1
        self.settled.clear()
        try:
            self._stdin.write(json.dumps(errand).encode() + b"\n")
        except BrokenPipeError:  # somebody killed it; the sockets still work
            return

    def _heard(self) -> None:
        self._said += self._stdout.read() or b""
        *lines, self._said = self._said.split(b"\n")
        self._unanswered -= len(lines)
        if not self._unanswered:
            self.settled.set()


def _report_descriptor(chip: Chip) -> bytes:
    """Ask a chip for its report descriptor, as usbhid does; time passes."""
    interface = hid_interface(chip.usb_host.descriptors).number
    setup = setup_packet(
        _STANDARD_IN, _GET_DESCRIPTOR, _REPORT_DESCRIPTOR << 8, interface, _LONGEST_DESCRIPTOR
    )
    found: list[bytes] = []
    chip.usb_host.control(setup, b"", lambda data, _error: found.append(data))
    chip.world.run_until(chip.world.now + _ANSWER_NS, lambda: bool(found))
    return found[0]


def _need_umockdev() -> None:
    wrapper = shutil.which(_WRAPPER)
    if (
        wrapper is None
        or subprocess.run([_PYTHON, "-c", _BINDINGS], capture_output=True, check=False).returncode
    ):
        raise InputError(f"Nodes for hidraw are made by umockdev; on Debian: apt-get install {_PACKAGES}.")
