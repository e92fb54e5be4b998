"""Devices as their owners have set them up, with what a server has to know of each at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from segl.otpauth import Key, parse
from segl_sim.boards import Board
from segl_sim.devices import AudioReader, Chip, CodeDisplay
from segl_sim.handheld import Handheld
from segl_sim.hearing.transcript import Utterance, transcribe
from segl_sim.pluggable import Pluggable
from segl_sim.testing.browser import Browser
from segl_sim.world import World

if TYPE_CHECKING:
    from segl_sim.parts.flash import FlashSnapshot

_OPENING_S = 6
_PRESS_S = 0.2
_TIDY_S = 3  # whatever it has stored is stored, and its house is in order
_LOOK_S = 0.1
_PATIENCE_S = 20  # a wait for the next code is shorter
_DARK_S = 120  # a device that is left alone is off by then


class Owned(Pluggable):
    """A device that somebody has set up.

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board.
        chosen: What its owner has chosen for it: a key, or a PIN.
        **options: Passed to the device.
    """

    def __init__(self, world: World, name: str, board: Board, chosen: Any, **options: Any) -> None:
        super().__init__(world, name, board, **options)
        self._chosen = chosen

    @classmethod
    def set_up(cls, board: Board, name: str, seed: int, engine: str, chosen: Any) -> FlashSnapshot:
        """Return the flash of a device that its owner has set up, from first contact to an end without a trace.

        What is sealed in it belongs to the root secret of one board, and that comes from the world's seed and the
        device's name. It is 1970 then, so that a clock chip, whose seconds begin at 0, counts Unix time from there on.

        Args:
            board: Which board.
            name: How the trace calls it.
            seed: Of its world.
            engine: Of its world.
            chosen: As for the device.
        """
        with World(seed, engine, utc=0) as world:
            device = cls(world, name, board, chosen)
            world.devices.append(device)
            device.use_first()
            world.advance(_TIDY_S)
            device.power_cut()  # which closes set-up without a code being asked for
            return device.flash.snapshot()

    def use_first(self) -> None:
        """Do what an owner does with a new device."""
        raise NotImplementedError

    def begin(self, flash: FlashSnapshot) -> None:
        """Be the device that set-up has left, with the world's time.

        Args:
            flash: What it has left.
        """
        raise NotImplementedError


class Keyed(Owned, Handheld):
    """A display or a reader with one key on it, closed and switched off.

    Attributes:
        account: The key; `account.uri()` is the otpauth:// URI that a server takes.
        catch_up: Called before a code is asked for, so that time may be made to pass.
    """

    def __init__(self, world: World, name: str, board: Board, chosen: Key, **options: Any) -> None:
        super().__init__(world, name, board, chosen, **options)
        self.account = chosen
        self.catch_up: Callable[[], None] = _nothing
        self._last_step = -1

    def enroll(self, account: Key | str) -> None:
        """Have it set up anew by its owner, with a server's key instead of its own; none of the world's time passes.

        Args:
            account: The key, or the otpauth:// URI that the server shows.

        Raises:
            InputError: The URI is none.
        """
        self.account = parse(account) if isinstance(account, str) else account
        self._last_step = -1
        self.power_cut()
        self.begin(self.set_up(self.board, self.name, self.world.seed, self.world.engine, self.account))

    def next_code(self) -> str:
        """Press the main key and return the code; each call gives another one, of a step not asked for before.

        If the test has taken so long that the world is behind the clock on the wall, it catches up first.

        Raises:
            LookupError: No code comes; the message has what the screen shows instead.
        """
        self.catch_up()
        if self.account.kind == "hotp":  # while the screen is on, a press shows the same code again
            self.world.run_until(self.world.now + _DARK_S * 10**9, lambda: not self.running)
        elif self._step() <= self._last_step:
            self.world.advance((self._last_step + 1) * self.account.period + 1 - self.world.utc)
        self.touch(next(iter(self.keys)), _PRESS_S)
        self.settle(_PRESS_S)
        shown = ""
        for _ in range(round(_PATIENCE_S / _LOOK_S)):
            if self.code:
                self._last_step = self._step()
                return self.code
            shown = self.text or shown
            self.world.advance(_LOOK_S)
        raise LookupError(f'No code comes; the screen shows "{shown}".')

    def open_setup(self) -> None:
        """Open it for set-up, the first time."""
        raise NotImplementedError

    def use_first(self) -> None:
        """Put the key on it."""
        self.open_setup()
        with self.connect() as session:
            session.provision(self.account, 0, session.info().sequence + 1)

    def begin(self, flash: FlashSnapshot) -> None:
        """Be the device that set-up has left, with fresh cells and the world's time."""
        self.flash.restore(flash)
        self.clock.run_on(int(self.world.utc))
        self.restore_power()

    def _step(self) -> int:
        return int(self.world.utc) // self.account.period


class OwnedDisplay(Keyed, CodeDisplay):
    """A code display with one key on it, closed and switched off."""

    def open_setup(self) -> None:
        """Hold its key."""
        self.press(_OPENING_S)


class OwnedReader(Keyed, AudioReader):
    """An audio code reader with one key on it, closed and switched off; codes may leave its loudspeaker."""

    def next_code(self) -> str:
        """Press Speak, listen to the end, and return the code that was heard; otherwise as for a display.

        Raises:
            LookupError: No code comes, or another one is heard than is shown.
        """
        began = self.world.now
        shown = super().next_code()
        self.listen()
        heard = [one.code for one in self.said(began) if one.code]
        if heard != [shown]:
            raise LookupError(f"The screen shows the code {shown}, and what was heard is {heard}.")
        return shown

    def said(self, since: int = 0) -> list[Utterance]:
        """Return what was heard, in order; the first call in a process takes a second.

        Args:
            since: Virtual ns; what began before is left out.
        """
        return [one for one in transcribe(self, since) if one.outlets]

    def open_setup(self) -> None:
        """Answer its question, so that codes may be spoken aloud, and walk through its menu."""
        self.walk_to(r"Set-up\.")
        self.press()


class OwnedChip(Owned, Chip):
    """A chip, plugged in.

    Attributes:
        pin: Its PIN, None for none.
    """

    def __init__(self, world: World, name: str, board: Board, chosen: str | None, **options: Any) -> None:
        super().__init__(world, name, board, chosen, **options)
        self.pin = chosen

    def browser(self, origin: str, touches: bool = True) -> Browser:
        """Return a browser on the computer that the chip is plugged into, with the chip's owner in front of it.

        Args:
            origin: Of the page that is open: "https://example.com".
            touches: Whether its owner touches the chip when it asks for that.
        """
        return Browser(self, origin, self.pin, touches)

    def use_first(self) -> None:
        """Give it its PIN."""
        self.plug()
        if self.pin is not None:
            # here: python-fido2 takes time to load
            from fido2.ctap2.base import Ctap2
            from fido2.ctap2.pin import ClientPin

            from segl_sim.platforms import SteadyProtocol

            ClientPin(Ctap2(self.ctap()), SteadyProtocol()).set_pin(self.pin)

    def begin(self, flash: FlashSnapshot) -> None:
        """Be the chip that set-up has left, plugged in again."""
        self.flash.restore(flash)
        self.plug()


def _nothing() -> None:
    pass
