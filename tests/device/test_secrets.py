"""No plain secret is ever in the flash; after a wipe nothing of any key is there, not even sealed."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from segl.errors import SeglError
from segl.otpauth import Key
from segl_sim import PICO, PICO2, Board
from segl_sim.boards import KIB
from segl_sim.parts.flash import FlashSnapshot
from tests.device.kinds import DISPLAY, READER, Kind, each_board
from tests.device.support import FAULTS, Fault, broken, code_of, cut_by, files, provision, pull
from tests.device.used_device import UsedDevice

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]

Wipe = Callable[[UsedDevice], None]

# A wipe of these takes a minute less.
SMALL = {DISPLAY: replace(PICO, files_size=320 * KIB), READER: replace(PICO2, files_size=2240 * KIB)}
AFTER = Key("afterwards", b"a" * 20, kind="hotp")


def wipe_over_the_wire(used: UsedDevice) -> None:
    with used.device.connect() as session:
        used.kind.yes_to_wipe(used.device, after=1.5)
        session.wipe()
    used.world.advance(5)


def wipe_by_the_way_back_in(used: UsedDevice) -> None:
    pull(used.device)
    used.device.restore_power()
    key = used.kind.main(used.device)
    key.press()
    used.device.plug_in()
    used.world.advance(17)
    key.release()
    used.world.advance(90)


def assert_nothing_left(used: UsedDevice, root: bytes | None) -> None:
    assert not used.anything_in_flash()
    assert root is None or not used.device.flash.contains(root)


def root_secret(used: UsedDevice) -> bytes | None:
    """Return the root secret of a board that keeps it in its flash."""
    found = [content for path, content in files(used.device).items() if path.endswith("/root")]
    assert len(found) == (not used.device.board.otp_secret)
    return found[0] if found else None


def assert_usable(used: UsedDevice) -> None:
    """The device starts, has no key, takes one, keeps it and shows its code."""
    pull(used.device)
    used.device.restore_power()
    assert used.kind.is_new(used.device)
    provision(used.device, AFTER)
    pull(used.device)
    used.device.restore_power()
    used.device.press()
    assert used.device.code == code_of(AFTER, 0)


@each_board
def test_no_plain_secret_after_a_thousand_operations_and_nothing_after_a_wipe(
    kind: Kind[Any], board: Board, count: Count, record_property: Record
) -> None:
    used = UsedDevice(kind, board)
    # A reader is walked through its menu, which takes a computer several times as long.
    keys, operations = (0, 150) if kind is DISPLAY else (60, 25)
    for _ in itertools.chain(used.fill(keys), used.use(count(operations, 1000))):
        assert not used.plain_in_flash()
    root = root_secret(used)
    record_property("compactions", used.compactions)
    print(f"\n{kind.name}, {board.name}: {used.compactions} compactions, {len(used.sealed)} sealed secrets")
    assert used.compactions >= count(4 if kind is DISPLAY else 7, 21)
    assert used.anything_in_flash()
    wipe_over_the_wire(used)
    assert_nothing_left(used, root)
    assert root is None or root_secret(used) != root
    assert_usable(used)


@each_board
def test_nothing_is_left_after_the_way_back_in_and_then_the_prompt_is_there(
    kind: Kind[Any], board: Board
) -> None:
    used = UsedDevice(kind, board)
    for _ in used.use(20):
        pass
    assert used.anything_in_flash()
    root = root_secret(used)
    wipe_by_the_way_back_in(used)
    assert_nothing_left(used, root)
    assert "/developer" in files(used.device)
    assert prompt(used) == b"\r\n>>> "
    assert root is None or root_secret(used) != root
    pull(used.device)
    used.device.restore_power()
    used.device.press()
    if kind is DISPLAY:
        assert used.device.text.startswith("Developer device.")
        used.world.advance(2)
        assert used.device.text.startswith("No key yet.")
    else:  # said first, and then the first question, which is what there is room for
        assert used.device.text.startswith(("For developers.", "May codes be spoken aloud?"))


def prompt(used: UsedDevice) -> bytes:
    """What a serial terminal shows after Enter."""
    port = used.device.serial_port()
    port.open()
    used.world.advance(0.1)
    port.write(b"\r")
    used.world.advance(0.1)
    return port.read()


@pytest.mark.parametrize(
    ("kind", "wipe", "stride", "least"),
    [
        (DISPLAY, wipe_over_the_wire, 193, 9),
        (DISPLAY, wipe_by_the_way_back_in, 193, 9),
        (READER, wipe_over_the_wire, 1100, 2),
        (READER, wipe_by_the_way_back_in, 1100, 2),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_wipe_that_is_cut_ends_at_the_next_start(
    kind: Kind[Any], wipe: Wipe, stride: int, least: int, count: Count, record_property: Record
) -> None:
    used, flash = used_for_a_while(kind)
    root = root_secret(used)
    number = 0
    # From the second operation on: the first one makes the mark that a wipe has begun. The key that switches a reader
    # on is a code's before it is the way back in.
    operation = 2 if kind is DISPLAY else 12
    while cut_wipe(used, flash, wipe, operation, FAULTS[number % len(FAULTS)]):
        assert_nothing_left(used, root)
        if "/developer" not in files(used.device):
            assert_usable(used)
        number += 1
        operation += count(stride, 10)
    record_property("cuts", number)
    print(f"\n{kind.name}, {wipe.__name__}: {number} cuts")
    assert number >= count(least, 100)


def used_for_a_while(
    kind: Kind[Any] = DISPLAY, overrides: dict[str, str] | None = None
) -> tuple[UsedDevice, FlashSnapshot]:
    """Return a device that was used for a while and is now off, and its flash."""
    used = UsedDevice(kind, SMALL[kind], overrides=overrides)
    for _ in used.use(20):
        pass
    pull(used.device)
    return used, used.device.flash.snapshot()


def cut_wipe(used: UsedDevice, flash: FlashSnapshot, wipe: Wipe, operation: int, fault: Fault) -> bool:
    """Let the power fail during a wipe, and start the device again; say whether there is such an operation."""

    def act() -> None:
        with suppress(SeglError):
            wipe(used)

    used.device.flash.restore(flash)
    used.device.restore_power()
    used.device.plug()
    cut = cut_by(used.device, act, operation, fault)
    pull(used.device)
    used.device.restore_power()
    used.device.press()
    used.world.advance(60)
    return cut


# Each check above fails when the firmware breaks its promise.


def test_a_vault_that_lets_a_secret_through_is_found_out() -> None:
    leak = broken("common/vault.py", "iv = self._random(_BLOCK)", "iv = plain[-_BLOCK:]")
    used = UsedDevice(DISPLAY, SMALL[DISPLAY], overrides=leak)
    assert any(used.plain_in_flash() for _ in used.use(20))


def test_a_wipe_that_leaves_free_blocks_alone_is_found_out() -> None:
    lazy = broken("common/store.py", "for percent in self._fill():", "for percent in ():")
    used, _ = used_for_a_while(overrides=lazy)
    used.device.restore_power()
    wipe_over_the_wire(used)
    assert used.anything_in_flash()


def test_a_wipe_that_is_not_taken_up_again_is_found_out() -> None:
    forgetful = broken("common/store.py", "self.wiping = _exists(self._marker)", "pass")
    used, flash = used_for_a_while(overrides=forgetful)
    assert cut_wipe(used, flash, wipe_over_the_wire, 100, FAULTS[0])
    assert used.anything_in_flash()
