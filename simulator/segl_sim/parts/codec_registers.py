"""Numbers of the TLV320DAC3100: reset values, read-only bits, its volume table. Sources: parts/tlv320dac3100.py."""

from __future__ import annotations

_REGISTERS = 128

# Page -> register -> value after a reset; all others are 0.
_AFTER_RESET = {
    0: {
        3: 0x02,
        5: 0x11,
        6: 0x04,
        11: 0x01,
        12: 0x01,
        14: 0x80,
        26: 0x01,
        30: 0x01,
        54: 0x02,
        60: 0x01,
        63: 0x14,
        64: 0x0C,
        68: 0x0F,
        69: 0x38,
        75: 0xEE,
        76: 0x10,
        77: 0xD8,
        78: 0x7E,
        79: 0xE3,
    },
    1: {31: 0x04, 32: 0x06, 33: 0x3E, 36: 0x7F, 37: 0x7F, 38: 0x7F, 39: 0x7F, 40: 0x02, 41: 0x02},
    3: {16: 0x81},
}


def _page(values: dict[int, int]) -> bytes:
    page = bytearray(_REGISTERS)
    for register, value in values.items():
        page[register] = value
    return bytes(page)


RESET = {page: _page(values) for page, values in _AFTER_RESET.items()}

# (page, register) -> bits that a write does not change
READ_ONLY = {
    (0, 3): 0xFF,
    (0, 36): 0xFF,
    (0, 37): 0xFF,
    (0, 38): 0xFF,
    (0, 39): 0xFF,
    (0, 44): 0xFF,
    (0, 46): 0xFF,
    (0, 67): 0x60,
    (0, 117): 0xFF,
    (1, 31): 0x01,
    (1, 32): 0x01,
    (1, 40): 0x01,
    (1, 41): 0x01,
    (1, 42): 0x01,
}

# RC of the processing blocks, table 6-11; only that of the default is known here, 0 lets the others pass.
RESOURCE_CLASS = {1: 8}

# Page 0 / register 67, D4-D2; 6 and 7 are reserved.
DEBOUNCE_MS = (16, 32, 64, 128, 256, 512, 512, 512)

# Page 1 / register 33, D6-D3: how long the headphone driver takes to come up.
POWER_ON_US = (0, 15, 153, 1530, 15_300, 76_200, 153_000, 304_000, 610_000, 1_220_000, 3_040_000, 6_100_000)

# Table 6-24, in tenths of a dB below 0, for values 0 to 116; from 117 on -78.3 dB.
_TENTHS = (
    *range(0, 180, 5),
    *range(181, 350, 5),
    *(352, 357, 362, 367, 372, 377, 382, 387, 392, 397, 402, 407, 412, 417, 421, 427, 432, 438, 443, 448),
    *(452, 458, 462, 467, 474, 479, 482, 487, 493, 500, 503, 510, 514, 518, 522, 527, 537, 542, 553, 567),
    *(583, 602, 627, 643, 662, 687, 722),
    *[783] * 11,
)
ANALOG_DB = tuple(-tenths / 10 for tenths in _TENTHS)
