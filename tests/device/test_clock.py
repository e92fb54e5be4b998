"""A year of presses with a drifting clock, and a clock that is pulled, set back and set ahead: never an older code."""

import random

import pytest

from segl.otpauth import Key
from segl_sim import CodeDisplay
from segl_wire import schema
from tests.device.scene import ENGINES, SECRET, TOTP_KEY, YEAR_S, Computer, Scene
from tests.device.support import code_of
from tests.soak import count

DAY_S = 86_400
PERIOD = 30
AHEAD_LIMIT_S = 600
DAYS = 365
FAULTS = {"micropython": count(150, 1000), "cpython": count(40, 1000)}
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


@pytest.mark.parametrize("drift_ppm", [-2, 2])
def test_a_year_with_one_press_a_day_gives_right_codes_only(drift_ppm: int) -> None:
    with Scene(seed=9 + drift_ppm, drift_ppm=drift_ppm) as scene:
        scene.provision(TOTP_KEY)
        offset = scene.utc - scene.world.utc
        server = Server()
        scene.world.advance(EVENING_S)
        chance = random.Random(drift_ppm)
        for day in range(DAYS):
            scene.world.advance(DAY_S + chance.uniform(-600, 600))
            scene.device.press()
            if scene.device.code is None:
                assert scene.device.lines[0] == "New code in"
                scene.world.advance(6)
            code = scene.device.code
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
    """A display whose clock somebody keeps tampering with, and what its screen has ever shown.

    Args:
        scene: Where it is.
        seed: Of the tampering.
    """

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.device: CodeDisplay = scene.device
        self.chance = random.Random(seed)
        self.keys = [
            TOTP_KEY,
            Key("Mail", SECRET[::-1], algorithm="SHA256"),
            Key("Work", b"w" * 32, period=60),
        ]
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
        """Walk through the keys, and judge what the screen shows of each."""
        for index, key in enumerate(self.keys):
            self.device.press()
            if self.device.lines and self.device.lines[0] == "New code in":
                self.scene.world.advance(6)
            self.judge(index, key)
        self.scene.switch_off()
        self.scene.world.advance(1.5)

    def right(self, index: int, key: Key, utc: int) -> tuple[str, str]:
        """Say what the screen must show at a time: which case it is, and how its text begins."""
        if self.lost:
            return "lost", "Clock stopped. Connect to a computer and set up again."
        wait = self.highest[index] * key.period - utc
        if utc // key.period >= self.highest[index]:
            return "code", f"{code_of(key, utc // key.period)} {key.name}"
        if wait > AHEAD_LIMIT_S:
            return "ahead", "Clock was ahead. Set up again."
        minutes, seconds = divmod(wait, 60)
        words = [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds or not minutes)
        return "wait", f"Wait {' '.join(words)}. The clock was a little ahead."

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
        for index, key in enumerate(self.keys):
            self.device.press()
            if self.device.lines[0] == "New code in":
                self.scene.world.advance(6)
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
@pytest.mark.parametrize("engine", ENGINES)
def test_a_clock_pulled_set_back_and_set_ahead_never_shows_an_older_code(engine: str) -> None:
    with Scene(engine, seed=3) as scene:
        victim = Victim(scene, seed=11)
        for number in range(FAULTS[engine]):
            victim.tamper()
            victim.look()
            if number % 10 == 9:
                victim.heal()
        assert victim.said == {"code", "wait", "ahead", "lost"}
        assert scene.device.failure is None


@pytest.mark.parametrize("engine", ENGINES)
def test_only_provisioning_forgets_the_highest_step_the_time_alone_does_not(engine: str) -> None:
    with Scene(engine) as scene:
        scene.age_clock(40 * YEAR_S)
        scene.provision(TOTP_KEY)
        scene.device.press()
        assert scene.device.code is not None
        computer = Computer(scene.device)
        scene.device.press(6)
        assert computer.ask(schema.TIME, utc=round(scene.world.utc) - DAY_S, sequence=100) == (0, {})
        scene.device.press()
        assert scene.device.text == "Clock was ahead. Set up again."
        scene.device.press(6)
        assert computer.provision(TOTP_KEY, round(scene.world.utc) - DAY_S, 101, replace=True) == 0
        scene.device.press()
        scene.world.advance(6)
        assert scene.device.code is not None
