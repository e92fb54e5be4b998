"""The circuit of the chip, drawn for docs/hardware.md by tools/gen_wiring.py."""

from tools.circuit import Drawing

WORDS = (
    "Circuit diagram. A Raspberry Pi Pico 2 or Pico gets its power from USB. On its left a touch pad module: VCC on "
    "3V3, its output on GP14, ground on ground; or in its place a push button between GP14 and ground. On its right an "
    "RGB light with a common cathode: GP19 through R1 to red, GP20 through R2 to green, GP21 through R3 to blue, the "
    "cathode on ground. The wiring table in docs/hardware.md lists every joint."
)
_LEFT = ((190, "36 3V3(OUT)", "VCC"), (250, "19 GP14", "I/O"), (310, "18 GND", "GND"))
_RIGHT = (
    (190, "GP19 25", "R1  330 Ω", "red"),
    (270, "GP20 26", "R2  100 Ω", "green"),
    (350, "GP21 27", "R3  100 Ω", "blue"),
)
_CATHODE = 430


def chip() -> str:
    """Return the chip's drawing as SVG text."""
    d = Drawing()
    d.text(40, 44, "Segl chip: wiring", kind="title")
    _board(d)
    _pad(d)
    _button(d)
    _light(d)
    d.text(40, 530, "Either the touch pad module or the push button S1, not both.")
    d.text(
        40, 554, "A dot is a joint. Lines that cross without a dot are not joined. All grounds are one net."
    )
    return d.svg("Wiring of the chip", WORDS, 1120, 580)


def _board(d: Drawing) -> None:
    d.box(480, 110, 240, 360)
    d.box(570, 92, 60, 30)
    d.text(600, 82, "USB", "middle")
    d.part(558, 400, "Raspberry Pi", "Pico 2 or Pico", anchor="middle")
    for y, name, _ in _LEFT:
        d.text(490, y + 6, name)
    d.text(490, 272, "KEY", kind="small")
    for y, name, _, color in _RIGHT:
        d.text(710, y + 6, name, "end")
        d.text(710, y + 28, f"light, {color}", "end", "small")
    d.text(710, _CATHODE + 6, "GND 28", "end")


def _pad(d: Drawing) -> None:
    d.box(60, 140, 190, 220)
    d.part(76, 216, "Touch pad", "TTP223", "jumper for", "active low")
    for y, _, name in _LEFT:
        d.wire((250, y), (480, y))
        d.text(240, y + 6, name, "end")


def _button(d: Drawing) -> None:
    d.dot(390, 250)
    d.wire((390, 250), (390, 350))  # crosses the ground wire of the pad
    d.key(390, 350)
    d.ground(390, 410)
    d.part(350, 372, "S1", "push button", anchor="end")


def _light(d: Drawing) -> None:
    d.box(930, 140, 150, 330)
    d.part(1005, 168, "D1", anchor="middle")
    d.text(1068, 300, "RGB LED,", "end")
    d.text(1068, 322, "common", "end")
    d.text(1068, 344, "cathode", "end")
    for y, _, resistor, color in _RIGHT:
        d.wire((720, y), (780, y))
        d.resistor(780, y, 90, upright=False)
        d.wire((870, y), (930, y))
        d.part(825, y - 18, resistor, anchor="middle")
        d.text(940, y + 6, color)
    d.wire((720, _CATHODE), (930, _CATHODE))
    d.text(940, _CATHODE + 6, "cathode")
