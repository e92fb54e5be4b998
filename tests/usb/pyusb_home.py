"""A chip and a display at a computer whose programs use pyusb."""

from collections.abc import Callable
from typing import Any

import pytest
import usb.core
from usb.core import USBError

from segl_sim import World
from segl_sim.chip import Chip
from segl_sim.devices import CodeDisplay
from segl_sim.ports.pyusb import Backend
from segl_wire import ctaphid

NONCE = b"12345678"
HELLO = ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, NONCE)[0]
HID_OUT, HID_IN = 1, 0x81
HID, COMMUNICATION, DATA = 0, 1, 2
NS = 1_000_000_000


class Home:
    """A chip and a display, plugged in, and pyusb."""

    def __init__(self) -> None:
        self.world = World(seed=6, engine="cpython")
        self.chip: Chip = self.world.chip()
        self.display: CodeDisplay = self.world.code_display()
        self.chip.plug()
        self.display.plug()
        self.backend = Backend(self.world)

    @property
    def now(self) -> float:
        return self.world.now / NS

    def find(self, product: str) -> Any:
        found = usb.core.find(backend=self.backend, custom_match=lambda one: one.product == product)
        assert found is not None
        return found

    def key(self) -> Any:
        return self.find("Segl chip")


def failed(code: int, action: Callable[..., object], *arguments: object, **named: object) -> USBError:
    with pytest.raises(USBError) as caught:
        action(*arguments, **named)
    assert caught.value.errno == code
    return caught.value


def find_all(**wanted: Any) -> list[Any]:
    found: Any = usb.core.find(find_all=True, **wanted)
    return list(found)


def greet(key: Any) -> None:
    key.write(HID_OUT, HELLO)
    assert bytes(key.read(HID_IN, 64))[7:15] == NONCE
