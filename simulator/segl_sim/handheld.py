"""What the devices with a screen, a clock and a battery have in common."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from segl_sim.boards import Board
from segl_sim.parts.battery import Battery, PowerLatch
from segl_sim.parts.ds3231 import DS3231
from segl_sim.parts.ssd1306 import SSD1306
from segl_sim.pins import Pin
from segl_sim.pluggable import Pluggable
from segl_sim.reading import Glyphs, read_code, read_text

if TYPE_CHECKING:
    from segl_sim.world import World

# docs/hardware.md, "Wiring"
_HOLD, _USB_POWER, _BATTERY = 15, 24, 29
_OLED, _CLOCK = (0, 0x3C), (0, 0x68)
_DIVIDER = 3
_LATCH_MS = 800  # its capacitor: 0.6 to 1.1 s (docs/hardware.md)
_SETTLED_S = 0.6  # the contact is at rest, and a board that was off has started and drawn


@functools.cache
def _glyphs(path: Path) -> Glyphs:
    return Glyphs.load(path)


class Handheld(Pluggable):
    """Keys, an OLED, a clock chip, a battery with its latch, a USB socket with a serial port behind it.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        flash: An image of the file region to start from; None: firmware freshly installed, nothing else.
        overrides: Firmware sources to replace, by their path on the board.
        drift_ppm: How wrong the clock chip runs, in parts per million.
    """

    panel: ClassVar[type[SSD1306]] = SSD1306
    """The screen's controller."""

    def __init__(
        self,
        world: World,
        name: str,
        board: Board,
        flash: bytes | None = None,
        overrides: Mapping[str, str | None] | None = None,
        drift_ppm: float = 0,
    ) -> None:
        super().__init__(world, name, board, flash, overrides)
        self.screen = self.panel(self)
        self.clock = DS3231(self, drift_ppm=drift_ppm)
        self.battery = Battery(self)
        self.latch = PowerLatch(list(self.keys.values()), self.battery, hold_up_ms=_LATCH_MS)
        self.latch.listen(self._supply_changed)
        self.i2c[_OLED] = self.screen
        self.i2c[_CLOCK] = self.clock
        self.pins[_HOLD] = Pin(sink=self._hold)
        self.pins[_USB_POWER] = Pin(source=lambda: int(self.latch.usb))
        self.screen.powered = False

    # What people do

    def touch(self, key: str, seconds: float, after: float = 0) -> None:
        """Let a finger press a key later, for a while; no time passes now.

        Args:
            key: Its name, one of `keys`.
            seconds: How long it stays down.
            after: When it comes, from now, in s.
        """
        self.press_key(key, seconds, after)

    def settle(self, seconds: float) -> None:
        """Let so much time pass, and until the screen shows what became of a key pressed now."""
        self.world.advance(seconds + _SETTLED_S)

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

    def power_cut(self) -> None:
        """The supply failed: nothing is powered, not even by USB, until `restore_power`."""
        super().power_cut()
        self.battery.millivolts = 0
        self.latch.usb = False

    def restore_power(self, millivolts: int = 3000) -> None:
        """Put fresh cells in."""
        self.battery.millivolts = millivolts

    def _usb_power(self, on: bool) -> None:
        self.latch.usb = on

    def _supply_changed(self, powered: bool) -> None:
        self._power_parts(powered)
        self.supply(powered)

    def _power_parts(self, powered: bool) -> None:
        """Tell what has the board's supply that it came or went."""
        self.screen.powered = powered

    # Inside

    def _hold(self, level: int) -> None:
        self.latch.hold = bool(level)
