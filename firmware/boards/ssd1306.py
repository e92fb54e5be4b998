"""The SSD1306 controller of a 128x64 OLED on I2C.

Source: Solomon Systech, SSD1306 data sheet, tables 9-1 and 10-1.
"""

from micropython import const

_WIDTH = const(128)
_PAGES = const(8)
_SETUP = (
    b"\x00"  # what follows are commands
    b"\xae"  # off while set up
    b"\xd5\x80\xa8\x3f\xd3\x00\x40"  # clock, 64 rows, no offset, start line 0
    b"\x8d\x14"  # charge pump on: the panel has no other high voltage
    b"\x20\x00"  # horizontal addressing
    b"\xa1\xc8\xda\x12"  # mounted upside down; COM pins as on a 128x64 panel
    b"\x81\x7f\xd9\xf1\xdb\x20"  # contrast, precharge, deselect level
    b"\xa4\xa6"  # show the memory, lit pixel = 1
)
_OFF = b"\x00\xae"
_ON = b"\x00\xaf"


class SSD1306:
    """A panel. Draw into `buffer` (1024 bytes, eight pages of 128 columns, bit 0 on top), then `show()`.

    Args:
        i2c: The bus.
        address: Seven bits.
    """

    setup = _SETUP

    def __init__(self, i2c, address=0x3C):
        self._i2c = i2c
        self._address = address
        self._shown = [None] * _PAGES  # what the panel has, page by page
        self._set_up = False
        self._lit = None  # unknown: a panel shows on what it showed before the board was reset
        self.buffer = bytearray(_WIDTH * _PAGES)

    def show(self):
        """Send the pages that changed, and switch the panel on."""
        for _ in self.pages():
            pass

    def pages(self):
        """Do what `show` does, a page at a time (3 ms each): a generator that yields after each."""
        if not self._set_up:
            self._i2c.writeto(self._address, self.setup)
            self._set_up = True
        view = memoryview(self.buffer)
        for page in range(_PAGES):
            row = view[page * _WIDTH : (page + 1) * _WIDTH]
            if self._shown[page] != row:
                self._i2c.writeto(self._address, bytes([0, 0x21, 0, _WIDTH - 1, 0x22, page, page]))
                self._i2c.writevto(self._address, (b"\x40", row))
                self._shown[page] = bytes(row)
                yield
        if not self._lit:
            self._i2c.writeto(self._address, _ON)
            self._lit = True

    def off(self):
        """Make the panel dark; `show` lights it again."""
        if self._lit is not False:
            self._i2c.writeto(self._address, _OFF)
            self._lit = False
