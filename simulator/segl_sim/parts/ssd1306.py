"""SSD1306: a 128 x 64 OLED with its controller, on I2C.

Source: Solomon Systech SSD1306 data sheet, Rev 1.1 (April 2008), with its application note on the charge
pump. Modelled as the usual 0.96 inch module: no supply of its own for the panel (so nothing shines before the
charge pump runs), COM pins wired alternately, glass mounted so that segment remap A1h with COM scan C8h
stands upright.

Not modelled: scrolling (its setup is accepted, activating it raises NotImplementedError), fading through
clock, precharge and VCOMH settings (accepted), panel aging, reading RAM (I2C cannot).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from segl_sim.parts.context import Context, Nack

WIDTH = 128
HEIGHT = 64
PAGES = HEIGHT // 8

HORIZONTAL = 0
VERTICAL = 1
PAGE = 2


class SSD1306:
    """The display as its I2C bus and its viewer see it.

    Args:
        context: Time, chance and trace.
        address: 0x3C, or 0x3D with the module's solder bridge moved.
    """

    # The panel's high voltage comes from the controller's own charge pump (a SSD1309 has none).
    has_charge_pump = True

    # Table 9-1: parameter bytes after a command; all others have none.
    parameters: ClassVar[dict[int, int]] = {
        0x20: 1,
        0x21: 2,
        0x22: 2,
        0x26: 6,
        0x27: 6,
        0x29: 5,
        0x2A: 5,
        0x81: 1,
        0x8D: 1,
        0xA3: 2,
        0xA8: 1,
        0xD3: 1,
        0xD5: 1,
        0xD9: 1,
        0xDA: 1,
        0xDB: 1,
    }

    # Taken without any effect here: scroll setup and stop, clock, precharge, VCOMH, no operation.
    accepted = frozenset({0x26, 0x27, 0x29, 0x2A, 0x2E, 0xA3, 0xD5, 0xD9, 0xDB, 0xE3})

    def __init__(self, context: Context, address: int = 0x3C) -> None:
        self.context = context
        self.address = address
        self._powered = True
        self._ram = bytearray(WIDTH * PAGES)
        self._command: list[int] = []
        self._reset()

    # --- supply ---

    @property
    def powered(self) -> bool:
        """Whether the module has its supply; without it, it does not acknowledge and forgets everything."""
        return self._powered

    @powered.setter
    def powered(self, powered: bool) -> None:
        if powered and not self._powered:
            self._reset()
        self._powered = powered

    def _reset(self) -> None:
        """Take the state of section 8.5 "Reset Circuit" and table 9-1, as the module does at power-up."""
        # The RAM is static and nothing clears it: it holds what it happens to hold.
        self._ram[:] = self.context.random.randbytes(len(self._ram))
        self._command = []
        self.on = False
        self.charge_pump = False
        self.inverted = False
        self.all_on = False
        self.contrast = 0x7F
        self.start_line = 0
        self.offset = 0
        self.multiplex = HEIGHT
        self.segment_remap = False
        self.com_reversed = False
        self.com_alternate = True
        self.com_swapped = False
        self.mode = PAGE
        self._columns = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)
        self._page_mode_column = 0
        self._column = 0
        self._page = 0

    # --- the bus (section 8.1.5) ---

    def write(self, data: bytes) -> None:
        """Take what follows the address byte of an I2C write: control bytes, commands, display data.

        A command's parameters may come in later writes. Commands that the data sheet does not know are
        skipped and appear in the trace as "oled.unknown".

        Raises:
            Nack: The module has no supply.
            NotImplementedError: Scrolling was activated.
        """
        if not self._powered:
            raise Nack
        self.context.effect("oled.write", bytes(data))
        place = 0
        while place < len(data):
            control = data[place]
            # Co = 1: one byte follows, then another control byte; Co = 0: all the rest belongs to this one.
            end = place + 2 if control & 0x80 else len(data)
            content = data[place + 1 : end]
            if control & 0x40:
                self._write_ram(content)
            else:
                for byte in content:
                    self._take_command_byte(byte)
            place = end

    def read(self, count: int) -> bytes:
        """Return the status register `count` times: bit 6 says that the display is off (section 8.1.1).

        Raises:
            Nack: The module has no supply.
        """
        if not self._powered:
            raise Nack
        return bytes([0x00 if self.on else 0x40]) * count

    # --- the viewer ---

    @property
    def lit(self) -> bool:
        """Whether pixels can shine: supplied, charge pump running, display on."""
        return self._powered and self.on and (self.charge_pump or not self.has_charge_pump)

    def pixels(self) -> list[list[bool]]:
        """Return what a viewer sees: 64 rows from the top, each of 128 pixels from the left, True where it
        shines.
        """
        rows: list[list[bool]] = []
        for y in range(HEIGHT):
            # Upright with C8h means that the top row hangs on the last COM line.
            line = self._ram_line(self._scan_of(HEIGHT - 1 - y)) if self.lit else None
            if line is None:
                rows.append([False] * WIDTH)
            elif self.all_on:
                rows.append([not self.inverted] * WIDTH)
            else:
                start = line // 8 * WIDTH
                bit = 1 << line % 8
                dark = bit if self.inverted else 0
                # Upright with A1h means that SEG0 is the rightmost column.
                rows.append([byte & bit != dark for byte in reversed(self._ram[start : start + WIDTH])])
        return rows

    def text(self) -> str:
        """Return the pixels as half blocks: 32 lines of 128 characters."""
        blocks = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
        rows = self.pixels()
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return "\n".join("".join(map(blocks.__getitem__, zip(*pair, strict=True))) for pair in pairs)

    def png(self, path: str | Path, scale: int = 4) -> None:
        """Write the pixels as a picture, as bright as the contrast.

        Args:
            path: File to write.
            scale: Picture dots per pixel and direction.
        """
        # Loading Pillow takes longer than many a simulation.
        from PIL import Image

        brightness = 64 + 191 * self.contrast // 255
        color = (brightness * 7 // 10, brightness * 9 // 10, brightness)
        dots = {False: bytes(3 * scale), True: bytes(color) * scale}
        lines = (b"".join(map(dots.__getitem__, row)) * scale for row in self.pixels())
        Image.frombytes("RGB", (WIDTH * scale, HEIGHT * scale), b"".join(lines)).save(path, "PNG")

    def _scan_of(self, row: int) -> int:
        """Return which COM signal reaches a row of the glass (table 10-3).

        The glass is wired for alternate pins: even rows to the left side's pins, odd rows to the right
        side's.
        """
        side = row % 2 ^ self.com_swapped
        return row // 2 * 2 + side if self.com_alternate else row // 2 + HEIGHT // 2 * side

    def _ram_line(self, com: int) -> int | None:
        """Return the RAM line that a COM signal shows, None if it is not driven (tables 10-1 and 10-2)."""
        row = self.multiplex - 1 - com if self.com_reversed else com
        row = (row + self.offset) % HEIGHT
        return (row + self.start_line) % HEIGHT if row < self.multiplex else None

    # --- display RAM (sections 8.7 and 10.1.3) ---

    def _write_ram(self, data: bytes) -> None:
        for byte in data:
            # The remap turns the writing, not the display: what is in RAM stays where it is (section 10.1.8).
            segment = WIDTH - 1 - self._column if self.segment_remap else self._column
            self._ram[self._page * WIDTH + segment] = byte
            self._advance()

    def _advance(self) -> None:
        if self.mode == PAGE:
            self._column = self._page_mode_column if self._column == WIDTH - 1 else self._column + 1
        elif self.mode == HORIZONTAL:
            self._column, wrapped = _next(self._column, self._columns, WIDTH)
            if wrapped:
                self._page, _ = _next(self._page, self._pages, PAGES)
        else:
            self._page, wrapped = _next(self._page, self._pages, PAGES)
            if wrapped:
                self._column, _ = _next(self._column, self._columns, WIDTH)

    # --- commands (table 9-1, section 10) ---

    def _take_command_byte(self, byte: int) -> None:
        self._command.append(byte)
        code, *arguments = self._command
        if len(arguments) == self.parameters.get(code, 0):
            self._command = []
            self.execute(code, arguments)

    def execute(self, code: int, arguments: list[int]) -> None:
        """Carry out one whole command."""
        match code:
            case 0x20:
                self._set_mode(arguments[0] & 3)
            case 0x21:
                self._columns = (arguments[0] & 0x7F, arguments[1] & 0x7F)
                self._column = self._columns[0]
            case 0x22:
                self._pages = (arguments[0] & 7, arguments[1] & 7)
                self._page = self._pages[0]
            case 0x2F:
                raise NotImplementedError("the simulated display does not scroll (command 2Fh)")
            case 0x81:
                self.contrast = arguments[0]
            case 0x8D:
                self.charge_pump = bool(arguments[0] & 4)
            case 0xA0 | 0xA1:
                self.segment_remap = bool(code & 1)
            case 0xA4 | 0xA5:
                self.all_on = bool(code & 1)
            case 0xA6 | 0xA7:
                self.inverted = bool(code & 1)
            case 0xA8:
                self._set_multiplex((arguments[0] & 0x3F) + 1)
            case 0xAE | 0xAF:
                self.on = bool(code & 1)
            case 0xC0 | 0xC8:
                self.com_reversed = code == 0xC8
            case 0xD3:
                self.offset = arguments[0] & 0x3F
            case 0xDA:
                self.com_alternate = bool(arguments[0] & 0x10)
                self.com_swapped = bool(arguments[0] & 0x20)
            case _ if code <= 0x1F:
                self._set_page_mode_column(code)
            case _ if 0x40 <= code <= 0x7F:
                self.start_line = code & 0x3F
            case _ if 0xB0 <= code <= 0xB7:
                self._page = code & 7
            case _ if code in self.accepted:
                pass
            case _:
                self.context.effect("oled.unknown", code)

    def _set_page_mode_column(self, code: int) -> None:
        if code <= 0x0F:
            column = self._page_mode_column & 0x70 | code
        else:
            column = (code & 7) << 4 | self._page_mode_column & 0x0F
        self._page_mode_column = column
        # These commands move the pointer in page addressing mode only (sections 10.1.1 and 10.1.2).
        if self.mode == PAGE:
            self._column = column

    def _set_mode(self, mode: int) -> None:
        # 3 is called invalid: keep what was there.
        if mode != 3:
            self.mode = mode

    def _set_multiplex(self, ratio: int) -> None:
        # Ratios below 16 are called invalid (section 10.1.11): keep what was there.
        if ratio >= 16:
            self.multiplex = ratio


def _next(value: int, window: tuple[int, int], size: int) -> tuple[int, bool]:
    """Return the next pointer value, and whether it came back to the start of its window."""
    return (window[0], True) if value == window[1] else ((value + 1) % size, False)
