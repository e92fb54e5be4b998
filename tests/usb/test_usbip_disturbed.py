"""Computers that come for devices through USB/IP go at any moment and send anything, and that disturbs nobody."""

import os
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim import World
from segl_sim.ports import usbip_wire as wire
from tests.usb.usbip_client import LIST, Bench
from tests.usb.usbip_home import CHIP, DISPLAY, HELLO, HID_IN, HID_OUT, OK, Home, greet


@pytest.fixture(name="home")
def home_fixture() -> Iterator[Home]:
    home = Home()
    yield home
    home.close()


@pytest.fixture(name="shared", scope="module")
def shared_fixture() -> Iterator[Home]:
    home = Home()
    yield home
    home.close()


# Coming and going


def test_unplugging_ends_the_connection_and_no_other(home: Home) -> None:
    owner, other = home.owner(), home.owner(DISPLAY)
    owner.submit(HID_IN, size=64)
    home.bench.wait(0.1)
    home.chip.unplug()
    home.bench.until(lambda: owner.sent_away)
    assert owner.unheard == b""  # what waits is not answered any more
    assert other.control(0x80, 8, 0, 0, 1).data == b"\x01"
    home.chip.plug()
    greet(home.owner())


def test_a_computer_that_dies_leaves_the_device_to_the_next(home: Home) -> None:
    for _ in range(5):
        computer = home.owner()
        greet(computer)
        computer.submit(HID_IN, size=64)
        computer.send(b"\0\0\0\x01half a command")
        computer.close()
        home.bench.step()
        home.bench.step()
    home.bench.until(lambda: home.chip.usb_host.configured)
    assert home.chip.ctap().ping(b"x") == b"x"


def test_a_device_that_loses_its_power_in_the_midst_is_gone(home: Home) -> None:
    computer = home.owner()
    computer.submit(HID_OUT, HELLO)
    home.chip.power_cut()
    home.bench.until(lambda: computer.sent_away)


def test_many_visits_leave_nothing_behind(home: Home) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        computer = home.owner()
        home.chip.unplug()
        home.bench.until(lambda computer=computer: computer.sent_away)
        computer.close()
        home.chip.plug()
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_the_port_itself_plugs_in_and_sends_everybody_away_at_the_end() -> None:
    with World(engine="cpython") as world:
        bench = Bench(world, world.chip())
        computer = bench.computer()
        assert computer.ask(CHIP) == OK
        bench.port.close()
        assert computer.sent_away
        assert world.devices[0].usb.host is world.devices[0].usb_host
        computer.close()


def test_whoever_does_not_listen_is_not_heard(home: Home) -> None:
    deaf = home.bench.computer()
    for _ in range(200):
        deaf.send(LIST * 100)
        home.bench.step()
    unsent = [len(client.unsent) for client in home.bench.port._clients]
    assert max(unsent) < 3_000_000
    assert home.bench.computer().list()


# What is malformed


BASIC = struct.Struct(">IIIII")


@pytest.mark.parametrize(
    "request_",
    [
        "0106 8005 00000000",  # another version
        "0111 8007 00000000",
        "0000 0000 00000000",
        "0111 0005 00000000",  # an answer
        "0111 8003 00000000" + "31" * 32,  # a bus id without end
        "0111 8003 00000000" + "ff00" * 16,
        "ffffffffffffffff",
    ],
)
def test_a_request_that_is_none_sends_its_sender_away(home: Home, request_: str) -> None:
    owner, rude = home.owner(), home.bench.computer()
    rude.send(bytes.fromhex(request_))
    home.bench.until(lambda: rude.sent_away)
    greet(owner)


@pytest.mark.parametrize(
    ("basic", "rest"),
    [
        ((3, 1, 0x10001, 0, 0), (0, 0, 0, 0, 0)),  # an answer
        ((0, 1, 0x10001, 0, 0), (0, 0, 0, 0, 0)),
        ((1, 1, 0x10002, 0, 0), (0, 0, 0, 0, 0)),  # somebody else's device
        ((2, 1, 0x10002, 0, 0), (0, 0, 0, 0, 0)),
        ((1, 1, 0x10001, 2, 0), (0, 0, 0, 0, 0)),
        ((1, 1, 0x10001, 0, 16), (0, 0, 0, 0, 0)),
        ((1, 1, 0x10001, 1, 1), (0, -1, 0, 0, 0)),
        ((1, 1, 0x10001, 1, 1), (0, 0x20001, 0, 0, 0)),
        ((1, 1, 0x10001, 0, 1), (0, 0x7FFFFFFF, 0, 0, 0)),
        ((1, 1, 0x10001, 1, 1), (0, 64, 0, 1, 0)),  # isochronous
    ],
)
def test_a_command_that_is_none_takes_the_device_from_its_sender(
    home: Home, basic: tuple[int, ...], rest: tuple[int, ...]
) -> None:
    rude, other = home.owner(), home.owner(DISPLAY)
    rude.send(BASIC.pack(*basic) + struct.pack(">IiIII8x", *rest))
    home.bench.until(lambda: rude.sent_away)
    assert other.control(0x80, 8, 0, 0, 1).data == b"\x01"
    greet(home.owner())


def test_a_number_that_is_in_use_takes_the_device_from_its_sender(home: Home) -> None:
    computer = home.owner()
    computer.submit(HID_IN, size=64, sequence=77)
    computer.submit(HID_IN, size=64, sequence=77)
    home.bench.until(lambda: computer.sent_away)


def test_commands_may_come_byte_by_byte(home: Home) -> None:
    computer = home.bench.computer()
    for byte in bytes.fromhex("0111 8003 00000000") + CHIP.encode().ljust(32, b"\0"):
        computer.send(bytes([byte]))
        home.bench.step()
    assert computer.take(320)[:8] == bytes.fromhex("0111 0003 00000000")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(data: bytes) -> None:
    received = bytearray(data)
    try:
        request = wire.take_operation(received)
    except wire.Malformed:
        return
    taken = len(data) - len(received)
    assert taken == {type(None): 0, wire.ListRequest: 8, wire.ImportRequest: 40}[type(request)]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_malformed(data: bytes) -> None:
    received = bytearray(data)
    try:
        command = wire.take_command(received)
    except wire.Malformed:
        return
    taken = len(data) - len(received)
    data_size = len(command.data) if isinstance(command, wire.Submit) else 0
    assert taken == (48 + data_size if command else 0)


COMMANDS = st.builds(
    lambda basic, rest, tail: BASIC.pack(*basic) + struct.pack(">IIIII8s", *rest) + tail,
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 3, 0]),
        st.integers(1, 5),
        st.sampled_from([0x10001, 0x10001, 0x10001, 0x10002]),
        st.integers(0, 2),
        st.sampled_from([0, 1, 2, 3, 15, 16]),
    ),
    st.tuples(
        st.sampled_from([0, 1, 0x40, 0xFFFFFFFF]),
        st.sampled_from([0, 1, 8, 18, 64, 65, 0x20000, 0x20001, 0xFFFFFFFF]),
        st.just(0),
        st.sampled_from([0, 0xFFFFFFFF, 1]),
        st.just(1),
        st.one_of(
            st.binary(min_size=8, max_size=8),
            st.builds(
                lambda kind, request, value, size: struct.pack("<BBHHH", kind, request, value, 0, size),
                st.sampled_from([0x80, 0x00, 0x21, 0xA1, 0x81, 0x02]),
                st.integers(0, 12),
                st.sampled_from([0, 1, 0x100, 0x200, 0x300, 0x2200]),
                st.sampled_from([0, 1, 8, 18, 64]),
            ),
        ),
    ),
    st.binary(max_size=70),
)


@given(st.lists(COMMANDS, max_size=6), st.booleans())
def test_whatever_somebody_sends_who_has_a_device_disturbs_nobody(
    shared: Home, commands: list[bytes], stays: bool
) -> None:
    other = shared.owner(DISPLAY)
    rude = shared.bench.computer()
    assert rude.ask(CHIP) == OK
    rude.send(b"".join(commands))
    shared.bench.wait(0.02)
    if stays:
        assert other.control(0x80, 8, 0, 0, 1).data == b"\x01"
    for computer in (rude, other):
        computer.close()
    shared.bench.wait(0.005)
    next_one = shared.owner()
    greet(next_one)
    next_one.close()
    shared.bench.wait(0.005)


@given(st.binary(max_size=100), st.sampled_from([b"", LIST, LIST[:5]]))
def test_whatever_a_stranger_sends_disturbs_nobody(shared: Home, data: bytes, before: bytes) -> None:
    stranger = shared.bench.computer()
    stranger.send(before + data)
    shared.bench.wait(0.003)
    owner = shared.owner()
    assert owner.control(0x80, 8, 0, 0, 1).data == b"\x01"
    for computer in (owner, stranger):
        computer.close()
    shared.bench.wait(0.005)
