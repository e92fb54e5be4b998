"""A finger for devices that nobody holds: it does what the screen or the light asks for, as their owner would."""

from __future__ import annotations

import functools
import re

from segl.voice import bundled
from segl.voice.texts import read_texts
from segl_sim.chip import Chip
from segl_sim.devices import AudioReader
from segl_sim.handheld import Handheld
from segl_sim.pluggable import Pluggable

# How a question on a display ends, in either language; a hold for a yes is asked for by name.
_YES = ("= yes.", "= ja.")
# Only a new reader's own question has this key for its yes; every other one is a computer's.
_ALOUD_YES = "louder"
_PRESS_S, _HOLD_S, _OPENING_S, _RESET_S = 0.2, 10, 6, 6
_NS = 1_000_000_000
_SILENT_NS = _NS


class Finger:
    """Somebody's finger on a device.

    Args:
        device: Whose keys it presses.
        agrees: Whether it says yes to what a computer asks for.
        opens: Whether it opens the device for set-up first, answering what a new reader asks on the way.
        delay: How many s it takes to move.

    Attributes:
        opens: Whether it still has to begin with that.
    """

    def __init__(self, device: Pluggable, agrees: bool, opens: bool, delay: float = 0) -> None:
        self._device = device
        self._agrees = agrees
        self.opens = opens
        self._delay = delay
        self._life = 0

    def start(self, every: float, after: float = 0) -> None:
        """Look again and again from now on, as time passes.

        Args:
            every: After how many s, counted from when the last press has ended.
            after: How many s to wait before that.
        """
        self._life += 1
        self._look_after(every, after, self._life)

    def stop(self) -> None:
        """Look no more."""
        self._life += 1

    def look(self) -> float:
        """Do what the device asks for; return for how many s that keeps the finger busy."""
        if isinstance(self._device, AudioReader):
            key, seconds = self._at_reader(self._device), _PRESS_S
        elif isinstance(self._device, Handheld):
            key, seconds = self._at_display(self._device)
        elif isinstance(self._device, Chip):
            key, seconds = self._at_chip(self._device)
        else:
            return 0
        if not key:
            return 0
        self._device.press_key(key, seconds, self._delay)
        return self._delay + seconds

    def _look_after(self, every: float, busy: float, life: int) -> None:
        def look() -> None:
            if life == self._life:
                self._look_after(every, self.look(), life)

        world = self._device.world
        world.at(world.now + round((busy + every) * _NS), look)

    def _at_chip(self, chip: Chip) -> tuple[str, float]:
        asked = chip.asks if self._agrees else ""
        return ("pad" if asked else "", _RESET_S if asked == "hold" else _PRESS_S)

    def _at_display(self, display: Handheld) -> tuple[str, float]:
        if self.opens:
            self.opens = False
            return "key", _OPENING_S
        text = display.text
        asked = self._agrees and any(yes in text for yes in _YES)
        return ("key" if asked else "", _HOLD_S if "Hold" in text else _PRESS_S)

    def _at_reader(self, reader: AudioReader) -> str:
        """Choose a key: the one that a question names, or while set-up is sought, what leads there."""
        words = _bare(reader.text)
        if yes := next((key for sentence, key in _questions().items() if sentence in words), ""):
            # The first press has the question said, and an answer counts when it was heard to its end.
            may = self._agrees or (self.opens and yes == _ALOUD_YES)
            return yes if may and self._silent(reader) else ""
        if not self.opens:
            return ""
        if any(item in words for item in _set_ups()):
            self.opens = False
            return "speak"
        return "menu"

    def _silent(self, reader: AudioReader) -> bool:
        since = reader.world.now - _SILENT_NS
        outlets = (reader.codec.speaker, reader.codec.headphones)
        return all(outlet.first_sound(since) is None for outlet in outlets)


def _bare(text: str) -> str:
    """Return only the letters: lines break anywhere."""
    return re.sub(r"\W", "", text).casefold()


@functools.cache
def _clips() -> list[dict[str, str]]:
    return [dict(read_texts(path).clips) for path in sorted(bundled.LANGUAGES.glob("*.toml"))]


@functools.cache
def _questions() -> dict[str, str]:
    """Return how a reader names the key for yes, in every language, and which key that is."""
    return {
        _bare(clips["for_yes"] + clips["press"] + clips[f"key_{key}"]): key
        for clips in _clips()
        for key in ("speak", _ALOUD_YES, "menu")
    }


@functools.cache
def _set_ups() -> list[str]:
    """Return the item of a reader's menu that opens it for set-up, in every language."""
    return [_bare(clips["item_setup"] + clips["press"] + clips["key_speak"]) for clips in _clips()]
