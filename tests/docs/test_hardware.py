"""What docs/hardware.md says of the circuits of reader and chip is what firmware uses, and its sums are right."""

import inspect
import math
import re
from types import ModuleType

import pytest

from boards import pico, pico2, tlv320dac3100
from segl_sim import AudioReader
from segl_sim.parts.codec_registers import ANALOG_DB
from tests.docs.pages import ROOT, table
from tools import wiring_chip

PAGE = ROOT / "docs" / "hardware.md"
TEXT = PAGE.read_text(encoding="utf-8").partition("\n## The audio code reader\n")[2]
PINS = {
    "KEY": 19,
    "LOUDER": 21,
    "QUIETER": 22,
    "MENU": 24,
    "I2S_SCK": 14,
    "I2S_SD": 16,
    "CODEC_INTERRUPT": 17,
    "SDA": 6,
    "SCL": 7,
}
ROWS = dict(table(PAGE, "One row is one net. Supply, HOLD and base are as above and not repeated."))


@pytest.mark.parametrize("name", PINS)
def test_the_wiring_is_the_boards(name: str):
    number, pin = vars(pico2)[name], PINS[name]
    joined = ROWS.get(f"GP{number}") or next(net for net in ROWS.values() if f"(GP{number})" in net)
    assert f"U1 pin {pin}" in joined
    if name not in ("SDA", "SCL"):
        assert f"| GP{number} |" in TEXT


def test_the_word_clock_is_on_the_pin_after_the_bit_clock():
    assert f"GP{pico2.I2S_SCK + 1}" in ROWS["WCLK"]


def test_the_loudspeaker_s_wire_runs_through_the_jack_as_in_the_simulated_reader():
    assert ROWS["break"].startswith("other side of the jack's break contact, codec SPKM")
    parameters = inspect.signature(AudioReader).parameters
    assert parameters["speaker_through_jack"].default is True


def test_every_diode_and_key_is_joined_at_both_ends():
    nets = " ".join(ROWS.values())
    for number in range(1, 9):
        assert len(re.findall(rf"\bD{number}\b", nets)) == 2
    for number in range(1, 5):
        assert ROWS[("Speak", "Louder", "Quieter", "Menu")[number - 1]].startswith(f"S{number},")


def test_the_steps_of_the_headphones_and_their_limit():
    steps = [vars(tlv320dac3100)["_QUIETEST_HEADPHONES"] - 6 * step for step in range(tlv320dac3100.STEPS)]
    values = ", ".join(map(str, steps[:-1])) + f" and {steps[-1]}"
    levels = [f"{ANALOG_DB[value]:.1f}" for value in steps]
    flat = re.sub(r"\s+", " ", TEXT)
    assert f"table values {values}: {', '.join(levels[:-1])} and {levels[-1]} dB" in flat
    assert f"{20 * math.log10(0.150 / 0.707):.2f} dB" in flat
    assert f"{707 * 10 ** (ANALOG_DB[27] / 20):.1f} mV" in flat


def test_the_battery_life_follows_from_the_assumptions():
    charge = ((12 + 1.5) * 110 + 28 * 36) / 3600 * 3.3 / (0.85 * 2.4)
    assert f"{charge:.1f} mAh from the cells" in TEXT
    years = [round(2000 / (uses * 365 * charge + 0.001 * 8760 + 75), 1) for uses in (2, 5, 10)]
    assert f"{years[0]} years at two uses a day, {years[1]} at five, {years[2]} at ten" in TEXT


def test_the_sizes_on_the_screen():
    pitch = 27.49 / 64  # the panel's height is 27.49 mm
    assert (
        f"digits are {26 * pitch:.0f} mm high: 0.7 degree at {26 * pitch / math.tan(math.radians(0.7)) / 10:.0f} cm"
        in TEXT
    )


CHIP_PINS = {"KEY": 19, "LIGHT_RED": 25, "LIGHT_GREEN": 26, "LIGHT_BLUE": 27}


@pytest.mark.parametrize("board", [pico, pico2])
@pytest.mark.parametrize("name", CHIP_PINS)
def test_the_wiring_of_the_chip_is_the_boards(name: str, board: ModuleType):
    number = vars(board)[name]
    nets = dict(table(PAGE, "One row is one net of the chip."))
    assert (
        f"U1 pin {CHIP_PINS[name]} (GP{number})"
        in nets[name.removeprefix("LIGHT_").lower().replace("key", "KEY")]
    )
    assert f"| GP{number} | {name} |" in TEXT.partition("\n## The chip\n")[2]
    assert re.search(rf">(?:GP{number} {CHIP_PINS[name]}|{CHIP_PINS[name]} GP{number})<", wiring_chip.chip())
