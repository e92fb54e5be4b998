"""CTAPHID on the whole chip: what tests/wire/test_ctaphid.py shows of the protocol, here with time and work in it."""

from itertools import pairwise

import pytest

from segl_sim.parts.led import WHITE
from segl_wire import cbor, ctaphid
from segl_wire.ctaphid import BROADCAST, CANCEL, CBOR, ERROR, INIT, KEEPALIVE, LOCK, MSG, PING, WINK
from tests.chip.support import CANCELED, INFO, MAKE, MS, OK, SELECT, Platform, making, section

NONCE = b"abcdefgh"
MESSAGE = bytes([MAKE]) + cbor.encode({key: value for key, value in making().items() if value is not None})


def error(code: int) -> tuple[int, bytes]:
    return ERROR, bytes([code])


def reply(key: Platform, channel: int | None = None) -> tuple[int, bytes]:
    """The next message that is no keepalive."""
    while True:
        _, command, payload = key.receive(key.channel if channel is None else channel)
        if command != KEEPALIVE:
            return command, payload


def works(key: Platform) -> bool:
    key.touches = 0.1
    return key.status(INFO) == OK


# --- INIT


@section("11.2.9.1.3")
def test_a_channel_is_given_out_with_what_the_device_is(key: Platform) -> None:
    key.send(BROADCAST, INIT, NONCE)
    channel, command, about = key.receive()
    assert (channel, command, len(about), about[:8]) == (BROADCAST, INIT, 17, NONCE)
    assert about[8:12] not in (bytes(4), b"\xff" * 4)
    assert about[12] == 2
    assert about[16] == ctaphid.CAP_WINK | ctaphid.CAP_CBOR


@section("11.2.9.1.3")
def test_channels_are_all_different_and_nobody_can_guess_them(key: Platform) -> None:
    found = [key.open_channel() for _ in range(20)]
    assert len({*found, key.channel}) == 21
    assert len({after - before for before, after in pairwise(found)}) > 15


@section("11.2.9.1.3")
@pytest.mark.parametrize("command", [PING, CBOR])
def test_an_init_in_the_midst_of_a_message_begins_anew(key: Platform, command: int) -> None:
    for report in ctaphid.packets(key.channel, command, bytes(512))[:-1]:
        key.write(report)
    key.send(key.channel, INIT, NONCE)
    assert reply(key)[1][:12] == NONCE + key.channel.to_bytes(4, "big")
    assert key.silent(1)
    assert works(key)


@section("11.2.9.1.3")
def test_an_init_ends_a_request_that_waits_for_a_touch(key: Platform) -> None:
    key.send(key.channel, CBOR, bytes([SELECT]))
    key.world.advance(0.5)
    key.send(key.channel, INIT, NONCE)
    assert reply(key)[0] == INIT
    assert key.silent(1)
    assert works(key)


@section("11.2.9.1.3")
def test_an_init_of_another_ends_nothing(key: Platform) -> None:
    key.send(key.channel, CBOR, bytes([SELECT]))
    key.world.advance(0.2)
    other = key.open_channel()
    assert other != key.channel
    key.touch()
    assert reply(key) == (CBOR, bytes([OK]))


@section("11.2.4")
@pytest.mark.parametrize("channel", [0, 0x12345678])
@pytest.mark.parametrize("command", [INIT, PING, CBOR, WINK])
def test_a_channel_that_was_not_given_out_is_none(key: Platform, channel: int, command: int) -> None:
    key.send(channel, command, NONCE)
    assert key.receive() == (channel, *error(ctaphid.ERR_INVALID_CHANNEL))


# --- PING, WINK, LOCK, and what does not exist


@section("11.2.9.1.4")
@pytest.mark.parametrize("size", [0, 1, 57, 58, 512, 1024, 3072])
def test_a_ping_comes_back(key: Platform, size: int) -> None:
    payload = b"\0" + bytes(key.world.seed + at & 0xFF for at in range(size - 1)) if size else b""
    assert key.call(PING, payload) == payload


@section("11.2.9.2.1")
def test_a_wink_is_answered_and_seen(key: Platform) -> None:
    assert key.call(WINK) == b""
    begun = key.world.now
    key.world.advance(0.6)
    flashes = [color for at, color in key.chip.light.history if at >= begun - 50 * MS and color == WHITE]
    assert len(flashes) == 3


@section("11.2.9.2.2")
def test_a_lock_keeps_others_out_until_it_ends(key: Platform) -> None:
    other = key.open_channel()
    assert key.call(LOCK, b"\x03") == b""
    for command, payload in ((PING, b"x"), (CBOR, bytes([INFO])), (INIT, NONCE), (LOCK, b"\x01")):
        key.send(other, command, payload)
        assert reply(key, other) == error(ctaphid.ERR_CHANNEL_BUSY), command
    assert works(key)
    assert key.call(LOCK, b"\x00") == b""
    key.send(other, INIT, NONCE)
    assert reply(key, other)[0] == INIT
    assert key.call(LOCK, b"\x02") == b""
    key.world.advance(2.1)
    key.send(other, PING, b"x")
    assert reply(key, other) == (PING, b"x")


@section("11.2.9.2.2")
def test_a_lock_lasts_ten_seconds_at_most(key: Platform) -> None:
    key.send(key.channel, LOCK, b"\x0b")
    assert reply(key) == error(ctaphid.ERR_INVALID_PAR)


@section("11.2.9.1.6")
@pytest.mark.parametrize("command", [0x00, 0x02, 0x05, 0x07, 0x12, 0x3C, 0x40, 0x7F, KEEPALIVE, ERROR])
def test_what_is_no_command_is_an_invalid_one(key: Platform, command: int) -> None:
    key.send(key.channel, command, b"x")
    assert reply(key) == error(ctaphid.ERR_INVALID_CMD)


@section("11.2.9.1.6")
@pytest.mark.parametrize(
    ("command", "payload"),
    [(INIT, b"short"), (CBOR, b""), (MSG, b""), (LOCK, b""), (WINK, b"x"), (PING, bytes(3073))],
)
def test_a_length_that_does_not_fit_is_invalid(key: Platform, command: int, payload: bytes) -> None:
    key.write(ctaphid.packets(key.channel, command, payload)[0])
    assert reply(key) == error(ctaphid.ERR_INVALID_LEN)


# --- sequences and time


@section("11.2.5.1")
def test_nothing_is_sent_that_nobody_asked_for(key: Platform) -> None:
    assert key.silent(10)


@section("11.2.5.4")
def test_a_stray_continuation_is_passed_over_in_silence(key: Platform) -> None:
    for channel in (key.channel, 0, 0x12345678, BROADCAST & 0x7FFFFFFF):
        key.write(channel.to_bytes(4, "big") + b"\x00stray")
    assert key.silent(1)
    assert works(key)


@section("11.2.5.4")
@pytest.mark.parametrize("number", [1, 3, 0x7F])
def test_a_packet_out_of_sequence_is_an_error(key: Platform, number: int) -> None:
    reports = ctaphid.packets(key.channel, PING, bytes(1024))
    for report in reports[:3]:
        key.write(report)
    key.write(reports[3][:4] + bytes([number]) + reports[3][5:])
    assert reply(key) == error(ctaphid.ERR_INVALID_SEQ)
    assert works(key)


@section("11.2.5.4")
def test_a_message_within_a_message_is_an_error(key: Platform) -> None:
    key.write(ctaphid.packets(key.channel, PING, bytes(200))[0])
    key.write(ctaphid.packets(key.channel, PING, b"x")[0])
    assert reply(key) == error(ctaphid.ERR_INVALID_SEQ)
    assert works(key)


@section("11.2.5.2")
def test_a_message_that_breaks_off_times_out(key: Platform) -> None:
    key.write(ctaphid.packets(key.channel, PING, bytes(200))[0])
    begun = key.world.now
    assert reply(key) == error(ctaphid.ERR_MSG_TIMEOUT)
    assert 450 * MS < key.world.now - begun < 650 * MS
    assert works(key)


@section("11.2.5.3")
def test_others_are_told_that_it_is_busy(key: Platform) -> None:
    other = key.open_channel()
    key.send(key.channel, CBOR, bytes([SELECT]))
    key.world.advance(0.2)
    for command in (PING, CBOR, WINK):
        key.send(other, command, b"" if command == WINK else b"x")
        assert reply(key, other) == error(ctaphid.ERR_CHANNEL_BUSY)
    key.send(other, CANCEL)
    key.touch()
    assert reply(key) == (CBOR, bytes([OK]))


@section("11.2.5.3")
def test_who_asks_again_before_the_answer_is_told_that_it_is_busy(key: Platform) -> None:
    key.send(key.channel, CBOR, bytes([SELECT]))
    key.world.advance(0.2)
    key.send(key.channel, PING, b"x")
    assert reply(key) == error(ctaphid.ERR_CHANNEL_BUSY)
    key.touch()
    assert reply(key) == (CBOR, bytes([OK]))


# --- KEEPALIVE


def gaps(key: Platform, message: bytes) -> tuple[list[float], set[int]]:
    """Send a CBOR message; return the gaps in ms between the reports until its answer, and what keepalives said."""
    begun = key.world.now
    answer = key.call(CBOR, message)
    assert answer[0] == OK, answer[0]
    times = [begun, *(at for at, _ in key.alive), key.world.now]
    return [(after - before) / MS for before, after in pairwise(times)], {s for _, s in key.alive}


@section("11.2.9.1.7")
def test_it_is_heard_of_every_100_ms_while_it_works_and_waits(fresh: Platform) -> None:
    fresh.touches = 0
    fresh.send(fresh.channel, CBOR, MESSAGE)
    fresh.chip.touch(0.1, 2)
    begun = fresh.world.now
    assert fresh.answer()[0] == OK
    times = [begun, *(at for at, _ in fresh.alive), fresh.world.now]
    assert max(after - before for before, after in pairwise(times)) <= 100 * MS
    assert {status for _, status in fresh.alive} == {ctaphid.UPNEEDED, ctaphid.PROCESSING}


@section("11.2.9.1.7")
@pytest.mark.parametrize("algorithm", [-7, -8])
def test_it_is_heard_of_every_100_ms_whatever_it_computes(fresh: Platform, algorithm: int) -> None:
    wanted = {key: value for key, value in making(rk=True, algorithm=algorithm).items() if value is not None}
    found, _ = gaps(fresh, bytes([MAKE]) + cbor.encode(wanted))
    assert max(found) <= 100
    found, said = gaps(fresh, b"\x06" + cbor.encode({1: 2, 2: 2}))
    assert max(found) <= 100
    assert said == {ctaphid.PROCESSING}


@section("11.2.9.1.7")
def test_it_is_heard_of_every_100_ms_while_it_erases_everything(fresh: Platform) -> None:
    for user in (b"a", b"b"):
        fresh.make(rk=True, user=user)
    fresh.power_cycle()
    fresh.touches = 6
    found, said = gaps(fresh, b"\x07")
    assert max(found) <= 100
    assert ctaphid.UPNEEDED in said


# --- CANCEL


@section("11.2.9.1.5")
@pytest.mark.parametrize("message", [MESSAGE, bytes([SELECT])])
@pytest.mark.parametrize("after", [0.02, 0.11, 0.3, 1, 5])
def test_a_cancel_is_answered_within_50_ms(key: Platform, message: bytes, after: float) -> None:
    key.send(key.channel, CBOR, message)
    key.world.advance(after)
    key.send(key.channel, CANCEL)
    begun = key.world.now
    assert reply(key) == (CBOR, bytes([CANCELED]))
    assert key.world.now - begun <= 50 * MS
    key.send(key.channel, CANCEL)
    assert key.silent(0.5)
    assert works(key)


@section("11.2.9.1.5")
def test_a_cancel_of_nothing_is_nothing(key: Platform) -> None:
    key.send(key.channel, CANCEL)
    key.send(BROADCAST, CANCEL)
    assert key.silent(1)
    assert works(key)


@section("11.2.9.1.5")
def test_after_a_cancel_nothing_has_been_made(fresh: Platform) -> None:
    wanted = {key: value for key, value in making(rk=True).items() if value is not None}
    fresh.send(fresh.channel, CBOR, bytes([MAKE]) + cbor.encode(wanted))
    fresh.world.advance(1)
    fresh.send(fresh.channel, CANCEL)
    assert reply(fresh) == (CBOR, bytes([CANCELED]))
    fresh.touch()
    fresh.world.advance(2)
    assert fresh.info()[20] == 100


@section("11.2.9.1.2")
def test_a_command_that_ctap2_does_not_have_gets_ctap2_s_error(key: Platform) -> None:
    for command in (0x00, 0x03, 0x05, 0x09, 0x0E, 0x3F, 0x40, 0xBF, 0xC0, 0xFF):
        assert key.raw(bytes([command])) == (1, None)
