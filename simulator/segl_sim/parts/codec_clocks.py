"""Whether the clock tree that the TLV320DAC3100's registers set up fits the stream. Sources: parts/tlv320dac3100.py."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from segl_sim.parts.audio import FrameClock
from segl_sim.parts.codec_registers import RESOURCE_CLASS

_WORD_BITS = (16, 20, 24, 32)


class Clocks(NamedTuple):
    """What became of the clocks.

    Args:
        good: Whether the DAC runs at the stream's rate.
        pll: Whether they come from the PLL, which needs time to start.
        wrong: What the data sheet forbids, or what keeps the DAC from running.
    """

    good: bool
    pll: bool
    wrong: list[str]


def clocks_of(page: bytes | bytearray, stream: FrameClock | None, mclk_hz: int) -> Clocks:
    """Work the clock tree out.

    Args:
        page: The registers of page 0.
        stream: The bit clock's frames; None when it stands.
        mclk_hz: Frequency at the MCLK pin; 0: not wired.
    """
    if stream is None:
        return Clocks(False, False, ["no bit clock"])
    sources = {0: Fraction(mclk_hz), 1: _frames_hz(stream) * 2 * stream.bits}
    wrong: list[str] = []
    pll = page[4] & 3 == 3
    hertz = sources.get(page[4] >> 2 & 3 if pll else page[4] & 3, Fraction(0))
    if pll and not page[5] & 0x80:
        hertz = Fraction(0)
    if not hertz:
        return Clocks(False, pll, ["no clock, or a PLL without power, where the DAC's dividers look for one"])
    if pll:
        divide, times = page[5] >> 4 & 7 or 8, page[5] & 15 or 16
        factor = (page[6] & 0x3F) + Fraction((page[7] & 0x3F) << 8 | page[8], 10_000)
        if not 512_000 <= hertz / divide <= 20_000_000:
            wrong.append("the PLL's input is outside of 512 kHz to 20 MHz")
        hertz = hertz * times * factor / divide
        if not 80_000_000 <= hertz <= 110_000_000:
            wrong.append("the PLL's output is outside of 80 to 110 MHz")
    over = (page[13] & 3) << 8 | page[14] or 1024
    master = page[12] & 0x7F or 128
    rate = hertz / ((page[11] & 0x7F or 128) * master * over)
    if not 2_800_000 < over * rate < 6_200_000:
        wrong.append("DOSR x fs is outside of 2.8 to 6.2 MHz")
    if master * over < 32 * RESOURCE_CLASS.get(page[60] & 0x1F, 0):
        wrong.append("MDAC x DOSR / 32 is too small for the processing block")
    return Clocks(_fits(page, stream, rate, wrong), pll, wrong)


def _fits(page: bytes | bytearray, stream: FrameClock, rate: Fraction, wrong: list[str]) -> bool:
    # To one part in a thousand; exactly when it comes from the bit clock.
    if abs(rate / _frames_hz(stream) - 1) > Fraction(1, 1000):
        wrong.append(f"set up for {round(rate)} Hz, but the stream has {round(stream.rate)} Hz")
        return False
    if page[27] & 0xC0 or _WORD_BITS[page[27] >> 4 & 3] > stream.bits:
        wrong.append("page 0 / register 27: not the format of the stream")
        return False
    return True


def _frames_hz(stream: FrameClock) -> Fraction:
    return Fraction(1_000_000_000 * stream.den, stream.num)
