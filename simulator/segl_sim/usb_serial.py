"""The computer's driver of serial ports over USB."""

from __future__ import annotations

import struct
from collections.abc import Callable

from segl_sim.parts.usb_descriptors import Descriptors, Disconnected, InterfaceDescriptor, UsbError
from segl_sim.usb_host import UsbHost, setup_packet
from segl_sim.usb_pipes import InPipe, OutPipe


class SerialPort:
    """A CDC-ACM port as the computer's driver offers it.

    Args:
        host: The USB port.
        index: Which serial function of the device, from 0.
        limit: How many received bytes wait for `read` before the driver stops asking for more, and how many
            written ones wait for the device before `write` takes no more.

    Attributes:
        on_data: Called when something has arrived.
        on_open: Called when the device has acknowledged the last setting made by `open`.

    Source: CDC PSTN 1.2 section 6.3; the sizes of transfers are those of Linux's cdc-acm driver.
    """

    def __init__(self, host: UsbHost, index: int = 0, limit: int = 65536) -> None:
        self.on_data: Callable[[], None] | None = None
        self.on_open: Callable[[], None] | None = None
        self.baud_rate = 115200
        self._host = host
        self._index = index
        self._limit = limit
        self._received = bytearray()
        self._in: InPipe | None = None
        self._out: OutPipe | None = None
        self._number = 0

    @property
    def is_open(self) -> bool:
        """Say whether the port is open and its device still there."""
        return self._in is not None and not self._in.closed

    @property
    def waiting_out(self) -> int:
        """Give the number of written bytes that the device has not taken yet."""
        return self._out.waiting if self._out else 0

    def open(self) -> None:
        """Open the port: line settings, DTR and RTS, then reading starts.

        Raises:
            Disconnected: no configured device is there, or it has no such serial function.
        """
        found = self._host.descriptors
        if found is None:
            raise Disconnected(self._host.error or "no device is configured")
        functions = _serial_functions(found)
        if self._index >= len(functions):
            raise Disconnected(f"the device has {len(functions)} serial ports")
        control, data = functions[self._index]
        ends = {endpoint.is_in: endpoint for endpoint in data.endpoints}
        self._number = control.number
        self._received.clear()
        self._in = self._host.in_pipe(ends[True].address, 2 * ends[True].max_packet, self._arrived)
        self._out = self._host.out_pipe(ends[False].address, self._limit)
        self._in.paused = self._out.paused = True
        self._request(0x20, 0, struct.pack("<IBBB", self.baud_rate, 0, 0, 8))
        self._request(0x22, 3, b"", self._opened)

    def close(self) -> None:
        """Drop DTR and RTS and stop reading; what the device sends from now on waits in it."""
        if self.is_open:
            self._request(0x22, 0, b"")
        for pipe in (self._in, self._out):
            if pipe:
                pipe.closed = True
        self._in = self._out = None

    def write(self, data: bytes) -> int:
        """Send bytes.

        Returns:
            How many bytes were taken: fewer than given while the device does not take what waits already.

        Raises:
            Disconnected: the port is not open, or its device has gone.
        """
        if self._out is None or not self.is_open:
            raise Disconnected("the port is not open")
        return self._out.write(data)

    def read(self, limit: int | None = None) -> bytes:
        """Take what has arrived, at most `limit` bytes of it; also after the device has gone."""
        count = len(self._received) if limit is None else limit
        data = bytes(self._received[:count])
        del self._received[:count]
        if self._in and self._in.paused and len(self._received) < self._limit:
            self._in.paused = False
        return data

    def _request(self, request: int, value: int, data: bytes, then: Callable[[], None] | None = None) -> None:
        setup = setup_packet(0x21, request, value, self._number, len(data))

        def done(_answer: bytes, error: UsbError | None) -> None:
            if then and not isinstance(error, Disconnected):  # a refused setting is no reason not to talk
                then()

        self._host.control(setup, data, done)

    def _opened(self) -> None:
        if self._in and self._out:
            self._in.paused = self._out.paused = False
        if self.on_open:
            self.on_open()

    def _arrived(self, data: bytes) -> None:
        self._received += data
        if self._in and len(self._received) >= self._limit:
            self._in.paused = True
        if data and self.on_data:
            self.on_data()


def _serial_functions(found: Descriptors) -> list[tuple[InterfaceDescriptor, InterfaceDescriptor]]:
    """Pair the communication and data interfaces of each CDC-ACM function by their union descriptors."""
    pairs: list[tuple[InterfaceDescriptor, InterfaceDescriptor]] = []
    for interface in found.interfaces:
        if (interface.class_code, interface.subclass) == (2, 2):
            union = next(part for part in interface.extra if part[1:3] == b"\x24\x06")
            pairs.append((interface, found.interfaces[union[4]]))
    return pairs
