"""docs/hardware.md says what the firmware and the arithmetic say."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/hardware.md").read_text(encoding="utf-8")
# Names in the page's pin table, and in the boards' files.
PINS = {
    "SDA": "SDA",
    "SCL": "SCL",
    "KEY": "KEY",
    "HOLD": "HOLD",
    "USB_POWER": "VBUS sense",
    "BATTERY": "VSYS / 3",
}


def constants(path: str) -> dict[str, int]:
    text = (ROOT / "firmware/boards" / path).read_text(encoding="utf-8")
    return {
        name: int(ast.literal_eval(value))
        for name, value in re.findall(r"^(\w+) = const\((\w+)\)", text, re.M)
    }


@pytest.mark.parametrize("board", ["pico.py", "pico2.py"])
def test_the_pin_table_is_the_boards(board: str) -> None:
    rows = {name: int(pin) for pin, name in re.findall(r"^\| GP(\d+)[^|]* \| ([^|]+) \|", PAGE, re.M)}
    pins = constants(board)
    assert {name: rows[title] for name, title in PINS.items()} == {name: pins[name] for name in PINS}


def test_the_root_secrets_rows_are_the_boards() -> None:
    address = constants("pico2.py")["ROOT_SECRET"]
    row = (address - 0x4013_0000) // 2
    assert f"rows 0x{row:X} to 0x{row + 15:X}" in PAGE
    assert f"otp load -e -s 0x{row:x} " in PAGE
    assert f"page {row // 64} (a page" in PAGE
    assert f"0x{address:x}" in PAGE


def test_the_battery_warnings_are_the_boards() -> None:
    limits = constants("power.py")
    assert f"under {limits['LOW_MV'] / 1000:.1f} V the screen" in PAGE
    assert f"under {limits['EMPTY_MV'] / 1000:.1f} V no code" in PAGE


@pytest.mark.parametrize(("uses", "seconds"), [(2, 15), (2, 30), (5, 15), (5, 30)])
def test_the_battery_life_follows_from_the_assumptions(uses: int, seconds: int) -> None:
    shown = re.search(rf"^\| {uses} a day of {seconds} s \| ([\d.]+) years \| ([\d.]+) years \|", PAGE, re.M)
    assert shown
    for text, current_ma in zip(shown.groups(), (37, 15), strict=True):
        battery_ma = current_ma * 3.3 / (0.85 * 2.4)
        use_mah = battery_ma * (seconds + 1.5) / 3600
        years = 880 / (uses * 365 * use_mah + 0.001 * 8760 + 33)
        assert float(text) == round(years, 1)


def test_the_drawing_is_up_to_date() -> None:
    subprocess.run([sys.executable, str(ROOT / "tools/gen_wiring.py"), "--check"], check=True)
