"""SSD1309: a 2.42 inch OLED of 128 x 64 pixels with its controller, on I2C.

Source: Solomon Systech SSD1309 data sheet, Rev 1.1 (July 2011): its commands are the SSD1306's without the charge
pump (8Dh), since the panel's 7 to 16 V come from outside; new are a lock (FDh) and a general purpose pin (DCh).
Modelled as the usual 2.42 inch module: its own 12 V supply, the reset pin wired to power-up, glass mounted as on
the SSD1306's module.

From memory, not read again: the lengths of the scroll commands. Not modelled: what parts/ssd1306.py leaves out; the
general purpose pin (accepted).
"""

from __future__ import annotations

from typing import ClassVar

from segl_sim.parts.ssd1306 import SSD1306

_LOCK = 0xFD
_CHARGE_PUMP = 0x8D


class SSD1309(SSD1306):
    """The display as its I2C bus and its viewer see it; see its base."""

    has_charge_pump = False
    # Without 8Dh, what follows it would be taken for a command of its own.
    parameters: ClassVar[dict[int, int]] = {
        code: count
        for code, count in (SSD1306.parameters | {0x29: 6, 0x2A: 6, 0xDC: 1, _LOCK: 1}).items()
        if code != _CHARGE_PUMP
    }
    accepted = SSD1306.accepted | {0xDC}

    def _reset(self) -> None:
        super()._reset()
        self.locked = False

    def execute(self, code: int, arguments: list[int]) -> None:
        """Carry out one whole command; a locked controller takes none but the one that unlocks it."""
        if code == _LOCK:
            self.locked = bool(arguments[0] & 4)
        elif code == _CHARGE_PUMP:
            self.context.effect("oled.unknown", code)
        elif not self.locked:
            super().execute(code, arguments)
