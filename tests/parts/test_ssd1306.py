"""The OLED against the SSD1306 data sheet, Rev 1.1 (sections, tables and figures named at each test)."""

from pathlib import Path

import pytest
from PIL import Image

from segl_sim.parts.context import Nack
from segl_sim.parts.ssd1306 import SSD1306
from tests.parts.fake import FakeContext

# Application note, "Software Initialization": multiplex 64, offset 0, start line 0, A1h, C8h, alternate COM
# pins, contrast 7Fh, follow RAM, normal, clock 80h, charge pump on, display on. Here in horizontal mode.
SETUP = bytes.fromhex("a83f d300 40 a1 c8 da12 817f a4 a6 d580 8d14 2000 21007f 220007 af")

UPRIGHT = [[(x * y + x // 5 + y // 3) % 3 == 0 for x in range(128)] for y in range(64)]


def _commands(display: SSD1306, *codes: int) -> None:
    display.write(bytes([0x00, *codes]))


def _mono_vlsb(rows: list[list[bool]]) -> bytes:
    return bytes(
        sum(rows[8 * page + bit][x] << bit for bit in range(8)) for page in range(8) for x in range(128)
    )


def _show(display: SSD1306, rows: list[list[bool]]) -> None:
    _commands(display, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7)
    display.write(b"\x40" + _mono_vlsb(rows))


def _row_numbers(display: SSD1306) -> list[int | None]:
    """Fill RAM line n with the number n and read it back, top row first; None where all is dark."""
    lines = [[x >= 120 or bool(line >> x % 7 & 1) for x in range(128)] for line in range(64)]
    _show(display, lines)
    found: list[int | None] = []
    for row in display.pixels():
        seen = row if row[127] else row[::-1]
        found.append(sum(seen[bit] << bit for bit in range(7)) if any(row) else None)
    return found


@pytest.fixture(name="display")
def display_fixture(context: FakeContext) -> SSD1306:
    display = SSD1306(context)
    display.write(b"\x00" + SETUP)
    return display


DARK = [[False] * 128] * 64
ALL = [[True] * 128] * 64


def test_the_usual_module_shows_an_upright_picture(display: SSD1306):
    _show(display, UPRIGHT)
    assert display.pixels() == UPRIGHT


def test_after_power_up_it_is_dark_and_its_ram_holds_anything(context: FakeContext):
    display = SSD1306(context)  # section 8.5: display off
    assert not display.lit
    assert display.pixels() == DARK
    _commands(display, 0x8D, 0x14, 0xAF)
    noise = display.pixels()
    assert 3000 < sum(map(sum, noise)) < 5200
    other = SSD1306(FakeContext(1))
    _commands(other, 0x8D, 0x14, 0xAF)
    assert other.pixels() != noise
    same = SSD1306(FakeContext(0))
    _commands(same, 0x8D, 0x14, 0xAF)
    assert same.pixels() == noise


def test_losing_power_forgets_everything_and_answers_nothing(display: SSD1306):
    _show(display, UPRIGHT)
    display.powered = False
    assert display.pixels() == DARK
    assert not display.lit
    with pytest.raises(Nack):
        display.write(b"\x00\xaf")
    with pytest.raises(Nack):
        display.read(1)
    display.powered = True
    assert not display.lit
    display.write(b"\x00" + SETUP)
    assert display.pixels() != UPRIGHT
    display.powered = True  # was on already: nothing is lost
    assert display.lit


def test_nothing_shines_without_the_charge_pump(display: SSD1306):
    # Application note 2.1: 8Dh, 14h enables it; reset leaves it off.
    _show(display, ALL)
    _commands(display, 0x8D, 0x10)
    assert display.pixels() == DARK
    _commands(display, 0x8D, 0x14)
    assert display.pixels() == ALL


def test_on_and_off_keep_the_picture_and_show_in_the_status(display: SSD1306):
    # 10.1.12 AEh/AFh; section 8.1.1, status bit D6.
    _show(display, UPRIGHT)
    _commands(display, 0xAE)
    assert (display.lit, display.pixels(), display.read(2)) == (False, DARK, b"\x40\x40")
    _commands(display, 0xAF)
    assert (display.lit, display.pixels(), display.read(1)) == (True, UPRIGHT, b"\x00")


def test_inverse_and_entire_on(display: SSD1306):
    # 10.1.9 A4h/A5h, 10.1.10 A6h/A7h.
    _show(display, UPRIGHT)
    _commands(display, 0xA7)
    assert display.pixels() == [[not pixel for pixel in row] for row in UPRIGHT]
    _commands(display, 0xA6, 0xA5)
    assert display.pixels() == ALL
    _commands(display, 0xA4)
    assert display.pixels() == UPRIGHT


def test_every_write_is_an_effect(context: FakeContext):
    SSD1306(context).write(b"\x00\xae")
    assert context.effects == [("oled.write", b"\x00\xae")]


# --- section 8.1.5.2: control bytes ---


def test_control_bytes_may_alternate(display: SSD1306):
    _commands(display, 0x20, 0x00, 0x21, 5, 9, 0x22, 1, 1)
    # Co = 1: single bytes, each with its own control byte; Co = 0: all the rest.
    display.write(bytes.fromhex("80a7 c0ff 80a6 c001 40 02 03"))
    assert [display.pixels()[y][5:9] for y in (8, 9, 10)] == [
        [True, True, False, True],
        [True, False, True, True],
        [True, False, False, False],
    ]
    assert not display.inverted


def test_a_command_may_be_split_over_writes(display: SSD1306):
    whole = SSD1306(FakeContext())
    whole.write(b"\x00" + SETUP)
    split = SSD1306(FakeContext())
    for byte in SETUP:
        split.write(bytes([0x80, byte]))
    for display in (whole, split):
        _show(display, UPRIGHT)
    assert whole.pixels() == split.pixels() == UPRIGHT


def test_empty_writes_do_nothing(display: SSD1306):
    for data in (b"", b"\x00", b"\x40", b"\x80", b"\xc0"):
        display.write(data)
    assert display.lit


def test_unknown_commands_are_skipped_and_named(context: FakeContext, display: SSD1306):
    _commands(display, 0x82, 0xAF)
    assert ("oled.unknown", 0x82) in context.effects
    assert display.lit


def test_known_settings_without_effect_are_taken(context: FakeContext, display: SSD1306):
    _show(display, UPRIGHT)
    _commands(display, *bytes.fromhex("260000000700ff 270000000700ff 290000000701 2a0000000701 2e"))
    _commands(display, *bytes.fromhex("a30040 d9f1 db40 e3"))
    assert display.pixels() == UPRIGHT
    assert not [effect for effect in context.effects if effect[0] == "oled.unknown"]
    with pytest.raises(NotImplementedError, match="scroll"):
        _commands(display, 0x2F)


# --- section 10.1.3: addressing modes ---


def _numbered(display: SSD1306, count: int) -> list[tuple[int, int]]:
    """Write `count` bytes with one pixel each and return (page, column) of each in the order of writing."""
    found: list[tuple[int, int]] = []
    clean = [row[:] for row in display.pixels()]
    for _ in range(count):
        display.write(b"\x40\xff")
        now = display.pixels()
        changed = [(y // 8, x) for y in range(0, 64, 8) for x in range(128) if now[y][x] != clean[y][x]]
        assert len(changed) == 1
        found += changed
        clean = now
    return found


def _clear(display: SSD1306) -> None:
    _show(display, DARK)


def test_horizontal_mode_walks_its_window(display: SSD1306):
    # Figure 10-3 and 10-4: column first, then page, back to the start of the window.
    _clear(display)
    _commands(display, 0x20, 0x00, 0x21, 10, 12, 0x22, 3, 4)
    assert _numbered(display, 6) == [(3, 10), (3, 11), (3, 12), (4, 10), (4, 11), (4, 12)]
    display.write(b"\x40\x00")
    assert not display.pixels()[24][10]


def test_vertical_mode_walks_its_window(display: SSD1306):
    # Figure 10-5.
    _clear(display)
    _commands(display, 0x20, 0x01, 0x21, 10, 12, 0x22, 3, 4)
    assert _numbered(display, 6) == [(3, 10), (4, 10), (3, 11), (4, 11), (3, 12), (4, 12)]
    display.write(b"\x40\x00")
    assert not display.pixels()[24][10]


def test_page_mode_stays_in_its_page(display: SSD1306):
    # Figure 10-1; 10.1.1, 10.1.2, 10.1.13: lower and higher column nibble, page start.
    _clear(display)
    _commands(display, 0x20, 0x02, 0xB5, 0x0E, 0x17)
    assert _numbered(display, 2) == [(5, 126), (5, 127)]
    display.write(b"\x40\x00")
    assert not display.pixels()[40][126]
    _commands(display, 0x00, 0x10)
    assert _numbered(display, 1) == [(5, 0)]


def test_page_mode_is_the_mode_after_reset(context: FakeContext):
    display = SSD1306(context)
    _commands(display, 0x8D, 0x14, 0xAF, 0xA1, 0xC8, 0xB2, 0x05, 0x10)
    display.write(b"\x40" + b"\xff" * 3)
    assert all(display.pixels()[y][5:8] == [True] * 3 for y in range(16, 24))


def test_the_invalid_mode_is_not_taken(display: SSD1306):
    _commands(display, 0x20, 0x01, 0x20, 0x03)
    assert display.mode == 1


# --- mapping of RAM to glass ---


def test_segment_remap_turns_only_what_is_written_after_it(display: SSD1306):
    # 10.1.8.
    _show(display, UPRIGHT)
    _commands(display, 0xA0)
    assert display.pixels() == UPRIGHT
    _show(display, UPRIGHT)
    assert display.pixels() == [row[::-1] for row in UPRIGHT]


def test_com_scan_direction_turns_at_once(display: SSD1306):
    # 10.1.14.
    _show(display, UPRIGHT)
    _commands(display, 0xC0)
    assert display.pixels() == UPRIGHT[::-1]


def test_start_line_moves_the_picture_up(display: SSD1306):
    # 10.1.6: the line goes to ROW0.
    _show(display, UPRIGHT)
    _commands(display, 0x40 + 8)
    assert display.pixels() == UPRIGHT[8:] + UPRIGHT[:8]


# Tables 10-1 (no remap) and 10-2 (with remap): multiplex, offset, start line -> RAM line on COM0, ..., COM63.
TABLES: list[tuple[bool, int, int, int, list[int | None]]] = [
    (False, 64, 0, 0, [*range(64)]),
    (False, 64, 8, 0, [*range(8, 64), *range(8)]),
    (False, 64, 0, 8, [*range(8, 64), *range(8)]),
    (False, 56, 0, 0, [*range(56), *[None] * 8]),
    (False, 56, 8, 0, [*range(8, 56), *[None] * 8, *range(8)]),
    (False, 56, 0, 8, [*range(8, 64), *[None] * 8]),
    (True, 64, 0, 0, [*range(63, -1, -1)]),
    (True, 64, 8, 0, [*range(7, -1, -1), *range(63, 7, -1)]),
    (True, 64, 0, 8, [*range(7, -1, -1), *range(63, 7, -1)]),
    (True, 48, 0, 0, [*range(47, -1, -1), *[None] * 16]),
    (True, 48, 8, 0, [*[None] * 8, *range(47, -1, -1), *[None] * 8]),
    (True, 48, 0, 8, [*range(55, 7, -1), *[None] * 16]),
]


@pytest.mark.parametrize(("remap", "multiplex", "offset", "start", "lines"), TABLES)
def test_offset_start_line_and_multiplex_follow_the_tables(
    display: SSD1306, remap: bool, multiplex: int, offset: int, start: int, lines: list[int | None]
):
    scan = 0xC8 if remap else 0xC0
    _commands(display, scan, 0xA8, multiplex - 1, 0xD3, offset, 0x40 + start)
    # COM63 is the top row of the module.
    assert _row_numbers(display)[::-1] == lines


def test_a_multiplex_ratio_below_16_is_not_taken(display: SSD1306):
    _commands(display, 0xA8, 14)
    assert display.multiplex == 64


def test_wrong_com_pins_scramble_the_rows(display: SSD1306):
    # 10.1.18 and table 10-3: this glass needs DAh, 12h.
    _commands(display, 0xDA, 0x02)
    assert _row_numbers(display)[:4] == [0, 32, 1, 33]
    _commands(display, 0xDA, 0x32)
    assert _row_numbers(display)[:4] == [1, 0, 3, 2]


# --- pictures ---


def test_text_has_two_rows_in_each_character(display: SSD1306):
    picture = [[False] * 128 for _ in range(64)]
    picture[0][0] = picture[1][1] = picture[0][2] = picture[1][2] = True
    _show(display, picture)
    lines = display.text().split("\n")
    assert len(lines) == 32
    assert {len(line) for line in lines} == {128}
    assert lines[0][:4] == "▀▄█ "


def test_png_is_scaled_and_as_bright_as_the_contrast(display: SSD1306, tmp_path: Path):
    _show(display, UPRIGHT)
    bright: list[int] = []
    for contrast in (0x00, 0xFF):
        _commands(display, 0x81, contrast)
        display.png(tmp_path / "o.png", scale=2)
        with Image.open(tmp_path / "o.png") as image:
            gray = image.convert("L")
            assert gray.size == (256, 128)
            values = gray.tobytes()
            assert [[values[y * 512 + 2 * x] > 0 for x in range(128)] for y in range(64)] == UPRIGHT
            bright.append(max(values))
    assert bright[0] < bright[1] / 2
