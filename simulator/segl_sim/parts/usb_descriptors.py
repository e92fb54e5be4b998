"""What USB devices say of themselves: descriptors taken apart and checked, and what goes wrong on the bus."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

EP0_SIZE = 64
# Types of descriptor. Source: USB 2.0 table 9-5, IAD ECN.
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, ASSOCIATION = 1, 2, 3, 4, 5, 11


class UsbError(Exception):
    """A transfer that did not happen."""


class Stall(UsbError):
    """The device answered STALL."""


class UsbTimeout(UsbError):
    """The device would have answered NAK for ever."""


class Disconnected(UsbError):
    """No device is on the bus, or it has not been configured."""


class Busy(Disconnected):
    """Somebody else has the interface: for whoever comes now it is not there."""


class BadDescriptor(UsbError):
    """The device's descriptors break a rule; the message names it."""


class Overrun(UsbError):
    """A packet did not fit its buffer: on a board, a crash of the driver."""


@dataclass(frozen=True)
class EndpointDescriptor:
    """One endpoint. Source: USB 2.0 table 9-13."""

    address: int
    attributes: int
    max_packet: int
    interval: int

    @property
    def kind(self) -> str:
        """Give the transfer type: "control", "isochronous", "bulk" or "interrupt"."""
        return ("control", "isochronous", "bulk", "interrupt")[self.attributes & 3]

    @property
    def is_in(self) -> bool:
        """Say whether data flow towards the host."""
        return bool(self.address & 0x80)


@dataclass(frozen=True)
class InterfaceDescriptor:
    """One interface with its class-specific descriptors (`extra`). Source: USB 2.0 table 9-12."""

    number: int
    class_code: int
    subclass: int
    protocol: int
    name_index: int
    endpoints: tuple[EndpointDescriptor, ...]
    extra: tuple[bytes, ...]


@dataclass(frozen=True)
class Association:
    """Interfaces that make one function. Source: Interface Association Descriptor ECN, table 9-Z."""

    first: int
    count: int
    class_code: int
    subclass: int
    protocol: int


@dataclass(frozen=True)
class Descriptors:
    """What a device says of itself; a host fills in the strings as it reads them."""

    vid: int
    pid: int
    release: int
    device_class: tuple[int, int, int]
    string_indexes: tuple[int, int, int]
    configuration: int
    max_power_ma: int
    interfaces: tuple[InterfaceDescriptor, ...]
    associations: tuple[Association, ...]
    raw_device: bytes
    raw_configuration: bytes
    manufacturer: str = ""
    product: str = ""
    serial: str = ""
    interface_names: dict[int, str] = field(default_factory=dict[int, str])

    def endpoint(self, address: int) -> EndpointDescriptor:
        """Find an endpoint by its address.

        Raises:
            BadDescriptor: there is none.
        """
        for interface in self.interfaces:
            for endpoint in interface.endpoints:
                if endpoint.address == address:
                    return endpoint
        raise BadDescriptor(f"no endpoint {address:#04x}")

    def function(self, interface: int) -> range:
        """Return the numbers of the interfaces that make one function with an interface, itself included."""
        for group in self.associations:
            if group.first <= interface < group.first + group.count:
                return range(group.first, group.first + group.count)
        return range(interface, interface + 1)


def parse_descriptors(device: bytes, configuration: bytes) -> Descriptors:
    """Take both descriptors apart and check them against the rules for a full-speed device.

    Args:
        device: The device descriptor, 18 bytes.
        configuration: The whole configuration, `wTotalLength` bytes.

    Raises:
        BadDescriptor: a rule is broken; the message says which and where.

    Source: USB 2.0 section 9.6, IAD ECN, CDC 1.2 section 5.2.3, HID 1.11 section 6.2.1.
    """
    _require(
        len(device) == 18 and device[0] == 18 and device[1] == DEVICE,
        "device descriptor: not 18 bytes, type 1",
    )
    usb, *device_class, ep0_size, vid, pid, release = struct.unpack_from("<HBBBBHHH", device, 2)
    _require(usb in (0x0110, 0x0200), f"bcdUSB is {usb:#06x}: above 0x0200 a BOS descriptor is due")
    _require(ep0_size == EP0_SIZE, f"bMaxPacketSize0 is {ep0_size}, the controller's is {EP0_SIZE}")
    _require(device[17] == 1, f"bNumConfigurations is {device[17]}, not 1")
    head = configuration[:9]
    _require(len(head) == 9 and head[0] == 9 and head[1] == CONFIGURATION, "no configuration descriptor")
    total = int.from_bytes(head[2:4], "little")
    _require(total == len(configuration), f"wTotalLength is {total}, there are {len(configuration)} bytes")
    _require(head[5] > 0, "bConfigurationValue is 0")
    _require(head[7] & 0x9F == 0x80, f"bmAttributes is {head[7]:#04x}: bit 7 must be set, bits 0 to 4 clear")
    _require(head[8] <= 250, "bMaxPower is over 500 mA")
    interfaces, associations = _parse_interfaces(configuration[9:])
    _require(len(interfaces) == head[4], f"bNumInterfaces is {head[4]}, there are {len(interfaces)}")
    _check_associations(interfaces, associations, tuple(device_class))
    for interface in interfaces:
        _check_class(interface, len(interfaces))
    return Descriptors(
        vid,
        pid,
        release,
        (device_class[0], device_class[1], device_class[2]),
        (device[14], device[15], device[16]),
        head[5],
        head[8] * 2,
        tuple(interfaces),
        tuple(associations),
        device,
        configuration,
    )


def function_bytes(configuration: bytes, first: int, count: int) -> bytes:
    """Cut out what a driver opens: its interfaces and all that is theirs, without the association."""
    found = b""
    number = -1
    for part in _split(configuration[9:]):
        if part[1] == INTERFACE:
            number = part[2]
        if part[1] == ASSOCIATION:
            number = -1
        if first <= number < first + count:
            found += part
    return found


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise BadDescriptor(reason)


def _split(data: bytes) -> list[bytes]:
    parts: list[bytes] = []
    while data:
        _require(2 <= data[0] <= len(data), f"a descriptor of length {data[0]}, {len(data)} bytes left")
        parts.append(data[: data[0]])
        data = data[data[0] :]
    return parts


def _parse_interfaces(data: bytes) -> tuple[list[InterfaceDescriptor], list[Association]]:
    interfaces: list[InterfaceDescriptor] = []
    associations: list[Association] = []
    promised: list[int] = []
    used: set[int] = set()
    for part in _split(data):
        kind = part[1]
        if kind == ASSOCIATION:
            _require(len(part) == 8, "an interface association is not 8 bytes long")
            _require(part[2] == len(interfaces), f"association names interface {part[2]}, not the next")
            associations.append(Association(*part[2:7]))
        elif kind == INTERFACE:
            _require(len(part) == 9, "an interface descriptor is not 9 bytes long")
            _require(part[2] == len(interfaces), f"interface {part[2]} where {len(interfaces)} is due")
            _require(part[3] == 0, f"interface {part[2]} has an alternate setting, which is not served")
            interfaces.append(InterfaceDescriptor(part[2], part[5], part[6], part[7], part[8], (), ()))
            promised.append(part[4])
        elif not interfaces:
            raise BadDescriptor(f"a descriptor of type {kind:#04x} before the first interface")
        elif kind == ENDPOINT:
            endpoint = _parse_endpoint(part)
            _require(endpoint.address not in used, f"endpoint {endpoint.address:#04x} is used twice")
            used.add(endpoint.address)
            interfaces[-1] = replace(interfaces[-1], endpoints=(*interfaces[-1].endpoints, endpoint))
        else:
            interfaces[-1] = replace(interfaces[-1], extra=(*interfaces[-1].extra, part))
    for interface, count in zip(interfaces, promised, strict=True):
        found = len(interface.endpoints)
        _require(found == count, f"interface {interface.number} says {count} endpoints and has {found}")
    return interfaces, associations


def _parse_endpoint(part: bytes) -> EndpointDescriptor:
    _require(len(part) == 7, "an endpoint descriptor is not 7 bytes long")
    endpoint = EndpointDescriptor(part[2], part[3], part[4] | part[5] << 8, part[6])
    name = f"endpoint {endpoint.address:#04x}"
    _require(endpoint.address & 0x70 == 0 and endpoint.address & 0x0F > 0, f"{name}: not numbered 1 to 15")
    _require(endpoint.kind in ("bulk", "interrupt"), f"{name}: {endpoint.kind} transfers are not served")
    if endpoint.kind == "bulk":
        _require(endpoint.max_packet in (8, 16, 32, 64), f"{name}: bulk wMaxPacketSize {endpoint.max_packet}")
    else:
        _require(1 <= endpoint.max_packet <= 64, f"{name}: interrupt wMaxPacketSize {endpoint.max_packet}")
        _require(endpoint.interval > 0, f"{name}: bInterval 0")
    return endpoint


def _check_associations(
    interfaces: list[InterfaceDescriptor], associations: list[Association], device_class: tuple[int, ...]
) -> None:
    end = 0
    for group in associations:
        _require(group.count > 0, "an association of no interfaces")
        _require(group.first >= end, f"interface {group.first} is in two associations")
        end = group.first + group.count
        _require(end <= len(interfaces), f"association names interface {end - 1}, which is missing")
        first = interfaces[group.first]
        _require(
            group.class_code == first.class_code, f"association of interface {first.number} differs in class"
        )
    if associations:
        _require(device_class == (0xEF, 2, 1), "associations need the device class EF/02/01")


def _check_class(interface: InterfaceDescriptor, count: int) -> None:
    if interface.class_code == 2:
        _check_communications(interface, count)
    elif interface.class_code == 3:
        hid = [part for part in interface.extra if part[1] == 0x21]
        _require(len(hid) == 1 and hid[0][0] >= 9, f"interface {interface.number}: no HID descriptor")


def _check_communications(interface: InterfaceDescriptor, count: int) -> None:
    name = f"interface {interface.number}"
    functional = [part for part in interface.extra if part[1] == 0x24 and len(part) > 2]
    kinds = {part[2]: part for part in functional}
    header = functional[0] if functional else b"\0\0\xff"
    _require(header[2] == 0 and len(header) == 5, f"{name}: CDC header is not first")
    union = kinds.get(6, b"")
    _require(len(union) >= 5 and union[3] == interface.number, f"{name}: CDC union missing or wrong")
    _require(all(number < count for number in union[4:]), f"{name}: CDC union names a missing interface")
    if interface.subclass == 2:
        _require(len(kinds.get(2, b"")) == 4, f"{name}: CDC abstract control missing")
        _require(1 not in kinds or kinds[1][4] < count, f"{name}: CDC call management names a missing one")
