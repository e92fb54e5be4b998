"""Finding devices: USB serial ports that say they are Segl's, and what other packages add."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

__all__ = ["Found", "find"]

_GROUP = "segl.discovery"
_VENDOR, _PRODUCT = 0x1209, 0x0001  # pid.codes' number for tests, shared by many: the name must fit too
_SERIAL = re.compile(r"SG[A-Z]{2}")
_MODELS = {"SGCD": "Segl code display", "SGAR": "Segl audio reader"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A device that could be opened.

    Args:
        url: what `segl.open_url` takes.
        model: such as "Segl code display" or "Segl audio reader".
        serial: serial number, "" when unknown.
    """

    url: str
    model: str
    serial: str


def find() -> list[Found]:
    """List the devices at hand: USB first, then those of the entry point group `segl.discovery`.

    Each such entry point is a function without arguments that gives Found objects. One that fails is logged
    and passed over, since the other devices work without it.
    """
    found = [device for port in sorted(list_ports.comports()) if (device := _usb(port))]
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
    number = port.serial_number or ""
    name = port.product
    if name is None and _SERIAL.match(number):  # Windows gives pyserial no product name
        name = _MODELS.get(number[:4], "Segl device")
    if name is None or not name.startswith("Segl"):
        return None
    return Found(f"serial:{port.device}", name, number)
