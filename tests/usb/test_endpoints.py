"""Transfers that the firmware submits, moved packet by packet as on a board."""

import errno

import pytest

from segl_sim.parts.usb_descriptors import Disconnected, Overrun, Stall
from segl_sim.usb_host import setup_packet
from tests.usb.bench import MS, Bench, Recorder


def test_submit_says_einval_inactive_ebusy_busy_and_false_unconfigured(bench: Bench):
    device = bench.usbdevice.USBDevice()
    with pytest.raises(OSError, match=str(errno.EINVAL)):
        device.submit_xfer(2, bytearray(64))
    with pytest.raises(OSError, match=str(errno.EINVAL)):
        device.stall(2)
    stock = device.BUILTIN_DEFAULT
    device.config(stock.desc_dev, stock.desc_cfg)
    assert device.active(True) is False
    with pytest.raises(OSError, match=str(errno.EINVAL)):  # the change waits for the USB task
        device.submit_xfer(2, bytearray(64))
    bench.clock.run()
    assert device.active() is True
    assert device.submit_xfer(2, bytearray(64)) is False  # nobody has configured the device
    bench.enumerate()
    assert device.submit_xfer(2, bytearray(64)) is True
    with pytest.raises(OSError, match=str(errno.EBUSY)):
        device.submit_xfer(2, bytearray(64))
    assert device.submit_xfer(0x82, b"an IN buffer is only read") is True
    for wrong in (0, 0x80, 16):
        with pytest.raises(ValueError, match="ep"):
            device.submit_xfer(wrong, bytearray(64))
    with pytest.raises(TypeError):
        device.submit_xfer(2, b"not writable")


def test_transfers_end_with_their_length_and_fill_the_buffer(bench: Bench, firmware: Recorder):
    buffer = bytearray(128)
    firmware.device.submit_xfer(2, buffer)
    bench.clock.run()
    assert bench.controller.out(2, b"x" * 64)
    assert firmware.seen == []  # a full packet does not end the transfer
    assert bench.controller.out(2, b"yz")
    assert firmware.seen == [(2, 0, 66)]
    assert buffer[:67] == b"x" * 64 + b"yz\0"
    assert not bench.controller.out(2, b"nobody waits for this")
    source = bytearray(b"p" * 64 + b"q")
    firmware.device.submit_xfer(0x82, source)
    source[0] = 0
    assert bench.controller.in_(0x82) == b"p" * 64
    assert bench.controller.in_(0x82) == b"q"
    assert bench.controller.in_(0x82) is None
    assert firmware.seen[-1] == (0x82, 0, 65)


def test_in_data_are_not_there_before_the_device_has_computed_them(bench: Bench, firmware: Recorder):
    start = bench.clock.time
    bench.clock.charge(5 * MS)
    firmware.device.submit_xfer(0x82, b"late")
    bench.clock.time = start  # the host's clock stands where the device's turn began
    assert bench.controller.in_(0x82) is None
    bench.clock.time = start + 5 * MS
    assert bench.controller.in_(0x82) == b"late"


def test_a_packet_too_long_for_its_buffer_is_an_error(bench: Bench, firmware: Recorder):
    firmware.device.submit_xfer(2, bytearray(10))
    with pytest.raises(Overrun):
        bench.controller.out(2, b"eleven byte")
    with pytest.raises(ValueError, match="65 bytes"):
        bench.controller.out(2, bytes(65))
    firmware.device.submit_xfer(0x82, b"abc")
    with pytest.raises(Overrun):
        bench.controller.in_(0x82, 2)


def test_a_halted_endpoint_stalls_until_either_side_clears_it(bench: Bench, firmware: Recorder):
    device, controller = firmware.device, bench.controller
    device.submit_xfer(0x82, b"lost by the halt")
    assert device.stall(0x82, True) is False
    assert device.stall(0x82) is True
    with pytest.raises(Stall):
        controller.in_(0x82)
    with pytest.raises(OSError, match=str(errno.EBUSY)):
        device.submit_xfer(0x82, b"no")
    assert controller.control(setup_packet(0x82, 0, 0, 0x82, 2)) == b"\x01\x00"
    controller.control(setup_packet(0x02, 1, 0, 0x82, 0))
    assert device.stall(0x82) is False
    assert controller.in_(0x82) is None
    assert device.submit_xfer(0x82, b"again") is True


def test_a_reset_drops_transfers_without_a_callback(bench: Bench, firmware: Recorder):
    firmware.device.submit_xfer(0x82, b"gone")
    bench.controller.reset()
    assert firmware.seen == [("reset",)]
    with pytest.raises(Disconnected):
        bench.controller.in_(0x82)
