"""A reader that somebody uses at their leisure, for tests of what it says."""

from typing import Any, cast

from segl_sim import World
from segl_sim.hearing.transcript import Utterance, transcribe
from tests.device.scene import Computer
from tests.device.support import code_of
from tests.reader.session import S
from tests.reader.session_homes import BANK, DAWN, KEYS, SEED, Choices, chosen, home, records, start_clock

NORMAL = Choices()


class Desk:
    """A reader that somebody uses at their leisure; each press returns what it said.

    Args:
        keys: One of `KEYS`, "" for a fresh reader.
        choices: Of its owner.
        second: Of a step of 30 s, at which it is taken up.
        plug: Whether headphones are in it.
        flash: What its flash holds, instead of those keys and choices.
    """

    def __init__(
        self,
        keys: str = "totp",
        choices: Choices = NORMAL,
        second: int = 0,
        plug: bool = False,
        flash: bytes | None = None,
    ):
        self.world = World(seed=SEED, utc=DAWN + second)
        if keys and flash is None:
            flash = chosen(home(keys).flash, choices)
        self.reader = self.world.audio_reader(flash=flash)
        if keys:
            start_clock(self.reader, home(keys).chip(DAWN + second))
        if plug:
            self.reader.insert_plug()
        self.second = second
        self._computer: Computer | None = None

    @property
    def computer(self) -> Computer:
        """A program on the computer at the other end of the cable, which does not wait for answers."""
        if self._computer is None:
            self._computer = Computer(cast("Any", self.reader))
        return self._computer

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def press(self, key: str = "speak", listen: float = 60, hold: float = 0.1) -> str:
        """Press a key, listen for so many s or until all is said, and return what was said."""
        before = self.world.now
        self.reader.press(key, hold)
        if listen:
            self.reader.listen(listen, 1.2)
        return self.since(before)

    def item(self, place: int) -> str:
        """Walk to an item of the menu, and return what it says."""
        for _ in range(place):
            self.press("menu", 0)
        return self.press("menu")

    def said(self, since: int = 0) -> list[Utterance]:
        """Return what was said since a virtual time."""
        return [one for one in transcribe(self.reader, since) if one.outlets]

    def since(self, when: int) -> str:
        return " ".join(one.text for one in self.said(when))

    def to_second(self, second: float) -> None:
        """Let time pass until a second of the step."""
        self.world.advance((second - self.second - self.world.now / S) % 30)

    def code(self, key: int = 0) -> str:
        """The code of now, by software that is not ours."""
        return code_of(
            KEYS["several"][key] if key else BANK, (DAWN + self.second + self.world.now // S) // 30
        )

    def choices(self) -> Choices:
        """Return what is stored."""
        return records(self.reader).choices

    def power_off(self) -> None:
        """Leave it alone until it is off."""
        self.world.advance(45)
        assert not self.reader.running
