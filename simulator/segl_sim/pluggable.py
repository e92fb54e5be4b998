"""What all devices have in common: keys, a USB socket, and what a finger or a cable can do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

from segl.session import Session
from segl_sim.boards import Board
from segl_sim.device import Device
from segl_sim.firmware import Firmware
from segl_sim.parts.button import Button
from segl_sim.pins import Pin
from segl_sim.ports.inprocess import InProcessConnection
from segl_sim.usb_serial import SerialPort

if TYPE_CHECKING:
    from segl_sim.world import World

_NS = 1_000_000_000
_ENUMERATION_S = 2

_AnySession = TypeVar("_AnySession", bound=Session)


class Pluggable(Device):
    """A device with keys, and a USB socket with a serial port behind it.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        flash: An image of the file region to start from; None: firmware freshly installed, nothing else.
        overrides: Firmware sources to replace, by their path on the board.
    """

    package: ClassVar[str]
    """The firmware's package."""
    short_name: ClassVar[str]
    """How a user names the kind; in the trace a number follows."""
    wired_keys: ClassVar[dict[str, int]]
    """Name and pin of each key, the main one first."""

    def __init__(
        self,
        world: World,
        name: str,
        board: Board,
        flash: bytes | None = None,
        overrides: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(world, name, board, Firmware.load(self.package, board.name, overrides), flash)
        self._host_random = world.random(f"{name} host")
        self.keys = {key: Button(self) for key in self.wired_keys}
        for key, pin in self.wired_keys.items():
            self._join(self.keys[key], pin)

    # What people do

    def press_key(self, key: str, seconds: float, after: float = 0) -> None:
        """Let a finger press a key later, for a while; no time passes now.

        Args:
            key: Its name, one of `keys`.
            seconds: How long it stays down.
            after: When it comes, from now, in s.
        """
        button = self.keys[key]
        down = self.world.now + round(after * _NS)
        self.world.at(down, button.press)
        self.world.at(down + round(seconds * _NS), button.release)

    def plug(self) -> None:
        """Plug it into a computer, and wait until that knows it."""
        self.plug_in()
        end = self.world.now + _ENUMERATION_S * _NS
        self.world.run_until(end, lambda: self.usb_host.configured or bool(self.usb_host.error))

    def plug_in(self) -> None:
        """Plug it into a computer; no time passes now."""
        self._usb_power(True)
        self.usb_host.plug()

    def unplug(self) -> None:
        """Pull the cable."""
        self.usb_host.unplug()
        self._usb_power(False)

    def connect(self) -> Session:
        """Return the host driver's session with this device, in this process; its waits are virtual time."""
        return self._session(Session)

    def serial_port(self) -> SerialPort:
        """Return the device's serial port as the computer's driver offers it; not yet open."""
        return SerialPort(self.usb_host)

    # Supply

    def power_cut(self) -> None:
        """The supply failed: nothing is powered, not even by USB, until somebody sees to that."""
        super().power_cut()
        self.usb_host.unplug()

    def _usb_power(self, on: bool) -> None:
        """Give what the cable brings, or take it."""
        raise NotImplementedError

    # Inside

    def _session(self, kind: type[_AnySession]) -> _AnySession:
        # Numbers of requests are seeded too, or no run would be like another.
        first_id = self._host_random.getrandbits(16)
        return kind(InProcessConnection(self), first_id=first_id, clock=lambda: self.world.now / _NS)

    def _join(self, key: Button, pin: int) -> None:
        self.pins[pin] = Pin(source=lambda: key.level)
        key.listen(lambda level: self.edge(pin, level))
