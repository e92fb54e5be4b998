"""Endpoint 0 of the USB device controller: requests that TinyUSB answers, and those that reach the firmware."""

from __future__ import annotations

import struct
from typing import Protocol

from segl_sim.parts.usb_descriptors import (
    CONFIGURATION,
    DEVICE,
    STRING,
    Descriptors,
    Stall,
    UsbTimeout,
    function_bytes,
    parse_descriptors,
)
from segl_sim.parts.usb_endpoints import Endpoints

# Kinds of event, as in board/usbdevice.py.
ON_OPEN, ON_RESET, ON_CONTROL, ON_TRANSFER, ON_STRING = range(5)

_STRING_MAX = 40  # MICROPY_HW_USB_DESC_STR_MAX
_STOCK_STRINGS = {1: b"MicroPython", 2: b"Board in FS mode", 4: b"Board CDC"}
_STOCK_DEVICE = bytes.fromhex("12010002ef0201408a2e0500000101020301")
_STOCK_CONFIG = bytes.fromhex(
    "09024b00020100807d080b000202020000090400000102020004052400200105240100010424020605240600010705810308000109"
    "040100020a0000000705020240000007058202400000"
)
_STOCK_ENDPOINTS = 3
_STOCK_INTERFACES = 2
_PROMPT = b"\r\n>>> "


class Deliver(Protocol):
    """Runs the firmware's callback for an event; a negative result is an exception, and counts as 0."""

    def __call__(self, kind: int, a: int = 0, b: int = 0, data: bytes = b"") -> int:
        """Run it."""
        ...


class ControlEndpoint:
    """Endpoint 0 from one power-up to the next.

    Args:
        endpoints: The data endpoints, opened and closed here.
        event: Runs the firmware's callbacks.
        board_serial: What the stock firmware reports as its serial number.

    Attributes:
        device: The device descriptor that the firmware set; empty: that of the stock firmware.
        configuration: The same for the configuration.
        builtin: Whether the serial port of the stock firmware is in the configuration, before all others.
        reply: What the firmware handed over in its last callback, and how many bytes that has room for.
        address: The device's address on the bus.
    """

    def __init__(self, endpoints: Endpoints, event: Deliver, board_serial: str) -> None:
        self.device, self.configuration = b"", b""
        self.builtin = True
        self.reply: tuple[bytes, int] = (b"", 0)
        self.address = 0
        self._endpoints = endpoints
        self._event = event
        self._strings = {**_STOCK_STRINGS, 3: board_serial.encode()}
        self._configured = 0
        self._interface_count = 0
        self._remote_wakeup = False

    def detach(self) -> None:
        """Forget what the host has set up, as the device leaves the bus."""
        self._endpoints.close()
        self.address = self._configured = 0

    def reset(self) -> Descriptors:
        """Serve a reset of the bus and give the descriptors that are in force; they may be refused."""
        self._clear()
        self.address = 0
        self._remote_wakeup = False
        return self._descriptors()

    def completed(self, address: int, count: int, data: bytes) -> None:
        """Tell the firmware, or the serial port of the stock one, that a transfer has ended."""
        if not self._is_stock(address & 0x0F, _STOCK_ENDPOINTS):
            self._event(ON_TRANSFER, address, count, data)
        elif address == 2:
            self._endpoints.arm(2, 64, b"")
            if not self._endpoints.busy(0x82):
                self._endpoints.arm(0x82, len(_PROMPT), _PROMPT)

    def request(self, setup: bytes, data: bytes) -> bytes:
        """Carry out a control transfer and give what the device sends, which may be more than it was asked for.

        Raises:
            Stall: the device refuses the request.
            UsbTimeout: the device accepted the request but never came to its data stage.
        """
        kind, request, value, index, _length = struct.unpack("<BBHHH", setup)
        category, recipient = kind >> 5 & 3, kind & 0x1F
        if category > 1:
            raise Stall("vendor requests never reach the firmware")
        if recipient == 0 and category == 0:
            return self._device_request(request, value)
        if recipient == 2 and category == 0:
            return self._endpoint_request(setup, value, index & 0xFF)
        if recipient > 2:
            raise Stall("unknown recipient")
        return self._driver_request(setup, data, recipient, index & 0xFF)

    def _clear(self) -> None:
        self._endpoints.close()
        self._configured = 0
        self._event(ON_RESET)

    def _is_stock(self, number: int, limit: int) -> bool:
        """Say whether an interface or endpoint belongs to the serial port of the stock firmware."""
        return self.builtin and number < limit

    def _device_request(self, request: int, value: int) -> bytes:
        if request == 6:
            return self._get_descriptor(value >> 8, value & 0xFF)
        if request == 5:
            self.address = value & 0x7F
        elif request == 9:
            self._set_configuration(value & 0xFF)
        elif request in (1, 3) and value == 1:
            self._remote_wakeup = request == 3
        elif request == 8:
            return bytes([self._configured])
        elif request == 0:
            return bytes([(self._config_bytes()[7] >> 6 & 1) | self._remote_wakeup << 1, 0])
        else:
            raise Stall(f"standard request {request} is not supported")
        return b""

    def _endpoint_request(self, setup: bytes, value: int, address: int) -> bytes:
        request = setup[1]
        if request == 0:
            return bytes([int(self._endpoints.halted(address)), 0])
        if request not in (1, 3):
            raise Stall(f"standard request {request} to an endpoint is not supported")
        if address in self._endpoints:
            if value == 0:
                self._endpoints.halt(address, request == 3)
            if not self._is_stock(address & 0x0F, _STOCK_ENDPOINTS):
                self._event(ON_CONTROL, 1, 0, setup)  # the driver hears of it and has no say
        return b""

    def _driver_request(self, setup: bytes, data: bytes, recipient: int, index: int) -> bytes:
        bound = index in self._endpoints if recipient == 2 else index < self._interface_count
        if not self._configured or not bound:
            raise Stall("no driver has that interface or endpoint")
        limit = _STOCK_ENDPOINTS if recipient == 2 else _STOCK_INTERFACES
        if self._is_stock(index & 0x0F, limit):
            return bytes(7) if setup[0] & 0x80 else b""
        try:
            return self._callback_request(setup, data)
        except Stall:
            if setup[0] & 0x60 or recipient != 1 or setup[1] not in (10, 11):
                raise
            return b"\0" if setup[1] == 10 else b""  # GET_INTERFACE and SET_INTERFACE must be answered

    def _callback_request(self, setup: bytes, data: bytes) -> bytes:
        length = int.from_bytes(setup[6:8], "little")
        verdict = self._event(ON_CONTROL, 1, 0, setup)
        reply, room = self.reply
        answer = reply[:length]
        if not verdict:
            raise Stall("the firmware refused the request")
        if length and (verdict != 2 or (data and room < length)):
            raise UsbTimeout("the firmware accepted the request but gave no buffer for its data")
        if length and not self._event(ON_CONTROL, 2, 0, setup + data):
            raise Stall("the firmware refused the data")
        self._event(ON_CONTROL, 3, 0, setup)
        return answer if setup[0] & 0x80 else b""

    def _get_descriptor(self, kind: int, index: int) -> bytes:
        if kind == DEVICE:
            return (self.device or _STOCK_DEVICE)[:18]
        if kind == CONFIGURATION:
            return self._config_bytes()
        if kind != STRING:
            raise Stall(f"no descriptor of type {kind}")
        text = self.reply[0] if self._event(ON_STRING, index) == 2 else None
        if index == 0:
            return text or b"\x04\x03\x09\x04"
        if text is None:
            text = self._strings.get(index)
        if text is None:
            raise Stall(f"no string {index}")
        text = text.split(b"\0")[0][:_STRING_MAX]
        return bytes([2 + 2 * len(text), STRING]) + b"".join(bytes([char, 0]) for char in text)

    def _config_bytes(self) -> bytes:
        return self.configuration or _STOCK_CONFIG

    def _descriptors(self) -> Descriptors:
        return parse_descriptors(self.device or _STOCK_DEVICE, self._config_bytes())

    def _set_configuration(self, value: int) -> None:
        if value == self._configured:
            return
        if self._configured:
            self._clear()
        if value:
            self._open_interfaces()
        self._configured = value

    def _open_interfaces(self) -> None:
        descriptors = self._descriptors()
        self._interface_count = len(descriptors.interfaces)
        self._endpoints.open(descriptors)
        if self._is_stock(0, 1):
            self._endpoints.arm(2, 64, b"")
        sizes = {group.first: group.count for group in descriptors.associations}
        number = 0
        while number < len(descriptors.interfaces):
            count = sizes.get(number, 1)
            if not self._is_stock(number, _STOCK_INTERFACES):
                self._event(ON_OPEN, 0, 0, function_bytes(descriptors.raw_configuration, number, count))
            number += count
