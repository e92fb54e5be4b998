"""The devices as a user holds them: which parts hang on which pins, and what can be done to each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from segl import Display, Reader
from segl_sim.boards import Board
from segl_sim.chip import Chip
from segl_sim.handheld import Handheld
from segl_sim.parts.button import Button
from segl_sim.parts.ssd1306 import SSD1306
from segl_sim.parts.ssd1309 import SSD1309
from segl_sim.parts.tlv320dac3100 import TLV320DAC3100
from segl_sim.pins import Pin
from segl_sim.pluggable import Pluggable

if TYPE_CHECKING:
    from segl_sim.world import World

# docs/hardware.md, "Wiring"
_KEY, _LOUDER, _QUIETER, _MENU = 14, 16, 17, 18
_BIT_CLOCK, _WORD_CLOCK, _DATA, _CODEC_INTERRUPT = 10, 11, 12, 13
_CODEC = (0, 0x18)

MENU_ITEMS = 15  # more than a reader has
_FIRST_QUESTION = "May codes be spoken aloud?"


class CodeDisplay(Handheld):
    """A code display: one key, a small OLED, a clock chip, a battery, a USB socket."""

    package = "code_display"
    short_name = "display"
    wired_keys: ClassVar[dict[str, int]] = {"key": _KEY}

    @property
    def key(self) -> Button:
        """Its one key."""
        return self.keys["key"]

    def finger(self, seconds: float = 0.2, after: float = 0) -> None:
        """Let a finger press the key later, for a while; no time passes now.

        Args:
            seconds: How long it stays down.
            after: When it comes, from now, in s.
        """
        self.touch("key", seconds, after)

    def press(self, seconds: float = 0.2) -> None:
        """Press the key for a while and let it go; virtual time passes, until the screen shows what it does."""
        self.finger(seconds)
        self.settle(seconds)

    def connect(self) -> Display:
        """Return the host driver's session with this device, in this process; its waits are virtual time."""
        return self._session(Display)


class AudioReader(Handheld):
    """An audio code reader: four keys, a codec with loudspeaker and jack, a large OLED, a clock chip, a battery, USB.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        flash: An image of the file region to start from; None: firmware freshly installed, nothing else.
        overrides: Firmware sources to replace, by their path on the board.
        drift_ppm: How wrong the clock chip runs, in parts per million.
        speaker_through_jack: Whether the loudspeaker's wire runs through the jack's break contact.

    Attributes:
        codec: Its outlets `codec.speaker` and `codec.headphones` tell what was heard, and when.
    """

    package = "audio_reader"
    short_name = "reader"
    panel: ClassVar[type[SSD1306]] = SSD1309
    wired_keys: ClassVar[dict[str, int]] = {
        "speak": _KEY,
        "louder": _LOUDER,
        "quieter": _QUIETER,
        "menu": _MENU,
    }

    def __init__(
        self,
        world: World,
        name: str,
        board: Board,
        flash: bytes | None = None,
        overrides: Mapping[str, str | None] | None = None,
        drift_ppm: float = 0,
        speaker_through_jack: bool = True,
    ) -> None:
        super().__init__(world, name, board, flash, overrides, drift_ppm)
        self.codec = TLV320DAC3100(self, speaker_through_jack=speaker_through_jack)
        self.codec.connect(self.audio, _BIT_CLOCK, _WORD_CLOCK, _DATA)
        self.i2c[_CODEC] = self.codec
        self.pins[_CODEC_INTERRUPT] = Pin(source=lambda: self.codec.gpio1)
        self.codec.listen(lambda level: self.edge(_CODEC_INTERRUPT, level))
        self.codec.powered = False

    def finger(self, key: str = "speak", seconds: float = 0.1, after: float = 0) -> None:
        """Let a finger press a key later, for a while; no time passes now.

        Args:
            key: "speak", "louder", "quieter" or "menu".
            seconds: How long it stays down.
            after: When it comes, from now, in s.
        """
        self.touch(key, seconds, after)

    def press(self, key: str = "speak", seconds: float = 0.1) -> None:
        """Press a key for a while and let it go; virtual time passes, until the screen shows what it does.

        What it says is heard from then on: see `listen`.
        """
        self.finger(key, seconds)
        self.settle(seconds)

    def listen(self, seconds: float = 60, quiet_s: float = 0.7) -> None:
        """Let time pass until it has said what it has to say.

        Args:
            seconds: How long at most.
            quiet_s: A silence of this length is its end; between two sentences there is a shorter one.
        """
        end = self.world.now + round(seconds * 1e9)
        quiet = round(quiet_s * 1e9)
        silent = self.world.now
        while self.world.now < end and self.world.now - silent < quiet:
            before = self.world.now
            self.world.run_until(min(end, before + quiet // 4))
            if any(
                one.first_sound(before) is not None for one in (self.codec.speaker, self.codec.headphones)
            ):
                silent = self.world.now

    def walk_to(self, item: str) -> re.Match[str]:
        """Press Menu until the screen shows an item; a new reader's question is heard and answered with yes.

        Args:
            item: A pattern (as of `re`) of its words, in English.

        Returns:
            What the pattern found.

        Raises:
            LookupError: It does not come.
        """
        for _ in range(MENU_ITEMS):
            if _FIRST_QUESTION in self.text:
                self.listen()
                self.press("louder")
            self.press("menu")
            if found := re.search(item, self.text):
                return found
        raise LookupError(f'"{item}" does not come in the menu; the screen shows "{self.text}"')

    def insert_plug(self) -> None:
        """Put headphones into the jack; no time passes now."""
        self.codec.plug()

    def pull_plug(self) -> None:
        """Take them out; no time passes now."""
        self.codec.unplug()

    def connect(self) -> Reader:
        """Return the host driver's session with this device, in this process; its waits are virtual time."""
        return self._session(Reader)

    def _power_parts(self, powered: bool) -> None:
        super()._power_parts(powered)
        self.codec.powered = powered


DEVICES: dict[str, type[Pluggable]] = {kind.package: kind for kind in (CodeDisplay, AudioReader, Chip)}
KINDS = {kind.short_name: kind for kind in DEVICES.values()}
