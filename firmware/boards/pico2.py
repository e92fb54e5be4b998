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
# The chip's light; KEY is its touch pad.
LIGHT_RED = const(19)
LIGHT_GREEN = const(20)
LIGHT_BLUE = const(21)
# The audio reader's; KEY is its Speak key, and the word clock is on the pin after the bit clock.
LOUDER = const(16)
QUIETER = const(17)
MENU = const(18)
I2S_BUS = const(0)
I2S_SCK = const(10)
I2S_SD = const(12)
CODEC_INTERRUPT = const(13)
# Bytes that all voices together may have.
VOICES = const(2048 * 1024)
# The root secret: one-time-programmable rows 0xC00 on, two bytes a row (RP2350 data sheet, 13.9).
ROOT_SECRET = const(0x40131800)
