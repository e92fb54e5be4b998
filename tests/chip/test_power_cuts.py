"""Power fails at every flash operation of a chip's life: what was acknowledged is there, and nothing is half there.

No counter comes twice, and no schedule of cuts gives anybody a ninth guess.
"""

from collections.abc import Callable

import pytest

from tests.chip import support as s
from tests.chip.cuts import Action, Life, Moment, broken_chip, new, sizes, used
from tests.chip.owner import PIN, USERS, Owner, array
from tests.device.support import FAULTS
from tests.soak import SOAK

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]

OTHER_PIN = "567890"


def set_pin(owner: Owner) -> None:
    owner.set()


def change_pin(owner: Owner) -> None:
    owner.change(PIN, OTHER_PIN)


def eight_wrong_pins(owner: Owner) -> None:
    said = []
    for number in range(8):
        if number and number % 3 == 0:
            owner.power_cycle()
        said.append(owner.wrong())
    third = [s.PIN_INVALID, s.PIN_INVALID, s.PIN_AUTH_BLOCKED]
    assert said == [*third, *third, s.PIN_INVALID, s.PIN_BLOCKED]


def wrong_then_right(owner: Owner) -> None:
    owner.wrong()
    owner.wrong()
    owner.right()


def register(owner: Owner) -> None:
    owner.register(USERS[2])
    owner.register(USERS[3], resident=False, algorithm=s.EDDSA)


def register_again(owner: Owner) -> None:
    """The same user anew: the new credential takes the place of the old one, at once."""
    owner.replace(USERS[0])


def sign_in(owner: Owner) -> None:
    for identifier in list(owner.ledger.credentials):
        owner.sign_in(identifier, up=True)
        owner.sign_in(identifier)


def delete(owner: Owner) -> None:
    owner.delete(next(one for one, known in owner.ledger.credentials.items() if known.resident))


def write_blobs(owner: Owner) -> None:
    owner.write_blobs(array(4000, 8))
    owner.write_blobs(array(40, 9))


def tidy_counters(owner: Owner) -> None:
    """Sign in until the log of counters is compacted, and go on."""
    identifier = next(iter(owner.ledger.credentials))
    for _ in range(30):
        owner.sign_in(identifier)
    assert shrinks(owner, "/store/log")
    owner.sign_in(identifier)


def tidy_passkeys(owner: Owner) -> None:
    """Write so much that the log of credentials is compacted, and go on."""
    owner.write_blobs(array(3000, 5))
    owner.write_blobs(array(3000, 6))
    assert shrinks(owner, "/passkeys/log")
    owner.register(USERS[2])


def shrinks(owner: Owner, log: str) -> bool:
    """Let the chip tidy up; say whether a log is shorter then."""
    before = sizes(owner.chip)[log]
    owner.rest()
    return sizes(owner.chip)[log] < before


# With each: of how many operations one is cut in a short run.
LIVES: list[tuple[Callable[[Life], Moment], Action, int]] = [
    (new, set_pin, 1),
    (new, register, 1),
    (used, change_pin, 1),
    (used, eight_wrong_pins, 4),
    (used, wrong_then_right, 2),
    (used, register, 3),
    (used, register_again, 2),
    (used, sign_in, 2),
    (used, delete, 2),
    (used, write_blobs, 5),
    (used, tidy_counters, 23),
    (used, tidy_passkeys, 11),
]
each_life = pytest.mark.parametrize(
    ("begin", "action", "stride"), LIVES, ids=lambda value: getattr(value, "__name__", str(value))
)


def recover(owner: Owner) -> None:
    """What a chip does first after a cut: it starts, signs in, and tidies up."""
    identifier = next((one for one in owner.ledger.credentials if one not in owner.ledger.leaving), None)
    if identifier:
        owner.sign_in(identifier)
    elif owner.info()[4]["clientPin"]:
        owner.right()
    else:
        owner.set()
    owner.rest()


@each_life
def test_a_cut_at_every_operation(
    begin: Callable[[Life], Moment], action: Action, stride: int, count: Count, record_property: Record
) -> None:
    life = Life()
    moments = life.live(begin(life), action)
    number = 0
    for moment in life.cuts(moments, count(stride, 1), count(1, 5)):
        life.survive(moment)
        number += 1
    record_property("cuts", number)
    print(f"\n{begin.__name__}, {action.__name__}: {number} cuts")
    assert number >= count(2, 10)


@each_life
def test_a_second_cut_while_the_chip_recovers(
    begin: Callable[[Life], Moment], action: Action, stride: int, count: Count, record_property: Record
) -> None:
    life = Life()
    moments = life.live(begin(life), action)
    number = 0
    for once in life.cuts(moments, count(3 * stride, 1), count(1, 2)):
        for twice in life.cuts(life.live(once, recover), faults=count(1, 2)):
            life.survive(twice)
            number += 1
    record_property("double cuts", number)
    print(f"\n{begin.__name__}, {action.__name__}: {number} double cuts")
    assert number >= count(0, 10)


@pytest.mark.parametrize(
    ("begin", "action"),
    [
        (new, set_pin),
        (used, delete),
        *([(used, register), (used, tidy_counters)] if SOAK else []),
    ],  # take long
)
def test_a_cut_of_the_real_interpreter(
    begin: Callable[[Life], Moment], action: Action, count: Count, record_property: Record
) -> None:
    life = Life("micropython", "pico")
    before = begin(life)
    number = 0
    operation = 1
    while (after := life.live_cut(before, action, operation, FAULTS[number % len(FAULTS)])) is not None:
        life.survive(after)
        number += 1
        operation += count(7, 1)
    record_property("cuts", number)
    print(f"\nmicropython, {action.__name__}: {number} cuts")
    assert number >= count(1, 2)


# Each check above fails when the firmware breaks its promise.


def signed_first() -> dict[str, str]:
    """Lets an answer out whose counter is not committed."""
    commit = "yield from state.counters.commit(found.slot, counter)\n    if session.places:"
    return broken_chip("chip/get_assertion.py", commit, "yield\n    if session.places:")


def credential_in_halves() -> dict[str, str]:
    """Stores a credential in two steps, first of all without its user's names."""
    whole = "yield from self._put(Record(place, number, made.protection, made.id, rp_id, user, blob))"
    half = 'yield from self._put(Record(place, number, made.protection, made.id, rp_id, {"id": user["id"]}, blob))'
    return broken_chip("chip/passkeys.py", whole, half + "\n        " + whole)


def removed_first() -> dict[str, str]:
    rename = "os.rename(self._new, self._log)"
    return broken_chip("common/store.py", rename, "os.remove(self._log)\n        " + rename)


def old_one_first() -> dict[str, str]:
    """Takes a credential away before the one that replaces it is there."""
    first = "used = self._store.keys(_PASSKEY)"
    gone = "if replaces:\n            yield from self.delete(replaces)\n        "
    return broken_chip("chip/passkeys.py", first + "\n        if", gone + first + "\n        if")


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (signed_first(), sign_in),
        (credential_in_halves(), register),
        (removed_first(), tidy_counters),
        (old_one_first(), register_again),
    ],
    ids=["signed first", "credential in halves", "removed first", "old one first"],
)
def test_a_firmware_that_does_not_survive_cuts_is_found_out(fault: dict[str, str], action: Action) -> None:
    life = Life(overrides=fault)
    with pytest.raises(AssertionError):  # noqa: PT012 - which of the cuts is caught does not matter
        for moment in reversed(list(life.cuts(life.live(used(life), action), faults=1))):
            life.survive(moment)
