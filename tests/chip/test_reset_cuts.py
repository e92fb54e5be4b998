"""A reset leaves nothing, wherever the power fails: all is as it was, or nothing of it can be opened any more."""

from collections.abc import Callable

import pytest

from common.otp import hmac
from segl.errors import NotFound
from segl_sim.parts.flash import SECTOR
from segl_wire import ctaphid
from tests.chip import support as s
from tests.chip.cuts import Life, Moment, broken_chip, contents, root_secret, used
from tests.chip.owner import INITIAL, USERS, Owner
from tests.device.support import FAULTS, files
from tests.soak import SOAK

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]
Action = Callable[[Owner], None]

_SALT = "/salt/salt"


def reset(owner: Owner) -> None:
    owner.reset()


def way_back_in(owner: Owner) -> None:
    """Hold the pad from power-up on: the chip forgets everything and opens itself to developers."""
    chip = owner.chip
    chip.unplug()
    owner.world.advance(0.2)
    owner.ledger.resetting = True
    chip.pad.press()
    try:
        chip.plug_in()
        owner.world.advance(13)
    finally:
        chip.pad.release()
    owner.world.advance(5)
    owner.ledger = owner.ledger.after_reset()


class Sealed:
    """What was sealed on a chip, and what is known to whoever tries to open it: the board's root secret, an old id.

    Args:
        life: The chip, off.
        before: As it was.
    """

    def __init__(self, life: Life, before: Moment) -> None:
        self._life = life
        life.chip.flash.restore(before.flash)
        self.salt = contents(life.chip)[_SALT]
        self._root = root_secret(life.chip)
        self._identifier = next(iter(before.ledger.credentials))

    def opens(self, secret: bytes) -> bool:
        """Whether the credential id opens with 32 bytes in the place of the salt."""
        key = hmac(hmac(self._root, secret), b"segl vault 1 authentication")
        context = b"rp" + s.sha256(s.RP.encode())
        data, tag = self._identifier[:-32], self._identifier[-32:]
        return hmac(key, len(context).to_bytes(2, "little") + context + data) == tag

    def lies_in_flash(self) -> bool:
        """Whether the salt lies anywhere, whole or in halves."""
        flash = self._life.chip.flash
        return flash.contains(self.salt[:16]) or flash.contains(self.salt[16:])

    def key_in_flash(self) -> bool:
        """Whether any 32 bytes that lie in flash open the credential id."""
        image = self._life.chip.flash.image()
        for sector in self._life.chip.flash.snapshot().sectors:
            part = image[sector * SECTOR : (sector + 1) * SECTOR + 31]
            if part.count(0xFF) == len(part):
                continue
            if any(self.opens(part[at : at + 32]) for at in range(len(part) - 31)):
                return True
        return False


@pytest.mark.parametrize("board", ["pico2", "pico"])
def test_after_a_reset_nothing_opens_any_more_and_the_chip_is_as_new(board: str) -> None:
    life = Life(board=board)
    before = used(life)
    sealed = Sealed(life, before)
    assert sealed.opens(sealed.salt)
    assert sealed.key_in_flash()
    owner = life.start(before)
    reset(owner)
    assert not sealed.lies_in_flash()
    assert not sealed.key_in_flash()
    assert owner.ledger.gone == before.ledger.credentials.keys()
    owner.check()
    info = owner.info()
    assert (info[4]["clientPin"], info[4]["alwaysUv"], info[13], info[20]) == (False, False, 4, 100)
    assert owner.read_blobs() == INITIAL
    assert owner.status(s.GET, s.asking()) == s.NO_CREDENTIALS
    owner.set()
    assert owner.retries == 8
    owner.register(USERS[3])
    life.start(life.now()).check()


@pytest.mark.parametrize("action", [reset, way_back_in])
@pytest.mark.parametrize("board", ["pico2", "pico"])
def test_a_cut_at_every_operation_of_a_reset(
    action: Action, board: str, count: Count, record_property: Record
) -> None:
    life = Life(board=board)
    before = used(life)
    sealed = Sealed(life, before)
    moments = life.live(before, action)
    kept = number = 0
    for moment in life.cuts(moments, count(7, 1), count(1, 5)):
        kept += survives(life, moment, sealed)
        number += 1
    record_property("cuts", number)
    print(f"\n{board}, {action.__name__}: {number} cuts, {kept} came before the reset")
    assert number >= count(4, 150)
    assert kept < number // 2


def survives(life: Life, moment: Moment, sealed: Sealed) -> bool:
    """Start after a cut: everything is there, or nothing; return which."""
    try:
        owner = life.start(moment)
    except NotFound:  # a developer's chip shows no security key
        assert "/developer" in files(life.chip)
        assert not sealed.lies_in_flash(), "a key is left"
        life.off()
        return False
    there = owner.status(
        s.GET, s.asking(allow=[next(iter(moment.ledger.credentials or owner.ledger.gone))], up=False)
    )
    if there != s.OK:
        assert not sealed.lies_in_flash(), "a key is left"
    owner.check()
    life.off()
    return there == s.OK


@pytest.mark.parametrize("board", ["pico2", *(["pico"] if SOAK else [])])
def test_a_second_cut_while_an_unfinished_reset_is_finished(
    board: str, count: Count, record_property: Record
) -> None:
    life = Life(board=board)
    before = used(life)
    sealed = Sealed(life, before)
    number = 0
    for once in life.cuts(life.live(before, reset), count(11, 1), count(1, 2)):
        for twice in life.cuts(life.live(once, Owner.rest), count(11, 1), count(1, 2)):
            survives(life, twice, sealed)
            number += 1
    record_property("double cuts", number)
    print(f"\n{board}: {number} double cuts")
    assert number >= count(4, 1000)


def test_a_cut_of_the_real_interpreter_in_a_reset(count: Count) -> None:
    life = Life("micropython", "pico")
    before = used(life)
    sealed = Sealed(life, before)
    operation = 1
    number = 0
    while (after := life.live_cut(before, reset, operation, FAULTS[number % len(FAULTS)])) is not None:
        survives(life, after, sealed)
        number += 1
        operation += count(19, 1)
    assert number >= count(2, 20)


@pytest.mark.parametrize("command", [ctaphid.CANCEL, ctaphid.INIT])
def test_a_reset_that_has_begun_cannot_be_taken_back(command: int, count: Count) -> None:
    """Nobody may believe that it was taken back while half of it is done."""
    life = Life()
    before = used(life)
    for late_ms in range(4990, 5400, count(40, 5)):
        owner = life.start(before)
        owner.power_cycle()
        owner.send(owner.channel, ctaphid.CBOR, bytes([s.RESET]))
        owner.world.advance(0.1)
        owner.chip.touch(6)
        owner.world.advance(late_ms / 1000)
        owner.send(owner.channel, command, bytes(8) if command == ctaphid.INIT else b"")
        owner.world.advance(2)
        owner.ledger.resetting = True
        life.survive(life.now())
        done = not owner.ledger.credentials or life.start(life.now())._is_new()
        assert done or late_ms < 5100


def test_a_reset_that_keeps_a_block_of_its_salt_is_found_out() -> None:
    lazy = broken_chip("common/salt.py", "for _ in range(2):", "for _ in range(0):")
    life = Life(overrides=lazy)
    before = used(life)
    sealed = Sealed(life, before)
    reset(life.start(before))
    assert sealed.key_in_flash()


def test_a_reset_that_forgets_its_records_first_is_found_out() -> None:
    """A salt that outlives the records: a cut in between leaves half of everything."""
    destroy = "        for _ in self._salt.destroy():\n            yield\n"
    stores = "        for store in self.stores:\n            store.discard()\n            store.open()\n        yield\n"
    late = broken_chip("boards/chip/parts.py", destroy + stores, stores + destroy)
    life = Life(overrides=late)
    before = used(life)
    sealed = Sealed(life, before)
    with pytest.raises(AssertionError):  # noqa: PT012 - which of the cuts is caught does not matter
        for moment in life.cuts(life.live(before, reset), faults=1):
            survives(life, moment, sealed)
