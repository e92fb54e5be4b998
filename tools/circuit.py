"""Lines, words and the signs of parts, as SVG: what tools/gen_wiring.py draws circuits with."""

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

    def capacitor_across(self, x: float, y: float, length: float) -> None:
        """Draw a level capacitor with its leads."""
        middle = x + length / 2
        self.wire((x, y), (middle - 5, y))
        self.wire((middle - 5, y - 14), (middle - 5, y + 14))
        self.wire((middle + 5, y - 14), (middle + 5, y + 14))
        self.wire((middle + 5, y), (x + length, y))

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

    def contact(self, x: float, y: float, length: float) -> None:
        """A contact that is closed until it is opened, upright."""
        self.wire((x + 4, y), (x + 4, y + length))
        for down in (0, length):
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

    def svg(self, title: str, description: str, width: int, height: int) -> str:
        """Return everything that was drawn as SVG text.

        Args:
            title: What it shows.
            description: The same in words.
            width: Of the picture.
            height: Of the picture.
        """
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{title}</title>',
            f'<desc id="desc">{description}</desc>',
            "<style>text{font:16px sans-serif;fill:#000;stroke:none}.part{font-weight:bold;font-size:17px}"
            ".small{font-size:13px}.title{font-weight:bold;font-size:22px}</style>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            '<g fill="none" stroke="#000" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">',
            *self.items,
            "</g>",
            "</svg>",
        ]
        return "\n".join(lines) + "\n"
