"""CTAPHID, rule by rule: packets, channels and commands. The numbers of sections are those of CTAP 2.2."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_wire import ctaphid
from segl_wire.ctaphid import BROADCAST, CANCEL, CBOR, INIT, LOCK, MSG, PACKET, PING, WINK, packets
from tests.wire.ctaphid_client import LIMIT, NONCE, answers, channel, error, send, server

UNKNOWN = (0x00, 0x02, 0x05, 0x07, 0x12, 0x3A, 0x3C, 0x3E, 0x40, 0x7F, ctaphid.KEEPALIVE, ctaphid.ERROR)


# 11.2.4: packets and messages


@pytest.mark.parametrize(
    ("size", "count"), [(0, 1), (1, 1), (57, 1), (58, 2), (116, 2), (117, 3), (7608, 129), (7609, 129)]
)
def test_a_message_takes_as_few_packets_as_hold_it(size: int, count: int) -> None:
    found = packets(0x01020304, CBOR, b"\xaa" * size)
    assert len(found) == count
    assert {len(report) for report in found} == {PACKET}
    assert found[0][:7] == b"\x01\x02\x03\x04\x90" + size.to_bytes(2, "big")
    assert [report[4] for report in found[1:]] == list(range(count - 1))
    assert b"".join([found[0][7:], *(report[5:] for report in found[1:])])[:size] == b"\xaa" * size


def test_a_message_longer_than_129_packets_does_not_exist() -> None:
    assert ctaphid.LONGEST == 7609
    with pytest.raises(ValueError, match="long"):
        packets(1, PING, bytes(7610))


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0x7F), st.binary(max_size=300) | st.just(bytes(7609)))
def test_what_one_end_sends_the_other_understands(where: int, command: int, payload: bytes) -> None:
    receiver = ctaphid.Receiver()
    *first, last = packets(where, command, payload)
    assert [receiver.feed(report) for report in first] == [None] * len(first)
    assert receiver.feed(last) == (where, command, payload)


@given(st.binary(max_size=LIMIT), st.binary(max_size=7609))
def test_a_request_and_its_answer_of_any_length(asked: bytes, answer: bytes) -> None:
    at = server()
    mine = channel(at)
    event = send(at, mine, CBOR, asked)
    if not asked:
        assert answers(at) == error(mine, ctaphid.ERR_INVALID_LEN)
        return
    assert event == (CBOR, asked)
    assert at.busy
    at.reply(answer)
    assert not at.busy
    assert answers(at) == [(mine, CBOR, answer)]


@pytest.mark.parametrize("size", [0, 1, 5, 7, 63, 65, 128])
def test_a_report_of_another_length_is_nobodys(size: int) -> None:
    at = server()
    mine = channel(at)
    assert at.feed((mine.to_bytes(4, "big") + b"\x81\0\1" + bytes(130))[:size], 0) is None
    assert at.out == []
    assert send(at, mine, PING, bytes(100)) is None
    assert len(answers(at)) == 1


# 11.2.9.1.3: INIT


def test_init_on_broadcast_gives_a_channel_and_says_what_the_device_is() -> None:
    at = server(ctaphid.CAP_CBOR | ctaphid.CAP_NMSG)
    send(at, BROADCAST, INIT, NONCE)
    [(where, command, about)] = answers(at)
    assert (where, command) == (BROADCAST, INIT)
    assert len(about) == 17
    assert about[:8] == NONCE
    assert about[12:] == bytes([2, 1, 2, 3, 0x0C])


def test_channels_are_unlike_and_never_given_out_twice() -> None:
    at = server()
    given_out = [channel(at) for _ in range(5000)]
    assert len(set(given_out)) == 5000
    assert not {0, BROADCAST} & set(given_out)
    assert sum(one >> 31 for one in given_out) in range(2300, 2700)
    assert given_out[:3] != [channel(server(seed=1)) for _ in range(3)]


def test_a_channel_stays_good_however_many_follow() -> None:
    at = server()
    first = channel(at)
    for _ in range(2000):
        channel(at)
    send(at, first, PING, b"still here")
    assert answers(at) == [(first, PING, b"still here")]


def test_init_on_a_channel_answers_there_with_the_same_channel() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, INIT, b"87654321")
    [(where, command, about)] = answers(at)
    assert (where, command) == (mine, INIT)
    assert about[:12] == b"87654321" + mine.to_bytes(4, "big")


@pytest.mark.parametrize("size", [0, 7, 9, 57, 58, 3000])
def test_init_with_a_nonce_of_another_length_is_refused(size: int) -> None:
    at = server()
    mine = channel(at)
    for where in (BROADCAST, mine):
        at.feed(packets(where, INIT, bytes(size))[0], 0)
        assert answers(at) == error(where, ctaphid.ERR_INVALID_LEN)


def test_init_ends_the_running_request_of_its_channel() -> None:
    at = server()
    mine = channel(at)
    for command in (CBOR, MSG, WINK):
        send(at, mine, command, b"" if command == WINK else b"long work")
        assert send(at, mine, INIT, NONCE) == (CANCEL, b"")
        assert not at.busy
        at.reply(b"too late")
        at.fail(ctaphid.ERR_OTHER)
        at.keepalive(ctaphid.PROCESSING)
        assert [message[:2] for message in answers(at)] == [(mine, INIT)]


def test_init_ends_the_half_message_of_its_channel_without_an_error() -> None:
    at = server()
    mine = channel(at)
    first, second, _ = packets(mine, PING, bytes(150))
    at.feed(first, 0)
    assert send(at, mine, INIT, NONCE) is None
    assert [message[:2] for message in answers(at)] == [(mine, INIT)]
    at.feed(second, 0)
    assert at.out == []
    assert at.until is None


def test_init_takes_back_what_its_channel_was_going_to_be_told() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    send(at, other, PING, bytes(100))
    send(at, mine, PING, bytes(1000))
    at.out.pop(0)
    send(at, mine, INIT, NONCE)
    assert [int.from_bytes(report[:4], "big") for report in at.out] == [other, mine]


def test_init_on_broadcast_is_answered_while_another_is_served_and_disturbs_nobody() -> None:
    at = server()
    mine = channel(at)
    first, *rest = packets(mine, CBOR, bytes(range(200)))
    at.feed(first, 0)
    other = channel(at)  # in the midst of a message
    assert [at.feed(report, 0) for report in rest][-1] == (CBOR, bytes(range(200)))
    third = channel(at)  # in the midst of a request
    assert len({mine, other, third}) == 3
    at.reply(b"done")
    assert answers(at) == [(mine, CBOR, b"done")]


def test_init_of_another_channel_disturbs_nobody_either() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    send(at, mine, CBOR, b"work")
    assert send(at, other, INIT, NONCE) is None
    assert [message[:2] for message in answers(at)] == [(other, INIT)]
    assert at.busy
    at.reply(b"done")
    assert answers(at) == [(mine, CBOR, b"done")]


# 11.2.3, 11.2.9.1.6: channels


def test_nothing_but_init_is_taken_on_broadcast() -> None:
    at = server()
    for command in (PING, MSG, LOCK, WINK, CBOR, *UNKNOWN):
        send(at, BROADCAST, command, b"x")
        assert answers(at) == error(BROADCAST, ctaphid.ERR_INVALID_CHANNEL)


@pytest.mark.parametrize("where", [0, 1, 0xDEADBEEF, 0xFFFFFFFE])
@pytest.mark.parametrize("command", [PING, MSG, LOCK, WINK, CBOR, INIT, 0x42])
def test_a_channel_that_was_not_given_out_is_refused(where: int, command: int) -> None:
    at = server()
    channel(at)
    send(at, where, command, bytes(8))
    assert answers(at) == error(where, ctaphid.ERR_INVALID_CHANNEL)


# 11.2.9.1: commands


@pytest.mark.parametrize("size", [0, 1, 57, 58, 59, 116, 117, 1000, LIMIT])
def test_ping_comes_back(size: int) -> None:
    at = server()
    mine = channel(at)
    data = random.Random(size).randbytes(size)
    assert send(at, mine, PING, data) is None
    assert answers(at) == [(mine, PING, data)]


@pytest.mark.parametrize("command", UNKNOWN)
def test_an_unknown_command_is_refused_once_also_when_it_is_long(command: int) -> None:
    at = server()
    mine = channel(at)
    for size in (0, 57, 500):
        assert send(at, mine, command, bytes(size)) is None
        assert answers(at) == error(mine, ctaphid.ERR_INVALID_CMD)


@pytest.mark.parametrize(
    ("capabilities", "command"),
    [(ctaphid.CAP_CBOR, WINK), (ctaphid.CAP_WINK, CBOR), (ctaphid.CAP_CBOR | ctaphid.CAP_NMSG, MSG)],
)
def test_a_command_that_the_capabilities_rule_out_is_unknown(capabilities: int, command: int) -> None:
    at = server(capabilities)
    mine = channel(at)
    send(at, mine, command, b"")
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_CMD)


@pytest.mark.parametrize(
    ("command", "size"),
    [
        *((command, size) for command in (PING, CBOR, MSG) for size in (LIMIT + 1, 7609, 7610, 0xFFFF)),
        *((command, 0) for command in (CBOR, MSG, LOCK)),
        *((WINK, size) for size in (1, 58)),
        *((LOCK, size) for size in (2, 58)),
    ],
)
def test_a_message_of_a_wrong_length_is_refused_at_its_first_packet(command: int, size: int) -> None:
    at = server()
    mine = channel(at)
    first = mine.to_bytes(4, "big") + bytes([command | 0x80]) + size.to_bytes(2, "big") + bytes(57)
    assert at.feed(first, 0) is None
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_LEN)
    for report in packets(mine, PING, bytes(300))[1:]:
        assert at.feed(report, 0) is None
    assert at.out == []


def test_wink_is_a_request_without_data() -> None:
    at = server()
    mine = channel(at)
    assert send(at, mine, WINK) == (WINK, b"")
    at.reply()
    assert answers(at) == [(mine, WINK, b"")]


def test_a_request_may_be_answered_with_an_error_of_the_protocol() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, MSG, b"apdu")
    assert at.channel == mine
    at.fail(ctaphid.ERR_OTHER)
    assert (at.busy, at.channel) == (False, None)
    assert answers(at) == error(mine, ctaphid.ERR_OTHER)


def test_without_a_request_there_is_nothing_to_answer() -> None:
    at = server()
    at.reply(b"x")
    at.fail(ctaphid.ERR_OTHER)
    at.keepalive(ctaphid.PROCESSING)
    assert at.out == []
