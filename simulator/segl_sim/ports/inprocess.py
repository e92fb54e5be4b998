"""A connection within this process: reading lets the world's time pass, so nobody can wait for himself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segl.errors import Busy, Lost, NotFound
from segl_sim.parts.usb_descriptors import Busy as UsbBusy
from segl_sim.parts.usb_descriptors import Disconnected

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable

_NS = 1_000_000_000
_OPEN_S = 1


class InProcessConnection:
    """What a session talks through; see segl.transport.Connection.

    Args:
        device: Plugged in here if it is not yet.

    Raises:
        Busy: A program has claimed its serial port.
        NotFound: The device did not enumerate.
    """

    def __init__(self, device: Pluggable) -> None:
        self._device = device
        self._world = device.world
        if not device.usb_host.configured:
            device.plug()
        self._port = device.serial_port()
        opened: list[bool] = []
        self._port.on_open = lambda: opened.append(True)
        try:
            self._port.open()
        except UsbBusy as error:
            raise Busy(
                f"Another program uses the simulated device: {error}; close that program, or try again later."
            ) from error
        except Disconnected as error:
            raise NotFound(f"The simulated device shows no serial port: {error}.") from error
        self._world.run_until(self._world.now + _OPEN_S * _NS, lambda: bool(opened))

    def write(self, data: bytes) -> None:
        """Send all of `data`; time passes while the device is not ready to take it."""
        while data:
            try:
                taken = self._port.write(data)
            except Disconnected as error:
                raise Lost("The simulated device is gone; plug it in again.") from error
            data = data[taken:]
            if data:
                self._world.advance(0.001)

    def read(self, timeout_s: float) -> bytes:
        """Give what has come, b"" once `timeout_s` virtual seconds have passed without any."""
        end = self._world.now + round(timeout_s * _NS)
        received = bytearray()

        def arrived() -> bool:
            received.extend(self._port.read())
            return bool(received) or not self._port.is_open

        if not arrived():
            self._world.run_until(end, arrived)
            arrived()
        if not received and not self._port.is_open:
            raise Lost("The simulated device is gone; plug it in again.")
        return bytes(received)

    def close(self) -> None:
        """Close the port; the device stays plugged in."""
        self._port.close()
        self._world.advance(0.01)
