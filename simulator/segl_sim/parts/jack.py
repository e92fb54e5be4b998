"""How the TLV320DAC3100 notices a plug in the headphone jack, and tells so with pulses on its interrupt pin.

Source: as for parts/tlv320dac3100.py. A change counts when it has lasted for the debounce time and one sampling more
(an eighth of that time). A pulse lasts 2 ms; in the other mode pulses follow every 4 ms until the flags are read.
"""

from __future__ import annotations

from collections.abc import Callable

from segl_sim.parts.audio import FOREVER
from segl_sim.parts.context import Context

HEADSET_FLAG = 0x10
_PULSE = 2_000_000
_PERIOD = 4_000_000


class HeadsetDetector:
    """Debouncer, sticky flags and interrupt pulses.

    Args:
        context: Time, chance and trace.
        on_level: Called with the interrupt's level, 0 or 1, when it changes.
    """

    def __init__(self, context: Context, on_level: Callable[[int], None]) -> None:
        self.plug = 0  # what is in the jack: 0 nothing, 1 headphones, 3 with a microphone
        self.level = 0
        self._context = context
        self._on_level = on_level
        self._settings = (False, 0, False, False)
        self._move = 0
        self._flags = 0
        self._found = 0
        self._due = FOREVER  # when what is in the jack now counts

    @property
    def found(self) -> int:
        """What is known of the jack at the reader's own time: within a long turn its events are still to come."""
        return self.plug if self._context.now() >= self._due else self._found

    def configure(self, enabled: bool, debounce_ns: int, interrupt: bool, repeat: bool) -> None:
        """Take the registers' settings.

        Args:
            enabled: Whether it looks at all.
            debounce_ns: How long a change must last.
            interrupt: Whether a change raises the interrupt.
            repeat: Whether pulses follow until the flags are read.
        """
        was = self._settings
        self._settings = (enabled, debounce_ns, interrupt, repeat)
        if not enabled:
            self._move += 1
            self._found, self._due = 0, FOREVER
        elif not was[0]:
            self._watch()

    def set(self, plug: int) -> None:
        """Put something into the jack or take it out."""
        if plug != self.plug:
            self._found, self._due = self.found, FOREVER
            self.plug = plug
            self._context.effect("jack", plug)
            if self._settings[0]:
                self._watch()

    def raise_flags(self, flags: int, interrupt: bool) -> None:
        """Set sticky flags, and start the interrupt if it is wanted."""
        self._flags |= flags
        if interrupt and not self.level:
            self._pulse(flags)

    def take_flags(self) -> int:
        """Return the sticky flags, which that clears."""
        flags, self._flags = self._flags, 0
        return flags

    def _watch(self) -> None:
        self._move += 1
        move = self._move
        debounce = self._settings[1]
        self._due = self._context.now() + debounce + debounce // 8

        def settled() -> None:
            if move == self._move and self._found != self.plug:
                self._found = self.plug
                self.raise_flags(HEADSET_FLAG, self._settings[2])

        self._context.at(self._due, settled)

    def _pulse(self, flags: int) -> None:
        now = self._context.now()
        self._set_level(1)
        self._context.at(now + _PULSE, lambda: self._set_level(0))
        if self._settings[3]:
            self._context.at(now + _PERIOD, lambda: self._again(flags))

    def _again(self, flags: int) -> None:
        if self._flags & flags and not self.level:
            self._pulse(flags)

    def _set_level(self, level: int) -> None:
        if level != self.level:
            self.level = level
            self._on_level(level)
