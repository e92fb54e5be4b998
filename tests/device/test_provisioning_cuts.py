"""Power fails at every flash operation of a provisioning: its key is there wholly or not at all, all others stay."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from segl import KeyInfo
from segl.errors import SeglError
from segl.otpauth import Key
from segl.session import Session
from segl_sim import World
from segl_sim.parts.flash import SECTOR, FlashSnapshot
from tests.device.full_device import KEYS, FullDevice
from tests.device.kinds import DISPLAY, READER, Holdable, Kind, each_kind, kind_of
from tests.device.support import FAULTS, Fault, broken, code_of, cut_by, files, provision, pull

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

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

    device: Holdable
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


def blank(kind: Kind[Any], overrides: dict[str, str] | None = None) -> Scene:
    device = kind.make(World(seed=4), overrides=overrides)
    kind.open_setup(device)
    pull(device)
    return Scene(device, device.flash.snapshot(), [], NEW)


def full(kind: Kind[Any]) -> Scene:
    full_one = FullDevice(kind, "micropython" if kind is DISPLAY else "cpython", 1)
    before = full_one.rounds[0]
    keys = [replace(key, counter=before.lowest) if key is KEYS[1] else key for key in KEYS]
    return Scene(full_one.device, before.flash, keys, OTHER)


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
    kind_of(scene.device).open_setup(scene.device)
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


def assert_right_code(scene: Scene, session: Session, index: int, key: Key) -> None:
    world = scene.device.world
    world.advance(key.period - world.utc % key.period + 3)
    kind_of(scene.device).yes(scene.device, after=1.5)
    moving = key.counter if key.kind == "hotp" else int(world.utc) // key.period
    assert session.code(index).code == code_of(key, moving)
    world.advance(10)


def cuts(scene: Scene, faults: int, stride: int = 1) -> int:
    """Cut operations of the scene's provisionings, check what is left, and return the number of cuts.

    Args:
        scene: Where.
        faults: In how many ways each operation is cut.
        stride: Of how many operations one is cut.
    """
    number = operation = 0
    while True:
        operation += stride
        for way in range(faults):
            acknowledged = provision_under_a_cut(scene, operation, FAULTS[(operation + way) % len(FAULTS)])
            if acknowledged is None:
                return number
            check(scene, acknowledged)
            number += 1


# A reader is walked through its menu, which takes a computer several times as long.
@pytest.mark.parametrize(
    ("kind", "scene", "stride", "least"),
    [(DISPLAY, blank, 1, 4), (DISPLAY, full, 1, 45), (READER, blank, 1, 3), (READER, full, 5, 9)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_cut_at_every_operation_of_provisionings(
    kind: Kind[Any],
    scene: Callable[[Kind[Any]], Scene],
    stride: int,
    least: int,
    count: Count,
    record_property: Record,
) -> None:
    number = cuts(scene(kind), count(1, 5), count(stride, 1))
    record_property("cuts", number)
    print(f"\nprovisioning, {kind.name}, {scene.__name__}: {number} cuts")
    assert number >= least * count(1, 5)


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
                assert number >= 22
                return
            number += 1
            device.restore_power()
            provision(device, key)
            pull(device)
            device.restore_power()
            device.press()
            assert device.code == code_of(key, 0)
            pull(device)


@each_kind
def test_keys_put_on_again_and_again_without_a_press_do_not_fill_the_flash(kind: Kind[Any]) -> None:
    # Only presses used to compact the log: a computer could make it longer than the next start can read.
    device = kind.make(World(seed=5))
    for number in range(40):
        provision(device, replace(NEW[1], secret=bytes([number]) * 64))
    assert len(files(device)["/store/log"]) < SECTOR
    assert_it_keeps(device, replace(NEW[1], secret=bytes([39]) * 64))


def assert_it_keeps(device: Holdable, key: Key) -> None:
    pull(device)
    device.restore_power()
    device.world.advance(key.period - device.world.utc % key.period + 1)
    device.press()
    assert kind_of(device).await_code(device) == code_of(key, int(device.world.utc) // key.period)


def test_a_firmware_that_provisions_in_several_steps_is_found_out() -> None:
    several = broken(
        "common/requests.py",
        "self._parts.store.put_all(records)",
        "for record in records:\n            self._parts.store.put_all([record])",
    )
    with pytest.raises((AssertionError, SeglError)):
        cuts(blank(DISPLAY, several), 1)
