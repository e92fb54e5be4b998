"""Programs that use pyusb find simulated devices and talk to them, and virtual time passes for them."""

import errno
from collections.abc import Iterator
from typing import Any

import pytest
import usb.core
import usb.util
from usb.backend import libusb1
from usb.core import USBTimeoutError

from segl_sim import World
from segl_sim.parts.usb_descriptors import UsbTimeout
from segl_sim.ports.pyusb import attached
from segl_wire import frame, schema
from tests.usb.pyusb_home import (
    HELLO,
    HID_IN,
    HID_OUT,
    Home,
    failed,
    find_all,
    greet,
)


@pytest.fixture(name="home")
def home_fixture() -> Iterator[Home]:
    home = Home()
    yield home
    home.world.close()


@pytest.fixture(name="key")
def key_fixture(home: Home) -> Any:
    return home.key()


# Finding


def test_every_device_that_is_plugged_in_is_found_and_no_other(home: Home) -> None:
    home.world.audio_reader()
    found = find_all(backend=home.backend, idVendor=0x1209)
    assert [one.product for one in found] == ["Segl chip", "Segl code display"]
    assert [(one.bus, one.address) for one in found] == [(1, 1), (1, 2)]
    home.chip.unplug()
    assert [one.product for one in find_all(backend=home.backend)] == ["Segl code display"]
    home.display.unplug()
    assert usb.core.find(backend=home.backend) is None


def test_its_descriptors_are_the_firmwares(home: Home, key: Any) -> None:
    said = home.chip.usb_host.descriptors
    assert said
    device = bytes(key.ctrl_transfer(0x80, 6, 0x0100, 0, 18))
    assert device == said.raw_device
    fields = (key.bLength, key.bDescriptorType, key.bcdUSB.to_bytes(2, "little"), key.bDeviceClass)
    assert fields == (18, 1, device[2:4], device[4])
    assert (key.idVendor, key.idProduct, key.bcdDevice) == (0x1209, 0x0001, 0x0100)
    assert (key.bMaxPacketSize0, key.bNumConfigurations, key.speed) == (64, 1, 2)
    assert (key.bus, key.port_number, key.port_numbers) == (1, 1, (1,))
    (configuration,) = key
    rebuilt = _configuration(configuration)
    for interface in configuration:
        rebuilt += _association(said.raw_configuration, interface.bInterfaceNumber)
        rebuilt += _interface(interface)
    assert rebuilt == said.raw_configuration


def test_its_strings_are_read_and_it_is_printed(home: Home, key: Any) -> None:
    said = home.chip.usb_host.descriptors
    assert said
    assert (key.manufacturer, key.product, key.serial_number) == ("Segl", "Segl chip", said.serial)
    assert key.langids == (0x0409,)
    assert "INTERFACE 0: Human Interface" in str(key)
    failed(errno.EPIPE, usb.util.get_string, key, 77, 0x0409)


def test_within_a_block_pyusb_finds_the_worlds_devices_by_itself(home: Home) -> None:
    real = libusb1.get_backend
    with attached(home.world):
        assert len(find_all(idVendor=0x1209)) == 2
        greet(usb.core.find(idVendor=0x1209))
        with attached(World()):
            assert usb.core.find() is None
    assert libusb1.get_backend is real


def test_the_real_one_comes_back_after_an_error(home: Home) -> None:
    real = libusb1.get_backend
    with pytest.raises(ZeroDivisionError), attached(home.world):
        raise ZeroDivisionError
    assert libusb1.get_backend is real


# Transfers


def test_reports_come_and_go(home: Home, key: Any) -> None:
    start = home.now
    greet(key)
    assert home.now - start < 0.1


def test_a_serial_port_is_spoken_to_through_bulk_endpoints(home: Home) -> None:
    port = home.find("Segl code display")
    coding = bytes.fromhex("80250000 00 00 08")
    assert port.ctrl_transfer(0x21, 0x20, 0, 0, coding) == 7
    assert bytes(port.ctrl_transfer(0xA1, 0x21, 0, 0, 7)) == coding
    port.ctrl_transfer(0x21, 0x22, 3, 0)
    assert port.write(2, bytes(1000)) == 1000
    failed(errno.ETIMEDOUT, port.read, 0x82, 64)
    asked = b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {}))
    assert port.write(2, asked) == len(asked)
    start = home.now
    answer = bytes(port.read(0x82, 4096))
    assert answer.endswith(b"\0")
    assert len(answer) > 64
    assert home.now - start < 0.5  # a short packet was the end, not the time-out


def test_a_read_may_be_shorter_than_its_buffer_and_is_refused_where_it_does_not_fit(key: Any) -> None:
    greet(key)
    key.write(HID_OUT, HELLO)
    assert len(key.read(HID_IN, 500, 100)) == 64 * 1  # the second packet never comes
    key.write(HID_OUT, HELLO)
    failed(errno.EOVERFLOW, key.read, HID_IN, 63)


def test_a_timeout_is_in_virtual_time_and_loses_nothing(home: Home, key: Any) -> None:
    start = home.now
    with pytest.raises(USBTimeoutError) as caught:
        key.read(HID_IN, 64, timeout=2500)
    assert caught.value.errno == errno.ETIMEDOUT
    assert caught.value.backend_error_code == libusb1.LIBUSB_ERROR_TIMEOUT
    assert home.now - start == pytest.approx(2.5, abs=0.01)
    greet(key)


def test_for_ever_is_an_hour(home: Home, key: Any) -> None:
    start = home.now
    failed(errno.ETIMEDOUT, key.read, HID_IN, 64, timeout=0)
    assert home.now - start == pytest.approx(3600, abs=0.01)


def test_a_wait_ends_when_the_answer_comes(home: Home, key: Any) -> None:
    """Not at the next thing that happens, which may be an hour later."""
    start = home.now
    key.ctrl_transfer(0x80, 6, 0x0100, 0, 18, timeout=0)
    assert home.now - start < 0.01


def test_what_was_written_in_time_is_counted(home: Home) -> None:
    port = home.find("Segl code display")
    sent = port.write(2, bytes(64_000), timeout=3)  # 19 packets a millisecond at most
    assert 0 < sent < 64_000
    assert sent % 64 == 0


def test_a_touch_comes_while_a_program_waits(home: Home, key: Any) -> None:
    home.chip.touch(after=2)
    greet(key)
    start = home.now
    with pytest.raises(USBTimeoutError):
        key.read(HID_IN, 64, timeout=3000)
    assert home.now - start == pytest.approx(3)
    assert any(one.kind == "pin" for one in home.world.trace.last)


def test_a_stall_is_a_broken_pipe_until_it_is_cleared(key: Any) -> None:
    greet(key)
    key.ctrl_transfer(0x02, 3, 0, HID_OUT)
    error = failed(errno.EPIPE, key.write, HID_OUT, HELLO)
    assert error.backend_error_code == libusb1.LIBUSB_ERROR_PIPE
    key.clear_halt(HID_OUT)
    greet(key)
    failed(errno.EPIPE, key.ctrl_transfer, 0xC0, 1, 0, 0, 8)
    greet(key)


def test_a_device_that_never_answers_a_control_transfer_times_out(
    home: Home, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(setup: bytes, data: bytes = b"") -> bytes:
        raise UsbTimeout("NAK for ever")

    monkeypatch.setattr(home.chip.usb, "control", never)
    start = home.now
    failed(errno.ETIMEDOUT, key.ctrl_transfer, 0x80, 6, 0x0100, 0, 18, timeout=700)
    assert home.now - start == pytest.approx(0.7)


def test_a_control_transfer_given_up_in_time_never_reaches_the_device(home: Home, key: Any) -> None:
    start = home.world.now
    failed(errno.ETIMEDOUT, key.ctrl_transfer, 0x80, 6, 0x0100, 0, 18, timeout=1)
    home.world.advance(1)
    assert not [one for one in home.world.trace.last if one.kind == "usb.control" and one.time > start]


def _configuration(one: Any) -> bytes:
    head = bytes([one.bLength, one.bDescriptorType]) + one.wTotalLength.to_bytes(2, "little")
    rest = (one.bNumInterfaces, one.bConfigurationValue, one.iConfiguration, one.bmAttributes, one.bMaxPower)
    return head + bytes(rest)


def _association(raw: bytes, number: int) -> bytes:
    """Pick the association before an interface, which pyusb does not show."""
    at = raw.find(bytes([8, 11, number]))
    return raw[at : at + 8] if at >= 0 else b""


def _interface(one: Any) -> bytes:
    data = bytes(
        (
            *(one.bLength, one.bDescriptorType, one.bInterfaceNumber, one.bAlternateSetting),
            *(one.bNumEndpoints, one.bInterfaceClass, one.bInterfaceSubClass, one.bInterfaceProtocol),
            one.iInterface,
        )
    ) + bytes(one.extra_descriptors)
    for end in one:
        data += bytes([end.bLength, end.bDescriptorType, end.bEndpointAddress, end.bmAttributes])
        data += end.wMaxPacketSize.to_bytes(2, "little") + bytes([end.bInterval])
    return data
