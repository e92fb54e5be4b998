"""The kinds of devices, and how their owners use them: all that a test for every kind knows of the difference."""

import random
import re
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import pytest

from segl_sim import PICO, PICO2, AudioReader, Board, CodeDisplay, World

Holdable = CodeDisplay | AudioReader
_Device = TypeVar("_Device", bound=Holdable)

_PATIENCE_S = 25  # a wait for the next code, said and waited for
_SETUP_ITEM = 11  # so many presses of Menu lead to it
_QUESTION_S = 12  # the longest question, with news before it
_MENU_S = 10.5  # the reader leaves its menu after such a silence


class Kind(ABC, Generic[_Device]):
    """One kind of device.

    Attributes:
        name: In the names of tests.
        package: Of its firmware.
        boards: On which it runs; the smallest one last.
        dark_s: So long after the last key, at the most, it is dark, and off if it can be.
        question_s: So long it waits for an answer to what a computer asks.
        yes_s: So long after `yes` began a computer has its answer.
        fresh_s: With so many s of a step left, no code has to be waited for.
        asks: How the question begins whether a computer may have a code; `asks_to_wipe`: may erase everything.
    """

    name: str
    package: str
    boards: tuple[Board, ...]
    dark_s: float
    question_s: float
    yes_s: float
    fresh_s: float
    asks: str
    asks_to_wipe: str

    def __repr__(self) -> str:
        return self.name

    @abstractmethod
    def make(self, world: World, board: str | Board = PICO2, **options: Any) -> _Device:
        """Add a blank device to a world; the options are the device's own."""

    @abstractmethod
    def open_setup(self, device: _Device) -> None:
        """Let the owner open it for set-up, whatever it shows; a new one is asked what it wants to know first."""

    @abstractmethod
    def begin_setup(self, device: _Device) -> float:
        """Let fingers open a new device for set-up; no time passes now. Return after how many s it will be open."""

    @abstractmethod
    def close_setup(self, device: _Device) -> None:
        """Let the owner close the window."""

    @abstractmethod
    def call_up(self, device: _Device, names: list[str], wanted: str) -> None:
        """Let the owner do what brings up the code of a key, or what there is instead.

        Args:
            device: Neither asking nor being asked.
            names: Of all its keys.
            wanted: Of this one.
        """

    @abstractmethod
    def yes(self, device: _Device, after: float = 0) -> None:
        """Let a finger say yes, so many s from now, to what a computer will have asked; no time passes now."""

    @abstractmethod
    def yes_to_wipe(self, device: _Device, after: float = 0) -> None:
        """As `yes`, to the question whether everything may be erased."""

    @abstractmethod
    def play(self, device: _Device, chance: random.Random) -> None:
        """Let the owner press something."""

    @abstractmethod
    def says(self, trouble: str, wait: int = 0) -> str:
        """Return how the screen's text begins: "lost", "ahead" or "wait" (so many s) for the clock's troubles."""

    @abstractmethod
    def is_new(self, device: _Device) -> bool:
        """Press, and say whether it answers as one does on which there never was a key."""

    def main(self, device: _Device) -> Any:
        """Return its main key."""
        return next(iter(device.keys.values()))

    def await_code(self, device: _Device) -> str:
        """Let a wait for the next code pass, if there is one, and return the code on the screen."""
        for _ in range(10 * _PATIENCE_S):
            if device.code is not None:
                break
            device.world.advance(0.1)  # which also ends a picture that is half drawn
        assert device.code is not None, device.text
        return device.code

    def show(self, device: _Device, names: list[str], wanted: str) -> str:
        """Call up the code of a key and return it; arguments as for `call_up`."""
        self.call_up(device, names, wanted)
        return self.await_code(device)


class DisplayKind(Kind[CodeDisplay]):
    """The code display: a press goes to the next key's code, everything else takes a hold."""

    name = "display"
    package = "code_display"
    boards = (PICO2, PICO)
    dark_s = 40
    question_s = 30
    yes_s = 2
    fresh_s = 7
    asks = "Send code?"
    asks_to_wipe = "Erase all?"

    def make(self, world: World, board: str | Board = PICO2, **options: Any) -> CodeDisplay:
        return world.code_display(board, **options)

    def open_setup(self, device: CodeDisplay) -> None:
        device.press(6)

    def begin_setup(self, device: CodeDisplay) -> float:
        device.finger(6)
        return 7

    def close_setup(self, device: CodeDisplay) -> None:
        device.press()

    def call_up(self, device: CodeDisplay, names: list[str], wanted: str) -> None:
        bare = wanted.replace(" ", "")
        for _ in names:
            device.press()
            for _ in range(_PATIENCE_S):
                if not device.text.startswith("New code in"):
                    break
                device.world.advance(1)
            if device.text.replace(" ", "").startswith(bare):
                return
        raise AssertionError(f"{wanted} does not come, but {device.text}")

    def yes(self, device: CodeDisplay, after: float = 0) -> None:
        device.finger(after=after)

    def yes_to_wipe(self, device: CodeDisplay, after: float = 0) -> None:
        device.finger(9, after=after)

    def play(self, device: CodeDisplay, chance: random.Random) -> None:
        device.press()

    def says(self, trouble: str, wait: int = 0) -> str:
        minutes, seconds = divmod(wait, 60)
        words = [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds or not minutes)
        return {
            "lost": "Clock stopped. Connect to a computer and set up again.",
            "ahead": "Clock was ahead. Set up again.",
            "wait": f"Wait {' '.join(words)}. The clock was a little ahead.",
        }[trouble]

    def is_new(self, device: CodeDisplay) -> bool:
        device.press()
        return device.text.startswith("No key yet.")


class ReaderKind(Kind[AudioReader]):
    """The audio reader: Speak says the chosen key's code, everything else is in the menu; questions are heard first."""

    name = "reader"
    package = "audio_reader"
    boards = (PICO2,)
    dark_s = 60
    question_s = 60
    yes_s = _QUESTION_S + 2
    fresh_s = 13
    asks = "A computer asks for your code."
    asks_to_wipe = "A computer asks to erase all keys."

    def make(self, world: World, board: str | Board = PICO2, **options: Any) -> AudioReader:
        return world.audio_reader(board, **options)

    def open_setup(self, device: AudioReader) -> None:
        device.walk_to(r"Set-up\.")
        device.press()

    def begin_setup(self, device: AudioReader) -> float:
        device.finger()
        device.finger("louder", after=16)
        for number in range(_SETUP_ITEM):
            device.finger("menu", after=20 + number)
        device.finger(after=20 + _SETUP_ITEM)
        return 22 + _SETUP_ITEM

    def close_setup(self, device: AudioReader) -> None:
        device.press("menu")

    def chosen(self, device: AudioReader) -> int:
        """Walk to the menu's item that tells which key is chosen, and return its index."""
        return int(device.walk_to(r"\bKey (\d+)\.")[1]) - 1

    def choose(self, device: AudioReader, index: int) -> None:
        """Choose a key, and leave the menu."""
        at = self.chosen(device)
        while at != index:
            device.press("louder" if index > at else "quieter")
            found = re.match(r"(\d+)\.", device.text)
            assert found, device.text
            at = int(found[1]) - 1
        device.listen(quiet_s=_MENU_S)

    def call_up(self, device: AudioReader, names: list[str], wanted: str) -> None:
        if len(names) > 1:
            self.choose(device, names.index(wanted))
        device.press()

    def yes(self, device: AudioReader, after: float = 0) -> None:
        device.finger(after=after)
        device.finger(after=after + _QUESTION_S)

    def yes_to_wipe(self, device: AudioReader, after: float = 0) -> None:
        device.finger(after=after)
        device.finger("menu", after=after + _QUESTION_S)

    def play(self, device: AudioReader, chance: random.Random) -> None:
        device.press(chance.choice(("speak", *device.keys)))

    def says(self, trouble: str, wait: int = 0) -> str:
        minutes, seconds = divmod(wait, 60)
        words = [f"{'One' if minutes == 1 else minutes} minute{'s' * (minutes != 1)}"] * bool(minutes)
        words += [f"{'One' if seconds == 1 else seconds} second{'s' * (seconds != 1)}"] * bool(
            seconds or not minutes
        )
        return {
            "lost": "Clock stopped. Choose set-up in the menu.",
            "ahead": "Clock was ahead. Choose set-up in the menu.",
            "wait": f"Clock was ahead. Please wait. {' '.join(words)}.",
        }[trouble]

    def is_new(self, device: AudioReader) -> bool:
        device.press()
        return device.text.startswith("You pressed Speak.")


DISPLAY = DisplayKind()
READER = ReaderKind()
KINDS: tuple[Kind[Any], ...] = (DISPLAY, READER)
BOARDS = [(kind, board) for kind in KINDS for board in kind.boards]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=repr)
each_board = pytest.mark.parametrize(
    ("kind", "board"), BOARDS, ids=[f"{kind.name} on {board.name}" for kind, board in BOARDS]
)


def kind_of(device: Holdable) -> Kind[Any]:
    """Say of which kind a device is."""
    return READER if isinstance(device, AudioReader) else DISPLAY
