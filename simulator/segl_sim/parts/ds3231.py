"""DS3231: a clock with its own temperature-compensated crystal and its own cell, on I2C.

Source: Maxim DS3231 data sheet, 19-5170 Rev 10 (March 2015): figure 1 "Timekeeping Registers", "Clock and
Calendar", "Control Register (0Eh)", "Status Register (0Fh)", "Aging Offset", "Temperature Registers".

Not modelled: alarms (stored, they never fire), INT/SQW and 32kHz pins, the 64 s rhythm of temperature
conversions (temperature and aging act at once, CONV and BSY read as 0). An impossible date stays as written
until the next midnight, then becomes the date as many days after the month's first as it says.
"""

from __future__ import annotations

from segl_sim.parts.context import Context, Nack

REGISTERS = 0x13

_SECONDS = 0x00
_CONTROL = 0x0E
_STATUS = 0x0F
_AGING = 0x10
_TEMPERATURE = 0x11

_EOSC = 0x80
_CONV = 0x20
_OSF = 0x80
_ALARM_FLAGS = 0x03
_EN32KHZ = 0x08

# State of control and status when power is first applied.
_CONTROL_AT_POWER = 0x1C
_STATUS_AT_POWER = 0x88

# Writable bits of the time registers; the others read as 0.
_TIME_BITS = (0x7F, 0x7F, 0x7F, 0x07, 0x3F, 0x9F, 0xFF)

_DAY = 86_400
# The chip takes every fourth year for a leap year, so 2100 as well ("valid up to 2100").
_CENTURY_DAYS = 36_525

# Crystal phase is counted in 1e-18 s, so that parts per billion of nanoseconds are whole numbers.
_PPB = 1_000_000_000
_SECOND = 1_000_000_000 * _PPB


class DS3231:
    """The clock chip as its I2C bus sees it.

    It runs on its cell when the main supply (`powered`) is off, but answers only with the main supply on.

    Args:
        context: Time, chance and trace.
        address: 0x68, the only one there is.
        drift_ppm: How much too fast the crystal runs, in parts per million; three decimals count.
    """

    def __init__(self, context: Context, address: int = 0x68, drift_ppm: float = 0) -> None:
        self.context = context
        self.address = address
        self.temperature = 25.0
        self._powered = True
        self._drift_ppb = round(drift_ppm * 1000)
        self._pointer = 0
        self._forget()

    # --- outside of the chip ---

    @property
    def powered(self) -> bool:
        """Whether the main supply is on."""
        return self._powered

    @powered.setter
    def powered(self, powered: bool) -> None:
        self._run()
        self._powered = powered
        if not self._oscillating:
            self._registers[_STATUS] |= _OSF

    @property
    def drift_ppm(self) -> float:
        """How much too fast the crystal runs, in parts per million; may change while it runs."""
        return self._drift_ppb / 1000

    @drift_ppm.setter
    def drift_ppm(self, drift_ppm: float) -> None:
        self._run()
        self._drift_ppb = round(drift_ppm * 1000)

    def lose_power(self) -> None:
        """Take the cell out (and the supply away) for a moment: registers reset, oscillator-stop flag set."""
        self._forget()

    @property
    def stopped(self) -> bool:
        """Whether the oscillator-stop flag stands, without a trace on the bus."""
        return bool(self._registers[_STATUS] & _OSF)

    @property
    def seconds(self) -> int:
        """Whole seconds that the calendar shows since 2000-01-01 00:00:00, without a trace on the bus."""
        return self._total()

    def set_seconds(self, seconds: int) -> None:
        """Set the calendar to this many seconds since 2000-01-01 00:00:00, as a fault: no flag tells.

        The part of a second that has passed stays as it is.
        """
        days = seconds // _DAY - self._total() // _DAY
        self._set_day(seconds // _DAY)
        self._second = seconds % _DAY
        self._weekday = (self._weekday - 1 + days) % 7 + 1

    def run_on(self, seconds: int) -> None:
        """Be a clock that was set long ago and never stopped: it shows this many seconds since 2000-01-01 00:00:00."""
        self._registers[_STATUS] &= ~_OSF
        self.set_seconds(seconds)

    def shift_seconds(self, seconds: int) -> None:
        """Move the calendar ahead, or back if negative, as a fault: no flag tells."""
        self.set_seconds(self._total() + seconds)

    # --- the bus ---

    def write(self, data: bytes) -> None:
        """Take an I2C write: the register pointer, then bytes for the registers from there on.

        Raises:
            Nack: The main supply is off.
        """
        self._start()
        if not data:
            return
        self._pointer = data[0] % REGISTERS
        time = self._time_registers()
        touched: set[int] = set()
        for byte in data[1:]:
            if self._pointer < len(_TIME_BITS):
                time[self._pointer] = byte & _TIME_BITS[self._pointer]
                touched.add(self._pointer)
            else:
                self._write_register(self._pointer, byte)
            self._pointer = (self._pointer + 1) % REGISTERS
        # All at once: a date makes sense only together with its month.
        if touched:
            self._set_time_registers(time, touched)

    def read(self, count: int) -> bytes:
        """Return `count` registers from the pointer on, the time as it was at this START.

        Raises:
            Nack: The main supply is off.
        """
        self._start()
        time = self._time_registers()
        content = bytearray()
        for _ in range(count):
            if self._pointer < len(_TIME_BITS):
                content.append(time[self._pointer])
            else:
                content.append(self._read_register(self._pointer))
            self._pointer = (self._pointer + 1) % REGISTERS
            if self._pointer == 0:
                self._run()
                time = self._time_registers()
        return bytes(content)

    def _start(self) -> None:
        if not self._powered:
            raise Nack
        self._run()

    def _read_register(self, register: int) -> int:
        if register >= _TEMPERATURE:
            quarters = round(self.temperature * 4) & 0x3FF
            return quarters >> 2 if register == _TEMPERATURE else (quarters & 3) << 6
        return self._registers[register]

    def _write_register(self, register: int, value: int) -> None:
        if register == _CONTROL:
            value &= ~_CONV  # the conversion is over before anybody can look
        elif register == _STATUS:
            # The flags can only be cleared.
            flags = _OSF | _ALARM_FLAGS
            value = self._registers[_STATUS] & value & flags | value & _EN32KHZ
        if register < _TEMPERATURE:
            self._registers[register] = value

    # --- time ---

    def _forget(self) -> None:
        self._registers = [0] * REGISTERS
        self._registers[_CONTROL] = _CONTROL_AT_POWER
        self._registers[_STATUS] = _STATUS_AT_POWER
        self._pointer = 0
        self._anchor = self.context.now()
        self._phase = 0
        # Calendar fields as counters: a wrong date may stand in them until midnight.
        self._second = 0
        self._weekday = 1
        self._date, self._month, self._year, self._century = 1, 1, 0, 0
        self._twelve_hours = False

    @property
    def _oscillating(self) -> bool:
        # EOSC stops the oscillator only while the chip lives on its cell.
        return self._powered or not self._registers[_CONTROL] & _EOSC

    @property
    def _rate(self) -> int:
        """Crystal phase per ns: one aging step slows it by 0.1 ppm (at 25 degrees C)."""
        aging = (self._registers[_AGING] ^ 0x80) - 0x80
        return _PPB + self._drift_ppb - 100 * aging

    def _run(self) -> None:
        """Bring the counters up to now."""
        now = self.context.now()
        if self._oscillating:
            passed, self._phase = divmod(self._phase + (now - self._anchor) * self._rate, _SECOND)
            days, self._second = divmod(self._second + passed, _DAY)
            if days:
                self._set_day(self._day() + days)
                self._weekday = (self._weekday - 1 + days) % 7 + 1
        self._anchor = now

    def _total(self) -> int:
        self._run()
        return self._day() * _DAY + self._second

    def _day(self) -> int:
        """Return the days from 2000-01-01 to the calendar's date."""
        days = self._century * _CENTURY_DAYS + self._year * 365 + (self._year + 3) // 4
        return days + sum(_month_days(self._year)[: self._month - 1]) + self._date - 1

    def _set_day(self, day: int) -> None:
        self._century, day = divmod(day % (2 * _CENTURY_DAYS), _CENTURY_DAYS)
        # Each cycle of four years starts with its leap year.
        cycle, day = divmod(day, 1461)
        year_in_cycle = 0 if day < 366 else 1 + (day - 366) // 365
        self._year = 4 * cycle + year_in_cycle
        day -= 365 * year_in_cycle + (year_in_cycle > 0)
        self._month = 1
        for length in _month_days(self._year):
            if day < length:
                break
            day -= length
            self._month += 1
        self._date = day + 1

    def _time_registers(self) -> list[int]:
        minutes, second = divmod(self._second, 60)
        hour, minute = divmod(minutes, 60)
        if self._twelve_hours:
            hour_register = 0x40 | (hour >= 12) << 5 | _to_bcd((hour - 1) % 12 + 1)
        else:
            hour_register = _to_bcd(hour)
        return [
            _to_bcd(second),
            _to_bcd(minute),
            hour_register,
            self._weekday,
            _to_bcd(self._date),
            self._century << 7 | _to_bcd(self._month),
            _to_bcd(self._year),
        ]

    def _set_time_registers(self, time: list[int], touched: set[int]) -> None:
        hours = time[2]
        self._twelve_hours = bool(hours & 0x40)
        if self._twelve_hours:
            hour = _from_bcd(hours & 0x1F) % 12 + (12 if hours & 0x20 else 0)
        else:
            hour = _from_bcd(hours & 0x3F)
        self._second = ((hour * 60 + _from_bcd(time[1])) * 60 + _from_bcd(time[0])) % _DAY
        self._weekday = time[3]
        self._date = _from_bcd(time[4])
        self._century = time[5] >> 7
        self._month = min(max(_from_bcd(time[5] & 0x1F), 1), 12)
        self._year = _from_bcd(time[6]) % 100
        if _SECONDS in touched:
            self._phase = 0  # writing the seconds resets the countdown chain


def _month_days(year: int) -> tuple[int, ...]:
    return (31, 28 if year % 4 else 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _to_bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _from_bcd(value: int) -> int:
    return (value >> 4) * 10 + (value & 15)
