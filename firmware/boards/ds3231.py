"""The DS3231 clock chip: it keeps counting on its own cell while the board has no power.

Source: Maxim, DS3231 data sheet, figure 1 (registers) and "Status Register (0Fh)".
"""

from micropython import const

from common import calendar

_ADDRESS = const(0x68)
_STATUS = const(0x0F)
_STOPPED = const(0x80)
_EPOCH = const(10957)  # 2000-01-01 in days since 1970


class DS3231:
    """Args: i2c: the bus."""

    def __init__(self, i2c):
        self._i2c = i2c

    def read(self):
        """Return the seconds since 2000-01-01 that the chip shows, or None when it stopped since `set`."""
        if self._i2c.readfrom_mem(_ADDRESS, _STATUS, 1)[0] & _STOPPED:
            return None
        raw = self._i2c.readfrom_mem(_ADDRESS, 0, 7)
        second, minute, hour = _binary(raw[0]), _binary(raw[1]), _binary(raw[2] & 0x3F)
        year = 2000 + _binary(raw[6]) + (100 if raw[5] & 0x80 else 0)
        day = calendar.days(year, _binary(raw[5] & 0x1F), _binary(raw[4])) - _EPOCH
        return day * calendar.DAY + hour * 3600 + minute * 60 + second

    def set(self, seconds):
        """Set the chip, and forget that it stopped."""
        day, second = divmod(seconds, calendar.DAY)
        year, month, date = calendar.date(day + _EPOCH)
        values = (second % 60, second // 60 % 60, second // 3600, day % 7 + 1, date, month, year % 100)
        raw = bytearray([value // 10 << 4 | value % 10 for value in values])
        if year >= 2100:
            raw[5] |= 0x80
        self._i2c.writeto_mem(_ADDRESS, 0, raw)
        status = self._i2c.readfrom_mem(_ADDRESS, _STATUS, 1)[0]
        self._i2c.writeto_mem(_ADDRESS, _STATUS, bytes([status & ~_STOPPED]))


def _binary(bcd):
    return (bcd >> 4) * 10 + (bcd & 0x0F)
