"""Segl: talk to open hardware authenticators, real or simulated.

>>> with segl.open_device("serial:/dev/ttyACM0") as device:
...     print(device.code(0).code)
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from segl.devices import open_chip, open_device
from segl.discovery import Found, find
from segl.display import Display
from segl.errors import (
    Busy,
    ChipError,
    DeviceError,
    InputError,
    Lost,
    NotFound,
    Permission,
    PinError,
    ProtocolError,
    SeglError,
    TransportError,
)
from segl.management import Management
from segl.otpauth import Key
from segl.reader import Reader
from segl.session import Code, Info, KeyInfo
from segl.transport import Connection
from segl.urls import open_fido, open_url

if TYPE_CHECKING:
    from segl.chip import Chip

try:
    __version__ = version("segl")
except PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0+unknown"

__all__ = [
    "Busy",
    "Chip",
    "ChipError",
    "Code",
    "Connection",
    "DeviceError",
    "Display",
    "Found",
    "Info",
    "InputError",
    "Key",
    "KeyInfo",
    "Lost",
    "Management",
    "NotFound",
    "Permission",
    "PinError",
    "ProtocolError",
    "Reader",
    "SeglError",
    "TransportError",
    "__version__",
    "find",
    "open_chip",
    "open_device",
    "open_fido",
    "open_url",
]


def __getattr__(name: str) -> Any:
    """Load Chip when it is asked for: python-fido2 takes time, and few programs need it."""
    if name == "Chip":
        return import_module("segl.chip").Chip
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
