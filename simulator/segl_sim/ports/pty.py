"""A serial device of the operating system (/dev/pts/N) in front of a simulated one, for programs as they are.

Source: pty(7). Linux only.
"""

from __future__ import annotations

import os
import pty
import tty
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import Disconnected

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable
    from segl_sim.runner import Watch

_CHUNK = 4096


class PtyPort:
    """One pty, joined to the device's serial port by a Runner (see segl_sim.runner).

    Args:
        device: Plugged in here if it is not yet.

    Attributes:
        path: What programs open.
    """

    def __init__(self, device: Pluggable) -> None:
        if not device.usb_host.configured:
            device.plug()
        self._descriptor, self._slave = pty.openpty()
        # Both ends raw, and the slave kept open: else echo, line editing, or an end of file between two clients.
        tty.setraw(self._descriptor)
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._device = device
        self._port = device.serial_port()
        self._port.on_data = self._from_device
        self._port.open()
        device.usb_host.on_change.append(self._replugged)
        self._waiting = b""
        self._watch: Watch | None = None
        self._watched = False

    def attach(self, watch: Watch) -> None:
        """Begin to serve programs."""
        self._watch = watch
        self._look()

    def pump(self) -> None:
        """Give the device what waits for it; a program is read only while nothing does."""
        if self._waiting and self._port.is_open:
            self._waiting = self._waiting[self._port.write(self._waiting) :]
        self._look()

    def close(self) -> None:
        """Close both ends."""
        self._port.close()
        os.close(self._descriptor)
        os.close(self._slave)

    def _look(self) -> None:
        if self._watch and self._watched == bool(self._waiting):
            self._watched = not self._waiting
            if self._watched:
                self._watch.add(self._descriptor, self._readable)
            else:
                self._watch.remove(self._descriptor)

    def _readable(self) -> None:
        self._waiting += os.read(self._descriptor, _CHUNK)
        self.pump()

    def _from_device(self) -> None:
        os.write(self._descriptor, self._port.read())

    def _replugged(self) -> None:
        if self._device.usb_host.configured:
            try:
                self._port.open()
            except Disconnected:
                return
