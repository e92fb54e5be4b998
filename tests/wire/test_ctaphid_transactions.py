"""CTAPHID, rule by rule: what happens while a request runs or a message comes in, and locks. Sections of CTAP 2.2."""

import pytest

from segl_wire import ctaphid
from segl_wire.ctaphid import BROADCAST, CANCEL, CBOR, INIT, LOCK, MSG, PING, WINK, packets
from tests.wire.ctaphid_client import NONCE, answers, channel, error, send, server

# 11.2.9.1.7: KEEPALIVE


def test_a_keepalive_does_not_end_the_request() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    at.keepalive(ctaphid.PROCESSING)
    assert answers(at) == [(mine, ctaphid.KEEPALIVE, b"\x01")]
    at.keepalive(ctaphid.UPNEEDED)
    assert answers(at) == [(mine, ctaphid.KEEPALIVE, b"\x02")]
    assert at.busy
    at.reply(b"done")
    assert answers(at) == [(mine, CBOR, b"done")]


def test_keepalives_do_not_pile_up_for_a_computer_that_does_not_listen() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    for _ in range(100):
        at.keepalive(ctaphid.PROCESSING)
    at.keepalive(ctaphid.UPNEEDED)
    assert answers(at) == [(mine, ctaphid.KEEPALIVE, b"\x02")]


# 11.2.9.1.5: CANCEL


def test_cancel_reaches_the_running_cbor_request_which_still_has_to_be_answered() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    assert send(at, mine, CANCEL) == (CANCEL, b"")
    assert at.busy
    at.reply(b"\x2d")
    assert answers(at) == [(mine, CBOR, b"\x2d")]


def test_cancel_is_never_answered_and_means_nothing_elsewhere() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    for where in (mine, other, BROADCAST, 0, 0xDEADBEEF):
        assert send(at, where, CANCEL) is None
    send(at, mine, MSG, b"apdu")
    assert send(at, mine, CANCEL) is None
    at.reply(b"\x90\0")
    answers(at)
    send(at, mine, CBOR, b"work")
    assert send(at, other, CANCEL) is None
    assert send(at, mine, CANCEL, b"with data") is None
    assert at.busy
    assert at.out == []


def test_cancel_in_the_midst_of_a_message_does_not_break_it() -> None:
    at = server()
    mine = channel(at)
    first, second = packets(mine, CBOR, bytes(100))
    at.feed(first, 0)
    assert send(at, mine, CANCEL) is None
    assert at.feed(second, 0) == (CBOR, bytes(100))


# 11.2.5: arbitration


def test_another_channel_is_told_that_the_device_is_busy() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    first, second = packets(mine, CBOR, bytes(100))
    at.feed(first, 0)
    for command in (PING, CBOR, MSG, LOCK, WINK, 0x42):
        assert send(at, other, command, b"me too") is None
        assert answers(at) == error(other, ctaphid.ERR_CHANNEL_BUSY)
    assert at.feed(second, 0) == (CBOR, bytes(100))
    assert send(at, other, CBOR, bytes(300)) is None
    assert answers(at) == error(other, ctaphid.ERR_CHANNEL_BUSY)
    at.reply(b"done")
    assert answers(at) == [(mine, CBOR, b"done")]
    assert send(at, other, CBOR, b"now") == (CBOR, b"now")


def test_a_channel_that_asks_again_before_its_answer_is_told_so_and_gets_its_answer() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    assert send(at, mine, PING, b"hello?") is None
    assert answers(at) == error(mine, ctaphid.ERR_CHANNEL_BUSY)
    at.reply(b"done")
    assert answers(at) == [(mine, CBOR, b"done")]


def test_a_wrong_channel_is_told_so_even_while_the_device_is_busy() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    send(at, 0x12345678, PING, b"x")
    assert answers(at) == error(0x12345678, ctaphid.ERR_INVALID_CHANNEL)


# 11.2.5.2: sequence


@pytest.mark.parametrize("wrong", [1, 2, 0x7F])
def test_a_packet_out_of_sequence_ends_the_message(wrong: int) -> None:
    at = server()
    mine = channel(at)
    first, second, third = packets(mine, PING, bytes(150))
    at.feed(first, 0)
    assert at.feed(second[:4] + bytes([wrong]) + second[5:], 0) is None
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_SEQ)
    at.feed(second, 0)
    at.feed(third, 0)
    assert at.out == []
    send(at, mine, PING, b"again")
    assert answers(at) == [(mine, PING, b"again")]


def test_a_packet_sent_twice_is_out_of_sequence() -> None:
    at = server()
    mine = channel(at)
    first, second, _ = packets(mine, PING, bytes(150))
    for report in (first, second, second):
        at.feed(report, 0)
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_SEQ)


@pytest.mark.parametrize("command", [PING, CBOR, MSG, LOCK, WINK, 0x42])
def test_a_message_that_breaks_into_another_ends_it_and_is_not_taken(command: int) -> None:
    at = server()
    mine = channel(at)
    first, second = packets(mine, PING, bytes(100))
    at.feed(first, 0)
    assert at.feed(packets(mine, command, b"x")[0], 0) is None
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_SEQ)
    at.feed(second, 0)
    assert at.out == []
    assert at.until is None


def test_stray_continuation_packets_are_passed_over_in_silence() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    for where in (mine, other, BROADCAST, 0, 0xDEADBEEF):
        for sequence in (0, 1, 0x7F):
            assert at.feed(where.to_bytes(4, "big") + bytes([sequence]) + bytes(59), 0) is None
    first, second = packets(mine, CBOR, bytes(100))
    at.feed(first, 0)
    assert at.feed(packets(other, PING, bytes(100))[1], 0) is None  # another's, in the midst of a message
    assert at.feed(second, 0) == (CBOR, bytes(100))
    assert at.feed(second, 0) is None  # its own, while the request runs
    assert at.out == []


# 11.2.5.1: time


def test_a_message_that_stalls_is_ended_with_an_error() -> None:
    at = server()
    mine = channel(at)
    first, second, _ = packets(mine, PING, bytes(150))
    at.feed(first, 1000)
    assert at.until == 1500
    at.feed(second, 1400)
    assert at.until == 1900
    at.expire(1899)
    assert at.out == []
    at.expire(1900)
    assert answers(at) == error(mine, ctaphid.ERR_MSG_TIMEOUT)
    assert at.until is None


def test_a_packet_that_comes_too_late_is_a_stray_one() -> None:
    at = server()
    mine = channel(at)
    first, second = packets(mine, PING, bytes(100))
    at.feed(first, 0)
    at.feed(second, 500)
    assert answers(at) == error(mine, ctaphid.ERR_MSG_TIMEOUT)


def test_a_request_that_runs_has_all_the_time_it_needs() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, CBOR, b"work")
    assert at.until is None
    at.expire(100_000)
    assert at.busy
    assert at.out == []


# 11.2.9.2.1: LOCK


def test_a_lock_keeps_others_out_until_its_time_is_over() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    send(at, mine, LOCK, b"\x03", now=1000)
    assert answers(at) == [(mine, LOCK, b"")]
    assert at.until == 4000
    send(at, other, PING, b"x", now=3999)
    assert answers(at) == error(other, ctaphid.ERR_CHANNEL_BUSY)
    send(at, mine, PING, b"x", now=3999)
    assert answers(at) == [(mine, PING, b"x")]
    send(at, other, PING, b"x", now=4000)
    assert answers(at) == [(other, PING, b"x")]
    assert at.until is None


def test_a_lock_ends_when_its_channel_says_so() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    send(at, mine, LOCK, b"\x0a")
    send(at, mine, LOCK, b"\x00")
    assert [message[1] for message in answers(at)] == [LOCK, LOCK]
    send(at, other, PING, b"x")
    assert answers(at) == [(other, PING, b"x")]


def test_a_lock_is_prolonged_by_another() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, LOCK, b"\x01", now=0)
    send(at, mine, LOCK, b"\x0a", now=900)
    assert at.until == 10_900


@pytest.mark.parametrize("seconds", [11, 12, 0x80, 0xFF])
def test_a_lock_over_ten_seconds_is_refused_and_changes_nothing(seconds: int) -> None:
    at = server()
    mine = channel(at)
    send(at, mine, LOCK, b"\x02")
    answers(at)
    send(at, mine, LOCK, bytes([seconds]))
    assert answers(at) == error(mine, ctaphid.ERR_INVALID_PAR)
    assert at.until == 2000


def test_under_a_lock_init_is_answered_to_its_owner_and_to_who_is_new_and_the_lock_stays() -> None:
    at = server()
    mine = channel(at)
    send(at, mine, LOCK, b"\x05")
    answers(at)
    other = channel(at)
    send(at, mine, INIT, NONCE)
    assert [message[:2] for message in answers(at)] == [(mine, INIT)]
    for command, payload in ((INIT, NONCE), (PING, b"x")):
        send(at, other, command, payload)
        assert answers(at) == error(other, ctaphid.ERR_CHANNEL_BUSY)


# The computer has reset the device


def test_a_reset_forgets_everything_but_the_channels() -> None:
    at = server()
    mine, other = channel(at), channel(at)
    send(at, mine, LOCK, b"\x05")
    send(at, mine, CBOR, b"work")
    at.keepalive(ctaphid.PROCESSING)
    at.forget()
    assert (at.busy, at.until, at.out) == (False, None, [])
    at.reply(b"late")
    assert at.out == []
    at.feed(packets(mine, PING, bytes(100))[0], 0)
    at.forget()
    assert send(at, other, PING, b"x") is None
    assert answers(at) == [(other, PING, b"x")]


# The computer's end


def test_a_receiver_with_a_channel_passes_over_foreign_answers() -> None:
    receiver = ctaphid.Receiver(1)
    own, foreign = packets(1, PING, bytes(100)), packets(2, PING, bytes(100))
    found = [receiver.feed(report) for report in (foreign[0], own[0], foreign[1], own[1], foreign[0])]
    assert found == [None, None, None, (1, PING, bytes(100)), None]


@pytest.mark.parametrize(
    "reports",
    [
        [packets(1, PING, bytes(100))[1]],
        [packets(1, PING, bytes(100))[0], packets(1, PING, b"x")[0]],
        [packets(1, PING, bytes(200))[0], packets(1, PING, bytes(200))[2]],
        [packets(1, PING, bytes(100))[0], packets(2, PING, bytes(100))[1]],
        [b"\0\0\0\1\x81\xff\xff" + bytes(57)],
        [bytes(63)],
    ],
)
def test_a_receiver_says_when_a_message_is_broken_and_takes_the_next(reports: list[bytes]) -> None:
    receiver = ctaphid.Receiver()
    for report in reports[:-1]:
        assert receiver.feed(report) is None
    with pytest.raises(ValueError, match=r"sequence|broke off|too long|no report"):
        receiver.feed(reports[-1])
    assert receiver.feed(packets(1, PING, b"x")[0]) == (1, PING, b"x")
