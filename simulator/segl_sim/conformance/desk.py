"""A simulated chip where python-fido2 looks for security keys, and somebody who does what a test's user is told to."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import fido2.hid
from fido2.hid.base import HidDescriptor

from segl_sim.chip import Chip
from segl_sim.ports.finger import Finger
from segl_sim.ports.inprocess_fido import FidoConnection
from segl_sim.usb_hid import REPORT

_NS = 1_000_000_000
_TOUCH_S = 0.1
# How long a program takes to look for security keys, and how often the user looks at the light.
_LOOK_S = 0.1


class Desk:
    """A chip, plugged into the computer that the tests run on. Its time passes while they look, read or sleep.

    Args:
        chip: It is plugged in here.
    """

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._world = chip.world
        self._finger = Finger(chip, agrees=True, opens=False)
        self._errands: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.get_ident()
        self._sleep = time.sleep
        chip.plug()
        self._watch()

    def replace_usb(self) -> None:
        """Let python-fido2 in this process find the chip, and nothing that is really plugged in.

        Whoever sleeps in this thread from now on sleeps in the chip's time.
        """
        fido2.hid.list_descriptors = self._descriptors
        fido2.hid.get_descriptor = self._descriptor
        fido2.hid.open_connection = self._connection
        time.sleep = self._pause

    def ask(self, errand: str) -> None:
        """Ask the user for something, from any thread; it is done when the tests next wait for the chip.

        Args:
            errand: "touch", "unplug" or "plug".
        """
        self._errands.put(errand)

    def run_errands(self) -> None:
        """Do what the user was asked for."""
        while not self._errands.empty():
            errand = self._errands.get()
            if errand == "touch":
                if self._chip.pad.pressed:  # by the touch before
                    self._world.advance(2 * _TOUCH_S)
                self._chip.touch(_TOUCH_S)
            elif errand == "unplug":
                self._chip.unplug()
            elif not self._chip.usb_host.configured:
                self._chip.plug()

    def _watch(self) -> None:
        """Hold the pad when the light asks for that; for touches the tests ask themselves."""
        busy = self._finger.look() if self._chip.asks == "hold" else 0
        self._world.at(self._world.now + round((busy + _LOOK_S) * _NS), self._watch)

    def _pause(self, seconds: float) -> None:
        if threading.get_ident() != self._thread:
            self._sleep(seconds)
            return
        self.run_errands()
        self._world.advance(seconds)

    def _descriptors(self) -> list[HidDescriptor]:
        self._pause(_LOOK_S)
        found = self._chip.usb_host.descriptors
        if found is None:
            return []
        return [
            HidDescriptor(self._chip.name, found.vid, found.pid, REPORT, REPORT, found.product, found.serial)
        ]

    def _descriptor(self, path: str | bytes) -> HidDescriptor:
        for descriptor in self._descriptors():
            if descriptor.path == path:
                return descriptor
        raise OSError(f"no security key at {path!r}")

    def _connection(self, descriptor: HidDescriptor) -> FidoConnection:
        return _Connection(self._chip, self.run_errands)


class _Connection(FidoConnection):
    """A connection whose waits let the user do what was asked of them."""

    def __init__(self, chip: Chip, first: Callable[[], None]) -> None:
        super().__init__(chip)
        self._first = first

    def write_packet(self, data: bytes) -> None:
        self._first()
        super().write_packet(data)

    def read_packet(self) -> bytes:
        self._first()
        return super().read_packet()
