"""The security key's USB function and the computer's driver: reports come and go whole, in order, and nothing grows."""

import random
from typing import Any

import pytest

from segl_sim.parts.usb_descriptors import Disconnected, Stall
from segl_sim.usb_hid import HidFile, HidNode
from segl_sim.usb_host import FRAME_NS, setup_packet
from segl_sim.usb_serial import SerialPort
from tests.usb.bench import BOARDS, MS, Bench

REPORT_DESCRIPTOR = bytes.fromhex(
    "06d0f1 0901 a101 0920 1500 26ff00 7508 9540 8102 0921 1500 26ff00 7508 9540 9102 c0"
)
HID_DESCRIPTOR = bytes.fromhex("09 21 1101 00 01 22 2200")
OUT, IN = 1, 0x81
RING = 15


class Key:
    """The firmware's FidoHid beside its Cdc, and the computer's driver."""

    def __init__(self) -> None:
        self.bench = Bench()
        module: Any = self.bench.load("boards.fido_hid", BOARDS / "fido_hid.py")
        self.hid = module.FidoHid()
        self.cdc = self.bench.cdc_module.Cdc()
        self.woken = 0
        self.hid.on_activity = self._woken
        self.bench.start(self.hid, self.cdc)
        self.node = HidNode(self.bench.host)
        self.bench.enumerate()
        assert self.bench.host.configured, self.bench.host.error

    def open(self) -> HidFile:
        file = self.node.open()
        self.run()
        return file

    def run(self) -> None:
        self.bench.clock.run()

    def control(self, setup: bytes, data: bytes = b"") -> bytes:
        return self.bench.controller.control(setup, data)

    def replug(self) -> None:
        self.bench.host.unplug()
        self.bench.enumerate()

    def _woken(self) -> None:
        self.woken += 1


def reports(count: int, seed: int = 0) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(64) for _ in range(count)]


def received(file: HidFile) -> list[bytes]:
    found = []
    while (report := file.read()) is not None:
        found.append(report)
    return found


@pytest.fixture(name="key")
def key_fixture() -> Key:
    return Key()


# Descriptors


def test_the_interface_is_what_ctap_wants(key: Key) -> None:
    """CTAP 2.2, 11.2.8: class 3, two interrupt endpoints of 64 bytes, polled each 5 ms or more often."""
    found = key.bench.host.descriptors
    assert found is not None
    hid = found.interfaces[0]
    assert (hid.class_code, hid.subclass, hid.protocol) == (3, 0, 0)
    assert hid.extra == (HID_DESCRIPTOR,)
    assert [(one.address, one.kind, one.max_packet) for one in hid.endpoints] == [
        (IN, "interrupt", 64),
        (OUT, "interrupt", 64),
    ]
    assert all(1 <= one.interval <= 5 for one in hid.endpoints)
    assert [interface.class_code for interface in found.interfaces] == [3, 2, 10]


@pytest.mark.parametrize("length", [255, 34, 10])
def test_the_report_descriptor_is_the_one_of_ctap(key: Key, length: int) -> None:
    """HID 1.11, 7.1.1."""
    assert key.control(setup_packet(0x81, 6, 0x2200, 0, length)) == REPORT_DESCRIPTOR[:length]
    assert key.control(setup_packet(0x81, 6, 0x2100, 0, length)) == HID_DESCRIPTOR[:length]


def test_only_news_is_sent_and_the_key_says_so(key: Key) -> None:
    """HID 1.11, 7.2.3 and 7.2.4."""
    assert key.control(setup_packet(0x21, 0x0A, 0, 0, 0)) == b""
    assert key.control(setup_packet(0xA1, 0x02, 0, 0, 1)) == b"\0"


@pytest.mark.parametrize(
    "setup",
    [
        setup_packet(0x81, 6, 0x2201, 0, 34),  # a second report descriptor
        setup_packet(0x81, 6, 0x2300, 0, 34),  # a physical descriptor
        setup_packet(0x81, 6, 0x2200, 1, 34),  # the serial port has none
        setup_packet(0x21, 0x0A, 0x0400, 0, 0),  # SET_IDLE: 16 ms
        setup_packet(0x21, 0x0A, 0x0001, 0, 0),  # of a report with a number
        setup_packet(0xA1, 0x02, 0x0001, 0, 1),
        setup_packet(0xA1, 0x01, 0x0100, 0, 64),  # GET_REPORT
        setup_packet(0x21, 0x09, 0x0200, 0, 64),  # SET_REPORT
        setup_packet(0xA1, 0x03, 0, 0, 1),  # GET_PROTOCOL is for boot devices
        setup_packet(0x21, 0x0B, 1, 0, 0),  # SET_PROTOCOL too
        setup_packet(0x21, 0x22, 3, 0, 0),  # a serial port's request
        setup_packet(0xC1, 1, 0, 0, 16),  # a vendor's
    ],
    ids=lambda setup: setup.hex(),
)
def test_other_requests_are_stalled(key: Key, setup: bytes) -> None:
    with pytest.raises(Stall):
        key.control(setup, b"" if setup[0] & 0x80 else bytes(setup[6]))
    assert key.bench.controller.callback_errors == 0


# Reports


def test_reports_come_and_go_in_order(key: Key) -> None:
    file = key.open()
    there, back = reports(200), reports(200, 1)
    sent, answers = list(there), list(back)
    got: list[bytes] = []
    while len(got) < 200:
        while sent and file.write(sent[0]):
            sent.pop(0)
        key.hid.send(answers)
        key.bench.clock.run_for(5 * MS)
        while (report := key.hid.read()) is not None:
            got.append(report)
    key.run()
    assert got == there
    assert received(file)[:64] == back[:64]  # as many as a program may leave unread


def test_a_report_takes_a_millisecond_each_way(key: Key) -> None:
    file = key.open()
    start = key.bench.clock.time
    for report in reports(10):
        file.write(report)
    key.bench.clock.run(lambda: key.bench.clock.names("usb.out").__len__() == 10)
    assert key.bench.clock.time - start <= 10 * FRAME_NS
    start = key.bench.clock.time
    key.hid.send(reports(10))
    key.bench.clock.run(lambda: key.bench.clock.names("usb.in").__len__() == 10)
    assert key.bench.clock.time - start <= 10 * FRAME_NS


def test_the_computer_waits_while_the_firmware_does_not_read(key: Key) -> None:
    file = key.open()
    sent = reports(64)
    assert all(file.write(report) for report in sent)
    key.run()
    assert key.hid.on_activity is not None
    assert key.hid.waiting
    assert len(key.bench.clock.names("usb.out")) == RING
    got = []
    while (report := key.hid.read()) is not None:
        got.append(report)
        key.run()
    assert got == sent


def test_the_driver_takes_no_more_than_it_can_keep(key: Key) -> None:
    file = key.open()
    taken = sum(file.write(report) for report in reports(200))
    assert taken == 64
    key.run()
    assert not file.write(bytes(64)) or key.hid.waiting


def test_the_firmware_is_told_no_while_nobody_listens(key: Key) -> None:
    waiting = reports(40)
    key.hid.send(waiting)
    key.run()
    assert len(waiting) == 40 - RING
    assert not key.hid.idle
    assert not key.hid.write(bytes(64))


def test_a_report_of_any_length_reaches_the_firmware_as_it_is(key: Key) -> None:
    pipe = key.bench.host.out_pipe(OUT, 1024)
    for size in (1, 63, 64):
        pipe.write(b"\xaa" * size)
        key.run()
        assert key.hid.read() == b"\xaa" * size
    assert key.bench.controller.out(OUT, b"")
    assert key.hid.read() == b""
    assert key.hid.read() is None


def test_the_firmware_is_woken_when_something_has_happened(key: Key) -> None:
    file = key.open()
    before = key.woken
    file.write(bytes(64))
    key.run()
    assert key.woken == before + 1
    key.hid.write(bytes(64))
    key.run()
    assert key.woken == before + 2
    assert key.hid.idle


def test_the_serial_port_beside_it_works_at_the_same_time(key: Key) -> None:
    file = key.open()
    port = SerialPort(key.bench.host)
    port.open()
    key.run()
    for number in range(20):
        file.write(bytes([number]) * 64)
        port.write(bytes([number]) * 100)
        key.run()
        assert key.hid.read() == bytes([number]) * 64
        assert key.cdc.read() == bytes([number]) * 100
        key.hid.write(b"\xbb" * 64)
        key.cdc.write(b"\xcc" * 70)
        key.run()
        assert received(file) == [b"\xbb" * 64]
        assert port.read() == b"\xcc" * 70


# Reset and halt


@pytest.mark.parametrize("queued", [1, RING])
def test_a_reset_drops_what_came_before_it(key: Key, queued: int) -> None:
    file = key.open()
    for report in reports(queued):
        file.write(report)
    key.run()
    file.close()
    for _ in range(queued):
        assert key.hid.write(b"\x01" * 64)
    resets = key.hid.resets
    key.replug()
    assert key.hid.resets > resets
    assert not key.hid.waiting
    assert key.hid.read() is None
    again = key.open()
    assert received(again) == []
    assert key.hid.write(b"\x02" * 64)
    assert again.write(b"\x03" * 64)
    key.run()
    assert received(again) == [b"\x02" * 64]
    assert key.hid.read() == b"\x03" * 64


def test_many_resets_leave_nothing_behind(key: Key) -> None:
    for number in range(50):
        file = key.open()
        for report in reports(number % 20):
            file.write(report)
            key.hid.write(report)
        key.bench.clock.run_for(number * MS)
        key.replug()
        assert key.hid.read() is None
    file = key.open()
    assert key.hid.write(b"\x02" * 64)
    key.run()
    assert received(file) == [b"\x02" * 64]


def test_before_the_computer_has_configured_it_nothing_is_taken() -> None:
    key = Key()
    key.bench.host.unplug()
    key.hid.reset()
    assert not key.hid.write(bytes(64))
    assert key.hid.read() is None


@pytest.mark.parametrize("endpoint", [IN, OUT])
def test_a_halt_that_the_computer_sets_and_clears_loses_no_report(key: Key, endpoint: int) -> None:
    file = key.open()
    key.control(setup_packet(0x02, 3, 0, endpoint, 0))
    file.write(b"\x01" * 64)
    key.hid.write(b"\x02" * 64)
    key.run()
    key.control(setup_packet(0x02, 1, 0, endpoint, 0))
    key.run()
    assert key.hid.read() == b"\x01" * 64
    assert received(file) == [b"\x02" * 64]
    assert key.bench.controller.callback_errors == 0


# The computer's driver


def test_every_program_that_has_it_open_sees_every_report(key: Key) -> None:
    files = [key.open() for _ in range(3)]
    for file in files:
        file.write(b"\x01" * 64)
    key.hid.write(b"\x02" * 64)
    key.run()
    assert [received(file) for file in files] == [[b"\x02" * 64]] * 3
    files[0].close()
    key.hid.write(b"\x03" * 64)
    key.run()
    assert [received(file) for file in files] == [[], [b"\x03" * 64], [b"\x03" * 64]]
    with pytest.raises(Disconnected):
        files[0].write(bytes(64))


def test_the_device_is_not_asked_while_no_program_has_it_open(key: Key) -> None:
    key.open().close()
    key.hid.write(b"\x01" * 64)
    key.run()
    assert key.bench.clock.names("usb.in") == []
    assert not key.hid.idle


def test_what_nobody_listened_to_is_thrown_away_when_a_program_comes(key: Key) -> None:
    for _ in range(3):
        key.hid.write(b"\x01" * 64)
    file = key.node.open()
    assert file.write(b"\x02" * 64)
    key.run()
    assert received(file) == []
    assert key.hid.read() == b"\x02" * 64
    key.hid.write(b"\x03" * 64)
    key.run()
    assert received(file) == [b"\x03" * 64]


def test_a_program_learns_that_the_device_has_gone(key: Key) -> None:
    file = key.open()
    lost: list[bool] = []
    file.on_lost = lambda: lost.append(True)
    key.bench.host.unplug()
    key.run()
    assert (file.is_open, lost) == (False, [True])
    with pytest.raises(Disconnected):
        file.write(bytes(64))
    with pytest.raises(Disconnected):
        key.node.open()
    file.close()


@pytest.mark.parametrize("size", [0, 1, 63, 65])
def test_the_driver_sends_only_whole_reports(key: Key, size: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        key.open().write(bytes(size))


def test_a_device_without_a_security_key_has_none_to_open() -> None:
    bench = Bench()
    bench.start()
    bench.enumerate()
    with pytest.raises(Disconnected, match="HID"):
        HidNode(bench.host).open()
