"""USB/IP: simulated devices for a real Linux kernel, which enumerates them and lets its own drivers have them.

    usbip --tcp-port 3240 list --remote localhost
    usbip attach --remote localhost --busid 1-1

Each device can be had by one computer at a time. When that lets go of it, or is killed, the simulated computer has the
device again and others may have it; when the device is unplugged the connection ends, and the kernel sees it go.

Source: Linux, Documentation/usb/usbip_protocol.rst.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import UsbError
from segl_sim.ports import usbip_wire as wire
from segl_sim.ports.sockets import Client, SocketPort
from segl_sim.ports.usbip_import import Imported

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable

DEFAULT_ADDRESS = "tcp:127.0.0.1:3240"
_BUS = 1
_UNSENT = 1_000_000


class UsbIpPort(SocketPort):
    """A port at which kernels come for devices.

    Args:
        devices: Plugged in here if they are not yet; their bus ids are "1-1", "1-2" and so on.
        address: As SocketPort has it; TCP, if a kernel is to come.

    Attributes:
        devices: By bus id.
    """

    def __init__(self, devices: Sequence[Pluggable], address: str = DEFAULT_ADDRESS) -> None:
        super().__init__(address)
        self.devices = {f"{_BUS}-{number}": device for number, device in enumerate(devices, 1)}
        for device in devices:
            if not device.usb_host.configured:
                device.plug()

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a computer that has come."""
        return _Computer(stream, self.devices)


class _Computer(Client):
    def __init__(self, stream: socket.socket, devices: Mapping[str, Pluggable]) -> None:
        super().__init__(stream)
        self._devices = devices
        self._received = bytearray()
        self._imported: Imported | None = None
        self._device = 0  # how commands name it

    def received(self, data: bytes) -> None:
        self._received += data
        self.pump()

    def pump(self) -> None:
        super().pump()
        try:
            while self.here and (self._obey(self._imported) if self._imported else self._answer()):
                pass
        except wire.Malformed:
            self.close()
        # Whoever asks faster than he listens is made to wait.
        self.listen(len(self.unsent) < _UNSENT)

    def gone(self) -> None:
        if self._imported:
            self._imported.give_back()

    def _answer(self) -> bool:
        """Answer a request of somebody who has no device yet; False: none has come."""
        request = wire.take_operation(self._received)
        if isinstance(request, wire.ListRequest):
            self.send(self._list())
        elif request:
            self._import(request.bus_id)
        return request is not None

    def _obey(self, imported: Imported) -> bool:
        """Do what whoever has a device commands; False: no command has come."""
        command = wire.take_command(self._received)
        if command and command.device != self._device:
            raise wire.Malformed(f"device {command.device:#x} is not the one that was imported")
        if isinstance(command, wire.Submit):
            imported.submit(command)
        elif command:
            imported.unlink(command)
        return command is not None

    def _list(self) -> bytes:
        """List what nobody else has."""
        return wire.list_reply(
            [
                (wire.device_record(bus_id, _BUS, _number(bus_id), found), found)
                for bus_id, device in self._devices.items()
                if (found := device.usb_host.descriptors)
            ]
        )

    def _import(self, bus_id: str) -> None:
        device = self._devices.get(bus_id)
        if device is None:
            self.send(wire.import_reply(wire.ST_NO_DEVICE))
        elif device.usb.host is not device.usb_host:
            self.send(wire.import_reply(wire.ST_BUSY))
        else:
            try:
                self._imported = Imported(device, self.send, self.close)
            except UsbError:  # it is not plugged in
                self.send(wire.import_reply(wire.ST_NO_DEVICE))
                return
            self._device = _BUS << 16 | _number(bus_id)
            record = wire.device_record(bus_id, _BUS, _number(bus_id), self._imported.found)
            self.send(wire.import_reply(wire.ST_OK, record))


def _number(bus_id: str) -> int:
    return int(bus_id.partition("-")[2])
