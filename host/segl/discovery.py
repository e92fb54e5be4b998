"""Finding devices: USB serial ports and security keys that say they are Segl's, and what other packages add."""

import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Any

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

__all__ = ["Found", "find"]

_GROUP = "segl.discovery"
_VENDOR, _PRODUCT = 0x1209, 0x0001  # pid.codes' number for tests, shared by many: the name must fit too
_SERIAL = re.compile(r"SG[A-Z]{2}")
_MODELS = {"SGCD": "Segl code display", "SGAR": "Segl audio reader", "SGCH": "Segl chip"}
_FIDO_PAGE = 0xF1D0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A device that could be opened.

    Args:
        url: what `segl.open_device` takes; of a chip, what `segl.open_chip` takes.
        model: such as "Segl code display", "Segl audio reader" or "Segl chip".
        serial: serial number, "" when unknown.
        management: URL of a chip's serial port, "" when it has none or `url` is it.
    """

    url: str
    model: str
    serial: str
    management: str = ""


def find() -> list[Found]:
    """List the devices at hand: USB first, then those of the entry point group `segl.discovery`.

    A chip shows a security key and a serial port, and is listed once. Where the operating system hides the first,
    as Windows may, its URL is the second.

    Each such entry point is a function without arguments that gives Found objects. One that fails is logged
    and passed over, since the other devices work without it.
    """
    ports = [device for port in sorted(list_ports.comports()) if (device := _usb(port))]
    found = _joined(ports, _chips())
    for point in entry_points(group=_GROUP):
        try:
            more: Iterable[Found] = point.load()()
            found.extend(more)
        except Exception as error:  # whatever a stranger's package raises
            _log.warning("looking for devices through %s failed: %s", point.name, error)
    return found


def _usb(port: ListPortInfo) -> Found | None:
    if (port.vid, port.pid) != (_VENDOR, _PRODUCT):
        return None
    return _named(f"serial:{port.device}", port.product, port.serial_number or "")


def _chips() -> list[Found]:
    """The security keys of chips."""
    try:
        from segl.hid import hidapi  # here: few programs look for devices

        listed: list[dict[str, Any]] = hidapi().enumerate(_VENDOR, _PRODUCT)
    except (ImportError, OSError) as error:
        _log.warning("looking for chips failed: %s", error)
        return []
    listed.sort(key=lambda one: one["path"])
    found = (
        _named(f"hid:{os.fsdecode(one['path'])}", one["product_string"], one["serial_number"] or "")
        for one in listed
        if one["usage_page"] == _FIDO_PAGE
    )
    return [chip for chip in found if chip]


def _named(url: str, name: str | None, number: str) -> Found | None:
    if not name and _SERIAL.match(number):  # Windows gives pyserial no product name
        name = _MODELS.get(number[:4], "Segl device")
    if not name or not name.startswith("Segl"):
        return None
    return Found(url, name, number)


def _joined(ports: list[Found], chips: list[Found]) -> list[Found]:
    """The devices, each once: a chip's serial port has the number of its security key."""
    serials = {port.serial: port.url for port in ports if port.serial}
    numbers = {chip.serial for chip in chips if chip.serial}
    alone = [port for port in ports if port.serial not in numbers]
    return alone + [replace(chip, management=serials.get(chip.serial, "")) for chip in chips]
