"""Whatever comes in, nothing is let through that is no request, and a good frame is understood at once."""

import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from segl_wire import ctaphid
from segl_wire.ctaphid import CBOR, ERROR, INIT, MSG, PING
from tests.wire.ctaphid_cases import Case, Cases
from tests.wire.ctaphid_client import LIMIT, NONCE, answers, channel, send, server
from tests.wire.ctaphid_programs import CANCELLED, Program

EXCHANGE_EACH = 20

Count = Callable[[int, int], int]


class Line:
    """A server with two channels, and its time."""

    def __init__(self) -> None:
        self.at = server()
        self.mine, self.other = channel(self.at), channel(self.at)
        self.now = 0

    def check(self, case: Case) -> None:
        for report in case.reports:
            assert self.at.feed(report, self.now) is None, report.hex()
        if case.stalls:
            assert self.at.until is not None
            self.now = self.at.until
            self.at.expire(self.now)
        assert answers(self.at) == [(where, ERROR, bytes([code])) for where, code in case.errors], case
        assert (self.at.busy, self.at.until) == (False, None)

    def exchange(self) -> None:
        """A good request is answered."""
        assert send(self.at, self.mine, CBOR, b"\x04" * 200, self.now) == (CBOR, b"\x04" * 200)
        self.at.reply(b"fine")
        assert answers(self.at) == [(self.mine, CBOR, b"fine")]


def test_malformed_frames_get_what_they_deserve_and_no_more(count: Count) -> None:
    line = Line()
    chance = random.Random(4)
    cases = Cases(chance, line.mine, line.other, LIMIT)
    frames = number = 0
    while frames < count(20_000, 1_000_000):
        case = cases.stalled() if chance.random() < 0.05 else cases.any()
        line.check(case)
        frames += len(case.reports)
        number += 1
        if number % EXCHANGE_EACH == 0:
            line.exchange()


def test_init_resynchronises_in_one_frame_whatever_came_before(count: Count) -> None:
    line = Line()
    chance = random.Random(5)
    cases = Cases(chance, line.mine, line.other, LIMIT)
    for _ in range(count(1_000, 50_000)):
        reports = [report for _ in range(3) for report in cases.any().reports]
        good = ctaphid.packets(line.mine, chance.choice((PING, CBOR, MSG)), bytes(chance.randrange(1, 300)))
        reports[chance.randrange(len(reports) + 1) :] = good[: chance.randrange(len(good) + 1)]
        for report in reports:
            line.at.feed(report, line.now)
        running = line.at.busy
        event = send(line.at, line.mine, INIT, NONCE, line.now)
        assert event == ((ctaphid.CANCEL, b"") if running else None)
        told = [message for message in answers(line.at) if message[0] == line.mine]
        assert told[-1][1:] == (INIT, NONCE + line.mine.to_bytes(4, "big") + bytes([2, 1, 2, 3, 5]))
        line.exchange()


@given(st.lists(st.binary(max_size=70) | st.binary(min_size=64, max_size=64), max_size=20))
def test_any_bytes_at_all(reports: list[bytes]) -> None:
    line = Line()
    for report in reports:
        line.at.feed(report, 0)
        assert len(line.at.out) <= len(reports)
    line.at.out.clear()
    send(line.at, line.mine, INIT, NONCE)
    assert [message[:2] for message in answers(line.at)] == [(line.mine, INIT)]
    line.exchange()


@given(st.lists(st.tuples(st.integers(0, 6), st.binary(min_size=59, max_size=59)), max_size=40))
def test_any_packets_on_a_good_channel(parts: list[tuple[int, bytes]]) -> None:
    line = Line()
    heads = (
        *(bytes([command | 0x80, 0, size]) for command, size in ((PING, 100), (CBOR, 150), (MSG, 60))),
        *(bytes([sequence]) for sequence in range(4)),
    )
    for head, body in parts:
        line.at.feed((line.mine.to_bytes(4, "big") + heads[head] + body)[:64], 0)
        line.at.reply(b"so be it")
    line.at.out.clear()
    send(line.at, line.mine, INIT, NONCE)
    answers(line.at)
    line.exchange()


# Programs that share the device


def _reversed(payload: bytes) -> bytes:
    return payload[::-1] * 3


def test_three_programs_never_hear_an_answer_to_another(count: Count) -> None:
    chance = random.Random(6)
    at = server()
    now = 0
    requests: list[tuple[int, bytes]] = []

    def feed(report: bytes) -> None:
        event = at.feed(report, now)
        if event:
            requests[:] = [] if event[0] == ctaphid.CANCEL and not at.busy else [event]

    ways = {PING: bytes, CBOR: _reversed, MSG: _reversed}
    given_out: set[int] = set()
    programs = [Program(random.Random(number), feed, ways, given_out) for number in range(3)]
    for _ in range(count(6_000, 100_000)):
        now += chance.choice((0, 0, 1, 1, 2, 600)) if chance.random() < 0.3 else 0
        at.expire(now)
        chance.choice(programs).act()
        _serve(at, requests, chance)
        for _ in range(chance.choice((0, 1, 5, 60))):
            if at.out:
                report = at.out.pop(0)
                for program in programs:
                    program.hear(report)
        assert len(at.out) < 1000
    for program in programs:
        assert min(program.heard[kind] for kind in (PING, CBOR, MSG, INIT, ERROR, ctaphid.KEEPALIVE)) > 10
    assert len(given_out) > 20


def _serve(at: ctaphid.Server, requests: list[tuple[int, bytes]], chance: random.Random) -> None:
    """Do what an application does with the request that it was given."""
    if not at.busy:
        requests.clear()
    if requests and requests[0][0] == ctaphid.CANCEL:
        at.reply(CANCELLED)
    elif requests and chance.random() < 0.2:
        at.reply(_reversed(requests[0][1]))
    elif requests and chance.random() < 0.02:
        at.fail(ctaphid.ERR_OTHER)
    elif requests and chance.random() < 0.1:
        at.keepalive(ctaphid.PROCESSING)
