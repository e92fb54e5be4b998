"""What moves packets on a data endpoint: one packet in each free slot of the bus, and after NAK when it is armed again.

Drivers of the simulated computer read and write without end (`InPipe`, `OutPipe`); whoever stands in for a driver
elsewhere asks for single transfers (`TransferPipe`), as Linux's usbfs and USB/IP do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import Disconnected, Stall, UsbError

if TYPE_CHECKING:
    from segl_sim.parts.usb import UsbController
    from segl_sim.usb_bus import Bus


class Pipe:
    """What all have in common: one packet at a time; NAK stops the pipe until the next kick.

    Args:
        bus: Gives it slots.
        controller: The device's controller at the other end.
        max_packet: The endpoint's largest packet in bytes.
        address: The endpoint's address, with bit 7 where data flow towards the computer.
    """

    def __init__(self, bus: Bus, controller: UsbController, max_packet: int, address: int) -> None:
        self.closed = False
        self.halted = False
        self._bus = bus
        self._controller = controller
        self._max_packet = max_packet
        self._address = address
        self._scheduled = False
        self._paused = False

    @property
    def paused(self) -> bool:
        """Say whether the host asks for no packet here; a device's data wait in the device then."""
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        self._paused = value
        self.kick()

    def kick(self) -> None:
        """Try (again) to move a packet, in the next free slot of the bus."""
        if not self._scheduled and self._ready():
            self._scheduled = True
            self._bus.later(self._bus.slot(self._address), self._slot)

    def lost(self) -> None:
        """The device has gone."""
        self.closed = True

    def _ready(self) -> bool:
        return not self._paused and not self.closed and self._wanted()

    def _slot(self) -> None:
        self._scheduled = False
        if not self._ready():
            return
        try:
            moved = self._move()
            self.halted = False
        except Stall:  # stays so until the endpoint's halt is cleared, by either side
            self.halted, moved = True, False
        except Disconnected:
            self.closed, moved = True, False
        if moved:
            self.kick()

    def _wanted(self) -> bool:
        raise NotImplementedError

    def _move(self) -> bool:
        """Move a packet; False is NAK."""
        raise NotImplementedError


class InPipe(Pipe):
    """Reads of an IN endpoint, one after the other.

    Args:
        bus: As Pipe has it.
        controller: As Pipe has it.
        max_packet: As Pipe has it.
        address: As Pipe has it.
        size: Length of one read in bytes.
        done: Called with the data of each read.
    """

    def __init__(
        self,
        bus: Bus,
        controller: UsbController,
        max_packet: int,
        address: int,
        size: int,
        done: Callable[[bytes], None],
    ) -> None:
        super().__init__(bus, controller, max_packet, address)
        self._size = size
        self._done = done
        self._read = bytearray()

    def _wanted(self) -> bool:
        return True

    def _move(self) -> bool:
        packet = self._controller.in_(self._address, self._size - len(self._read))
        if packet is None:
            return False
        self._read += packet
        if len(packet) < self._max_packet or len(self._read) == self._size:
            data = bytes(self._read)
            self._read.clear()
            self._done(data)
        return True


class OutPipe(Pipe):
    """Writes to an OUT endpoint; each write is a transfer of its own, as a host driver sends it.

    Args:
        bus: As Pipe has it.
        controller: As Pipe has it.
        max_packet: As Pipe has it.
        address: As Pipe has it.
        limit: How many bytes may wait here, at most.
    """

    def __init__(
        self, bus: Bus, controller: UsbController, max_packet: int, address: int, limit: int
    ) -> None:
        super().__init__(bus, controller, max_packet, address)
        self._limit = limit
        self._packets: deque[bytes] = deque()
        self.waiting = 0

    def write(self, data: bytes) -> int:
        """Queue bytes; they go out in order as the device takes them.

        Returns:
            How many bytes were queued: fewer than given when the limit is reached.
        """
        taken = bytes(data[: self._limit - self.waiting])
        for start in range(0, len(taken), self._max_packet):
            self._packets.append(taken[start : start + self._max_packet])
        self.waiting += len(taken)
        self.kick()
        return len(taken)

    def _wanted(self) -> bool:
        return bool(self._packets)

    def _move(self) -> bool:
        if not self._controller.out(self._address, self._packets[0]):
            return False
        self.waiting -= len(self._packets.popleft())
        return True


class Transfer:
    """One transfer on a data endpoint.

    Args:
        size: IN: room for so many bytes; OUT: the length of `data`.
        done: Called with None, or with what went wrong, when it has ended; not when it was cancelled.
        data: What is sent; nothing for IN.
        ends_short: OUT: an empty packet follows where the last one is full.

    Attributes:
        data: IN: what has come so far.
        moved: How many bytes have come or gone so far.
    """

    def __init__(
        self, size: int, done: Callable[[UsbError | None], None], data: bytes = b"", ends_short: bool = False
    ) -> None:
        self.size = size
        self.done = done
        self.data = bytearray(data)
        self.ends_short = ends_short
        self.moved = 0


class TransferPipe(Pipe):
    """Single transfers on an endpoint, one after the other, each with an end of its own."""

    def __init__(self, bus: Bus, controller: UsbController, max_packet: int, address: int) -> None:
        super().__init__(bus, controller, max_packet, address)
        self._queue: deque[Transfer] = deque()

    def submit(self, transfer: Transfer) -> None:
        """Begin a transfer when all before it have ended."""
        self._queue.append(transfer)
        self.kick()

    def cancel(self, transfer: Transfer) -> bool:
        """Take a transfer back; False when it has ended. What it has moved by then stays moved."""
        if transfer not in self._queue:
            return False
        self._queue.remove(transfer)
        return True

    def lost(self) -> None:
        """The device has gone: so end all transfers."""
        super().lost()
        for transfer in list(self._queue):
            self._end(transfer, Disconnected("the device has gone"))

    def _wanted(self) -> bool:
        return bool(self._queue)

    def _move(self) -> bool:
        transfer = self._queue[0]
        try:
            over = self._receive(transfer) if self._address & 0x80 else self._send(transfer)
        except UsbError as error:
            self._end(transfer, error)
            return True
        if over:
            self._end(transfer, None)
        return over is not None

    def _receive(self, transfer: Transfer) -> bool | None:
        """Take a packet; say whether that was the last, None for NAK."""
        packet = self._controller.in_(self._address, transfer.size - transfer.moved)
        if packet is None:
            return None
        transfer.data += packet
        transfer.moved += len(packet)
        return len(packet) < self._max_packet or transfer.moved == transfer.size

    def _send(self, transfer: Transfer) -> bool | None:
        """Send a packet; say whether that was the last, None for NAK."""
        packet = bytes(transfer.data[transfer.moved : transfer.moved + self._max_packet])
        if not self._controller.out(self._address, packet):
            return None
        transfer.moved += len(packet)
        return transfer.moved == transfer.size and (len(packet) < self._max_packet or not transfer.ends_short)

    def _end(self, transfer: Transfer, error: UsbError | None) -> None:
        if self.cancel(transfer):  # or it was lost in the midst of the packet
            transfer.done(error)
