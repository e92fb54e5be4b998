"""Two cells, the divider that measures them, and the latch that lets a key switch the board on.

Source: Raspberry Pi Pico and Pico 2 data sheets, "Powerchain" (VSYS 1.8 to 5.5 V, measured through a divider
by 3) and MicroPython's ports/rp2/machine_adc.c (12 bits stretched to 16).

Not modelled: the load's pull on the cells (set `millivolts` for that), regulator losses, ADC noise and its
error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segl_sim.parts.button import PRESSED, Button
from segl_sim.parts.context import Context

_MS = 1_000_000
_ADC_STEPS = 4096


class Battery:
    """A supply with a voltage that the test sets.

    Args:
        context: Time, chance and trace.
        millivolts: Now; two fresh alkaline cells have 3000 to 3200.
        empty_millivolts: Below this the board's regulator does not run.
    """

    def __init__(self, context: Context, millivolts: int = 3000, empty_millivolts: int = 1800) -> None:
        self.context = context
        self.empty_millivolts = empty_millivolts
        self._millivolts = millivolts
        self._listeners: list[Callable[[], None]] = []

    @property
    def millivolts(self) -> int:
        """The voltage; 0 for cells taken out."""
        return self._millivolts

    @millivolts.setter
    def millivolts(self, millivolts: int) -> None:
        self._millivolts = millivolts
        for changed in self._listeners:
            changed()

    @property
    def empty(self) -> bool:
        """Whether the board cannot run from it."""
        return self._millivolts < self.empty_millivolts

    def listen(self, changed: Callable[[], None]) -> None:
        """Call `changed()` at every new voltage."""
        self._listeners.append(changed)

    def adc(self, divider: int = 3, reference_millivolts: int = 3300) -> int:
        """Return what `machine.ADC.read_u16` reads behind a divider.

        Args:
            divider: How many times lower the pin's voltage is.
            reference_millivolts: The converter's full scale.

        Returns:
            0 to 65535, with the 12 bits that the converter has.
        """
        raw = min(self._millivolts * _ADC_STEPS // (divider * reference_millivolts), _ADC_STEPS - 1)
        return raw << 4 | raw >> 8


class PowerLatch:
    """A transistor that feeds the board while a key is held, the hold pin is high, or USB is plugged in.

    A capacitor keeps the transistor on over a key's bounces and short taps: power goes when neither key nor
    hold pin has been there for `hold_up_ms`, or at once with an empty battery. Without power the hold pin is low.

    Args:
        keys: The keys, whose contacts switch the latch directly, through a diode each.
        battery: What the latch switches.
        hold_up_ms: How long the capacitor lasts; 0 lets every bounce through.
    """

    def __init__(self, keys: Sequence[Button], battery: Battery, hold_up_ms: int = 10) -> None:
        self.context = battery.context
        self.keys = tuple(keys)
        self.battery = battery
        self.hold_up_ms = hold_up_ms
        self.powered = False
        self._hold = False
        self._usb = False
        self._change = 0
        self._listeners: list[Callable[[bool], None]] = []
        for key in self.keys:
            key.listen(lambda level: self._evaluate())
        battery.listen(self._evaluate)

    @property
    def hold(self) -> bool:
        """The level of the hold pin; the firmware drives it."""
        return self._hold

    @hold.setter
    def hold(self, hold: bool) -> None:
        # A board without power drives no pin. What is driven as before charges no capacitor anew.
        hold = hold and self.powered
        if hold != self._hold:
            self._hold = hold
            self._evaluate()

    @property
    def usb(self) -> bool:
        """Whether USB feeds the board."""
        return self._usb

    @usb.setter
    def usb(self, usb: bool) -> None:
        self._usb = usb
        self._evaluate()

    def listen(self, on_change: Callable[[bool], None]) -> None:
        """Call `on_change(powered)` whenever the board gets or loses its power."""
        self._listeners.append(on_change)

    @property
    def _fed(self) -> bool:
        switched_on = self._hold or any(key.level == PRESSED for key in self.keys)
        return self._usb or (switched_on and not self.battery.empty)

    def _evaluate(self) -> None:
        # Whatever changed, it puts an end to a countdown that was running.
        self._change += 1
        if self._fed:
            self._set(True)
        elif not self.powered or not self.hold_up_ms or self.battery.empty:
            self._set(False)
        else:
            change = self._change
            self.context.at(self.context.now() + self.hold_up_ms * _MS, lambda: self._run_out(change))

    def _run_out(self, change: int) -> None:
        if change == self._change:
            self._set(False)

    def _set(self, powered: bool) -> None:
        if powered == self.powered:
            return
        self.powered = powered
        self._hold = self._hold and powered
        for on_change in self._listeners:
            on_change(powered)
