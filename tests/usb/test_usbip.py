"""Computers elsewhere have simulated devices through USB/IP, and drive them transfer by transfer."""

import errno
import itertools
import struct
from collections.abc import Iterator

import pytest

from segl_sim.parts.usb_descriptors import UsbTimeout
from segl_wire import ctaphid
from tests.usb.usbip_home import (
    BUSY,
    CHIP,
    DISPLAY,
    HELLO,
    HID_IN,
    HID_OUT,
    NO_DEVICE,
    NONCE,
    OK,
    Home,
    greet,
)

MS = 1_000_000


@pytest.fixture(name="home")
def home_fixture() -> Iterator[Home]:
    home = Home()
    yield home
    home.close()


# Which devices are there


def test_devices_are_listed_as_their_firmware_describes_them(home: Home) -> None:
    found = home.bench.computer().list()
    assert list(found) == [CHIP, DISPLAY]
    record, interfaces = found[CHIP]
    assert record[:256].rstrip(b"\0") == b"/sys/devices/segl/usb1/1-1"
    assert struct.unpack_from(">IIIHHHBBBBBB", record, 288) == (
        *(1, 1, 2),  # bus, device, full speed
        *(0x1209, 0x0001, 0x0100),
        *(0xEF, 2, 1, 1, 1, 3),
    )
    assert interfaces == [b"\x03\0\0\0", b"\x02\x02\0\0", b"\x0a\0\0\0"]
    assert found[DISPLAY][1] == [b"\x02\x02\0\0", b"\x0a\0\0\0"]


def test_what_is_unplugged_or_had_is_not_listed(home: Home) -> None:
    home.owner(CHIP)
    home.display.unplug()
    assert home.bench.computer().list() == {}


def test_one_computer_has_a_device_and_another_is_told_that_it_is_busy(home: Home) -> None:
    owner = home.owner()
    late = home.bench.computer()
    assert late.ask(CHIP) == BUSY
    assert late.ask(DISPLAY) == OK
    greet(owner)


@pytest.mark.parametrize("bus_id", ["1-3", "", "1-1 ", "x" * 31])
def test_a_device_that_is_not_there_is_not_had(home: Home, bus_id: str) -> None:
    computer = home.bench.computer()
    assert computer.ask(bus_id) == NO_DEVICE
    assert computer.ask(CHIP) == OK


def test_an_unplugged_device_is_not_had(home: Home) -> None:
    home.chip.unplug()
    assert home.bench.computer().ask(CHIP) == NO_DEVICE


# Who drives it


def test_the_kernel_sees_the_firmwares_own_descriptors(home: Home) -> None:
    found = home.chip.usb_host.descriptors
    assert found
    computer = home.bench.computer()
    computer.ask(CHIP)
    assert computer.control(0x80, 6, 0x0100, 0, 64).data == found.raw_device
    assert computer.control(0x80, 6, 0x0200, 0, 9).data == found.raw_configuration[:9]
    assert computer.control(0x80, 6, 0x0200, 0, 500).data == found.raw_configuration
    assert computer.control(0x80, 6, 0x0302, 0x0409, 255).data[2:].decode("utf-16-le") == found.product
    assert computer.control(0x80, 8, 0, 0, 1).data == b"\0"
    assert computer.control(0x80, 6, 0x0600, 0, 10).status == -errno.EPIPE  # full speed only: no qualifier
    computer.configure()
    assert computer.control(0x80, 8, 0, 0, 1).data == b"\x01"


def test_nothing_but_what_the_kernel_asks_for_reaches_the_device(home: Home) -> None:
    computer = home.bench.computer()
    computer.ask(CHIP)
    home.bench.wait(1)
    before = home.world.now
    computer.control(0x80, 6, 0x0100, 0, 18)
    home.bench.wait(1)
    kinds = [one.kind for one in home.world.trace.last if one.time >= before and one.device == home.chip.name]
    assert kinds == ["usb.control"]


def test_the_simulated_computer_sees_it_go_and_come_again(home: Home) -> None:
    file = home.chip.hid.open()
    computer = home.owner()
    assert not file.is_open
    assert not home.chip.usb_host.configured
    computer.close()
    home.bench.until(lambda: home.chip.usb_host.configured)
    assert home.chip.running  # it kept its power
    assert home.chip.ctap().ping(b"x") == b"x"


# Transfers


def test_reports_come_and_go(home: Home) -> None:
    greet(home.owner())


def test_a_read_waits_until_there_is_something(home: Home) -> None:
    computer = home.owner()
    reading = computer.submit(HID_IN, size=64)
    home.bench.wait(2)
    writing = computer.submit(HID_OUT, HELLO)
    assert computer.reply()[:3] == (3, writing, 0)
    reply = computer.reply()
    assert reply[:3] == (3, reading, 0)
    assert reply.data[7:15] == NONCE


def test_reads_are_served_in_their_order(home: Home) -> None:
    computer = home.owner()
    readings = [computer.submit(HID_IN, size=64) for _ in range(10)]
    for number in range(10):
        computer.submit(HID_OUT, ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, bytes([number]) * 8)[0])
    replies = [computer.reply() for _ in range(20)]
    came = [(reply.sequence, reply.data[7]) for reply in replies if reply.sequence in readings]
    assert came == list(zip(readings, range(10), strict=True))


def test_interrupt_transfers_keep_their_interval(home: Home) -> None:
    computer = home.owner()
    start = home.world.now
    for _ in range(10):
        computer.submit(HID_OUT, HELLO)
    assert all(computer.reply().status == 0 for _ in range(10))
    times = [one.time for one in home.world.trace.last if one.kind == "usb.out" and one.time >= start]
    assert len(times) == 10
    assert all(later - earlier >= MS for earlier, later in itertools.pairwise(times))
    assert all(time % MS == 0 for time in times)


def test_a_serial_port_answers_through_bulk_endpoints(home: Home) -> None:
    computer = home.owner(DISPLAY)
    coding = struct.pack("<IBBB", 9600, 0, 0, 8)
    assert computer.control(0x21, 0x20, 0, 0, data=coding).moved == 7
    assert computer.control(0xA1, 0x21, 0, 0, 7).data == coding
    assert computer.control(0x21, 0x22, 3, 0).status == 0
    sent = computer.transfer(2, bytes(200))  # no frame, so nothing comes back; and it is taken whole
    assert (sent.status, sent.moved) == (0, 200)
    reading = computer.submit(0x82, size=128)
    home.bench.wait(0.5)
    computer.unlink(reading)
    assert computer.reply().status == -errno.ECONNRESET


def test_a_stall_is_told_and_ends_when_it_is_cleared(home: Home) -> None:
    computer = home.owner()
    assert computer.control(0x02, 3, 0, HID_OUT).status == 0
    assert computer.transfer(HID_OUT, HELLO).status == -errno.EPIPE
    assert computer.control(0x02, 1, 0, HID_OUT).status == 0
    greet(computer)


def test_a_report_that_does_not_fit_is_told(home: Home) -> None:
    computer = home.owner()
    computer.transfer(HID_OUT, HELLO)
    assert computer.transfer(HID_IN, size=63).status == -errno.EOVERFLOW


@pytest.mark.parametrize("flags", [0, 1])
def test_a_short_read_is_an_error_for_whoever_wants_it_so(home: Home, flags: int) -> None:
    computer = home.owner()
    setup = bytes.fromhex("80 06 00 01 00 00 40 00")
    reply = computer.transfer(0x80, size=64, setup=setup, flags=flags)
    assert reply.status == -errno.EREMOTEIO * flags
    assert len(reply.data) == 18


def test_an_empty_packet_follows_where_one_is_wanted(home: Home) -> None:
    computer = home.owner(DISPLAY)
    start = home.world.now
    assert computer.transfer(2, bytes(64), flags=0x40).moved == 64
    took = [one.detail for one in home.world.trace.last if one.kind == "usb.out" and one.time >= start]
    assert took == [(2, bytes(64)), (2, b"")]


@pytest.mark.parametrize(("endpoint", "size"), [(5, 0), (0x85, 64), (2, 0)])
def test_an_endpoint_that_is_not_there_answers_nothing(home: Home, endpoint: int, size: int) -> None:
    computer = home.owner()
    assert computer.transfer(endpoint, size=size).status == -errno.EPROTO
    greet(computer)


def test_endpoints_of_a_device_that_is_not_configured_answer_nothing(home: Home) -> None:
    computer = home.bench.computer()
    computer.ask(CHIP)
    assert computer.transfer(HID_OUT, HELLO).status == -errno.EPROTO


@pytest.mark.parametrize(
    ("endpoint", "setup", "size"),
    [(0x80, "8006000100001200", 17), (0x00, "8006000100001200", 18), (0x80, "2120000000000700", 7)],
)
def test_a_control_transfer_that_contradicts_itself_is_refused(
    home: Home, endpoint: int, setup: str, size: int
) -> None:
    computer = home.owner()
    data = b"" if endpoint else bytes(size)
    sequence = computer.submit(endpoint, data, size, bytes.fromhex(setup))
    assert computer.reply()[:3] == (3, sequence, -errno.EINVAL)
    greet(computer)


# Taking back


def test_a_transfer_that_waits_is_taken_back(home: Home) -> None:
    computer = home.owner()
    reading = computer.submit(HID_IN, size=64)
    home.bench.wait(0.1)
    taking = computer.unlink(reading)
    assert computer.reply()[:3] == (4, taking, -errno.ECONNRESET)
    greet(computer)


def test_one_that_has_ended_is_not(home: Home) -> None:
    computer = home.owner()
    sequence = computer.submit(HID_OUT, HELLO)
    assert computer.reply().sequence == sequence
    for victim in (sequence, 12345):
        taking = computer.unlink(victim)
        assert computer.reply()[:3] == (4, taking, 0)


def test_a_control_transfer_is_taken_back_before_its_turn(home: Home) -> None:
    computer = home.owner()
    start = home.world.now
    orders = [
        computer.submit(0x80, size=18, setup=bytes.fromhex("8006000100001200")),
        computer.submit(0x00, setup=bytes.fromhex("0009000000000000")),  # SET_CONFIGURATION 0
    ]
    taking = computer.unlink(orders[1])
    assert {computer.reply()[:3] for _ in range(2)} == {
        (3, orders[0], 0),
        (4, taking, -errno.ECONNRESET),
    }
    assert computer.control(0x80, 8, 0, 0, 1).data == b"\x01"
    assert sum(one.kind == "usb.control" for one in home.world.trace.last if one.time > start) == 2


def test_one_that_the_device_never_answers_waits_until_it_is_taken_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer = home.owner()

    def never(setup: bytes, data: bytes = b"") -> bytes:
        raise UsbTimeout("NAK for ever")

    with monkeypatch.context() as patch:
        patch.setattr(home.chip.usb, "control", never)
        asking = computer.submit(0x80, size=18, setup=bytes.fromhex("8006000100001200"))
        home.bench.wait(1)
        taking = computer.unlink(asking)
        assert computer.reply()[:3] == (4, taking, -errno.ECONNRESET)
    greet(computer)


def test_too_many_transfers_are_refused_one_by_one(home: Home) -> None:
    computer = home.owner()
    readings = [computer.submit(HID_IN, size=64) for _ in range(256)]
    assert computer.submit(HID_IN, size=64)
    assert computer.reply().status == -errno.ENOMEM
    for reading in readings:
        computer.unlink(reading)
    assert all(computer.reply().status == -errno.ECONNRESET for _ in readings)
    greet(computer)
