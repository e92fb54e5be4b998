"""The messages of USB/IP 1.1.1: requests taken apart with care, answers put together. No sockets, no devices.

Source: Linux, Documentation/usb/usbip_protocol.rst, tools/usb/usbip/src/usbip_network.h (states of an import),
drivers/usb/usbip/usbip_common.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from segl_sim.parts.usb_descriptors import Descriptors

LONGEST = 0x20000
"""The largest transfer in bytes; a full-speed device takes over 0.1 s for it."""

# What becomes of an import.
ST_OK, ST_BUSY, ST_NO_DEVICE = 0, 2, 4
# Flags of a transfer.
SHORT_NOT_OK, ZERO_PACKET = 0x01, 0x40

_VERSION = 0x0111
_REQUEST_LIST, _REPLY_LIST, _REQUEST_IMPORT, _REPLY_IMPORT = 0x8005, 0x0005, 0x8003, 0x0003
_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_OPERATION = struct.Struct(">HHI")
_BUS_ID = 32
_PATH = 256
_DEVICE = struct.Struct(f">{_PATH}s{_BUS_ID}sIIIHHHBBBBBB")
_FULL_SPEED = 2
_COMMAND = 48
_BASIC = struct.Struct(">IIIII")
_SUBMIT_REST = struct.Struct(">IiIII8s")
_SUBMITTED_REST = struct.Struct(">iiIII8x")
_NO_PACKETS = (0, 0xFFFFFFFF)  # Linux sends the former where the document has the latter


class Malformed(Exception):
    """Whoever sent this does not speak the protocol."""


@dataclass(frozen=True)
class ListRequest:
    """Which devices are there?"""


@dataclass(frozen=True)
class ImportRequest:
    """Let me have a device."""

    bus_id: str


@dataclass(frozen=True)
class Submit:
    """Carry out a transfer.

    Args:
        sequence: The number by which the answer, or an Unlink, names it.
        device: As `device_record` has it: bus number in the upper half, device number in the lower.
        is_in: Whether data flow towards the computer.
        endpoint: Its number, 0 to 15.
        flags: SHORT_NOT_OK, ZERO_PACKET, and others that do not matter here.
        size: Room for so many bytes, or how many there are in `data`.
        setup: For endpoint 0, 8 bytes.
        data: What is sent to the device.
    """

    sequence: int
    device: int
    is_in: bool
    endpoint: int
    flags: int
    size: int
    setup: bytes
    data: bytes


@dataclass(frozen=True)
class Unlink:
    """Take a transfer back: the one with the number `victim`."""

    sequence: int
    device: int
    victim: int


def take_operation(received: bytearray) -> ListRequest | ImportRequest | None:
    """Take a request from what a program has sent before it has a device; None: it is not all there yet.

    Raises:
        Malformed: It is none.
    """
    if len(received) < _OPERATION.size:
        return None
    version, code, _ = _OPERATION.unpack_from(received)
    if version != _VERSION:
        raise Malformed(f"version {version:#06x} is not served, only {_VERSION:#06x}")
    if code == _REQUEST_LIST:
        _cut(received, _OPERATION.size)
        return ListRequest()
    if code != _REQUEST_IMPORT:
        raise Malformed(f"operation {code:#06x} is unknown")
    whole = _cut(received, _OPERATION.size + _BUS_ID)
    if whole is None:
        return None
    name, end, _ = whole[_OPERATION.size :].partition(b"\0")
    if not end or not name.isascii():
        raise Malformed("the bus id is no text")
    return ImportRequest(name.decode("ascii"))


def take_command(received: bytearray) -> Submit | Unlink | None:
    """Take a command from what a program has sent that has a device; None: it is not all there yet.

    Raises:
        Malformed: It is none.
    """
    if len(received) < _COMMAND:
        return None
    command, sequence, device, direction, endpoint = _BASIC.unpack_from(received)
    if command == _UNLINK:
        victim = int.from_bytes(received[_BASIC.size : _BASIC.size + 4], "big")
        _cut(received, _COMMAND)
        return Unlink(sequence, device, victim)
    if command != _SUBMIT:
        raise Malformed(f"command {command:#x} is unknown")
    flags, size, _, packets, _, setup = _SUBMIT_REST.unpack_from(received, _BASIC.size)
    if direction > 1 or endpoint > 15:
        raise Malformed(f"endpoint {endpoint}, direction {direction}: there is no such thing")
    if not 0 <= size <= LONGEST:
        raise Malformed(f"a transfer has 0 to {LONGEST} bytes, not {size}")
    if packets not in _NO_PACKETS:
        raise Malformed("isochronous transfers are not served")
    whole = _cut(received, _COMMAND + (0 if direction else size))
    if whole is None:
        return None
    return Submit(sequence, device, bool(direction), endpoint, flags, size, setup, whole[_COMMAND:])


def device_record(bus_id: str, bus: int, number: int, found: Descriptors) -> bytes:
    """Describe a device, as answers to both requests contain it."""
    path = f"/sys/devices/segl/usb{bus}/{bus_id}"
    return _DEVICE.pack(
        path.encode(),
        bus_id.encode(),
        bus,
        number,
        _FULL_SPEED,
        found.vid,
        found.pid,
        found.release,
        *found.device_class,
        found.configuration,
        1,
        len(found.interfaces),
    )


def list_reply(devices: list[tuple[bytes, Descriptors]]) -> bytes:
    """Answer which devices are there: the record of each, and what it said of itself."""
    reply = _OPERATION.pack(_VERSION, _REPLY_LIST, 0) + len(devices).to_bytes(4, "big")
    for record, found in devices:
        reply += record
        for interface in found.interfaces:
            reply += bytes([interface.class_code, interface.subclass, interface.protocol, 0])
    return reply


def import_reply(state: int, record: bytes = b"") -> bytes:
    """Answer whether a device may be had, with its record if so."""
    return _OPERATION.pack(_VERSION, _REPLY_IMPORT, state) + record


def submitted(sequence: int, status: int, moved: int, data: bytes = b"") -> bytes:
    """Answer a Submit that has ended.

    Args:
        sequence: Its number.
        status: 0, or a negative errno of Linux.
        moved: How many bytes came or went.
        data: What came.
    """
    return (
        _BASIC.pack(_SUBMITTED, sequence, 0, 0, 0)
        + _SUBMITTED_REST.pack(status, moved, 0, _NO_PACKETS[0], 0)
        + data
    )


def unlinked(sequence: int, status: int) -> bytes:
    """Answer an Unlink: the errno with which the other transfer ended, negative; 0: it had ended before."""
    return _BASIC.pack(_UNLINKED, sequence, 0, 0, 0) + struct.pack(">i24x", status)


def _cut(received: bytearray, length: int) -> bytes | None:
    if len(received) < length:
        return None
    whole = bytes(received[:length])
    del received[:length]
    return whole
