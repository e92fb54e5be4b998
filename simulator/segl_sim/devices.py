"""The devices as a user holds them: which parts hang on which pins, and what a finger or a cable can do."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segl import Display
from segl_sim.boards import Board
from segl_sim.device import Device
from segl_sim.firmware import Firmware
from segl_sim.parts.battery import Battery, PowerLatch
from segl_sim.parts.button import Button
from segl_sim.parts.ds3231 import DS3231
from segl_sim.parts.ssd1306 import SSD1306
from segl_sim.pins import Pin
from segl_sim.ports.inprocess import InProcessConnection
from segl_sim.reading import Glyphs, read_code, read_text
from segl_sim.usb_serial import SerialPort

if TYPE_CHECKING:
    from segl_sim.world import World

# docs/hardware.md, "Wiring"
_KEY, _HOLD, _USB_POWER, _BATTERY = 14, 15, 24, 29
_OLED, _CLOCK = (0, 0x3C), (0, 0x68)
_DIVIDER = 3
_LATCH_MS = 800  # its capacitor: 0.6 to 1.1 s (docs/hardware.md)
_NS = 1_000_000_000
_ENUMERATION_S = 2
_SETTLED_S = 0.6  # the contact is at rest, and a board that was off has started and drawn


@functools.cache
def _glyphs(path: Path) -> Glyphs:
    return Glyphs.load(path)


class CodeDisplay(Device):
    """A code display: one key, a small OLED, a clock chip, a battery, a USB socket.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        flash: An image of the file region to start from; None: firmware freshly installed, nothing else.
        overrides: Firmware sources to replace, by their path on the board.
        drift_ppm: How wrong the clock chip runs, in parts per million.
    """

    def __init__(
        self,
        world: World,
        name: str,
        board: Board,
        flash: bytes | None = None,
        overrides: Mapping[str, str | None] | None = None,
        drift_ppm: float = 0,
    ) -> None:
        super().__init__(world, name, board, Firmware.load("code_display", board.name, overrides), flash)
        self._host_random = world.random(f"{name} host")
        self.screen = SSD1306(self)
        self.clock = DS3231(self, drift_ppm=drift_ppm)
        self.key = Button(self)
        self.battery = Battery(self)
        self.latch = PowerLatch(self.key, self.battery, hold_up_ms=_LATCH_MS)
        self.latch.listen(self._supply_changed)
        self.i2c[_OLED] = self.screen
        self.i2c[_CLOCK] = self.clock
        self.pins[_KEY] = Pin(source=lambda: self.key.level)
        self.pins[_HOLD] = Pin(sink=self._hold)
        self.pins[_USB_POWER] = Pin(source=lambda: int(self.latch.usb))
        self.key.listen(lambda level: self.edge(_KEY, level))
        self.screen.powered = False

    # What people do

    def finger(self, seconds: float = 0.2, after: float = 0) -> None:
        """Let a finger press the key later, for a while; no time passes now.

        Args:
            seconds: How long it stays down.
            after: When it comes, from now, in s.
        """
        down = self.world.now + round(after * _NS)
        self.world.at(down, self.key.press)
        self.world.at(down + round(seconds * _NS), self.key.release)

    def press(self, seconds: float = 0.2) -> None:
        """Press the key for a while and let it go; virtual time passes, until the screen shows what it does."""
        self.finger(seconds)
        self.world.advance(seconds + _SETTLED_S)

    def plug(self) -> None:
        """Plug it into a computer, and wait until that knows it."""
        self.plug_in()
        end = self.world.now + _ENUMERATION_S * _NS
        self.world.run_until(end, lambda: self.usb_host.configured or bool(self.usb_host.error))

    def plug_in(self) -> None:
        """Plug it into a computer; no time passes now."""
        self.latch.usb = True
        self.usb_host.plug()

    def unplug(self) -> None:
        """Pull the cable."""
        self.usb_host.unplug()
        self.latch.usb = False

    def connect(self) -> Display:
        """Return the host driver's session with this device, in this process; its waits are virtual time."""
        # Numbers of requests are seeded too, or no run would be like another.
        first_id = self._host_random.getrandbits(16)
        return Display(InProcessConnection(self), first_id=first_id, clock=lambda: self.world.now / _NS)

    def serial_port(self) -> SerialPort:
        """Return the device's serial port as the computer's driver offers it; not yet open."""
        return SerialPort(self.usb_host)

    # What people see

    @property
    def code(self) -> str | None:
        """The code on the screen, read off its pixels; None when there is none."""
        return read_code(self.screen.pixels(), self._font())

    @property
    def lines(self) -> list[str]:
        """The lines of text on the screen, read off its pixels."""
        return read_text(self.screen.pixels(), self._font())

    @property
    def text(self) -> str:
        """The text on the screen in one line."""
        return " ".join(self.lines)

    def _font(self) -> Glyphs:
        path = self.firmware.paths["common/font.py"]
        assert path is not None
        return _glyphs(path)

    # Supply

    def adc(self, pin: int) -> int:
        """Return what the analog input reads, 0..65535."""
        return self.battery.adc(_DIVIDER) if pin == _BATTERY else 0

    def _hold(self, level: int) -> None:
        self.latch.hold = bool(level)

    def _supply_changed(self, powered: bool) -> None:
        self.screen.powered = powered
        self.supply(powered)

    def power_cut(self) -> None:
        """The supply failed: nothing is powered, not even by USB, until `restore_power`."""
        super().power_cut()
        self.usb_host.unplug()
        self.battery.millivolts = 0
        self.latch.usb = False

    def restore_power(self, millivolts: int = 3000) -> None:
        """Put fresh cells in."""
        self.battery.millivolts = millivolts
