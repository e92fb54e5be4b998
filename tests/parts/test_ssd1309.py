"""What the SSD1309 data sheet, Rev 1.1, says otherwise than the SSD1306's; and both drivers on both panels."""

import importlib
import itertools
from typing import Any

import pytest

from segl_sim.parts.ssd1306 import SSD1306
from segl_sim.parts.ssd1309 import SSD1309
from tests.parts.fake import FakeContext

PICTURE = bytes(range(256)) * 4


@pytest.fixture(name="display")
def display_fixture(context: FakeContext) -> SSD1309:
    return SSD1309(context, 0x3D)


def commands(display: SSD1306, *codes: int) -> None:
    display.write(bytes([0x00, *codes]))


def test_a_display_with_its_own_supply_needs_no_charge_pump(display: SSD1309):
    commands(display, 0xAF)
    assert display.lit
    assert display.address == 0x3D


def test_there_is_no_charge_pump_to_switch_on(display: SSD1309, context: FakeContext):
    commands(display, 0x8D, 0xAF)
    assert ("oled.unknown", 0x8D) in context.effects
    assert display.on  # AFh was no parameter


def test_a_locked_controller_takes_nothing_but_its_unlocking(display: SSD1309):
    commands(display, 0xFD, 0x16, 0xAF, 0x81, 0x10)
    assert not display.on
    assert display.contrast == 0x7F
    commands(display, 0xFD, 0x12, 0xAF)
    assert display.on


def test_power_up_unlocks(display: SSD1309):
    commands(display, 0xFD, 0x16)
    display.powered = False
    display.powered = True
    commands(display, 0xAF)
    assert display.on


class Bus:
    """An I2C bus with one panel."""

    def __init__(self, panel: SSD1306) -> None:
        self.panel = panel

    def writeto(self, address: int, data: bytes) -> None:
        assert address == self.panel.address
        self.panel.write(bytes(data))

    def writevto(self, address: int, pieces: tuple[bytes, ...]) -> None:
        self.writeto(address, b"".join(map(bytes, pieces)))


@pytest.mark.parametrize(("part", "name"), [(SSD1306, "ssd1306"), (SSD1309, "ssd1309")])
def test_each_driver_sets_its_panel_up_from_whatever_state(
    part: type[SSD1306], name: str, context: FakeContext
):
    panel = part(context)
    for code, argument in itertools.pairwise(bytes(context.random.randbytes(200))):
        if code not in (0x2F, 0xFD, 0x8D):
            commands(panel, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3, 0xE3, code, argument)
    commands(panel, 0x2E, *[0xE3] * 7, 0x40, 0xA4, 0xA6)
    context.effects.clear()
    driver: Any = getattr(importlib.import_module(f"boards.{name}"), name.upper())(Bus(panel))
    driver.buffer[:] = PICTURE
    driver.show()
    assert panel.lit
    rows = panel.pixels()
    assert [[bool(PICTURE[y // 8 * 128 + x] >> y % 8 & 1) for x in range(128)] for y in range(64)] == rows
    assert not [effect for effect in context.effects if effect[0] == "oled.unknown"]
    driver.off()
    assert not panel.lit
