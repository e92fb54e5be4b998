"""Draw the circuits that docs/hardware.md explains: docs/img/wiring-*.svg, one for each device.

python tools/gen_wiring.py           writes the drawings
python tools/gen_wiring.py --check   fails if a file is not what would be written
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from tools.circuit import Drawing  # noqa: E402 - the tree need not be installed
from tools.wiring_chip import chip  # noqa: E402

FOLDER = ROOT / "docs" / "img"
_SUPPLY = (
    "cells feed the Pico's VSYS through two P-channel MOSFETs in series: Q1 is the power latch, Q2 keeps USB power "
    "away from the cells, its gate on VBUS. Q1's gate is pulled up to the cells by R1 with C1 beside it, and pulled "
    "down through R2 either by "
)
DISPLAY = (
    f"Circuit diagram. Two AAA {_SUPPLY}the key through diode D1, or by transistor Q3, which GP15 drives through R3, "
    "with R4 to ground. GP14 reads the key through diode D2. A screen and a clock module share 3V3, ground, SDA on "
    "GP4 and SCL on GP5. The wiring table in docs/hardware.md lists every joint."
)
READER = (
    f"Circuit diagram. Two AA {_SUPPLY}any of four keys through its own diode, D1 to D4, or by transistor Q3, which "
    "GP15 drives through R3, with R4 to ground. GP14, GP16, GP17 and GP18 read the keys Speak, Louder, Quieter and "
    "Menu, each through a diode, D5 to D8. Screen, clock and codec share 3V3, ground, SDA on GP4 and SCL on GP5. The "
    "codec gets its bit clock from GP10, its word clock from GP11 and its samples from GP12, and raises GP13 when a "
    "plug comes or goes. A loudspeaker hangs on SPKP and SPKM, one of its wires through the jack's break contact, "
    "which a plug opens. The jack's tip and ring hang on HPL and HPR through capacitors. The wiring table in "
    "docs/hardware.md lists every joint."
)


def code_display() -> str:
    """Return the display's drawing as SVG text."""
    d = Drawing()
    _supply(d, "Segl code display: wiring", "2 x AAA")
    _latch(d)
    _one_key(d)
    _display_board(d)
    _display_modules(d)
    _legend(d, 688)
    return d.svg("Wiring of the code display", DISPLAY, 1240, 740)


def audio_reader() -> str:
    """Return the reader's drawing as SVG text."""
    d = Drawing()
    _supply(d, "Segl audio code reader: wiring", "2 x AA")
    _latch(d)
    _four_keys(d)
    _reader_board(d)
    _reader_modules(d)
    _outlets(d)
    _legend(d, 988)
    return d.svg("Wiring of the audio code reader", READER, 1520, 1040)


DRAWINGS = {
    "wiring-code-display.svg": code_display,
    "wiring-audio-reader.svg": audio_reader,
    "wiring-chip.svg": chip,
}


def main(arguments: list[str]) -> int:
    """Write the drawings, or with --check compare them."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale: list[str] = []
    for name, draw in DRAWINGS.items():
        target = FOLDER / name
        if not arguments:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(draw(), encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != draw():
            stale.append(f"{target.name} is out of date: run python tools/gen_wiring.py")
    print("\n".join(stale), end="\n" if stale else "", file=sys.stderr)
    return 1 if stale else 0


def _legend(d: Drawing, y: float) -> None:
    d.text(
        40,
        y + 24,
        "A dot is a joint. Lines that cross without a dot are not joined. All grounds are one net.",
    )
    d.text(40, y, "S, D, G: source, drain, gate. The diode drawn over Q1 and Q2 is inside the part.")


# Both devices that have cells


def _supply(d: Drawing, title: str, cells: str) -> None:
    d.text(40, 44, title, kind="title")
    d.wire((60, 300), (60, 170), (270, 170))
    d.cells(60, 300)
    d.ground(60, 370)
    d.part(92, 328, "BT1", cells)
    d.pmos(300, 170, source_left=True)
    d.part(300, 118, "Q1  DMG2305UX", anchor="middle")
    d.wire((330, 170), (440, 170))
    d.pmos(470, 170, source_left=False)
    d.part(470, 118, "Q2  DMG2305UX", anchor="middle")
    d.wire((500, 170), (680, 170))
    d.wire((470, 230), (680, 230))


def _latch(d: Drawing) -> None:
    d.dot(150, 170)
    d.capacitor(150, 170, 100)
    d.part(126, 216, "C1", "4.7 µF", anchor="end")
    d.dot(220, 170)
    d.resistor(220, 170, 100, upright=True)
    d.part(176, 292, "R1", "220 kΩ")
    d.dot(220, 270)
    d.wire((150, 270), (300, 270), (300, 230))
    d.dot(300, 270)
    d.resistor(300, 270, 80, upright=True)
    d.part(318, 306, "R2", "1 kΩ")
    d.dot(300, 350)
    d.wire((200, 350), (390, 350), (390, 380))
    d.npn(390, 420)
    d.ground(390, 460)
    d.part(376, 424, "Q3", "BC547B", anchor="end")
    d.wire((440, 420), (480, 420))
    d.resistor(480, 420, 90, upright=False)
    d.part(525, 386, "R3  22 kΩ", anchor="middle")
    d.wire((570, 420), (680, 420))
    d.dot(610, 420)
    d.resistor(610, 420, 80, upright=True)
    d.ground(610, 500)
    d.part(594, 458, "R4", "8.2 kΩ", anchor="end")


def _one_key(d: Drawing) -> None:
    d.wire((200, 350), (200, 410))
    d.diode_down(200, 410)
    d.wire((200, 430), (200, 520))
    d.part(148, 418, "D1", "1N4148", anchor="middle")
    d.dot(200, 570)
    d.wire((200, 520), (200, 590))
    d.wire((200, 570), (470, 570))
    d.diode_left(470, 570)
    d.wire((490, 570), (680, 570))
    d.part(480, 604, "D2  1N4148", anchor="middle")
    d.key(200, 590)
    d.ground(200, 640)
    d.part(160, 616, "S1  key", anchor="end")


def _display_board(d: Drawing) -> None:
    d.box(680, 110, 230, 550)
    d.box(765, 92, 60, 30)
    d.text(795, 82, "USB", "middle")
    d.part(795, 286, "Raspberry Pi", "Pico 2 or Pico", anchor="middle")
    for y, name in ((170, "39 VSYS"), (230, "40 VBUS"), (420, "20 GP15"), (570, "19 GP14"), (630, "18 GND")):
        d.text(690, y + 6, name)
    for y, name in ((170, "3V3(OUT) 36"), (330, "GP5 7"), (390, "GP4 6"), (450, "GND 8")):
        d.text(900, y + 6, name, "end")
    d.text(690, 442, "HOLD", kind="small")
    d.text(690, 592, "KEY", kind="small")
    d.text(900, 352, "SCL", "end", "small")
    d.text(900, 412, "SDA", "end", "small")
    for line, words in enumerate(
        ("Already on the board:", "USB feeds VSYS by a diode", "GP24: USB power", "GP29: VSYS / 3")
    ):
        d.text(900, 502 + 17 * line, words, "end", "small")
    d.wire((680, 630), (640, 630))
    d.ground(640, 630)


def _display_modules(d: Drawing) -> None:
    d.box(1070, 110, 140, 240)
    d.part(1140, 138, "Screen", anchor="middle")
    d.text(1200, 240, "SSD1306", "end")
    d.text(1200, 260, "128 x 64", "end")
    d.text(1200, 280, "I2C 0x3C", "end")
    d.box(1070, 420, 140, 240)
    d.part(1140, 448, "Clock", anchor="middle")
    d.text(1200, 550, "DS3231", "end")
    d.text(1200, 570, "I2C 0x68", "end")
    d.text(1200, 590, "CR2032", "end")
    for column, y, upper, lower, name in (
        (950, 170, 170, 480, "VCC"),
        (980, 330, 220, 530, "SCL"),
        (1010, 390, 270, 580, "SDA"),
        (1040, 450, 320, 630, "GND"),
    ):
        d.wire((910, y), (column, y))
        d.wire((1070, upper), (column, upper), (column, lower), (1070, lower))
        d.dot(column, y)
        d.text(1080, upper + 6, name)
        d.text(1080, lower + 6, name)


# The reader

_KEYS = (("Speak", 120, 620), ("Louder", 250, 665), ("Quieter", 380, 710), ("Menu", 510, 755))


def _four_keys(d: Drawing) -> None:
    d.wire((300, 350), (200, 350), (200, 540))
    d.dot(200, 540)
    d.wire((120, 540), (510, 540))
    for number, (name, x, y) in enumerate(_KEYS, 1):
        if number in (2, 3):
            d.dot(x, 540)
        d.wire((x, 540), (x, 560))
        d.diode_down(x, 560)
        d.part(x - 16, 576, f"D{number}", anchor="end")
        d.wire((x, 580), (x, 800))
        d.dot(x, y)
        d.wire((x, y), (590, y))
        d.diode_left(590, y)
        d.wire((610, y), (680, y))
        d.part(600, y - 15, f"D{number + 4}", anchor="middle")
        d.key(x, 800)
        d.ground(x, 860)
        d.part(x - 34, 816, f"S{number}", anchor="end")
        d.text(x, 908, name, "middle")
    d.text(215, 528, "D1 to D8  1N4148")


def _reader_board(d: Drawing) -> None:
    d.box(680, 110, 230, 800)
    d.box(765, 92, 60, 30)
    d.text(795, 82, "USB", "middle")
    d.part(795, 274, "Raspberry Pi", "Pico 2", anchor="middle")
    for y, name in ((170, "39 VSYS"), (230, "40 VBUS"), (420, "20 GP15"), (840, "18 GND")):
        d.text(690, y + 6, name)
    d.text(690, 442, "HOLD", kind="small")
    for (name, _, y), pin in zip(_KEYS, ("19 GP14", "21 GP16", "22 GP17", "24 GP18"), strict=True):
        d.text(690, y + 6, pin)
        d.text(690, y + 22, name, kind="small")
    right = ((170, "3V3(OUT) 36"), (320, "SCL  GP5 7"), (345, "SDA  GP4 6"), (370, "GND 8"))
    for y, name in (*right, *((y, name) for y, _, name in _I2S)):
        d.text(900, y + 6, name, "end")
    for line, words in enumerate(
        ("Already on the board:", "USB feeds VSYS by a diode", "GP24: USB power", "GP29: VSYS / 3")
    ):
        d.text(900, 452 + 17 * line, words, "end", "small")
    d.wire((680, 840), (640, 840))
    d.ground(640, 840)


_I2S = (
    (760, "BCLK", "GP10 14"),
    (795, "WCLK", "GP11 15"),
    (830, "DIN", "GP12 16"),
    (865, "GPIO1 (INT)", "GP13 17"),
)


def _reader_modules(d: Drawing) -> None:
    for y, height, name, *words in (
        (110, 190, "Screen", "SSD1309", "2.42 inch", "I2C 0x3C"),
        (330, 190, "Clock", "DS3231", "I2C 0x68", "CR2032"),
        (550, 360, "Codec", "TLV320-", "DAC3100", "I2C 0x18"),
    ):
        d.box(1070, y, 170, height)
        d.part(1155, y + 28, name, anchor="middle")
        for line, word in enumerate(words):
            d.text(1135, y + (116 if name == "Codec" else 88) + 22 * line, word)
    buses = (
        (950, 170, 170, "VCC"),
        (980, 320, 205, "SCL"),
        (1010, 345, 240, "SDA"),
        (1040, 370, 275, "GND"),
    )
    for column, y, first, name in buses:
        d.wire((910, y), (column, y))
        d.wire((column, first), (column, first + 440))
        d.dot(column, y)
        for at in (first, first + 220, first + 440):
            d.wire((column, at), (1070, at))
            d.text(1080, at + 6, "3V3" if name == "VCC" and at > 500 else name)
            if first < at < first + 440 and at != y:
                d.dot(column, at)
    for y, name, _ in _I2S:
        d.wire((910, y), (1070, y))
        d.text(1080, y + 6, name)


def _outlets(d: Drawing) -> None:
    for y, name in ((590, "SPKP"), (630, "SPKM"), (730, "HPL"), (780, "HPR"), (830, "MICDET"), (880, "GND")):
        d.text(1230, y + 6, name, "end")
    # The loudspeaker's second wire goes through the jack's break contact.
    d.wire((1240, 590), (1270, 590), (1270, 525), (1310, 525))
    d.wire((1310, 565), (1295, 565), (1295, 650), (1416, 650))
    d.wire((1240, 630), (1275, 630), (1275, 680), (1416, 680))
    d.contact(1416, 650, 30)
    d.box(1310, 510, 24, 70)
    d.shape((1334, 525), (1366, 495), (1366, 595), (1334, 565))
    d.part(1380, 539, "LS1", "8 Ω, 0.5 W")
    for y, name in ((730, "C2"), (780, "C3")):
        d.capacitor_across(1240, y, 160)
        d.part(1340, y - 8, name)
    d.wire((1240, 830), (1400, 830))
    d.wire((1240, 880), (1400, 880))
    d.box(1400, 600, 90, 310)
    d.part(1445, 628, "Jack", anchor="middle")
    for y, word in ((650, "break"), (665, "contact")):
        d.text(1426, y + 6, word, kind="small")
    for y, word in ((730, "tip"), (780, "ring"), (830, "detect"), (880, "sleeve")):
        d.text(1408, y + 6, word, kind="small")
    d.text(1490, 932, "C2, C3: 47 to 220 µF", "end", "small")
    d.text(1490, 950, "Break contact: a plug opens it", "end", "small")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
