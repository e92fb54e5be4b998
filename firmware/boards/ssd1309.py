"""The SSD1309 controller of a 2.42 inch OLED of 128x64 pixels on I2C: as the SSD1306, but for its supply.

Source: Solomon Systech, SSD1309 data sheet, rev 1.1, tables 9-1 to 9-5. The module brings the panel's 12 V, so there
is no charge pump to switch on; precharge and deselect level are the sheet's reset values, for a panel with a supply of
its own.
"""

from boards import ssd1306

_SETUP = (
    b"\x00"  # what follows are commands
    b"\xfd\x12"  # commands are taken
    b"\xae"  # off while set up
    b"\xd5\x70\xa8\x3f\xd3\x00\x40"  # clock, 64 rows, no offset, start line 0
    b"\x20\x00"  # horizontal addressing
    b"\xa1\xc8\xda\x12"  # mounted upside down; COM pins as on a 128x64 panel
    b"\x81\xdf\xd9\x22\xdb\x34"  # contrast, precharge, deselect level
    b"\xa4\xa6"  # show the memory, lit pixel = 1
)


class SSD1309(ssd1306.SSD1306):
    """As its base; only what it is set up with differs."""

    setup = _SETUP
