"""What the tour of `segl demo` does again and again: say a step, show a screen, hear a sentence, check a code."""

from __future__ import annotations

import base64
from pathlib import Path

import click
from pyotp.totp import TOTP

from segl.cli.output import Output
from segl.otpauth import Key
from segl_sim.devices import MENU_ITEMS, AudioReader, CodeDisplay
from segl_sim.view import braille
from segl_sim.world import World

_PERIOD_S = 30
_LEFT_S = 20  # a code is asked for with this much of its time left, so that nothing has to wait
_NAME = "Example bank"


class Tour:
    """A tour.

    Args:
        out: How to speak.
        folder: For pictures and sound.
        world: Where it takes place.
        steps: How many there will be.

    Attributes:
        codes: The codes that pyotp has accepted.
    """

    def __init__(self, out: Output, folder: Path, world: World, steps: int) -> None:
        self.out = out
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.world = world
        self.codes: list[str] = []
        self._steps = steps
        self._step = 0
        self._secret = world.random("key").randbytes(20)
        self._totp = TOTP(base64.b32encode(self._secret).decode())

    def say(self, text: str) -> None:
        """Begin the next step."""
        self._step += 1
        mark = (
            f"step {self._step} of {self._steps}: "
            if self.out.accessible
            else f"\n{self._step}/{self._steps}  "
        )
        self.tell(mark + text)

    def tell(self, text: str) -> None:
        """Say something to a person, not to a program."""
        if not self.out.as_json:
            click.echo(text)

    def show(self, device: CodeDisplay | AudioReader, picture: str) -> None:
        """Show and save what the OLED shows."""
        device.screen.png(self.folder / f"{picture}.png")
        if self.out.accessible:
            spelled = f"code {self.out.code(device.code)}. " if device.code else ""
            self.tell(f"screen: {spelled}{device.text}")
        else:
            self.tell(braille(device.screen.pixels()))

    def press(self, reader: AudioReader, key: str) -> None:
        """Press a key of the reader and let it speak; tell its words, which its screen shows too."""
        reader.press(key)
        words = self.out.code(reader.code) if reader.code else reader.text
        self.tell(f'{key.capitalize()}: "{words}"')
        reader.listen()

    def walk_to(self, reader: AudioReader, item: str) -> None:
        """Press Menu until the reader is at an item of its menu, and tell all that it says on the way.

        Raises:
            click.ClickException: The item does not come.
        """
        for _ in range(MENU_ITEMS):
            self.press(reader, "menu")
            if reader.text.startswith(item):
                return
        raise click.ClickException(f'"{item}" does not come in the menu of the reader.')

    def provision(self, device: CodeDisplay | AudioReader) -> str:
        """Put the key on a device that is open for set-up; return its serial number."""
        with device.connect() as session:
            info = session.info()
            key = Key(name=_NAME, kind="totp", secret=self._secret)
            session.provision(key, utc=round(self.world.utc), sequence=info.sequence + 1)
        return info.serial

    def wait_for_code(self) -> None:
        """Let time pass to a moment at which the next code has not been seen, and has some time left."""
        self.world.advance(_PERIOD_S + (_PERIOD_S - _LEFT_S - self.world.utc) % _PERIOD_S)

    def check_code(self, device: CodeDisplay | AudioReader, picture: str) -> str:
        """Show the code and check it by software that is not ours.

        Raises:
            click.ClickException: The code is wrong.
        """
        self.show(device, picture)
        expected = self._totp.at(int(self.world.utc))
        if device.code != expected:
            raise click.ClickException(f"The screen shows {device.code}, and pyotp says {expected}.")
        self.codes.append(expected)
        self.tell(f"pyotp: {self.out.code(expected)}, the same code")
        return expected
