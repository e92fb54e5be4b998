"""Commands that are not as they should be: each is answered, soon or with a sign of life, and nothing is lost by it."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from segl_sim.failures import FirmwareError
from segl_wire import ctaphid
from tests.chip import support as s
from tests.chip.corpus import Corpus, mutated
from tests.chip.cuts import Life, broken_chip, used
from tests.chip.owner import PIN, Owner
from tests.soak import SOAK

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]

LIMIT_MS = 100
EVERYTHING = s.MC | s.GA | s.CM | s.LBW | s.ACFG
BATCH = 300  # then the chip is as it was
OFTEN = 30  # so many commands have the same token; then a valid request is answered as ever


class Sender:
    """Sends mutated commands to a chip that has a PIN and credentials.

    Attributes:
        statuses: How often each came back.
        longest: The longest time without a report while a request ran, in ms.
        cancelled: How many requests that asked for a touch were taken back.
    """

    def __init__(self, engine: str, board: str, seed: int, overrides: dict[str, str] | None = None) -> None:
        self.life = Life(engine, board, overrides)
        self.chance = random.Random(seed)
        owner = self.life.start(used(self.life))
        self._doomed = owner.register(b"doomed")
        del owner.ledger.credentials[self._doomed]
        self._begin = self.life.now()
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0
        self.cancelled = 0

    def run(self, number: int) -> None:
        """Send so many."""
        while number > 0:
            owner = self.life.start(self._begin)
            owner.touches = 0.03
            for _ in range(0, BATCH, OFTEN):
                corpus = self._corpus(owner)
                if corpus is None or number <= 0:
                    break
                for _ in range(min(number, OFTEN)):
                    self._send(owner, mutated(self.chance, self.chance.choice(corpus.commands)))
                    number -= 1
                self._check(owner)

    def _corpus(self, owner: Owner) -> Corpus | None:
        """Return valid commands; None when the PIN must be changed first, or is not to be guessed for now."""
        for version in self.chance.sample((1, 2), 2):
            secret = owner.agree(version)
            _, token = owner.ask_token(PIN, EVERYTHING, s.RP, version)
            if token is None:
                return None
            # The last agreement counts, and it was another one.
            secret = owner.agree(version)
            return Corpus(owner, token, secret, [next(iter(owner.ledger.credentials)), self._doomed], PIN)
        return None

    def _send(self, owner: Owner, message: bytes) -> None:
        world = owner.world
        world.trace.last.clear()
        owner.send(owner.channel, ctaphid.CBOR, message)
        times: list[int] = []
        asked = False
        wait = message[:1] == bytes([s.RESET]) or self.chance.random() < 0.5
        while True:
            _, kind, payload = owner.receive(owner.channel)
            times.append(world.now)
            if kind != ctaphid.KEEPALIVE:
                break
            if payload[0] == ctaphid.UPNEEDED and not asked:
                asked = True
                if wait:
                    owner.send(owner.channel, ctaphid.CANCEL)
                    self.cancelled += 1
                else:
                    owner.chip.touch(owner.touches, 0.02)
        assert kind == ctaphid.CBOR, (kind, payload, message.hex())
        taken = [effect.time for effect in world.trace.last if effect.kind == "usb.out"]
        times.insert(0, taken[len(ctaphid.packets(0, 0, message)) - 1])
        gap = max(after - before for before, after in pairwise(times)) / s.MS
        assert gap <= LIMIT_MS, f"{gap:.1f} ms without a sign of life: {message.hex()}"
        self.longest = max(self.longest, gap)
        self.statuses[payload[0]] += 1
        if asked and not wait:
            world.advance(0.1)

    def _check(self, owner: Owner) -> None:
        """A valid request is answered as ever, and no credential is lost."""
        assert owner.info()[3]
        for identifier in owner.ledger.credentials:
            owner.sign_in(identifier)


@pytest.mark.parametrize(
    ("engine", "board", "small", "whole"),
    [
        ("cpython", "pico2", 900, 170_000),
        ("micropython", "pico", 90, 15_000),
        *([("micropython", "pico2", 0, 15_000)] if SOAK else []),
    ],
)
def test_mutated_commands_are_answered_and_nothing_is_lost(
    engine: str, board: str, small: int, whole: int, count: Count, record_property: Record
) -> None:
    sender = Sender(engine, board, seed=7)
    sender.run(count(small, whole))
    total = sum(sender.statuses.values())
    record_property("commands", total)
    record_property("longest gap (ms)", sender.longest)
    print(
        f"\n{engine}, {board}: {total} commands, {sender.cancelled} cancelled, {sender.longest:.1f} ms at most"
    )
    print(
        "statuses: "
        + ", ".join(f"{status:#04x} {times}" for status, times in sorted(sender.statuses.items()))
    )
    assert total == count(small, whole)
    assert sender.statuses[s.OK] > total // 20
    assert len(sender.statuses) >= count(8, 18)


def test_a_chip_that_lets_an_error_reach_the_top_is_found_out() -> None:
    careless = broken_chip("chip/params.py", "except ValueError:", "except KeyError:")
    with pytest.raises(FirmwareError):
        Sender("cpython", "pico2", 1, careless).run(100)
