"""The TLV320DAC3100 audio codec: loudspeaker, headphones, volume, and whether a plug is in the jack.

All its clocks come from the bit clock, 32 a sample, through its PLL: 512 kHz x 4 x 48 = 98.304 MHz, divided by
NDAC 12, MDAC 2 and DOSR 256 gives 16 kHz again. No other wire is needed; no other rate is set up.

Volume is the analog attenuation, so that it costs no computation and no bits. Register values up to 35 are half dB.
Headphones: full scale is 0.707 Vrms (data sheet, DAC headphone output, driver gain 0 dB). EN 50332-2 allows 150 mV
at 32 ohm: 20 log10(0.150 / 0.707) = -13.47 dB. The loudest step is -13.5 dB, 149.4 mV for a sine of full scale,
so that no clip, however it was made, goes over it; its programme noise is weaker than that sine. Eight steps of 3 dB.
Loudspeaker: class-D gain 6 dB, loudest step -6 dB: 0.707 x 2 (bridge) x 2 (gain) / 2 = 1.41 Vrms, 2.0 V peak,
0.25 W into 8 ohm. That is not clipped from any supply that the chip may have (2.7 V on).

Source: TI, TLV320DAC3100 data sheet, SLAS671; the model of the chip lists what of it was read.
"""

import time

from micropython import const

_ADDRESS = const(0x18)
STEPS = const(8)
NOWHERE = const(0)
SPEAKER = const(1)
HEADPHONES = const(2)
READY_MS = (0, 16, 82)  # by outlet: PLL 10 ms; headphone driver 76 ms
MUTED_MS = const(36)  # from mute() to silence: 0.125 dB a sample over 63.5 dB, 21 samples of delay
DETECT_MS = const(24)  # from setup() until `headphones` can be believed
_STEP = const(6)  # register values of one step: 3 dB
_QUIETEST_HEADPHONES = const(69)  # -34.6 dB; seven steps louder is 27, -13.5 dB
_QUIETEST_SPEAKER = const(54)  # -27.1 dB; seven steps louder is 12, -6.0 dB
_OPEN = const(0x80)
_CLOSED = const(0x7F)

# Page, first register, number of values, values.
_SETUP = (
    b"\x03\x10\x01\x01"  # delay timers run on the chip's own oscillator: there is no MCLK
    b"\x00\x33\x01\x14"  # GPIO1 is INT1
    b"\x00\x30\x01\x80"  # INT1: a pulse when a plug comes or goes
    b"\x00\x43\x01\x80"  # look for a plug; it counts after 16 ms
    b"\x01\x21\x01\x2a"  # headphone driver: 76 ms to come up, steps of 1 ms, against pops
    b"\x01\x23\x01\x44"  # both DACs go to their analog volumes
)
_START = (
    b"\x00\x06\x03\x30\x00\x00"  # PLL: J = 48
    b"\x00\x0b\x04\x8c\x82\x01\x00"  # NDAC 12, MDAC 2, DOSR 256
    b"\x00\x04\x02\x07\x94"  # PLL from the bit clock, on, R = 4; everything else from the PLL
    b"\x00\x3f\x02\xd6\x00"  # both DACs on, at 0 dB at once: only silence comes in
)
_STOP = b"\x00\x3f\x01\x14"
_CLOCKS_OFF = b"\x00\x05\x01\x14\x00\x0b\x02\x0c\x02"
# The outlet that must not sound is always closed before the other one is opened.
_SPEAKER_SHUT = b"\x01\x2a\x01\x00\x01\x26\x01\x7f\x01\x20\x01\x06"
_HEADPHONES_SHUT = b"\x01\x28\x02\x02\x02\x01\x24\x02\x7f\x7f\x01\x1f\x01\x14"
_SPEAKER_ON = b"\x01\x20\x01\x86\x01\x2a\x01\x04"
_HEADPHONES_ON = b"\x01\x1f\x01\xd4\x01\x28\x02\x06\x06"


class TLV320DAC3100:
    """Args: i2c: the bus."""

    def __init__(self, i2c):
        self._i2c = i2c
        self._page = None
        self._volume = STEPS // 2
        self.outlet = NOWHERE

    def setup(self):
        """Reset the chip, and let it look for a plug; nothing sounds yet."""
        self._page = None
        self._write(0, b"\x01\x01")
        time.sleep_ms(1)
        self._page = 0
        self.outlet = NOWHERE
        self._send(_SETUP)

    def start(self):
        """Power the DACs; the bit clock of 16 kHz must run. Sound comes READY_MS[outlet] after this and `route`."""
        self._send(_START)

    def stop(self):
        """Let the DACs fade out and power down; the bit clock must go on for MUTED_MS."""
        self._send(_STOP)

    def off(self):
        """Close everything, after `stop` and MUTED_MS; only the plug is still looked for."""
        self.route(NOWHERE)
        self._send(_CLOCKS_OFF)

    def headphones(self):
        """Return whether a plug is in the jack."""
        return bool(self._read(0, 0x43) & 0x60)

    def clear_interrupt(self):
        """Forget why INT1 came."""
        self._read(0, 0x2C)

    def route(self, outlet):
        """Send sound to SPEAKER, HEADPHONES or NOWHERE; what it leaves falls silent first."""
        if outlet == self.outlet:
            return
        if outlet != SPEAKER:
            self._send(_SPEAKER_SHUT)
        if outlet != HEADPHONES:
            self._send(_HEADPHONES_SHUT)
        self.outlet = outlet
        self._set_volume()
        if outlet == SPEAKER:
            self._send(_SPEAKER_ON)
        elif outlet == HEADPHONES:
            self._send(_HEADPHONES_ON)

    @property
    def volume(self):
        """Step of the volume, 0 to 7, the same for both outlets."""
        return self._volume

    @volume.setter
    def volume(self, step):
        self._volume = min(STEPS - 1, max(0, step))
        self._set_volume()

    def mute(self):
        """Fade out: silent after MUTED_MS."""
        self._write(0, b"\x3f\xd4")  # by steps
        self._write(0, b"\x40\x0c")

    def unmute(self):
        """Be as loud as before, at once: for when only silence comes in."""
        self._write(0, b"\x3f\xd6")
        self._write(0, b"\x40\x00")

    def _set_volume(self):
        quieter = _STEP * self._volume
        levels = bytearray((0x24, _CLOSED, _CLOSED, _CLOSED))
        if self.outlet == HEADPHONES:
            levels[1] = levels[2] = _OPEN | _QUIETEST_HEADPHONES - quieter
        elif self.outlet == SPEAKER:
            levels[3] = _OPEN | _QUIETEST_SPEAKER - quieter
        self._write(1, levels)

    def _send(self, table):
        at = 0
        while at < len(table):
            end = at + 3 + table[at + 2]
            self._write(table[at], table[at + 1 : at + 2] + table[at + 3 : end])
            at = end

    def _write(self, page, data):
        if page != self._page:
            self._i2c.writeto(_ADDRESS, bytes((0, page)))
            self._page = page
        self._i2c.writeto(_ADDRESS, data)

    def _read(self, page, register):
        if page != self._page:
            self._i2c.writeto(_ADDRESS, bytes((0, page)))
            self._page = page
        return self._i2c.readfrom_mem(_ADDRESS, register, 1)[0]
