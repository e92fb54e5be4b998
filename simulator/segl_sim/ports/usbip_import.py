"""A device that a computer elsewhere has: its kernel drives it, transfer by transfer, and nobody here does.

The kernel enumerates the device itself, so the simulated computer's port is told that the device has gone, and this
takes its place at the controller until the device is given back.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import (
    BadDescriptor,
    EndpointDescriptor,
    Overrun,
    Stall,
    UsbError,
    UsbTimeout,
)
from segl_sim.ports.usbip_wire import (
    SHORT_NOT_OK,
    ZERO_PACKET,
    Malformed,
    Submit,
    Unlink,
    submitted,
    unlinked,
)
from segl_sim.usb_bus import Bus
from segl_sim.usb_pipes import Transfer

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable

_MOST = 256  # transfers that wait; a kernel has a few dozen


class Imported(Bus):
    """A device while a computer elsewhere has it.

    Args:
        device: On the bus, and driven by the simulated computer until now.
        answer: Sends a message to the other computer.
        lost: Called when the device has gone.

    Attributes:
        found: The device's descriptors.
    """

    def __init__(self, device: Pluggable, answer: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        super().__init__(device.usb, device)
        self._device = device
        self._answer = answer
        self._lost = lost
        self._pending: dict[int, Callable[[], None]] = {}
        device.usb_host.connected(False)
        device.usb.host = self
        try:
            self.found = device.usb.reset()
        except UsbError:
            self.give_back()
            raise

    # --- for Bus, and the controller

    def connected(self, present: bool) -> None:
        """The device has gone."""
        self.give_back()
        self._lost()

    def endpoint(self, address: int) -> EndpointDescriptor:
        """Return what the device says of an endpoint."""
        return self.found.endpoint(address)

    # --- for the other computer

    def give_back(self) -> None:
        """Let the simulated computer have it again, which finds it just plugged in."""
        if self._device.usb.host is self:
            self._pending.clear()
            self.forget()
            self._device.usb.host = self._device.usb_host
            if self._device.usb.present:
                self._device.usb_host.connected(True)

    def submit(self, command: Submit) -> None:
        """Carry out a transfer; the answer comes when it has ended.

        Raises:
            Malformed: Another one of the same number has not ended.
        """
        if command.sequence in self._pending:
            raise Malformed(f"transfer {command.sequence} has not ended")
        if len(self._pending) == _MOST:
            self._answer(submitted(command.sequence, -errno.ENOMEM, 0))
        elif command.endpoint == 0:
            self._control(command)
        else:
            self._data(command)

    def unlink(self, command: Unlink) -> None:
        """Take a transfer back."""
        cancel = self._pending.pop(command.victim, None)
        if cancel:
            cancel()
        self._answer(unlinked(command.sequence, -errno.ECONNRESET if cancel else 0))

    # ---

    def _control(self, command: Submit) -> None:
        length = int.from_bytes(command.setup[6:8], "little")
        if length != command.size or (length and command.is_in != bool(command.setup[0] & 0x80)):
            self._answer(submitted(command.sequence, -errno.EINVAL, 0))
            return

        def done(answer: bytes, error: UsbError | None) -> None:
            if not isinstance(error, UsbTimeout):  # NAK for ever: until it is taken back
                self._ended(command, len(answer) if command.is_in else command.size, answer, error)

        waiting = self.control(command.setup, command.data, done)

        def cancel() -> None:
            waiting.cancelled = True

        self._pending[command.sequence] = cancel

    def _data(self, command: Submit) -> None:
        address = command.endpoint | (0x80 if command.is_in else 0)
        try:
            pipe = self.transfers(address)
        except BadDescriptor as error:
            self._answer(submitted(command.sequence, _status(error), 0))
            return

        def done(error: UsbError | None) -> None:
            came = bytes(transfer.data) if command.is_in else b""
            self._ended(command, transfer.moved, came, error)

        ends_short = bool(command.flags & ZERO_PACKET)
        transfer = Transfer(command.size, done, command.data, ends_short)

        def cancel() -> None:
            pipe.cancel(transfer)

        self._pending[command.sequence] = cancel
        pipe.submit(transfer)

    def _ended(self, command: Submit, moved: int, came: bytes, error: UsbError | None) -> None:
        if not self._pending.pop(command.sequence, None):
            return
        status = _status(error) if error else 0
        if not error and command.is_in and moved < command.size and command.flags & SHORT_NOT_OK:
            status = -errno.EREMOTEIO
        self._answer(submitted(command.sequence, status, moved, came))


def _status(error: UsbError) -> int:
    """Return how Linux calls what went wrong; a device that says nothing at all breaks the protocol (EPROTO)."""
    if isinstance(error, Stall):
        return -errno.EPIPE
    return -errno.EOVERFLOW if isinstance(error, Overrun) else -errno.EPROTO
