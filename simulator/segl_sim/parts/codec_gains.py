"""What the TLV320DAC3100 makes of its input on the way to each outlet, over time. Sources: parts/tlv320dac3100.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from segl_sim.parts.audio import FOREVER, FrameClock, Line, Switch
from segl_sim.parts.codec_registers import ANALOG_DB, POWER_ON_US

OUTLETS = ("speaker", "left", "right")

_SILENT = -509  # eighths of a dB: one step below -63.5 dB
_CLOSED = 128  # of the analog volume: one step below its last

Pages = Mapping[int, bytearray]


class Supply(NamedTuple):
    """What else than registers decides.

    Args:
        powered: Whether its supplies are on.
        clock: The stream's; None when it stands.
        ready: Since when the DAC has its clock.
        jack: Whether a plug is in the jack.
    """

    powered: bool
    clock: FrameClock | None
    ready: int | None
    jack: bool


def wanted(pages: Pages, name: str) -> bool:
    """Return whether the DAC "left" or "right" is to be on."""
    return bool(pages[0][63] & (0x80 if name == "left" else 0x40))


def _driven(page: bytearray, outlet: str) -> bool:
    if outlet == "speaker":
        return bool(page[32] & 0x80)
    return bool(page[31] & (0x80 if outlet == "left" else 0x40))


class Gains:
    """Volumes that move, amplifiers that come up.

    Args:
        through_jack: Whether the speaker's wire runs through the jack's break contact.
        complain: Told what the data sheet forbids.

    Attributes:
        volume: The digital ones, in eighths of a dB.
        analog: Values of the analog ones' table.
    """

    def __init__(self, through_jack: bool, complain: Callable[[str], None]) -> None:
        self._through_jack = through_jack
        self._complain = complain
        self.volume = {"left": Line(_SILENT), "right": Line(_SILENT)}
        self.analog = {name: Line(_CLOSED) for name in OUTLETS}
        self._on = {"left": Switch(), "right": Switch()}
        self._input = {name: (Switch(), Switch()) for name in ("left", "right")}
        self._output = {name: Switch() for name in OUTLETS}
        self._up_at: dict[str, int] = {}  # when an amplifier that has power can sound

    def forget(self) -> None:
        """The chip was reset: an amplifier comes up anew."""
        self._up_at.clear()

    def fades(self, name: str, now: int) -> bool:
        """Return whether the DAC "left" or "right" is still to be heard."""
        return self.volume[name].at(now)[0] > _SILENT

    def up(self, outlet: str, now: int) -> bool:
        """Return whether an outlet's amplifier has come up."""
        return self._up_at.get(outlet, FOREVER) <= now

    def apply(self, now: int, pages: Pages, supply: Supply) -> None:
        """Turn what the registers say now into lines and switches."""
        speed = pages[0][63] & 3
        # How long one step of soft-stepping takes; 0: it is off.
        step = (1 + speed) * supply.clock.num // supply.clock.den if speed < 2 and supply.clock else 0
        self._digital(now, pages, supply.ready, step)
        self._analogs(now, pages[1], supply, step)

    def between(self, outlet: str, wire: int, out: int) -> tuple[float, float, int]:
        """Return the factors from the left and the right input to an outlet, and until when they hold.

        Args:
            outlet: One of OUTLETS.
            wire: When a sample was on the wire.
            out: When it leaves.
        """
        name = "right" if outlet == "right" else "left"
        lag = out - wire
        on, until = self._on[name].at(wire)
        level, end = self.volume[name].at(wire)
        until = min(until, end)
        code, end = self.analog[outlet].at(out)
        until = min(until, end - lag)
        gain, end = self._output[outlet].at(out)
        until = min(until, end - lag)
        left, end = self._input[name][0].at(wire)
        until = min(until, end)
        right, end = self._input[name][1].at(wire)
        until = min(until, end)
        if not on or not gain or level <= _SILENT or code >= _CLOSED:
            return 0.0, 0.0, until
        factor = on * gain * 10 ** (level / 160 + ANALOG_DB[code] / 20)
        return left * factor, right * factor, until if until < FOREVER // 2 else FOREVER

    def _digital(self, now: int, pages: Pages, ready: int | None, step: int) -> None:
        zero = pages[0]
        for name, register, muted, shift in (("left", 65, 0x08, 4), ("right", 66, 0x04, 2)):
            line = self.volume[name]
            if zero[64] & 3:
                register = 66 if zero[64] & 3 == 1 else 65
            value = (zero[register] ^ 0x80) - 0x80
            if value > 48 or value == -128:
                self._complain("page 0 / register 65, 66: reserved volume")
            level = _SILENT if zero[64] & muted else 4 * min(48, max(-127, value))
            if ready is None:
                line.jump(now, _SILENT)
                self._on[name].set(now, 0)
            elif wanted(pages, name):
                begin = max(now, ready)
                line.go(begin, level, step)
                self._on[name].set(begin, 1)
            else:
                line.go(now, _SILENT, step)
            path = zero[63] >> shift & 3
            own, other = ((0, 0), (1, 0), (0, 1), (0.5, 0.5))[path]
            from_left, from_right = self._input[name]
            from_left.set(now, own if name == "left" else other)
            from_right.set(now, other if name == "left" else own)

    def _analogs(self, now: int, one: bytearray, supply: Supply, step: int) -> None:
        routes = {"left": one[35] >> 6 & 3, "right": one[35] >> 2 & 3}
        routes["speaker"] = routes["left"]
        for name, volume, driver in (("left", 36, 40), ("right", 37, 41), ("speaker", 38, 42)):
            if routes[name] == 2 and name != "speaker":
                self.analog[name].jump(now, 0)
            elif routes[name] == 1 and one[volume] & 0x80:
                # A path that was closed opens at its lowest step.
                if self.analog[name].at(now)[0] == _CLOSED:
                    self.analog[name].jump(now, _CLOSED - 1)
                self.analog[name].go(now, one[volume] & 0x7F, step)
            else:
                self.analog[name].jump(now, _CLOSED)
            if name == "speaker":
                gain = 10 ** ((6 + 6 * (one[driver] >> 3 & 3)) / 20)
            else:
                gain = 10 ** (min(9, one[driver] >> 3 & 15) / 20)
            cut = name == "speaker" and self._through_jack and supply.jack
            if not supply.powered or not _driven(one, name):
                self._up_at.pop(name, None)
                self._output[name].set(now, 0)
                continue
            delay = 0 if name == "speaker" else POWER_ON_US[min(11, one[33] >> 3 & 15)] * 1000
            begin = max(now, self._up_at.setdefault(name, now + delay))
            self._output[name].set(begin, gain if one[driver] & 0x04 and not cut else 0)
