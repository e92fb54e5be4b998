"""A light of three colors: an RGB LED with its common cathode at ground, each anode on a pin behind its resistor."""

from machine import Pin


class Light:
    """Dark at first.

    Args:
        red: Number of the pin.
        green: The same.
        blue: The same.
    """

    def __init__(self, red, green, blue):
        self._pins = [Pin(number, Pin.OUT, value=0) for number in (red, green, blue)]

    def set(self, red, green, blue):
        """Switch each color on (1) or off (0)."""
        levels = (red, green, blue)
        for i in range(3):
            self._pins[i].value(levels[i])
