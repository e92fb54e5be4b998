"""Whoever cuts the power at will, again and again, has no more than eight guesses of a PIN; each is counted first."""

import random
from collections.abc import Callable, Iterator

import pytest

from segl.errors import Lost
from segl_wire import cbor, ctaphid
from tests.chip import support as s
from tests.chip.cuts import Life, broken_chip, used
from tests.chip.owner import PIN
from tests.device.support import FAULTS
from tests.soak import SOAK

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]

# The chip says on its console when it looks at a guess, which no answer needs to tell.
_LOOK = "if not equal(self._vault.open("
WATCHED = broken_chip("chip/pin.py", _LOOK, f'print("compared")\n        {_LOOK}')
MOST = 200  # guesses that an attacker tries, cut or not


class Attacker:
    """Guesses at a chip's PIN, and cuts its power when it likes.

    Args:
        life: The chip.
        seed: Of what it does.
    """

    def __init__(self, life: Life, seed: int) -> None:
        self.life = life
        self.chance = random.Random(seed)
        self.owner = life.start(used(life))
        self.life.chip.console.clear()

    @property
    def compared(self) -> int:
        """How often the chip has looked at a guess."""
        return "".join(self.life.chip.console).count("compared")

    def guesses(self) -> Iterator[int]:
        """Guess until the PIN is blocked; give how many guesses the chip had left before each."""
        for _ in range(MOST):
            left = self.owner.retries
            if not left:
                return
            yield left
            if self.chance.random() < 0.3:
                self._again()
            try:
                self.chance.choice((self._guess, self._cut, self._cut, self._unplug, self._cancel))()
            except Lost:
                self._again()

    def _again(self) -> None:
        self.life.off()
        self.owner = self.life.start(self.life.now())

    def _guess(self) -> None:
        if self.owner.ask_token("0000", s.GA, s.RP)[0] == s.PIN_AUTH_BLOCKED:
            self._again()

    def _cut(self) -> None:
        """Cut the power in one of the first flash operations of a guess, or of the tidying up after it."""
        fault = self.chance.choice(FAULTS)
        flash = self.life.chip.flash
        flash.unstable = fault.unstable
        flash.cut_at(self.chance.randint(1, 3), fault.tear)
        try:
            self._guess()
            if self.chance.random() < 0.5:
                self.owner.rest()
                self.owner.info()
        finally:
            flash.cancel_cut()

    def _send(self) -> None:
        secret = self.owner.agree(2)
        wrong = secret.encrypt(s.pin_hash("0000"))
        message = bytes([s.PIN]) + cbor.encode({1: 2, 2: 5, 3: secret.key, 6: wrong})
        self.owner.send(self.owner.channel, ctaphid.CBOR, message)

    def _unplug(self) -> None:
        """Pull the plug while the chip works on a guess."""
        self._send()
        self.life.world.advance(self.chance.random() * 0.01)
        self._again()

    def _cancel(self) -> None:
        """Take a guess back while the chip works on it."""
        self._send()
        self.life.world.advance(self.chance.random() * 0.01)
        self.owner.send(self.owner.channel, ctaphid.CANCEL)
        self.owner.answer()


def attack(life: Life, seed: int) -> int:
    """Let somebody guess; return how many guesses the chip looked at until it took none any more."""
    attacker = Attacker(life, seed)
    before = 9
    for left in attacker.guesses():
        assert left <= before, "guesses were given back"
        assert attacker.compared <= 8 - left, "a guess was looked at that was not counted"
        before = left
    attacker._again()
    assert attacker.owner.retries == 0
    assert attacker.owner.ask_token(PIN, s.GA, s.RP)[0] == s.PIN_BLOCKED
    return attacker.compared


@pytest.mark.parametrize(
    ("engine", "small", "whole"), [("cpython", 4, 300), *([("micropython", 1, 20)] if SOAK else [])]
)
def test_no_schedule_of_cuts_gives_a_ninth_guess(engine: str, small: int, whole: int, count: Count) -> None:
    looked_at = []
    for seed in range(count(small, whole)):
        life = Life(engine, "pico2", WATCHED)
        looked_at.append(attack(life, seed))
        life.world.close()
    print(f"\n{engine}: {len(looked_at)} attackers; the chip looked at {sorted(looked_at)} of their guesses")
    assert max(looked_at) <= 8
    assert len(looked_at) < 2 or min(looked_at) < 8, "no cut came between counting and looking"


def test_the_right_pin_gives_all_guesses_back_and_a_cut_does_not() -> None:
    life = Life()
    owner = life.start(used(life))
    for _ in range(2):
        owner.wrong()
        owner.wrong()
        assert owner.retries == 6
        life.chip.unplug()
        owner = life.start(life.now())
        assert owner.retries == 6
        owner.right()
        assert owner.retries == 8


def counted_afterwards() -> dict[str, str]:
    """Looks at a guess first, and counts it then."""
    count = "yield from commit(self._store, [(_RETRIES, 0, bytes([left]))])\n"
    other = 'print("compared")\n            self._mismatches += 1\n            '
    source = broken_chip("chip/pin.py", "        " + count, "")["chip/pin.py"]
    assert source.count("self._mismatches += 1\n") == 1
    return {
        "chip/pin.py": source.replace("self._mismatches += 1\n            ", other + count + "            ")
    }


def test_a_chip_that_counts_a_guess_after_it_has_looked_is_found_out() -> None:
    with pytest.raises(AssertionError, match="not counted"):  # noqa: PT012 - which attacker succeeds does not matter
        for seed in range(5):
            attack(Life(overrides=counted_afterwards()), seed)
