"""A chip's HID reports over a socket, so that programs drive the simulated security key as if it were /dev/hidrawN.

Each report of 64 bytes is preceded by its length in two bytes, big-endian, in both directions, and written in one
write. Several programs may come at once: each gets every report of the chip, and what they send goes out report by
report. A program that comes while no chip is plugged in waits for one; when the chip is unplugged its programs are
sent away, as reading hidraw fails then. Whoever sends another length is sent away too.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import Disconnected
from segl_sim.ports.sockets import Client, SocketPort
from segl_sim.usb_hid import REPORT, HidFile, HidNode

if TYPE_CHECKING:
    from segl_sim.chip import Chip

_HEAD = 2
_UNSENT = 64 * (_HEAD + REPORT)  # hidraw keeps as many reports for a program that does not read
_UNREAD = 4096


class HidPort(SocketPort):
    """A port that carries reports.

    Args:
        chip: Plugged in here if it is not yet.
        address: As SocketPort has it.
    """

    def __init__(self, chip: Chip, address: str) -> None:
        super().__init__(address)
        self._node = chip.hid
        if not chip.usb_host.configured:
            chip.plug()

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a program that has come."""
        return _Program(stream, self._node)


class _Program(Client):
    def __init__(self, stream: socket.socket, node: HidNode) -> None:
        super().__init__(stream)
        self._node = node
        self._file: HidFile | None = None
        self._received = bytearray()

    def serve(self, port: SocketPort) -> None:
        super().serve(port)
        self.pump()

    def received(self, data: bytes) -> None:
        self._received += data
        self.pump()

    def pump(self) -> None:
        super().pump()
        if self.here and self._file is None and self._node.present:
            self._open()
        if self.here and self._file:
            self._to_chip(self._file)
        # Programs that send faster than the chip takes are made to wait.
        self.listen(len(self._received) < _UNREAD)

    def gone(self) -> None:
        if self._file:
            self._file.close()

    def _open(self) -> None:
        try:
            self._file = self._node.open(self._from_chip)
        except Disconnected:  # it shows no security key
            self.close()
        else:
            self._file.on_lost = self.close

    def _to_chip(self, file: HidFile) -> None:
        while len(self._received) >= _HEAD:
            if int.from_bytes(self._received[:_HEAD], "big") != REPORT:
                self.close()
                return
            report = bytes(self._received[_HEAD : _HEAD + REPORT])
            if len(report) < REPORT or not file.write(report):
                break
            del self._received[: _HEAD + REPORT]

    def _from_chip(self, report: bytes) -> None:
        if len(self.unsent) < _UNSENT:
            self.send(len(report).to_bytes(_HEAD, "big") + report)
