"""A year of presses with a drifting clock, and a clock that is pulled, set back and set ahead: never an older code."""

import random
from typing import Any

import pytest

from segl.otpauth import Key
from segl_wire import schema
from tests.device.kinds import DISPLAY, READER, Kind, each_kind
from tests.device.scene import ENGINES, SECRET, TOTP_KEY, YEAR_S, AnyScene, Computer, Scene
from tests.device.support import code_of
from tests.soak import count

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

DAY_S = 86_400
PERIOD = 30
AHEAD_LIMIT_S = 600
DAYS = 365
# How many days pass from press to press.
YEARS = [(DISPLAY, -2, 1), (DISPLAY, 2, 1), (READER, -2, count(42, 1)), (READER, 2, count(42, 1))]
FAULTS = {
    (DISPLAY, "micropython"): count(150, 1000),
    (DISPLAY, "cpython"): count(40, 1000),
    (READER, "micropython"): count(12, 1000),
    (READER, "cpython"): count(12, 1000),
}
SEEDS = {DISPLAY: 11, READER: 21}  # of which a few rounds, too, meet with everything
EVENING_S = 6.5 * 3600  # when it is pressed, so that days do not begin with a step


class Server:
    """A server that takes one step either way, and remembers how many steps a device is off (RFC 6238 section 6)."""

    def __init__(self) -> None:
        self.off = 0

    def accepts(self, code: str | None, utc: float) -> bool:
        """Check a code at the server's own, true time."""
        step = int(utc) // PERIOD + self.off
        for skew in (0, -1, 1):
            if code == code_of(TOTP_KEY, step + skew):
                self.off += skew
                return True
        return False


@pytest.mark.counts
@pytest.mark.parametrize(("kind", "drift_ppm", "days"), YEARS, ids=str)
def test_a_year_of_presses_gives_right_codes_only(kind: Kind[Any], drift_ppm: int, days: int) -> None:
    with AnyScene(kind, seed=9 + drift_ppm, drift_ppm=drift_ppm) as scene:
        scene.provision(TOTP_KEY)
        offset = scene.utc - scene.world.utc
        server = Server()
        scene.world.advance(EVENING_S)
        chance = random.Random(drift_ppm)
        for day in range(0, DAYS, days):
            scene.world.advance(days * DAY_S + chance.uniform(-600, 600))
            scene.device.press()
            code = kind.await_code(scene.device)
            assert code == scene.expected(TOTP_KEY), f"day {day}"
            assert server.accepts(code, scene.world.utc), f"day {day}"
            drifted = scene.world.now / 1e9 * drift_ppm / 1e6
            assert abs(scene.utc - scene.world.utc - drifted - offset) < 2.1
        assert abs(drifted) > DAYS * DAY_S * 1.9e-6


def test_a_server_would_notice_a_clock_that_drifts_a_hundred_times_as_much() -> None:
    with Scene(drift_ppm=200) as scene:
        scene.provision(TOTP_KEY)
        server = Server()
        scene.world.advance(10 * DAY_S)
        scene.to_second(3)
        scene.device.press()
        assert scene.device.code == scene.expected(TOTP_KEY)
        assert not server.accepts(scene.device.code, scene.world.utc)


class Victim:
    """A device whose clock somebody keeps tampering with, and what its screen has ever shown.

    Args:
        scene: Where it is.
        seed: Of the tampering.
    """

    def __init__(self, scene: AnyScene, seed: int) -> None:
        self.scene = scene
        self.kind = scene.kind
        self.device = scene.device
        self.chance = random.Random(seed)
        self.keys = [
            TOTP_KEY,
            Key("Mail", SECRET[::-1], algorithm="SHA256"),
            Key("Work", b"w" * 32, period=60),
        ]
        self.names = [key.name for key in self.keys]
        self.said: set[str] = set()
        scene.age_clock(40 * YEAR_S)
        self.provision()

    def tamper(self) -> None:
        """Do one thing to the clock while the device is off; smaller ones are more likely."""
        size = int(10 ** self.chance.uniform(0, 7))
        what = self.chance.choice(("back", "back", "ahead", "pull", "wait", "wait"))
        if what == "pull":
            self.device.clock.lose_power()
            self.lost = True
        elif what == "back":
            self.device.clock.shift_seconds(-size)
        elif what == "ahead" and not self.lost and self.scene.utc < 2**33:
            self.device.clock.shift_seconds(size)
        self.scene.world.advance(self.chance.uniform(1, 90))

    def look(self) -> None:
        """Call up the keys' codes, and judge what the screen shows; a reader's owner keeps to one key at a time."""
        for index in self.turns():
            self.call_up(index)
            self.judge(index, self.keys[index])
        self.scene.switch_off()
        self.scene.world.advance(1.5)

    def turns(self) -> list[int]:
        return [0, 1, 2] if self.kind is DISPLAY else [self.chance.choice((0, 0, 0, 0, 1, 2))]

    def call_up(self, index: int) -> None:
        if self.kind is DISPLAY:
            self.device.press()
        else:
            self.kind.call_up(self.device, self.names, self.names[index])
        for _ in range(25):
            if not self.device.text.startswith("New code in"):
                break
            self.scene.world.advance(1)
        self.scene.world.advance(0.2)  # which ends a picture that is half drawn

    def right(self, index: int, key: Key, utc: int) -> tuple[str, str]:
        """Say what the screen must show at a time: which case it is, and how its text begins."""
        if self.lost:
            return "lost", self.kind.says("lost")
        wait = self.highest[index] * key.period - utc
        if utc // key.period >= self.highest[index]:
            return "code", f"{code_of(key, utc // key.period)} {key.name}"
        if wait > AHEAD_LIMIT_S:
            return "ahead", self.kind.says("ahead")
        return "wait", self.kind.says("wait", wait)

    def judge(self, index: int, key: Key) -> None:
        # A message was drawn some seconds ago, after a wait at the most; a code never outlives its step here.
        utc = self.scene.utc
        cases = [self.right(index, key, utc)]
        cases += [case for back in range(1, 8) if (case := self.right(index, key, utc - back))[0] != "code"]
        said = {case for case, words in cases if self.scene.shown().startswith(words)}
        assert said, f"{self.scene.shown()!r} instead of {cases}"
        self.said |= said
        if self.device.code is not None:
            assert said == {"code"}
            assert utc // key.period >= self.highest[index]
            self.highest[index] = utc // key.period

    def heal(self) -> None:
        """Provision again, with the right time: everything works at once, whatever was before."""
        self.provision()
        for index in self.turns():
            key = self.keys[index]
            self.call_up(index)
            self.judge(index, key)
            assert self.device.code is not None
            assert key is not TOTP_KEY or Server().accepts(self.device.code, self.scene.world.utc)
        self.scene.switch_off()
        if self.device.clock.seconds < YEAR_S:
            # Started anew, the chip stands at its very beginning: give it a past that it can be set back to.
            self.scene.age_clock(40 * YEAR_S)
            self.provision()

    def provision(self) -> None:
        self.scene.provision(*self.keys)
        self.lost = False
        self.highest = [-1, -1, -1]


@pytest.mark.counts
@pytest.mark.parametrize(("kind", "engine"), FAULTS, ids=str)
def test_a_clock_pulled_set_back_and_set_ahead_never_shows_an_older_code(
    kind: Kind[Any], engine: str
) -> None:
    with AnyScene(kind, engine, seed=3) as scene:
        victim = Victim(scene, SEEDS[kind])
        for number in range(FAULTS[kind, engine]):
            victim.tamper()
            victim.look()
            if number % 10 == 9:
                victim.heal()
        assert victim.said == {"code", "wait", "ahead", "lost"}
        assert scene.device.failure is None


@each_kind
@pytest.mark.parametrize("engine", ENGINES)
def test_only_provisioning_forgets_the_highest_step_the_time_alone_does_not(
    kind: Kind[Any], engine: str
) -> None:
    with AnyScene(kind, engine) as scene:
        scene.age_clock(40 * YEAR_S)
        scene.provision(TOTP_KEY)
        scene.device.press()
        kind.await_code(scene.device)
        computer = Computer(scene.device)
        kind.open_setup(scene.device)
        assert computer.ask(schema.TIME, utc=round(scene.world.utc) - DAY_S, sequence=100) == (0, {})
        scene.device.press()
        assert scene.device.text.endswith(kind.says("ahead"))
        kind.open_setup(scene.device)
        assert computer.provision(TOTP_KEY, round(scene.world.utc) - DAY_S, 101, replace=True) == 0
        scene.device.press()
        kind.await_code(scene.device)
