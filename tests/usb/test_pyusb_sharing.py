"""Programs that use pyusb set devices up, share them with drivers and each other, and lose them."""

import errno
from array import array
from collections.abc import Iterator
from typing import Any

import pytest
import usb.core
import usb.util
from usb.backend import libusb1

import segl
from tests.usb.pyusb_home import (
    COMMUNICATION,
    DATA,
    HELLO,
    HID,
    HID_IN,
    HID_OUT,
    NS,
    Home,
    failed,
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


# Setting it up


def test_its_configuration_is_set_and_asked_for(key: Any) -> None:
    assert key.get_active_configuration().bConfigurationValue == 1
    key.set_configuration()
    key.set_configuration(1)
    key.set_interface_altsetting(HID, 0)
    greet(key)
    usb.util.dispose_resources(key)
    key.set_configuration(0)
    key.set_configuration(1)
    greet(key)


def test_what_is_not_there_is_not_found(home: Home, key: Any) -> None:
    handle = home.backend.open_device(next(iter(home.backend.enumerate_devices())))
    failed(errno.ENOENT, home.backend.set_configuration, handle, 2)
    failed(errno.ENOENT, home.backend.claim_interface, handle, 3)
    failed(errno.ENOENT, home.backend.release_interface, handle, HID)
    failed(errno.ENOENT, home.backend.set_interface_altsetting, handle, HID, 0)
    home.backend.claim_interface(handle, HID)
    failed(errno.ENOENT, home.backend.set_interface_altsetting, handle, HID, 1)
    failed(errno.ENOENT, home.backend.bulk_read, handle, 0x8F, HID, array("B", bytes(64)), 100)
    with pytest.raises(ValueError, match="Invalid configuration"):
        key.set_configuration(2)
    for index in (1, 2):
        with pytest.raises(IndexError):
            key[index]


def test_a_reset_leaves_it_as_it_was_plugged_in(home: Home, key: Any) -> None:
    greet(key)
    start = home.now
    key.reset()
    assert 0.02 < home.now - start < 1
    greet(key)
    assert home.chip.running


# Who has it


def test_an_interface_is_had_by_one_program_at_a_time(home: Home, key: Any) -> None:
    other = home.key()
    greet(key)
    error = failed(errno.EBUSY, usb.util.claim_interface, other, HID)
    assert error.backend_error_code == libusb1.LIBUSB_ERROR_BUSY
    usb.util.claim_interface(other, COMMUNICATION)
    failed(errno.EBUSY, other.set_configuration)
    usb.util.release_interface(key, HID)
    greet(other)
    usb.util.claim_interface(other, HID)  # twice is once


def test_it_stays_claimed_through_a_reset(home: Home) -> None:
    mine, other = (home.backend.open_device(next(iter(home.backend.enumerate_devices()))) for _ in range(2))
    home.backend.claim_interface(mine, HID)
    home.backend.reset_device(mine)
    failed(errno.EBUSY, home.backend.claim_interface, other, HID)
    assert home.backend.intr_write(mine, HID_OUT, HID, array("B", HELLO), 100) == 64
    failed(errno.EBUSY, home.backend.intr_write, other, HID_OUT, HID, array("B", HELLO), 100)
    home.backend.close_device(mine)
    home.backend.claim_interface(other, HID)


def test_what_a_driver_has_is_busy(home: Home, key: Any) -> None:
    file = home.chip.hid.open()
    assert key.is_kernel_driver_active(HID)
    assert not key.is_kernel_driver_active(DATA)
    failed(errno.EBUSY, key.write, HID_OUT, HELLO)
    failed(errno.EBUSY, key.detach_kernel_driver, HID)
    failed(errno.EBUSY, key.set_configuration)
    usb.util.claim_interface(key, DATA)
    file.close()
    assert not key.is_kernel_driver_active(HID)
    failed(errno.ENOENT, key.detach_kernel_driver, HID)
    greet(key)


def test_a_serial_port_has_both_interfaces_of_its_function(home: Home, key: Any) -> None:
    port = home.chip.serial_port()
    port.open()
    assert key.is_kernel_driver_active(COMMUNICATION)
    for interface in (COMMUNICATION, DATA):
        failed(errno.EBUSY, usb.util.claim_interface, key, interface)
    port.close()
    usb.util.claim_interface(key, COMMUNICATION)
    with pytest.raises(segl.errors.Busy, match="close that program"):
        home.chip.connect()
    failed(errno.EBUSY, key.attach_kernel_driver, COMMUNICATION)
    usb.util.release_interface(key, COMMUNICATION)
    key.attach_kernel_driver(COMMUNICATION)
    assert home.chip.connect().info()


def test_a_claimed_security_key_is_busy_for_drivers(home: Home, key: Any) -> None:
    greet(key)
    with pytest.raises(segl.errors.Busy, match="close that program"):
        home.chip.connect_fido()
    usb.util.dispose_resources(key)
    assert home.chip.ctap().ping(b"x") == b"x"


# Going


def test_an_unplug_in_the_midst_of_a_read_is_told(home: Home, key: Any) -> None:
    home.world.at(home.world.now + 2 * NS, home.chip.unplug)
    start = home.now
    error = failed(errno.ENODEV, key.read, HID_IN, 64, timeout=10_000)
    assert home.now - start == pytest.approx(2, abs=0.01)
    assert error.backend_error_code == libusb1.LIBUSB_ERROR_NO_DEVICE
    failed(errno.ENODEV, key.write, HID_OUT, HELLO)
    failed(errno.ENODEV, key.ctrl_transfer, 0x80, 6, 0x0100, 0, 18)
    failed(errno.ENODEV, key.is_kernel_driver_active, HID)


def test_a_device_that_has_come_again_is_another_one(home: Home, key: Any) -> None:
    greet(key)
    home.chip.unplug()
    home.chip.plug()
    failed(errno.ENODEV, key.write, HID_OUT, HELLO)
    greet(home.key())
    usb.util.dispose_resources(key)
    failed(errno.ENODEV, key.write, HID_OUT, HELLO)


def test_a_device_that_stops_answering_a_reset_is_gone(home: Home, key: Any) -> None:
    greet(key)
    home.world.at(home.world.now + NS // 100, home.chip.unplug)
    failed(errno.ENODEV, key.reset)


def test_an_unplug_in_the_midst_of_a_control_transfer_is_told(home: Home, key: Any) -> None:
    home.world.at(home.world.now + NS // 1000, home.chip.unplug)
    failed(errno.ENODEV, key.ctrl_transfer, 0x80, 6, 0x0100, 0, 18)
