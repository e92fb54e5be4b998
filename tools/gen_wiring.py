"""Draw docs/img/wiring-code-display.svg, the circuit that docs/hardware.md explains.

python tools/gen_wiring.py           writes the drawing
python tools/gen_wiring.py --check   fails if the file is not what would be written
"""

import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "img" / "wiring-code-display.svg"
WIDTH, HEIGHT = 1240, 740
TITLE = "Wiring of the code display"
DESCRIPTION = (
    "Circuit diagram. Two AAA cells feed the Pico's VSYS through two P-channel MOSFETs in series: Q1 is "
    "the power latch, Q2 keeps USB power away from the cells, its gate on VBUS. Q1's gate is pulled up "
    "to the cells by R1 with C1 beside it, and pulled down through R2 either by the key through diode "
    "D1, or by transistor Q3, which GP15 drives through R3, with R4 to ground. GP14 reads the key "
    "through diode D2. A screen and a clock module share 3V3, ground, SDA on GP4 and SCL on GP5. The "
    "wiring table in docs/hardware.md lists every joint."
)

Point = tuple[float, float]


class Drawing:
    """Lines and words, in the order in which they are drawn."""

    def __init__(self) -> None:
        self.items: list[str] = []

    def wire(self, *points: Point) -> None:
        """Draw a line through the points."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.items.append(f'<polyline points="{path}"/>')

    def shape(self, *points: Point) -> None:
        """Draw a closed outline."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.items.append(f'<polygon points="{path}"/>')

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a rectangle."""
        self.items.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>')

    def dot(self, x: float, y: float) -> None:
        """Draw a joint."""
        self.items.append(f'<circle cx="{x:g}" cy="{y:g}" r="4.5" fill="#000"/>')

    def text(self, x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> None:
        """Write words."""
        style = f' class="{kind}"' if kind else ""
        self.items.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{words}</text>')

    # Parts

    def part(self, x: float, y: float, name: str, *values: str, anchor: str = "start") -> None:
        """Write a part's name, and its values below."""
        self.text(x, y, name, anchor, "part")
        for number, value in enumerate(values, 1):
            self.text(x, y + 18 * number, value, anchor)

    def ground(self, x: float, y: float) -> None:
        """Draw the ground sign."""
        self.wire((x, y), (x, y + 12))
        for half, down in ((14, 12), (9, 18), (4, 24)):
            self.wire((x - half, y + down), (x + half, y + down))

    def resistor(self, x: float, y: float, length: float, upright: bool) -> None:
        """Draw a resistor with its leads."""
        body, lead = 44, (length - 44) / 2
        if upright:
            self.wire((x, y), (x, y + lead))
            self.box(x - 9, y + lead, 18, body)
            self.wire((x, y + lead + body), (x, y + length))
        else:
            self.wire((x, y), (x + lead, y))
            self.box(x + lead, y - 9, body, 18)
            self.wire((x + lead + body, y), (x + length, y))

    def capacitor(self, x: float, y: float, length: float) -> None:
        """Draw an upright capacitor with its leads."""
        middle = y + length / 2
        self.wire((x, y), (x, middle - 5))
        self.wire((x - 16, middle - 5), (x + 16, middle - 5))
        self.wire((x - 16, middle + 5), (x + 16, middle + 5))
        self.wire((x, middle + 5), (x, y + length))

    def diode_down(self, x: float, y: float) -> None:
        """Draw a diode, anode above."""
        self.shape((x - 12, y), (x + 12, y), (x, y + 20))
        self.wire((x - 12, y + 20), (x + 12, y + 20))

    def diode_left(self, x: float, y: float, size: float = 12) -> None:
        """Anode at the right, cathode at x."""
        tip = size * 5 / 3
        self.shape((x + tip, y - size), (x + tip, y + size), (x, y))
        self.wire((x, y - size), (x, y + size))

    def pmos(self, x: float, y: float, source_left: bool) -> None:
        """A P-channel MOSFET in a wire at height y, 60 wide, gate below at (x, y + 60), body diode above."""
        s = -1 if source_left else 1
        self.wire((x + s * 30, y), (x + s * 30, y + 22))
        self.wire((x - s * 30, y), (x - s * 30, y + 22))
        for middle in (-28, 0, 28):
            self.wire((x + middle - 9, y + 22), (x + middle + 9, y + 22))
        self.wire((x, y + 22), (x, y + 8), (x + s * 30, y + 8))
        self.shape((x - 5, y + 16), (x + 5, y + 16), (x, y + 8))
        self.wire((x - 30, y + 32), (x + 30, y + 32))
        self.wire((x, y + 32), (x, y + 60))
        self.wire((x - 30, y), (x - 30, y - 24), (x + 30, y - 24), (x + 30, y))
        tip = x + s * 7
        self.shape((tip - s * 14, y - 32), (tip - s * 14, y - 16), (tip, y - 24))
        self.wire((tip, y - 32), (tip, y - 16))
        self.text(x + s * 46, y + 20, "S", "middle", "small")
        self.text(x - s * 46, y + 20, "D", "middle", "small")
        self.text(x + 10, y + 52, "G", "middle", "small")

    def npn(self, x: float, y: float) -> None:
        """An NPN transistor: base right (x + 50, y), collector (x, y - 40), emitter (x, y + 40)."""
        self.wire((x + 50, y), (x + 24, y))
        self.wire((x + 24, y - 22), (x + 24, y + 22))
        self.wire((x + 24, y - 9), (x, y - 26), (x, y - 40))
        self.wire((x + 24, y + 9), (x, y + 26), (x, y + 40))
        self.shape((x + 2, y + 25), (x + 8, y + 14), (x + 14, y + 23))

    def key(self, x: float, y: float) -> None:
        """A push button, 60 high."""
        self.wire((x, y), (x, y + 18))
        self.wire((x, y + 42), (x, y + 60))
        self.wire((x - 12, y + 14), (x - 12, y + 46))
        self.wire((x - 12, y + 30), (x - 26, y + 30))
        self.wire((x - 26, y + 22), (x - 26, y + 38))
        for down in (18, 42):
            self.items.append(f'<circle cx="{x:g}" cy="{y + down:g}" r="4" fill="#fff"/>')

    def cells(self, x: float, y: float) -> None:
        """Two cells, 70 high, plus at the top."""
        self.wire((x, y), (x, y + 14))
        for down in (14, 44):
            self.wire((x - 20, y + down), (x + 20, y + down))
            self.items.append(
                f'<rect x="{x - 10:g}" y="{y + down + 9:g}" width="20" height="5" fill="#000"/>'
            )
        self.wire((x, y + 28), (x, y + 44))
        self.wire((x, y + 58), (x, y + 70))
        self.text(x - 30, y + 12, "+", "middle", "part")


def draw() -> str:
    """Return the drawing as SVG text."""
    d = Drawing()
    _supply(d)
    _latch(d)
    _pico(d)
    _modules(d)
    d.text(
        40, 712, "A dot is a joint. Lines that cross without a dot are not joined. All grounds are one net."
    )
    d.text(40, 688, "S, D, G: source, drain, gate. The diode drawn over Q1 and Q2 is inside the part.")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{TITLE}</title>',
        f'<desc id="desc">{DESCRIPTION}</desc>',
        "<style>text{font:16px sans-serif;fill:#000;stroke:none}.part{font-weight:bold;font-size:17px}"
        ".small{font-size:13px}.title{font-weight:bold;font-size:22px}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        '<g fill="none" stroke="#000" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">',
        *d.items,
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _supply(d: Drawing) -> None:
    d.text(40, 44, "Segl code display: wiring", kind="title")
    d.wire((60, 300), (60, 170), (270, 170))
    d.cells(60, 300)
    d.ground(60, 370)
    d.part(92, 328, "BT1", "2 x AAA")
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
    d.wire((200, 350), (200, 410))
    d.diode_down(200, 410)
    d.wire((200, 430), (200, 520))
    d.part(148, 418, "D1", "1N4148", anchor="middle")
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
    d.dot(200, 570)
    d.wire((200, 520), (200, 590))
    d.wire((200, 570), (470, 570))
    d.diode_left(470, 570)
    d.wire((490, 570), (680, 570))
    d.part(480, 604, "D2  1N4148", anchor="middle")
    d.key(200, 590)
    d.ground(200, 640)
    d.part(160, 616, "S1  key", anchor="end")


def _pico(d: Drawing) -> None:
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


def _modules(d: Drawing) -> None:
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


def main(arguments: list[str]) -> int:
    """Write the drawing, or with --check compare it."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    text = draw()
    if not arguments:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET} is out of date: run python tools/gen_wiring.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
