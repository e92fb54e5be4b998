"""What can go wrong with a device, in one place. The devices and their parts have more: docs/simulator.md, "Faults"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segl_sim.handheld import Handheld

if TYPE_CHECKING:
    from segl_sim.parts.flash import Tear
    from segl_sim.pluggable import Pluggable


class Faults:
    """Each fault names the device that it befalls. No time passes, but where it says so."""

    def cut_power(self, device: Pluggable, operation: int = 1, tear: Tear = "none") -> None:
        """Let the power fail while the device writes: at the n-th flash operation from now, whenever that comes.

        Args:
            device: Which.
            operation: 1 is the next page program or sector erase.
            tear: What is left of that operation: "none" of it, the first "half", or "random" bits.
        """
        device.flash.cut_at(operation, tear)

    def pull_power(self, device: Pluggable) -> None:
        """Take cable and cells away at once."""
        device.power_cut()

    def restore_power(self, device: Pluggable) -> None:
        """Put fresh cells in, or plug a chip in again, which takes half a second of time."""
        if isinstance(device, Handheld):
            device.restore_power()
        else:
            device.plug()

    def unplug(self, device: Pluggable) -> None:
        """Pull the cable; a display or a reader runs on with its cells."""
        device.unplug()

    def stop_clock(self, device: Handheld) -> None:
        """Take the clock's own cell out for a moment: it has stopped, and knows it."""
        device.clock.lose_power()

    def shift_clock(self, device: Handheld, seconds: int) -> None:
        """Let the clock be ahead, or behind if negative, without knowing it."""
        device.clock.shift_seconds(seconds)

    def drift_clock(self, device: Handheld, ppm: float) -> None:
        """Let the clock run too fast from now on, or too slow if negative; 2 ppm are a minute in a year."""
        device.clock.drift_ppm = ppm

    def weaken_battery(self, device: Handheld, millivolts: int = 2200) -> None:
        """Let the cells be as good as empty; 3000 and more are fresh, below 1800 nothing runs."""
        device.battery.millivolts = millivolts

    def wear_keys(self, device: Pluggable, bounce_ms: int = 20) -> None:
        """Let all keys bounce for longer; 5 ms are usual."""
        for key in device.keys.values():
            key.bounce_ms = bounce_ms
