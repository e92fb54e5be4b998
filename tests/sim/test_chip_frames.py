"""Frames as they reach a whole chip: malformed ones come to nothing, and programs that share it hear only their own."""

import itertools
import random
from collections.abc import Callable

import pytest

from segl_sim import PICO, DeviceFailure, World
from segl_wire import ctaphid
from segl_wire.ctaphid import BROADCAST, ERROR, INIT, PING
from tests.device.support import broken
from tests.wire.ctaphid_cases import Case, Cases
from tests.wire.ctaphid_client import LIMIT
from tests.wire.ctaphid_programs import Program

MS = 1_000_000
LATEST_MS = 100
BATCH = 40  # reports, of the 64 that the computer's driver keeps

Count = Callable[[int, int], int]


class Line:
    """A chip, on the board that is slower, and a program that talks to it without asking whether it makes sense."""

    def __init__(self, engine: str, overrides: dict[str, str] | None = None) -> None:
        self.world = World(seed=8, engine=engine)
        self.chip = self.world.chip(PICO, overrides=overrides)
        self.chip.plug()
        self.heard: list[bytes] = []
        self.file = self.chip.hid.open(self.heard.append)
        self.world.advance(0.1)
        self.chance = random.Random(f"frames {engine}")
        self.mine, self.other = self._channel(), self._channel()
        self.cases = Cases(self.chance, self.mine, self.other, LIMIT)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def check(self, cases: list[Case]) -> None:
        """Send malformed frames and a good one at once: each gets what it deserves, in time."""
        nonce = self.chance.randbytes(8)
        reports = [report for case in cases for report in case.reports]
        self._send([*reports, ctaphid.packets(BROADCAST, INIT, nonce)[0]])
        told = self._hear(lambda last: last[7:15] == nonce)
        deserved = [(where, ERROR, bytes([code])) for case in cases for where, code in case.errors]
        assert told[:-1] == deserved
        assert told[-1][:2] == (BROADCAST, INIT)
        assert self.latest() <= LATEST_MS * MS
        assert self.chip.console == []

    def resynchronize(self, cases: list[Case]) -> None:
        """After frames of all kinds and half a message one INIT is enough."""
        nonce = self.chance.randbytes(8)
        reports = [report for case in cases for report in case.reports]
        half = ctaphid.packets(self.mine, PING, bytes(300))[: self.chance.randrange(6)]
        self._send([*reports, *half, ctaphid.packets(self.mine, INIT, nonce)[0]])
        assert self._hear(lambda last: last[7:15] == nonce)[-1][:2] == (self.mine, INIT)

    def stall(self) -> None:
        """Begin a message and do not end it."""
        case = self.cases.stalled()
        self._send(case.reports)
        told = self._hear(lambda last: last[4] == ERROR | 0x80)
        assert told == [(where, ERROR, bytes([code])) for where, code in case.errors]
        taken = max(effect.time for effect in self.world.trace.last if effect.kind == "usb.out")
        waited = (self.world.now - taken) // MS
        assert ctaphid.TIMEOUT_MS <= waited <= ctaphid.TIMEOUT_MS + LATEST_MS

    def exchange(self) -> None:
        """A good message, asked and answered."""
        data = self.chance.randbytes(200)
        self._send(ctaphid.packets(self.mine, PING, data))
        assert self._hear(lambda last: len(self.heard) == 4) == [(self.mine, PING, data)]

    def latest(self) -> int:
        """Return the longest time in virtual ns between two things that the chip took or gave, while it had work."""
        times = [effect.time for effect in self.world.trace.last if effect.kind in ("usb.out", "usb.in")]
        return max(after - before for before, after in itertools.pairwise(times))

    def _send(self, reports: list[bytes]) -> None:
        self.heard.clear()
        self.world.trace.last.clear()
        pipe = self.chip.hid._out
        assert pipe
        for report in reports:
            pipe.write(report) if report else None  # of any length: the driver would refuse to

    def _hear(self, done: Callable[[bytes], bool]) -> list[tuple[int, int, bytes]]:
        self.world.run_until(self.world.now + 2000 * MS, lambda: bool(self.heard) and done(self.heard[-1]))
        receiver = ctaphid.Receiver()
        return [message for report in self.heard if (message := receiver.feed(report))]

    def _channel(self) -> int:
        self._send(ctaphid.packets(BROADCAST, INIT, b"channels"))
        [(_, _, about)] = self._hear(bool)
        return int.from_bytes(about[8:12], "big")

    def batch(self) -> list[Case]:
        cases: list[Case] = []
        while sum(len(case.reports) for case in cases) < BATCH:
            cases.append(self.cases.any())
        return cases


def check_all(line: Line) -> None:
    for _ in range(30):
        line.check(line.batch())


@pytest.mark.parametrize(
    ("engine", "small", "whole"), [("micropython", 2_000, 1_000_000), ("cpython", 1_000, 50_000)]
)
def test_malformed_frames_get_their_error_within_100_ms_or_nothing(
    engine: str, small: int, whole: int, count: Count
) -> None:
    with Line(engine) as line:
        frames = number = 0
        while frames < count(small, whole):
            batch = line.batch()
            line.check(batch)
            frames += sum(len(case.reports) for case in batch)
            number += 1
            if number % 5 == 0:
                line.resynchronize(line.batch()[:20])
                line.exchange()
            if number % 25 == 0:
                line.stall()
        line.stall()
        operations = line.chip.flash.operations
        before = line.chip.live_heap() if engine == "micropython" else 0
        for _ in range(10):
            line.check(line.batch())
        assert line.chip.flash.operations == operations
        assert engine != "micropython" or line.chip.live_heap() <= before + 2048


def test_three_programs_on_one_chip_never_hear_an_answer_to_another(count: Count) -> None:
    with World(seed=9) as world:
        chip = world.chip()
        chip.plug()
        chance = random.Random(9)
        given_out: set[int] = set()
        unsent: list[bytes] = []
        programs = [
            Program(random.Random(number), unsent.append, {PING: bytes}, given_out) for number in range(3)
        ]
        for program in programs:
            chip.hid.open(program.hear)
        sender = chip.hid.open(lambda _report: None)
        world.advance(0.1)
        for _ in range(count(3_000, 100_000)):
            chance.choice(programs).act()
            while not all(sender.write(report) for report in unsent):
                raise AssertionError("the chip does not keep up")
            unsent.clear()
            if chance.random() < 0.5:
                world.advance(chance.choice((0.001, 0.002, 0.01)))
            if sender._node._out is not None and sender._node._out.waiting > 2000:
                world.advance(0.1)
        assert len(given_out) > 10
        for program in programs:
            assert min(program.heard[PING], program.heard[INIT], program.heard[ERROR]) > 5


# The check above fails when the firmware breaks its promise.


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (
            "segl_wire/ctaphid.py",
            "if message is None or message.channel != int",
            "if message is not None and message.channel != int",
        ),
        (
            "segl_wire/ctaphid.py",
            "            return ERR_INVALID_SEQ\n",
            "            return ERR_CHANNEL_BUSY\n",
        ),
        ("segl_wire/ctaphid.py", "!= PACKET:\n            return", "> PACKET:\n            return"),
        ("segl_wire/ctaphid.py", "if command == INIT:\n            #", "if False:\n            #"),
        ("boards/fido_hid.py", "_INTERVAL_MS = const(1)", "_INTERVAL_MS = const(120)"),
    ],
)
def test_a_chip_that_breaks_a_rule_is_found_out(path: str, old: str, new: str) -> None:
    overrides = broken(path, old, new, package="chip")
    with Line("cpython", overrides) as line, pytest.raises((AssertionError, DeviceFailure)):
        check_all(line)
