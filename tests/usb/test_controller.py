"""The controller and `machine.USBDevice` behave as MicroPython's do on a board, from power-on to power-off."""

import errno

import pytest

from segl_sim.parts.usb_descriptors import Disconnected
from segl_sim.usb_host import setup_packet
from segl_sim.usb_serial import SerialPort
from tests.usb.bench import MS, Bench, Recorder, connected

GET, CLASS_OUT = 0x80, 0x21


def test_the_device_is_one_object(bench: Bench):
    assert bench.usbdevice.USBDevice() is bench.usbdevice.USBDevice()


def test_activation_needs_descriptors_and_the_driver_is_chosen_before(bench: Bench):
    device = bench.usbdevice.USBDevice()
    with pytest.raises(OSError, match=str(errno.EINVAL)):
        device.active(True)
    assert device.builtin_driver is device.BUILTIN_NONE
    device.builtin_driver = device.BUILTIN_CDC
    assert device.builtin_driver is device.BUILTIN_DEFAULT
    device.active(True)
    with pytest.raises(OSError, match=str(errno.EINVAL)):
        device.builtin_driver = device.BUILTIN_NONE
    with pytest.raises(ValueError, match="unsupported"):
        device.builtin_driver = 99
    assert device.remote_wakeup() is False


def test_config_refuses_what_is_no_descriptor(bench: Bench):
    device = bench.usbdevice.USBDevice()
    with pytest.raises(ValueError, match="desc_dev"):
        device.config(None, b"")
    with pytest.raises(ValueError, match="desc_cfg"):
        device.config(b"", None)
    with pytest.raises(ValueError, match="desc_strs"):
        device.config(b"", b"", 5)


def test_a_stock_board_shows_its_own_port_with_a_prompt(bench: Bench):
    bench.controller.booted()
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None, bench.host.error
    assert (found.vid, found.product, found.serial) == (0x2E8A, "Board in FS mode", "E660123456789ABC")
    port = bench.open()
    port.write(b"\x03")
    bench.clock.run()
    assert port.read() == b"\r\n>>> "


def test_a_board_with_segl_never_shows_the_stock_port(bench: Bench):
    bench.host.plug()
    bench.start()
    bench.controller.booted()
    bench.clock.run()
    found = bench.host.descriptors
    assert found is not None
    assert found.product == "Segl code display"
    assert len(bench.clock.names("usb.reset")) == 1


def test_segl_started_late_replaces_the_stock_port_after_50_ms(bench: Bench):
    bench.controller.booted()
    bench.enumerate()
    begun = bench.clock.time
    bench.start()
    bench.clock.run()
    found = bench.host.descriptors
    assert found is not None
    assert found.product == "Segl code display"
    present = [(time, detail[0]) for time, kind, detail in bench.clock.effects if kind == "usb.present"]
    assert present[1:] == [(begun, 0), (begun + 50 * MS, 1)]


def test_leaving_the_bus_is_seen_by_the_host():
    bench, cdc, port = connected()
    bench.usb.stop()
    bench.clock.run()
    assert not bench.host.configured
    assert not port.is_open
    assert cdc.read() == b""
    with pytest.raises(Disconnected):
        port.write(b"x")


def test_power_off_ends_everything_and_the_next_boot_begins_afresh():
    bench, _, port = connected()
    bench.controller.power_off()
    assert not port.is_open
    bench.clock.run()
    assert not bench.host.configured
    with pytest.raises(Disconnected):
        bench.controller.control(setup_packet(GET, 8, 0, 0, 1))
    bench.controller.booted()
    bench.clock.run()
    assert bench.host.descriptors is not None
    assert bench.host.descriptors.vid == 0x2E8A


def test_a_device_that_dies_in_any_interrupt_is_gone_and_nothing_else():
    bench, _, port = connected()
    port.write(b"x" * 70)
    bench.clock.run()
    for death in range(1, bench.events + 1):
        bench = Bench()
        bench.dies_at = death
        cdc = bench.start()
        bench.enumerate()
        if bench.host.configured:
            port = bench.open()
            if port.is_open:
                port.write(b"x" * 70)
        bench.clock.run()
        assert not bench.host.configured, death
        assert bench.host.error == ""
        assert not bench.controller.present
        assert cdc.opens <= 1
        bench.start()
        bench.clock.run()
        assert bench.host.configured, bench.host.error


def test_enumeration_takes_as_long_as_the_bus_needs():
    bench = Bench()
    bench.start()
    bench.enumerate()
    assert bench.clock.time == (100 + 20 + 10 * 3) * MS


def test_wrong_calls_of_the_controller_are_refused(bench: Bench, firmware: Recorder):
    assert bench.controller.call(99) == -errno.EINVAL
    with pytest.raises(ValueError, match="8 bytes"):
        bench.controller.control(b"")
    with pytest.raises(ValueError, match="wLength"):
        bench.controller.control(setup_packet(CLASS_OUT, 0x20, 0, 0, 7), b"short")
    with pytest.raises(Disconnected):
        bench.controller.in_(0x85)
    with pytest.raises(Disconnected):
        SerialPort(bench.host, index=3).open()
    bench.host.unplug()
    with pytest.raises(Disconnected):
        SerialPort(bench.host).open()
