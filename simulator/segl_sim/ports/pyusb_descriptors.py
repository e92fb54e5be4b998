"""A device's descriptors as pyusb wants them: an object for each, with the field names of USB 2.0 chapter 9.

All but where the device is plugged in comes from the bytes that the firmware sent.
"""

from __future__ import annotations

import struct
from array import array
from types import SimpleNamespace

from segl_sim.parts.usb_descriptors import Descriptors, InterfaceDescriptor

_BUS = 1
_FULL_SPEED = 2
_DEVICE = (
    "<BBHBBBBHHHBBBB",
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct "
    "bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations",
)
_CONFIGURATION = (
    "<BBHBBBBB",
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower",
)


def device_fields(found: Descriptors, number: int) -> SimpleNamespace:
    """Return the device descriptor.

    Args:
        found: What the device said of itself.
        number: The port that it is plugged into, from 1.
    """
    where = {"bus": _BUS, "address": number, "port_number": number, "port_numbers": (number,)}
    return SimpleNamespace(**_unpacked(_DEVICE, found.raw_device), **where, speed=_FULL_SPEED)


def configuration_fields(found: Descriptors, index: int) -> SimpleNamespace:
    """Return a configuration descriptor.

    Raises:
        IndexError: There is but one, number 0.
    """
    if index:
        raise IndexError(f"no configuration {index}")
    return SimpleNamespace(**_unpacked(_CONFIGURATION, found.raw_configuration), extra_descriptors=array("B"))


def interface_fields(found: Descriptors, index: int, setting: int) -> SimpleNamespace:
    """Return an interface descriptor, those of its class behind it.

    Raises:
        IndexError: There is no such interface, or no such alternate setting.
    """
    interface = _interface(found, index, setting)
    return SimpleNamespace(
        bLength=9,
        bDescriptorType=4,
        bInterfaceNumber=interface.number,
        bAlternateSetting=0,
        bNumEndpoints=len(interface.endpoints),
        bInterfaceClass=interface.class_code,
        bInterfaceSubClass=interface.subclass,
        bInterfaceProtocol=interface.protocol,
        iInterface=interface.name_index,
        extra_descriptors=array("B", b"".join(interface.extra)),
    )


def endpoint_fields(found: Descriptors, number: int, index: int, setting: int) -> SimpleNamespace:
    """Return an endpoint descriptor, by its place within its interface.

    Raises:
        IndexError: There is no such endpoint.
    """
    endpoint = _interface(found, index, setting).endpoints[number]
    return SimpleNamespace(
        bLength=7,
        bDescriptorType=5,
        bEndpointAddress=endpoint.address,
        bmAttributes=endpoint.attributes,
        wMaxPacketSize=endpoint.max_packet,
        bInterval=endpoint.interval,
        bRefresh=0,
        bSynchAddress=0,
        extra_descriptors=array("B"),
    )


def _interface(found: Descriptors, index: int, setting: int) -> InterfaceDescriptor:
    if setting:
        raise IndexError(f"no alternate setting {setting}")
    return found.interfaces[index]


def _unpacked(layout: tuple[str, str], data: bytes) -> dict[str, int]:
    pattern, names = layout
    return dict(zip(names.split(), struct.unpack_from(pattern, data), strict=True))
