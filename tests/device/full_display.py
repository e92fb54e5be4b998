"""A full code display whose log is about to outgrow a sector and to be compacted: where power cuts hurt most."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from segl.display import KeyInfo
from segl.otpauth import Key
from segl_sim import World
from segl_sim.parts.flash import SECTOR, FlashSnapshot
from tests.device.support import Fault, code_of, codes_seen, cut_by, files, provision, pull, wrong_clock

PERIOD = 30
TOTP_KEY = Key("a code of the time", b"T" * 64)
HOTP_KEY = Key("a code of a counter", b"H" * 64, kind="hotp", algorithm="SHA256")
# So many and so large that the log, compacted, has three quarters of a sector: it is compacted again just
# after it has outgrown that.
OTHERS = [Key(f"{index:02} one more key, to fill it up", bytes([index]) * 64) for index in range(2, 16)]
KEYS = [TOTP_KEY, HOTP_KEY, *OTHERS]
_RECORD = 20  # bytes of a counter or a step in the log


class State(NamedTuple):
    """What is known of a device that is off.

    Args:
        flash: Its flash.
        step: The highest step that was seen.
        lowest: The lowest counter that may come next: the one after the highest that was seen.
        highest: The highest counter that may come next: each cut may have cost one.
    """

    flash: FlashSnapshot
    step: int
    lowest: int
    highest: int


class FullDisplay:
    """The device. A round is two presses: for a code of the time, and for one of a counter.

    `rounds` holds the states that rounds begin with; in the first ones the log outgrows a sector and is compacted.

    Args:
        engine: "micropython" or "cpython".
        rounds: How many.
        overrides: Firmware that is broken on purpose.
    """

    def __init__(self, engine: str, rounds: int, overrides: Mapping[str, str] | None = None) -> None:
        self.world = World(seed=3, engine=engine)
        self.device = self.world.code_display(overrides=overrides)
        provision(self.device, *KEYS)
        pull(self.device)
        states = [State(self.device.flash.snapshot(), -1, 0, 0)]
        sizes = [self._log_size()]
        while sizes[-1] == max(sizes):
            states.append(self.whole_round(states[-1]))
            sizes.append(self._log_size())
        # The last round compacted the log; the one before it began within three records of the sector's end.
        right = sizes[-1] < SECTOR - 3 * _RECORD <= sizes[-3] < SECTOR < sizes[-2]
        assert right, f"the log had {sizes[-3:]} bytes: give it other keys"
        self.rounds = states[-3:][:rounds]
        while len(self.rounds) < rounds:
            self.rounds.append(self.whole_round(self.rounds[-1]))

    def whole_round(self, before: State) -> State:
        """Do a round without a cut, and return what the next one begins with."""
        step = self._restore(before.flash)
        self.world.trace.last.clear()
        self._press_twice()
        seen = [code.code for code in codes_seen(self.device)]
        assert seen == [code_of(TOTP_KEY, step), code_of(HOTP_KEY, before.lowest)]
        pull(self.device)
        return State(self.device.flash.snapshot(), step, before.lowest + 1, before.lowest + 1)

    def cut_round(self, before: State, operation: int, fault: Fault) -> State | None:
        """Do a round in which the power fails; return what is then known, or None if there is no such operation."""
        step = self._restore(before.flash)
        cut = cut_by(self.device, self._press_twice, operation, fault)
        seen = [code.code for code in codes_seen(self.device)]
        pull(self.device)
        if not cut:
            return None
        after = State(self.device.flash.snapshot(), before.step, before.lowest, before.highest + 1)
        if not seen:
            return after
        assert seen[0] == code_of(TOTP_KEY, step)
        if len(seen) == 1:
            return after._replace(step=step)
        counter = self._counter(seen[1], before)
        return State(after.flash, step, counter + 1, counter + 1)

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
        with wrong_clock(self.device, (after.step - 1) * PERIOD - int(self.world.utc)):
            self.device.press()
            assert self.device.code is None, "a step went back"
            assert any(word in self.device.text for word in ("Clock was ahead.", "Wait"))
            self.world.advance(10)
        self._wait_for_new_step()
        self.device.press()
        assert self.device.code == code_of(TOTP_KEY, self._step())
        self.device.press()
        self._counter(self.device.code, after)
        pull(self.device)

    def _counter(self, code: str | None, state: State) -> int:
        """Say which counter a code was made of."""
        possible = {code_of(HOTP_KEY, counter): counter for counter in range(state.lowest, state.highest + 1)}
        assert code in possible, "a counter went back, or was lost without a cut"
        return possible[code]

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

    def _press_twice(self) -> None:
        """Press, press again when the device has kept house, and leave it alone until it is off."""
        self.device.press()
        self.world.advance(0.7)
        self.device.press()
        self.world.advance(35)

    def _log_size(self) -> int:
        return len(files(self.device)["/store/log"])


def _names(keys: Iterable[Key | KeyInfo]) -> list[str]:
    return [key.name for key in keys]
