"""The chip as a user holds it: a touch pad, a light, and a USB plug that feeds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from segl import Management
from segl_sim.boards import Board
from segl_sim.parts.button import Button
from segl_sim.parts.led import GREEN, RED, RgbLed
from segl_sim.pins import Pin
from segl_sim.pluggable import Pluggable
from segl_sim.usb_hid import REPORT, HidNode

if TYPE_CHECKING:
    from fido2.hid import CtapHidDevice

    from segl_sim.ports.inprocess_fido import FidoConnection
    from segl_sim.world import World

# docs/hardware.md, "Wiring"
_PAD = 14
_LIGHT = (19, 20, 21)
# docs/gestures.md: green blinks, 250 ms on and off: touch; red flashes twice in a second: hold.
_BLINK_NS = 300_000_000
_TWO_FLASHES_NS = 1_100_000_000


class Chip(Pluggable):
    """A security key: it has power while it is plugged in, and no other.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        flash: An image of the file region to start from; None: firmware freshly installed, nothing else.
        overrides: Firmware sources to replace, by their path on the board.

    Attributes:
        light: Its light.
        hid: Its FIDO interface as the computer's driver offers it.
    """

    package = "chip"
    short_name = "chip"
    wired_keys: ClassVar[dict[str, int]] = {"pad": _PAD}

    def __init__(
        self,
        world: World,
        name: str,
        board: Board,
        flash: bytes | None = None,
        overrides: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(world, name, board, flash, overrides)
        self.light = RgbLed(self)
        self.hid = HidNode(self.usb_host)
        for index, pin in enumerate(_LIGHT):
            self.pins[pin] = Pin(sink=self._light_switch(index))

    @property
    def powered(self) -> bool:
        """Whether it is plugged in: nothing else gives it power."""
        return self._supplied

    @property
    def asks(self) -> str:
        """What its light asks of somebody who looks at it: "touch", "hold", or "" when it asks for nothing."""
        now = self.world.now
        if sum(color == RED for color, _ in self.light.pattern(now - _TWO_FLASHES_NS)) > 1:
            return "hold"
        return "touch" if self.light.lit(GREEN, now - _BLINK_NS) else ""

    @property
    def pad(self) -> Button:
        """Its touch pad."""
        return self.keys["pad"]

    def touch(self, seconds: float = 0.1, after: float = 0) -> None:
        """Let a finger touch the pad later, for a while; no time passes now.

        Args:
            seconds: How long it stays.
            after: When it comes, from now, in s.
        """
        self.press_key("pad", seconds, after)

    def connect(self) -> Management:
        """Return the host driver's session with its serial port, in this process; its waits are virtual time."""
        return self._session(Management)

    def connect_fido(self) -> FidoConnection:
        """Return python-fido2's connection with its security key, in this process; its waits are virtual time."""
        from segl_sim.ports.inprocess_fido import FidoConnection  # here: python-fido2 takes time to load

        return FidoConnection(self)

    def ctap(self) -> CtapHidDevice:
        """Return python-fido2's CtapHidDevice over a connection of its own."""
        from fido2.hid import CtapHidDevice
        from fido2.hid.base import HidDescriptor

        connection = self.connect_fido()
        found = self.usb_host.descriptors
        assert found is not None
        known = HidDescriptor(self.name, found.vid, found.pid, REPORT, REPORT, found.product, found.serial)
        return CtapHidDevice(known, connection)

    def pins_released(self) -> None:
        """The pins are inputs again: the light goes out."""
        super().pins_released()
        self.light.off()

    def _usb_power(self, on: bool) -> None:
        self.supply(on)

    def _light_switch(self, index: int) -> Callable[[int], None]:
        return lambda level: self.light.drive(index, level)
