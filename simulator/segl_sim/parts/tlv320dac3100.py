"""TLV320DAC3100: an audio DAC with a headphone amplifier and a class-D speaker amplifier, on I2C and I2S.

Sources. TI's data sheets of this chip (SLAS671A and C) and of its twin with a second speaker, TLV320DAC3101
(SLAS666A and B), whose registers are the same; section numbers are those of SLAS666B:

* 6.3.4 "PLL Start-Up": clocks come about 10 ms after the PLL's power-up.
* 6.3.10 "DAC Digital Volume Control": 24 to -63.5 dB in 0.5 dB steps; moves by 0.125 dB per sample, or per two.
* Table 6-24 (SLAS671A: table 5-24, page 41) "Analog Volume Control for Headphone and Speaker Outputs"; its
  soft-stepping follows page 0 / register 63, D1-D0.
* Table 6-25: power of the output stages. "Interrupts": INT1, one pulse or pulses until the flags are read.
* "DAC Setup": 2.8 MHz < DOSR x fs < 6.2 MHz, MDAC x DOSR / 32 >= RC. "PLL": its input 512 kHz to 20 MHz.
* "Timer" and page 3 / register 16: the internal 8.2 MHz oscillator or MCLK runs the delay timers.
* Electrical characteristics (SLAS666A, page 7): full scale is 0.707 Vrms at the headphones.
* Reset values of page 0 and 1: compared with the table of Linux's tlv320aic31xx driver.

From memory, not read again: bits of page 0 / registers 37, 38, 44, 46, 48, 51, 67; page 1 / registers 33, 40
to 42; which registers are read-only; the PLL's output range of 80 to 110 MHz; RC of the default processing block
(8); the times of the debouncer; group delay of the interpolation filter A, 21 samples (SLAU434 gives it for the
TLV320DAC3203). Assumed: one table step of analog soft-stepping takes as long as one step of the digital one;
power-up of a DAC starts at mute and power-down ends there; mute is one step below -63.5 dB.

Not modelled: filters, effects, dynamic range compression, beep generator and volume pin (registers are kept);
analog inputs; secondary interfaces; noise, distortion and the supply's limits; thermal shutdown; the headphone
driver's ramp (its delay is). What a wrong setting would sound like is not: it is silent, and an effect says why.
"""

from __future__ import annotations

from collections.abc import Callable

from segl_sim.parts.audio import FrameClock, Recording
from segl_sim.parts.codec_clocks import clocks_of
from segl_sim.parts.codec_gains import OUTLETS, Gains, Supply, wanted
from segl_sim.parts.codec_registers import DEBOUNCE_MS, READ_ONLY, RESET
from segl_sim.parts.context import Context, Nack
from segl_sim.parts.i2s import I2sController
from segl_sim.parts.jack import HeadsetDetector
from segl_sim.parts.outlet import Outlet

_MS = 1_000_000
_PLL_START = 10 * _MS
_LOCKOUT = 1 * _MS
_GROUP_DELAY = 21
_REGISTERS = 128


class TLV320DAC3100:
    """The codec as its buses see it, and what leaves its outlets.

    Args:
        context: Time, chance and trace.
        address: 0x18, the only one there is.
        speaker_through_jack: Whether the speaker's wire runs through the jack's break contact, so that a plug
            silences it whatever the registers say.
        mclk_hz: Frequency at the MCLK pin; 0: not wired.
    """

    def __init__(
        self, context: Context, address: int = 0x18, speaker_through_jack: bool = False, mclk_hz: int = 0
    ) -> None:
        self.context = context
        self.address = address
        self.complaints: list[str] = []
        self.detector = HeadsetDetector(context, self._detected)
        self._gains = Gains(speaker_through_jack, self._complain)
        self.recording = Recording(self._gains.between, _GROUP_DELAY, self._catch_up)
        self.speaker = Outlet(self.recording, "speaker")
        self.headphones = Outlet(self.recording, "left", "right")
        self._sources: list[I2sController] = []
        self._mclk = mclk_hz
        self._powered = True
        self._clock: FrameClock | None = None
        self._listeners: list[Callable[[int], None]] = []
        self._last = 0
        self._ready: int | None = None  # since when the DAC has its clock
        self._forget()

    # --- outside of the chip ---

    @property
    def powered(self) -> bool:
        """Whether its supplies are on."""
        return self._powered

    @powered.setter
    def powered(self, powered: bool) -> None:
        if powered != self._powered:
            self._powered = powered
            self._forget()

    def connect(self, source: I2sController, sck: int, ws: int, sd: int) -> None:
        """Wire the audio input to three pins of a board."""
        source.connect(sck, ws, sd, self)
        self._sources.append(source)

    @property
    def jack(self) -> bool:
        """Whether a plug is in the jack."""
        return self.detector.plug != 0

    def plug(self, microphone: bool = False) -> None:
        """Put headphones into the jack, or a headset."""
        self.detector.set(3 if microphone else 1)
        self._apply()

    def unplug(self) -> None:
        """Pull the plug out."""
        self.detector.set(0)
        self._apply()

    @property
    def gpio1(self) -> int:
        """Level of the pin GPIO1 when it is an interrupt output; else 0."""
        return self.detector.level if self._gpio1_is_int1 else 0

    def listen(self, on_edge: Callable[[int], None]) -> None:
        """Call `on_edge(level)` at every change of GPIO1."""
        self._listeners.append(on_edge)

    def short_circuit(self, outlet: str, present: bool = True) -> None:
        """Short an outlet, or end that."""
        register = 32 if outlet == "speaker" else 31
        self._pages[1][register] = self._pages[1][register] & ~1 | int(present)
        if present and outlet != "speaker":
            self.detector.raise_flags(0x80 if outlet == "left" else 0x40, bool(self._pages[0][48] & 0x08))
            if self._pages[1][31] & 0x02:
                self._pages[1][31] &= ~(0x80 if outlet == "left" else 0x40)
        self._apply()

    def millivolts(self, outlet: str, start: int, end: int) -> float:
        """Return the effective voltage between two times, in mV; of the speaker across both of its wires."""
        level = self.recording.level_db(outlet, start, end)
        return 707 * (2 if outlet == "speaker" else 1) * 10 ** (level / 20)

    # --- I2S ---

    def clocked(self, clock: FrameClock | None) -> None:
        """The bit clock started or stopped (parts/i2s.py)."""
        self._clock = clock
        self._clock_since = self._now()
        self._ready = None
        self._apply()

    def frames(self, clock: FrameClock, first: int, channels: int, data: bytes | bytearray) -> None:
        """Take frames (parts/i2s.py)."""
        self.recording.add(clock, first, channels, data)

    def hears(self, clock: FrameClock, first: int, last: int) -> bool:
        """Return whether anything of these frames would leave an outlet (parts/i2s.py)."""
        return any(self.recording.passes(outlet, clock, first, last) for outlet in OUTLETS)

    # --- I2C ---

    def write(self, data: bytes) -> None:
        """Take an I2C write: the register, then bytes for the registers of the page from there on.

        Raises:
            Nack: It has no power.
        """
        self._answer()
        if not data:
            return
        self._pointer = data[0] % _REGISTERS
        if len(data) == 1:
            return
        self.context.effect("codec.write", self._page, data)
        for value in data[1:]:
            self._set(self._pointer, value)
            self._pointer = (self._pointer + 1) % _REGISTERS
        self._apply()

    def read(self, count: int) -> bytes:
        """Return `count` registers of the page from the pointer on.

        Raises:
            Nack: It has no power.
        """
        self._answer()
        content = bytearray()
        for _ in range(count):
            content.append(self._get(self._pointer))
            self._pointer = (self._pointer + 1) % _REGISTERS
        return bytes(content)

    def register(self, page: int, number: int) -> int:
        """Return what a register holds, without a trace on the bus."""
        return page if number == 0 else self._pages.get(page, bytearray(_REGISTERS))[number]

    def _answer(self) -> None:
        if not self._powered:
            raise Nack

    def _now(self) -> int:
        """Time, which never runs back: a turn is ahead of the interrupts that come while it runs."""
        self._last = max(self._last, self.context.now())
        return self._last

    def _forget(self) -> None:
        self._pages = {page: bytearray(values) for page, values in RESET.items()}
        self._page = 0
        self._pointer = 0
        self._reset_at = self._now()
        self._pll_since = self._clock_since = self._reset_at
        self._ready = None
        self._gains.forget()
        self.detector.configure(False, 0, False, False)
        self.detector.take_flags()
        self._apply()

    def _set(self, number: int, value: int) -> None:
        if number == 0:
            self._page = value
            return
        if self._page == 0 and number == 1:
            if value & 1:
                self._forget()
            return
        registers = self._pages.setdefault(self._page, bytearray(_REGISTERS))
        keep = READ_ONLY.get((self._page, number), 0)
        old = registers[number]
        registers[number] = value & ~keep | old & keep
        if self._page == 0 and number in (4, 5, 6, 7, 8, 11, 12, 13, 14, 27, 60):
            self._ready = None
            if number == 5 and value & 0x80 and not old & 0x80:
                self._pll_since = self._now()
        if self._page == 1 and number == 31 and not value & 0x04:
            self._complain("page 1 / register 31: D2 must be written as 1")
        powers = (self._page, number) in ((0, 63), (1, 31), (1, 32)) and value & 0xC0 and not old & 0xC0
        if powers and self._now() < self._reset_at + _LOCKOUT:
            self._complain("powered up within 1 ms of the reset")

    def _get(self, number: int) -> int:
        if number == 0:
            return self._page
        if self._page == 0:
            if number == 37:
                return self._power_flags()
            if number == 38:
                now = self._now()
                volume = self._gains.volume
                return volume["left"].settled(now) << 4 | int(volume["right"].settled(now))
            if number == 44:
                return self.detector.take_flags()
            if number == 46:
                return 0x10 if self.detector.found else 0
            if number == 67:
                return self._pages[0][67] & 0x9F | self.detector.found << 5
        if self._page == 1 and number in (40, 41, 42):
            name = ("left", "right", "speaker")[number - 40]
            return self._pages[1][number] | int(self._gains.analog[name].settled(self._now()))
        return self._pages.get(self._page, bytearray(_REGISTERS))[number]

    def _power_flags(self) -> int:
        now = self._now()
        flags = 0
        for name, dac, amplifier in (("left", 7, 5), ("right", 3, 1)):
            # A DAC that fades out is still up.
            on = self._ready is not None and self._ready <= now
            flags |= (on and (wanted(self._pages, name) or self._gains.fades(name, now))) << dac
            flags |= (self._gains.up(name, now)) << amplifier
        return flags | (self._gains.up("speaker", now)) << 4

    def _complain(self, text: str) -> None:
        if text not in self.complaints:
            self.complaints.append(text)
            self.context.effect("codec.wrong", text)

    # --- clocks ---

    def _dac_ready(self) -> int | None:
        """Return since when the DAC has the clock that its input needs, or None."""
        zero = self._pages[0]
        if not zero[11] & zero[12] & 0x80 or not zero[63] & 0xC0:
            return None
        clocks = clocks_of(zero, self._clock, self._mclk)
        for wrong in clocks.wrong:
            self._complain(wrong)
        if not clocks.good:
            return None
        return max(self._clock_since, self._pll_since) + _PLL_START if clocks.pll else self._clock_since

    # --- what the registers mean ---

    @property
    def _gpio1_is_int1(self) -> bool:
        return self._pages[0][51] >> 2 & 15 == 5

    def _apply(self) -> None:
        """Turn what the registers say now into lines and switches."""
        now = self._now()
        if self._powered and self._ready is None:
            self._ready = self._dac_ready()
        if not self._powered or not self._clock:
            self._ready = None
        self._gains.apply(now, self._pages, Supply(self._powered, self._clock, self._ready, self.jack))
        zero, timer = self._pages[0], self._pages[3][16]
        self.detector.configure(
            bool(self._powered and zero[67] & 0x80),
            DEBOUNCE_MS[zero[67] >> 2 & 7] * _MS,
            bool(zero[48] & 0x80),
            bool(zero[48] & 0x01),
        )
        if zero[67] & 0x80 and timer & 0x80 and not self._mclk:
            self._complain("headset detection waits for MCLK: page 3 / register 16, D7")
            self.detector.configure(False, 0, False, False)

    def _catch_up(self) -> None:
        for source in self._sources:
            source.catch_up()

    def _detected(self, level: int) -> None:
        if self._gpio1_is_int1:
            for on_edge in self._listeners:
                on_edge(level)
