"""A Raspberry Pi Pico (RP2040) wired as docs/hardware.md says."""

from micropython import const

NAME = "pico"
I2C_BUS = const(0)
SDA = const(4)
SCL = const(5)
KEY = const(14)
HOLD = const(15)
USB_POWER = const(24)
BATTERY = const(29)
# The chip's light; KEY is its touch pad.
LIGHT_RED = const(19)
LIGHT_GREEN = const(20)
LIGHT_BLUE = const(21)
# RP2040 has no memory that can be written once: its root secret lies in flash, and the device says so.
ROOT_SECRET = None
# Nor has it room for voices: no audio reader is made with it.
VOICES = None
