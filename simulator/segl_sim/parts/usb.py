"""The USB device controller of the board, with what TinyUSB and MicroPython's runtime driver do on top of it.

The device calls in through `UsbController.call` (the operations of `segl_sim/board/usbdevice.py`); any host
(`segl_sim/usb_host.py`, or a bridge to a real one) uses `reset`, `control`, `in_` and `out`: one packet a
call for bulk and interrupt endpoints, so that a host sees NAK, STALL and short packets as on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from segl_sim.board import _ops as ops
from segl_sim.parts.usb_control import ControlEndpoint
from segl_sim.parts.usb_descriptors import BadDescriptor, Descriptors, Disconnected, Stall
from segl_sim.parts.usb_endpoints import Endpoints

if TYPE_CHECKING:
    from segl_sim.parts.context import Context

_EINVAL = 22
_RECONNECT_NS = 50_000_000  # how long MicroPython stays off the bus so that the host notices


class HostSide(Protocol):
    """What a controller tells the host it is plugged into."""

    def connected(self, present: bool) -> None:
        """A device appeared on the bus, or went."""
        ...

    def armed(self, endpoint: int) -> None:
        """An endpoint that answered NAK may have something now, or be stalled."""
        ...


class UsbController:
    """A full-speed USB device controller, as MicroPython's `machine.USBDevice` presents it.

    Args:
        context: The running device's clock, trace and scheduler.
        deliver: Runs `usbdevice._event(kind, a, b, data)` in the device and gives its result.
        board_serial: What the stock firmware reports as its serial number.

    Source: MicroPython's documentation of machine.USBDevice; USB 2.0 chapter 9.
    """

    def __init__(
        self, context: Context, deliver: Callable[[int, int, int, bytes], int], board_serial: str = "0" * 16
    ) -> None:
        self.host: HostSide | None = None
        self.callback_errors = 0
        self._context = context
        self._deliver = deliver
        self._board_serial = board_serial
        self._endpoints = Endpoints(context, self._changed, self._completed)
        self._plugged = self._present = False
        self._era = 0  # actions scheduled before a power cut must not reach the device after it
        self.power_off()

    # --- the board's side: power, boot, and the operations of board/usbdevice.py

    def power_off(self) -> None:
        """Forget everything, as at a power cut or a reset of the chip."""
        self._era += 1
        self._runtime = self._active = self._trigger = self._pulled_up = False
        self._endpoints.close()
        self._control = ControlEndpoint(self._endpoints, self._event, self._board_serial)
        self._update()

    def booted(self) -> None:
        """Say that boot.py is over: a stock board that has no USBDevice by now shows its own serial port."""
        if not self._runtime:
            self._pull_up(True)

    def call(self, op: int, a: int = 0, b: int = 0, c: int = 0, buf: bytes | bytearray | None = None) -> int:
        """Serve one operation of the device.

        Args:
            op: USB_CONFIG_DEV to USB_CONTROL_DATA of board/_ops.py.
            a: First integer of the operation (endpoint, index or value; -1 asks only).
            b: Second integer (value; -1 asks only).
            c: Not used.
            buf: The bytes that go with it.

        Returns:
            A result, or a negative errno.
        """
        data = b"" if buf is None else bytes(buf)
        if op == ops.USB_CONFIG_DEV:
            self._control.device = data
        elif op == ops.USB_CONFIG_CFG:
            self._control.configuration = data
        elif op in (ops.USB_CONFIG_STR, ops.USB_CONTROL_DATA):
            self._control.reply = (data, a)
        elif op == ops.USB_ACTIVE:
            return self._set_active(a)
        elif op == ops.USB_SUBMIT:
            return self._submit(a, b, data)
        elif op == ops.USB_STALL:
            return self._set_stall(a, b)
        elif op == ops.USB_BUILTIN:
            return self._set_builtin(a)
        elif op == ops.USB_WAKEUP:
            return 0  # the bus is never suspended, so there is nobody to wake
        else:
            return -_EINVAL
        return 0

    def _set_builtin(self, value: int) -> int:
        if not self._runtime:  # the first call comes from the constructor
            self._runtime, self._control.builtin = True, False
        if value >= 0:
            if self._active:
                return -_EINVAL
            self._control.builtin = bool(value)
        return int(self._control.builtin)

    def _set_active(self, value: int) -> int:
        before = self._active
        if value >= 0 and bool(value) != before:
            if value and not self._control.builtin and not self._control.device:
                return -_EINVAL
            self._active, self._trigger = bool(value), True
            self._later(self._context.now(), self._apply_active)
        return int(before)

    def _apply_active(self) -> None:
        """Join or leave the bus: MicroPython does so from its USB task, not within `active()`."""
        if self._active and self._pulled_up:
            self._pull_up(False)
            self._later(self._context.now() + _RECONNECT_NS, self._apply_active)
            return
        self._trigger = False
        self._pull_up(self._active)

    def _submit(self, address: int, size: int, data: bytes) -> int:
        if not self._active or self._trigger:
            return -_EINVAL
        return self._endpoints.submit(address, size, data)

    def _set_stall(self, address: int, value: int) -> int:
        if not self._active or self._trigger:
            return -_EINVAL
        before = self._endpoints.halted(address)
        if value >= 0:
            self._endpoints.halt(address, bool(value))
        return int(before)

    def _changed(self, address: int) -> None:
        def tell() -> None:
            if self.host and self.present:
                self.host.armed(address)

        self._later(self._context.now(), tell)

    def _later(self, when: int, action: Callable[[], None]) -> None:
        era = self._era
        self._context.at(when, lambda: action() if era == self._era else None)

    # --- the cable

    @property
    def address(self) -> int:
        """Give the device's address on the bus."""
        return self._control.address

    @property
    def plugged(self) -> bool:
        """Say whether a cable to a host is in; assigning puts it in or pulls it out."""
        return self._plugged

    @plugged.setter
    def plugged(self, value: bool) -> None:
        self._plugged = value
        self._update()

    @property
    def present(self) -> bool:
        """Say whether the host sees a device: plugged, and the device has joined the bus."""
        return self._present

    def _pull_up(self, value: bool) -> None:
        self._pulled_up = value
        if not value:
            self._control.detach()
        self._update()

    def _update(self) -> None:
        present = self._plugged and self._pulled_up
        if present != self._present:
            self._present = present
            self._context.effect("usb.present", int(present))
            if self.host:
                self.host.connected(present)

    # --- the host's side

    def reset(self) -> Descriptors:
        """Reset the bus: the device forgets its address, its configuration and every transfer.

        Returns:
            The device's descriptors, checked; the strings in them are empty.

        Raises:
            Disconnected: no device is there.
            BadDescriptor: the device's descriptors break a rule; it must not be enumerated.
        """
        self._need_present()
        self._context.effect("usb.reset")
        try:
            return self._control.reset()
        except BadDescriptor as error:
            self._context.effect("usb.refused", str(error))
            raise

    def control(self, setup: bytes, data: bytes = b"") -> bytes:
        """Carry out a control transfer on endpoint 0.

        Args:
            setup: The setup packet, 8 bytes.
            data: What the host sends after it (an OUT request): `wLength` bytes.

        Returns:
            What the device sent (an IN request), at most `wLength` bytes.

        Raises:
            Disconnected: no device is there.
            Stall: the device refuses the request.
            UsbTimeout: the device accepted the request but never came to its data stage.
        """
        self._need_present()
        if len(setup) != 8:
            raise ValueError(f"a setup packet has 8 bytes, not {len(setup)}")
        length = int.from_bytes(setup[6:8], "little")
        if not setup[0] & 0x80 and len(data) != length:
            raise ValueError(f"wLength is {length}, the data have {len(data)} bytes")
        try:
            answer = self._control.request(setup, data)[:length]
        except Stall:
            self._context.effect("usb.stall", setup)
            raise
        self._context.effect("usb.control", setup, answer if setup[0] & 0x80 else data)
        return answer

    def in_(self, address: int, limit: int = 64) -> bytes | None:
        """Ask an IN endpoint for one packet: `Endpoints.in_`, where a device is on the bus."""
        self._need_present()
        return self._endpoints.in_(address, limit)

    def out(self, address: int, packet: bytes) -> bool:
        """Offer one packet to an OUT endpoint: `Endpoints.out`, where a device is on the bus."""
        self._need_present()
        return self._endpoints.out(address, packet)

    def _need_present(self) -> None:
        if not self.present:
            raise Disconnected("no device is on the bus")

    def _completed(self, address: int, count: int, data: bytes) -> None:
        self._control.completed(address, count, data)

    def _event(self, kind: int, a: int = 0, b: int = 0, data: bytes = b"") -> int:
        self._control.reply = (b"", 0)
        era = self._era
        result = self._deliver(kind, a, b, data) if self._runtime else 0
        if era != self._era:
            raise Disconnected("the device lost its power in the middle of the transfer")
        if result < 0:
            self.callback_errors += 1
            self._context.effect("usb.exception", kind)
        return max(result, 0)
