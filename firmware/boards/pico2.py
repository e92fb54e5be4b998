"""A Raspberry Pi Pico 2 (RP2350) wired as docs/hardware.md says."""

from micropython import const

NAME = "pico2"
I2C_BUS = const(0)
SDA = const(4)
SCL = const(5)
KEY = const(14)
HOLD = const(15)
USB_POWER = const(24)
BATTERY = const(29)
# The root secret: one-time-programmable rows 0xC00 on, two bytes a row (RP2350 data sheet, 13.9).
ROOT_SECRET = const(0x40131800)
