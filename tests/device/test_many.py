"""100 devices at once in one world, each with its own key and its own drift: every code is its own, and right."""

import random
import re
from dataclasses import dataclass
from typing import Any

import pytest

from segl.otpauth import Key
from segl_sim import CodeDisplay, DeviceFailure, FirmwareError, MemoryBudgetError, RunawayError, World
from tests.device.kinds import DISPLAY, READER, Holdable, Kind
from tests.device.support import broken, code_of
from tests.soak import count

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

DEVICES = {
    (DISPLAY, "micropython"): 100,
    (DISPLAY, "cpython"): count(30, 100),
    (READER, "micropython"): count(10, 100),
    (READER, "cpython"): count(10, 100),
}
DAY_S = 86_400
TRAPS = {
    DISPLAY: ("code_display/app.py", "    def _next_code(self):\n", "self"),
    READER: ("audio_reader/teller.py", "    def speak(self):\n", "self._app"),
}
# What is planted in a device, to happen with a battery below PLANTED_MV, and how it must end there.
PLANTED = {
    3: ("self.parts.planted()", FirmwareError),
    6: ("while True: self.planted = 0", RunawayError),
    9: ("self.planted = [bytes(1024) for _ in range(HOARD)]", MemoryBudgetError),
}
PLANTED_MV = 2900
HOARD = {DISPLAY: 120, READER: 320}  # too much for its board, and not for its interpreter


@dataclass
class Owned:
    """A device, and what its owner knows of it: the key, and how far the clock chip is from the device's UTC."""

    device: Holdable
    key: Key
    offset: int = 0
    right: bool = False

    def look(self) -> None:
        """See whether the code on the screen is the one of now."""
        # Once only: a code stays for up to a second after its step.
        if not self.right and self.device.code is not None:
            utc = self.device.clock.seconds + self.offset
            assert self.device.code == code_of(self.key, utc // self.key.period)
            assert self.device.lines[0] == self.key.name
            self.right = True


def planted(kind: Kind[Any], line: str) -> dict[str, str]:
    """Firmware in which a press runs a line when the battery is no longer fresh."""
    path, head, app = TRAPS[kind]
    line = line.replace("HOARD", str(HOARD[kind]))
    trap = f"        if {app}.parts.power.battery_mv() < {PLANTED_MV}:\n            {line}\n"
    return broken(path, head, head + trap, kind.boards[-1].name, kind.package)


def crowd(world: World, kind: Kind[Any]) -> list[Owned]:
    """Make all devices, give each a key through its own serial session, and leave them switched off."""
    chance = random.Random(world.seed)
    owned: list[Owned] = []
    wait = 0.0
    for number in range(DEVICES[kind, world.engine]):
        overrides = planted(kind, PLANTED[number][0]) if number in PLANTED else None
        drift = chance.uniform(-20, 20)
        device = kind.make(world, kind.boards[-1], overrides=overrides, drift_ppm=drift)
        key = Key(
            name=f"Key {number}",
            secret=chance.randbytes(chance.randint(1, 64)),
            algorithm=chance.choice(("SHA1", "SHA256", "SHA512")),
            digits=chance.choice((6, 7, 8)),
            period=chance.choice((30, 60)),
        )
        owned.append(Owned(device, key))
    for one in owned:
        wait = kind.begin_setup(one.device)
        one.device.plug_in()
    world.advance(wait)
    for number, one in enumerate(owned):
        with one.device.connect() as session:
            session.provision(one.key, round(world.utc) + chance.randint(-DAY_S, DAY_S), sequence=1)
            info = session.info()
            assert (info.keys, info.open > 0) == (1, True), number
            assert info.utc is not None
            one.offset = info.utc - one.device.clock.seconds
    for one in owned:
        one.device.power_cut()
    world.advance(1)
    for one in owned:
        one.device.restore_power()
    return owned


def press_all(world: World, owned: list[Owned]) -> list[DeviceFailure]:
    """Press every key within a second, look at every code, and return what failed."""
    for number, one in enumerate(owned):
        one.right = False
        one.device.finger(after=number / len(owned))
    failures: list[DeviceFailure] = []
    for _ in range(5 if isinstance(owned[0].device, CodeDisplay) else 12):  # some wait, some go dark soon
        try:
            world.advance(2)
        except DeviceFailure as failure:
            failures.append(failure)
        for one in owned:
            one.look()
    return failures


@pytest.mark.counts
@pytest.mark.parametrize(("kind", "engine"), DEVICES, ids=str)
def test_100_devices_at_once_are_right_and_three_that_fail_leave_the_others_running(
    kind: Kind[Any], engine: str
) -> None:
    with World(seed=8, engine=engine) as world:
        owned = crowd(world, kind)
        assert len({one.device.unique_id for one in owned}) == len(owned)
        world.advance(DAY_S)
        assert not any(one.device.running for one in owned)
        assert press_all(world, owned) == []
        assert all(one.right for one in owned)

        world.advance(DAY_S)
        for number in PLANTED:
            owned[number].device.battery.millivolts = PLANTED_MV - 100
        failures = press_all(world, owned)
        # The cpython engine has no heap of its own to overrun.
        failing = [
            number
            for number in PLANTED
            if engine == "micropython" or PLANTED[number][1] is not MemoryBudgetError
        ]
        assert [(type(failure), str(failure).partition(":")[0]) for failure in failures] == [
            (PLANTED[number][1], f"{kind.name}{number}") for number in failing
        ]
        path, head, _ = TRAPS[kind]
        where = rf"{re.escape(path)}\"?,(?: at or after)? line \d+, in {head.split()[1].partition('(')[0]}"
        for failure in failures:
            named = re.search(where, str(failure))
            assert named or type(failure) is MemoryBudgetError
        for number, one in enumerate(owned):
            # A heap is looked at after the work, when the code may be on the screen already.
            hoarded = type(one.device.failure) is MemoryBudgetError
            assert one.right == (number not in failing) or hoarded, number
            assert not (one.device.running and one.device.failure)
            assert (one.device.failure in failures) == (number in failing)

        # Those that are left answer a computer, too.
        for one in owned[2:12]:
            if not one.device.failure:
                with one.device.connect() as session:
                    assert session.key(0).name == one.key.name
