"""The supply: a latch that the firmware holds from here on and lets go, USB, and the battery's voltage."""

from machine import ADC, Pin
from micropython import const

from boards import board

_DIVIDER = const(3)  # VSYS reaches its analog input through 200 and 100 kilohm
_REFERENCE_MV = const(3300)
LOW_MV = const(2300)
EMPTY_MV = const(2000)


class Power:
    """Args: hold, usb, battery: numbers of their pins."""

    def __init__(self, hold, usb, battery):
        self._hold = Pin(hold, Pin.OUT, value=1)
        self._usb = Pin(usb, Pin.IN)
        self._battery = ADC(Pin(battery))

    def off(self):
        """Let the latch go: the board stops here, unless USB powers it."""
        self._hold.value(0)

    def hold(self):
        """Hold the latch, as after a start."""
        self._hold.value(1)

    @property
    def usb(self):
        return bool(self._usb.value())

    def battery_mv(self):
        """Return the battery's voltage in mV."""
        return self._battery.read_u16() * _DIVIDER * _REFERENCE_MV // 65535

    @property
    def low(self):
        return not self.usb and self.battery_mv() < LOW_MV

    @property
    def empty(self):
        return not self.usb and self.battery_mv() < EMPTY_MV


power = Power(board.HOLD, board.USB_POWER, board.BATTERY)
