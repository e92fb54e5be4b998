"""A device's serial port behind a socket: bytes come and go as they are.

One program at a time has it, as with a serial port of the operating system: another is told BUSY, and no more. A
program that comes while the device is unplugged waits for it; when the device is unplugged its program is sent away.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from segl.transport import BUSY
from segl_sim.parts.usb_descriptors import Disconnected
from segl_sim.ports.sockets import Client, SocketPort

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable
    from segl_sim.usb_serial import SerialPort

_UNSENT = 65536  # as many bytes as the driver of a serial port keeps
_UNREAD = 4096


class SerialSocket(SocketPort):
    """A port that carries the bytes of a serial port.

    Args:
        device: Plugged in here if it is not yet.
        address: As SocketPort has it.
    """

    def __init__(self, device: Pluggable, address: str) -> None:
        super().__init__(address)
        self._device = device
        self._user: _Program | None = None
        if not device.usb_host.configured:
            device.plug()
        device.usb_host.on_change.append(self._changed)

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a program that has come."""
        if self._user and self._user.here:
            if not self._user.has_left():
                return _Refused(stream)
            self._user.close()
        self._user = _Program(stream, self._device.serial_port())
        return self._user

    def _changed(self) -> None:
        if self._user and not self._device.usb_host.configured:
            self._user.close()


class _Refused(Client):
    """A program that is not served. It goes by itself: what it has just sent would make it miss why, if we did."""

    def serve(self, port: SocketPort) -> None:
        super().serve(port)
        self.send(BUSY)
        with contextlib.suppress(OSError):  # it has gone already
            self.stream.shutdown(socket.SHUT_WR)

    def received(self, data: bytes) -> None:
        pass


class _Program(Client):
    def __init__(self, stream: socket.socket, serial: SerialPort) -> None:
        super().__init__(stream)
        self._serial = serial
        self._serial.on_data = self._from_device
        self._received = bytearray()

    def serve(self, port: SocketPort) -> None:
        super().serve(port)
        self.pump()

    def received(self, data: bytes) -> None:
        self._received += data
        self.pump()

    def pump(self) -> None:
        super().pump()
        if self.here and not self._serial.is_open:
            self._open()
        if self.here and self._serial.is_open:
            del self._received[: self._serial.write(bytes(self._received))]
            self._from_device()
        # Programs that send faster than the device takes are made to wait.
        self.listen(len(self._received) < _UNREAD)

    def gone(self) -> None:
        self._serial.close()

    def _open(self) -> None:
        try:
            self._serial.open()
        except Disconnected:  # not plugged in yet
            return

    def _from_device(self) -> None:
        # What does not fit waits in the driver, and then in the device.
        if self.here and (room := _UNSENT - len(self.unsent)) > 0 and (data := self._serial.read(room)):
            self.send(data)
