"""A full device whose log is about to outgrow a sector and to be compacted: where power cuts hurt most."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from segl import KeyInfo
from segl.otpauth import Key
from segl_sim import World
from segl_sim.parts.flash import SECTOR, FlashSnapshot
from tests.device.kinds import READER, Kind
from tests.device.support import (
    Fault,
    Seen,
    code_of,
    codes_seen,
    cut_by,
    files,
    pictures,
    provision,
    pull,
    wrong_clock,
)

PERIOD = 30
TOTP_KEY = Key("Time", b"T" * 64)
HOTP_KEY = Key("Door", b"H" * 64, kind="hotp", algorithm="SHA256")
# So many and so large that the log, compacted, has three quarters of a sector: it is compacted again just
# after it has outgrown that.
OTHERS = [Key(f"{index:02} one more key, to fill it up", bytes([index]) * 64) for index in range(2, 14)]
OTHERS += [Key(f"{index} {'æøå' * 9}", bytes([index]) * 64) for index in (14, 15)]
KEYS = [TOTP_KEY, HOTP_KEY, *OTHERS]
NAMES = [key.name for key in KEYS]
# Put on again, they fill the log as many rounds would.
AGAIN = OTHERS[-2:]
_ROUND = 80  # bytes that a round adds to the log, at the most


class State(NamedTuple):
    """What is known of a device that is off.

    Args:
        flash: Its flash.
        step: The highest step that was seen.
        lowest: The lowest counter that may come next: the one after the highest that was seen.
        highest: The highest counter that may come next: each cut may have cost one.
        chosen: On a reader, the keys that may be the chosen one: once it was said, it is that one.
    """

    flash: FlashSnapshot
    step: int
    lowest: int
    highest: int
    chosen: tuple[int, ...] = (0,)


class FullDevice:
    """The device. A round brings up two codes: one of the time and one of a counter.

    A display's round is two presses; on a reader the other key must be chosen in between, and the first one again
    at the end. `rounds` holds the states that rounds begin with; in the first ones the log outgrows a sector and is
    compacted.

    Args:
        kind: What it is.
        engine: "micropython" or "cpython".
        rounds: How many.
        overrides: Firmware that is broken on purpose.
    """

    def __init__(
        self, kind: Kind[Any], engine: str, rounds: int, overrides: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self.world = World(seed=3, engine=engine)
        self._choosing: set[int] = set()
        self.device = kind.make(self.world, overrides=overrides)
        provision(self.device, *KEYS, *AGAIN)
        pull(self.device)
        states = [State(self.device.flash.snapshot(), -1, 0, 0)]
        sizes = [self._log_size()]
        while sizes[-1] == max(sizes):
            states.append(self.whole_round(states[-1]))
            sizes.append(self._log_size())
        # One of the last rounds began within the sector, and made the log outgrow it; the last one compacted it.
        right = sizes[-1] < SECTOR - _ROUND <= sizes[-3] and sizes[-2] > SECTOR
        assert right, f"the log had {sizes[-3:]} bytes: give it other keys"
        self.rounds = states[-3:][:rounds]
        while len(self.rounds) < rounds:
            self.rounds.append(self.whole_round(self.rounds[-1]))

    def whole_round(self, before: State) -> State:
        """Do a round without a cut, and return what the next one begins with."""
        step = self._restore(before.flash)
        self.world.trace.last.clear()
        self._round()
        seen = [code.code for code in codes_seen(self.device)]
        assert seen == [code_of(TOTP_KEY, step), code_of(HOTP_KEY, before.lowest)]
        pull(self.device)
        return State(self.device.flash.snapshot(), step, before.lowest + 1, before.lowest + 1)

    def cut_round(self, before: State, operation: int, fault: Fault) -> State | None:
        """Do a round in which the power fails; return what is then known, or None if there is no such operation."""
        step = self._restore(before.flash)
        self._choosing = set()
        cut = cut_by(self.device, self._round, operation, fault)
        seen = [code.code for code in codes_seen(self.device)]
        chosen = self._chosen(before)
        pull(self.device)
        if not cut:
            return None
        after = State(self.device.flash.snapshot(), before.step, before.lowest, before.highest + 1, chosen)
        for code in seen:
            if code == code_of(TOTP_KEY, step):
                after = after._replace(step=step)
            else:
                counter = self._counter(code, before)
                after = after._replace(lowest=counter + 1, highest=counter + 1)
        return after

    def check(self, after: State, keys: bool = True) -> None:
        """Start a device after a cut, and see that nothing was lost and that it goes on with the right codes.

        Args:
            after: What is known of it.
            keys: Whether to look at every single key too.
        """
        self._restore(after.flash)
        self.device.plug()
        with self.device.connect() as session:
            info = session.info()
            assert (info.storage, info.clock, info.keys) == ("good", "good", len(KEYS))
            if keys:
                assert _names(session.keys()) == _names(KEYS)
        if self.kind is READER:
            assert READER.chosen(self.device) in after.chosen, "a choice was lost"
            READER.choose(self.device, 0)
        with wrong_clock(self.device, (after.step - 1) * PERIOD - int(self.world.utc)):
            self.device.press()
            assert self.device.code is None, "a step went back"
            assert any(word in self.device.text for word in ("Clock was ahead.", "Wait"))
            self.world.advance(10)
        self._wait_for_new_step()
        self.device.press()
        assert self.device.code == code_of(TOTP_KEY, self._step())
        self.kind.call_up(self.device, NAMES, HOTP_KEY.name)
        self._counter(self.device.code, after)
        pull(self.device)

    def _counter(self, code: str | None, state: State) -> int:
        """Say which counter a code was made of."""
        possible = {code_of(HOTP_KEY, counter): counter for counter in range(state.lowest, state.highest + 1)}
        assert code in possible, "a counter went back, or was lost without a cut"
        return possible[code]

    def _chosen(self, before: State) -> tuple[int, ...]:
        """Say which keys may be chosen now: the one that was told last, or the one that was being chosen."""
        told = [key for picture in pictures(self.device) if (key := _told(picture)) is not None]
        return tuple({*(told[-1:] or before.chosen), *self._choosing})

    def _restore(self, flash: FlashSnapshot) -> int:
        """Put fresh cells into the device, with this flash, at the beginning of a step; return that step."""
        self.device.flash.restore(flash)
        self.device.restore_power()
        self._wait_for_new_step()
        return self._step()

    def _wait_for_new_step(self) -> None:
        self.world.advance(PERIOD - self.world.utc % PERIOD + 1)

    def _step(self) -> int:
        return int(self.world.utc) // PERIOD

    def _round(self) -> None:
        """Call up both codes, the second one when the device has kept house, and leave it alone until it is off."""
        self.device.press()
        self.world.advance(0.7)
        if self.kind is READER:
            self._choose(1)
            self.device.press()
            self._choose(0)
        else:
            self.device.press()
        self.world.advance(self.kind.dark_s)

    def _choose(self, key: int) -> None:
        self._choosing = {key}
        READER.choose(self.device, key)
        self._choosing = set()

    def _log_size(self) -> int:
        return len(files(self.device)["/store/log"])


def _told(picture: Seen) -> int | None:
    """Return the key that a picture of the reader's menu tells to be the chosen one, or None."""
    for number in (1, 2):
        if picture.text.startswith((f"Key {number}.", f"{number}.")):
            return number - 1
    return None


def _names(keys: Iterable[Key | KeyInfo]) -> list[str]:
    return [key.name for key in keys]
