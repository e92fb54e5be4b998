"""Segl: talk to open hardware authenticators, real or simulated.

>>> with segl.Display(segl.open_url(segl.find()[0].url)) as display:
...     print(display.code(0).code)
"""

from importlib.metadata import PackageNotFoundError, version

from segl.discovery import Found, find
from segl.display import Code, Display, Info, KeyInfo
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
    "SeglError",
    "TransportError",
    "__version__",
    "find",
    "open_url",
]
