"""Three simulated devices on the desk of a virtual machine whose kernel drives them, and a finger for the chip."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from segl_sim import World
from segl_sim.pluggable import Pluggable
from segl_sim.ports.finger import Finger
from segl_sim.ports.usbip import UsbIpPort
from segl_sim.runner import Runner
from tests.clients.vm.machine import Machine

_T = TypeVar("_T")
_LOOK_S = 0.02
_PLUG_S = 30
NODES = ("dev/hidraw*", "dev/ttyACM*")
ALL = 4  # one HID interface and three serial ports


class Desk:
    """From `with` to the end of it: world, machine, and between them USB/IP.

    Args:
        folder: For the machine's files.
        engine: What runs the devices' firmware.

    Attributes:
        machine: The machine.
        devices: Display, reader and chip, with the bus ids under which they are served.
    """

    def __init__(self, folder: Path, engine: str = "micropython") -> None:
        self.machine = Machine(folder)
        self._world = World(seed=11, engine=engine)
        chip = self._world.chip()
        devices: list[Pluggable] = [self._world.code_display(), self._world.audio_reader(), chip]
        self._port = UsbIpPort(devices, "tcp:127.0.0.1:0")
        self.devices = {f"1-{number}": device for number, device in enumerate(devices, 1)}
        Finger(chip, agrees=True, opens=False).start(_LOOK_S)
        self._runner = Runner(self._world, [self._port])
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "Desk":
        with contextlib.ExitStack() as stack:
            stack.callback(self._world.close)
            stack.callback(self._port.close)
            stack.enter_context(self._runner)
            stack.enter_context(self.machine)
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def call(self, action: Callable[[], _T]) -> _T:
        """Do something in the world's thread."""
        return self._runner.call(action)

    def attach(self, bus_id: str) -> int:
        """Let the machine have a device; return where it hangs there."""
        return self.machine.attach(int(self._port.address.rpartition(":")[2]), bus_id)

    def attach_all(self) -> None:
        """Let the machine have all devices, and wait until its drivers do."""
        for bus_id in self.devices:
            self.attach(bus_id)
        self.machine.wait(NODES, ALL)

    def unplug(self, device: Pluggable) -> None:
        """Pull a device out."""
        self.call(device.unplug)

    def plug(self, device: Pluggable) -> None:
        """Plug a device into the computer that serves it, and wait until that knows it."""
        self.known(device, device.plug_in)

    def known(self, device: Pluggable, action: Callable[[], None]) -> None:
        """Do something in the world's thread, and wait until the simulated computer has configured a device."""
        ready = threading.Event()

        def look() -> None:
            if device.usb_host.configured:
                ready.set()

        def begin() -> None:
            device.usb_host.on_change.append(look)
            action()
            look()

        self.call(begin)
        assert ready.wait(_PLUG_S), "the device was not enumerated"
        self.call(lambda: device.usb_host.on_change.remove(look))
