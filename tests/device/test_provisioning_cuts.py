"""Power fails at every flash operation of a provisioning: its key is there wholly or not at all, all others stay."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest

from segl import Display
from segl.display import KeyInfo
from segl.errors import SeglError
from segl.otpauth import Key
from segl_sim import CodeDisplay, World
from segl_sim.parts.flash import SECTOR, FlashSnapshot
from tests.device.full_display import KEYS, FullDisplay
from tests.device.support import FAULTS, Fault, broken, code_of, cut_by, files, provision, pull

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]

NEW = [
    Key("first", b"1" * 20, kind="hotp", counter=7),
    Key("second", b"2" * 64, digits=8, algorithm="SHA512"),
]
# Old names, new secrets. The first makes the log too long, so that it is compacted before the second.
OTHER = [
    replace(KEYS[0], secret=b"t" * 64, kind="hotp", digits=7, counter=1 << 40),
    replace(KEYS[1], secret=b"h" * 64, kind="totp", digits=8),
]


class Scene(NamedTuple):
    """A device that is off, its keys, and those that are put on it while the power fails."""

    device: CodeDisplay
    flash: FlashSnapshot
    keys: list[Key]
    coming: list[Key]

    def start(self) -> None:
        """Switch it on, as it was, at a computer."""
        self.device.flash.restore(self.flash)
        if not self.keys:
            self.device.clock.lose_power()
        self.device.restore_power()
        self.device.plug()

    def states(self) -> list[list[Key]]:
        """The keys that it may hold: after none, one, two ... of the provisionings."""
        found = [self.keys]
        for key in self.coming:
            kept = {old.name: old for old in found[-1]}
            found.append(list({**kept, key.name: key}.values()))
        return found


def blank(overrides: dict[str, str] | None = None) -> Scene:
    device = World(seed=4).code_display(overrides=overrides)
    device.plug()
    pull(device)
    return Scene(device, device.flash.snapshot(), [], NEW)


def full() -> Scene:
    display = FullDisplay("micropython", 1)
    before = display.rounds[0]
    keys = [replace(key, counter=before.lowest) if key is KEYS[1] else key for key in KEYS]
    return Scene(display.device, before.flash, keys, OTHER)


def provision_under_a_cut(scene: Scene, operation: int, fault: Fault) -> int | None:
    """Return how many provisionings were acknowledged before the cut; None if there is no such operation."""
    acknowledged: list[int] = []

    def act() -> None:
        try:
            for key in scene.coming:
                sequence = session.info().sequence + 1
                acknowledged.append(
                    session.provision(key, round(scene.device.world.utc), sequence, replace=True)
                )
        except SeglError:
            pass

    scene.start()
    scene.device.press(6)
    with scene.device.connect() as session:
        cut = cut_by(scene.device, act, operation, fault)
    assert cut or len(acknowledged) == len(scene.coming)
    pull(scene.device)
    return len(acknowledged) if cut else None


def check(scene: Scene, acknowledged: int) -> None:
    """Start the device after a cut: what was acknowledged is there, and of what was not, all or nothing."""
    scene.device.restore_power()
    with scene.device.connect() as session:
        info = session.info()
        found = described(session.keys())
        states = scene.states()
        held = [described(state) for state in states]
        assert found in held[acknowledged : acknowledged + 2]
        state = states[held.index(found)]
        assert info.storage == "good"
        assert info.utc is not None or not state
        assert info.utc is None or abs(info.utc - scene.device.world.utc) <= 2
        for key in scene.coming:
            names = [old.name for old in state]
            if key.name in names:
                assert_right_code(scene, session, names.index(key.name), state[names.index(key.name)])
    pull(scene.device)


def described(keys: Sequence[Key | KeyInfo]) -> list[tuple[str, str, int]]:
    return [(key.name, key.kind, key.digits) for key in keys]


def assert_right_code(scene: Scene, session: Display, index: int, key: Key) -> None:
    world = scene.device.world
    world.advance(key.period - world.utc % key.period + 3)
    scene.device.finger(after=1.5)
    moving = key.counter if key.kind == "hotp" else int(world.utc) // key.period
    assert session.code(index).code == code_of(key, moving)
    world.advance(10)


def cuts(scene: Scene, faults: int) -> int:
    """Cut every operation of the scene's provisionings, check what is left, and return the number of cuts."""
    number = operation = 0
    while True:
        operation += 1
        for way in range(faults):
            acknowledged = provision_under_a_cut(scene, operation, FAULTS[(operation + way) % len(FAULTS)])
            if acknowledged is None:
                return number
            check(scene, acknowledged)
            number += 1


@pytest.mark.parametrize("scene", [blank, full])
def test_a_cut_at_every_operation_of_provisionings(
    scene: Callable[[], Scene], count: Count, record_property: Record
) -> None:
    number = cuts(scene(), count(1, 5))
    record_property("cuts", number)
    print(f"\nprovisioning, {scene.__name__}: {number} cuts")
    assert number >= 5


def test_a_cut_at_every_operation_of_the_first_start_on_a_board_that_makes_its_root_secret(
    record_property: Record,
) -> None:
    device = World(seed=5).code_display("pico")
    flash = device.flash.snapshot()
    key = Key("after", b"a" * 20, kind="hotp")
    number = operation = 0
    while True:
        operation += 1
        for fault in FAULTS:
            device.flash.restore(flash)
            device.restore_power()
            cut = cut_by(device, device.press, operation, fault)
            pull(device)
            if not cut:
                record_property("cuts", number)
                print(f"\nfirst start: {number} cuts")
                assert number > 10
                return
            number += 1
            device.restore_power()
            provision(device, key)
            pull(device)
            device.restore_power()
            device.press()
            assert device.code == code_of(key, 0)
            pull(device)


def test_keys_put_on_again_and_again_without_a_press_do_not_fill_the_flash() -> None:
    # Only presses used to compact the log: a computer could make it longer than the next start can read.
    device = World(seed=5).code_display()
    for number in range(40):
        provision(device, replace(NEW[1], secret=bytes([number]) * 64))
    assert len(files(device)["/store/log"]) < SECTOR
    assert_it_keeps(device, replace(NEW[1], secret=bytes([39]) * 64))


def assert_it_keeps(device: CodeDisplay, key: Key) -> None:
    pull(device)
    device.restore_power()
    device.world.advance(key.period - device.world.utc % key.period + 1)
    device.press()
    assert device.code == code_of(key, int(device.world.utc) // key.period)


def test_a_firmware_that_provisions_in_several_steps_is_found_out() -> None:
    several = broken(
        "code_display/requests.py",
        "self._parts.store.put_all(records)",
        "for record in records:\n            self._parts.store.put_all([record])",
    )
    with pytest.raises((AssertionError, SeglError)):
        cuts(blank(several), 1)
