"""Simulated devices that programs of this computer reach: each by its ports, all by one control port."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segl.errors import InputError
from segl_sim.chip import Chip
from segl_sim.failures import DeviceFailure
from segl_sim.pluggable import Pluggable
from segl_sim.runner import Port, Runner

if TYPE_CHECKING:
    from segl_sim.ports.hidraw import HidrawPort

_SHOWN_S = 10


class Attached:
    """Devices of one world and the ports that were opened for them. Closing it closes the ports.

    Args:
        devices: Each is plugged in when a port of its own is opened.
        still: Whether time stands still but for what the control port says; else it follows the clock on the wall.

    Attributes:
        devices: The same.
        urls: What the host driver opens, by the name of the device.
        fido: The same for the security keys of chips; the last one opened counts.
        bus_ids: How USB/IP calls the devices, once it serves them.
        environment: What programs have to be started with, beside their own.
    """

    def __init__(self, devices: Sequence[Pluggable], still: bool = False) -> None:
        self.devices = devices
        self.urls: dict[str, str] = {}
        self.fido: dict[str, str] = {}
        self.bus_ids: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self._still = still
        self._ports: list[Port] = []
        self._held = contextlib.ExitStack()
        self._nodes: HidrawPort | None = None

    def __enter__(self) -> Attached:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def open_serial(self, device: Pluggable, address: str = "") -> str:
        """Open a device's serial port; return its URL.

        Args:
            device: Which.
            address: As SocketPort has it; "": a serial port of the operating system (a pty).

        Raises:
            InputError: It cannot be opened.
        """
        if address:
            from segl_sim.ports.serial_socket import SerialSocket

            port = SerialSocket(device, address)
            url = port.address
        elif sys.platform == "win32":
            raise InputError("Windows has no pty; use a sim: URL there, such as: segl --device sim:desk info")
        else:
            from segl_sim.ports.pty import PtyPort

            port = PtyPort(device)
            url = f"serial:{port.path}"
        self._add(port)
        self.urls[device.name] = url
        return url

    def open_fido(self, chip: Chip, address: str) -> str:
        """Open a chip's security key behind a socket; return its URL.

        Args:
            chip: Which.
            address: As SocketPort has it.

        Raises:
            InputError: It cannot be opened.
        """
        from segl_sim.ports.hid import HidPort

        port = HidPort(chip, address)
        self._add(port)
        self.fido[chip.name] = url = f"hid+{port.address}"
        return url

    def open_control(self, address: str) -> str:
        """Open the control port; return its address.

        Raises:
            InputError: It cannot be opened.
        """
        from segl_sim.ports.control import ControlPort

        port = ControlPort(self.devices, address, self._still)
        self._add(port)
        return port.address

    def open_usbip(self, address: str) -> str:
        """Serve all devices by USB/IP; return the address.

        Args:
            address: As SocketPort has it; TCP, if a kernel is to come.

        Raises:
            InputError: It cannot be opened.
        """
        from segl_sim.ports.usbip import UsbIpPort

        port = UsbIpPort(self.devices, address)
        self._add(port)
        self.bus_ids = {device.name: bus_id for bus_id, device in port.devices.items()}
        return port.address

    def open_hidraw(self, folder: Path) -> None:
        """Show all chips as /dev/hidrawN to programs that have `environment`.

        Args:
            folder: Where sockets may lie; the caller removes it.

        Raises:
            InputError: There is no chip, or umockdev is missing.
        """
        from segl_sim.ports.hidraw import HidrawPort

        chips = [device for device in self.devices if isinstance(device, Chip)]
        if not chips:
            raise InputError("--hidraw shows chips, and there is none; add: --device chip")
        self._nodes = HidrawPort(chips, folder)
        self._add(self._nodes)
        self.environment |= self._nodes.environment
        self.fido |= {chip.name: f"hid:/dev/hidraw{number}" for number, chip in enumerate(chips)}

    def named(self) -> Mapping[str, str]:
        """Return the URLs as variables of the environment: SEGL_CHIP, SEGL_DISPLAY_2, SEGL_CHIP_SERIAL and so on.

        SEGL_DEVICE, which the command line obeys, is the first device's.
        """
        found: dict[str, str] = {}
        counts: dict[str, int] = {}
        for device in self.devices:
            counts[device.short_name] = number = counts.get(device.short_name, 0) + 1
            name = f"SEGL_{device.short_name.upper()}" + (f"_{number}" if number > 1 else "")
            found[name] = self.fido.get(device.name, self.urls[device.name])
            if device.name in self.fido:
                found[f"{name}_SERIAL"] = self.urls[device.name]
            found.setdefault("SEGL_DEVICE", found[name])
        return found

    @contextlib.contextmanager
    def served(self, failed: Callable[[DeviceFailure], None] | None = None):
        """Let programs in, as long as this context lasts; gives the Runner.

        Args:
            failed: Told of a device that stopped.

        Raises:
            InputError: The nodes of hidraw do not come.
        """
        with Runner(self.devices[0].world, self._ports, failed, follow=not self._still) as runner:
            if self._nodes and not self._nodes.settled.wait(_SHOWN_S):
                raise InputError("umockdev does not show the chip; see what it printed above.")
            yield runner

    def _add(self, port: Port) -> None:
        self._ports.append(port)
        self._held.callback(port.close)
