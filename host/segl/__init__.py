"""Segl: talk to open hardware authenticators, real or simulated.

>>> with segl.open_device(segl.find()[0].url) as device:
...     print(device.code(0).code)
"""

from importlib.metadata import PackageNotFoundError, version

from segl.devices import open_device
from segl.discovery import Found, find
from segl.display import Display
from segl.errors import (
    Busy,
    DeviceError,
    InputError,
    Lost,
    NotFound,
    Permission,
    ProtocolError,
    SeglError,
    TransportError,
)
from segl.otpauth import Key
from segl.reader import Reader
from segl.session import Code, Info, KeyInfo
from segl.transport import Connection
from segl.urls import open_url

try:
    __version__ = version("segl")
except PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0+unknown"

__all__ = [
    "Busy",
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
    "NotFound",
    "Permission",
    "ProtocolError",
    "Reader",
    "SeglError",
    "TransportError",
    "__version__",
    "find",
    "open_device",
    "open_url",
]
