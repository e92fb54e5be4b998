"""Endpoint 0 answers as TinyUSB does on a board, and asks the firmware for the rest."""

from typing import Any

import pytest

from segl_sim.parts.usb_descriptors import Stall, UsbTimeout
from segl_sim.usb_host import setup_packet
from tests.usb.bench import Bench, Recorder

GET, SET, CLASS_OUT, CLASS_IN = 0x80, 0x00, 0x21, 0xA1


def test_standard_requests_are_answered_without_the_firmware(bench: Bench, firmware: Recorder):
    control = bench.controller.control
    assert control(setup_packet(GET, 8, 0, 0, 1)) == b"\x01"  # configuration
    assert control(setup_packet(GET, 0, 0, 0, 2)) == b"\x00\x00"  # status: bus-powered
    assert control(setup_packet(SET, 3, 1, 0, 0)) == b""  # remote wake-up on
    assert control(setup_packet(GET, 0, 0, 0, 2)) == b"\x02\x00"
    assert control(setup_packet(SET, 1, 1, 0, 0)) == b""
    assert control(setup_packet(GET, 0, 0, 0, 2)) == b"\x00\x00"
    assert control(setup_packet(0x82, 0, 0, 0x82, 2)) == b"\x00\x00"  # endpoint not halted
    assert control(setup_packet(GET, 6, 0x0100, 0, 5)) == firmware.device.BUILTIN_DEFAULT.desc_dev[:5]
    assert bench.controller.address == 1
    assert firmware.seen == []


@pytest.mark.parametrize(
    "setup",
    [
        setup_packet(0x40, 1, 0, 0, 0),  # vendor, to the device
        setup_packet(0xC1, 1, 0, 0, 8),  # vendor, to an interface
        setup_packet(GET, 6, 0x0600, 0, 10),  # device qualifier: full speed only
        setup_packet(GET, 6, 0x0F00, 0, 5),  # BOS
        setup_packet(GET, 6, 0x0309, 0, 255),  # no such string
        setup_packet(SET, 7, 0x0100, 0, 0),  # SET_DESCRIPTOR
        setup_packet(SET, 3, 2, 0, 0),  # test mode
        setup_packet(CLASS_OUT, 0x22, 0, 7, 0),  # no such interface
        setup_packet(0x22, 0x22, 0, 0x05, 0),  # no such endpoint
        setup_packet(0x23, 0x22, 0, 0, 0),  # "other" recipient
    ],
    ids=lambda setup: setup.hex(),
)
def test_what_tinyusb_does_not_know_is_stalled_and_never_reaches_the_firmware(
    bench: Bench, firmware: Recorder, setup: bytes
):
    with pytest.raises(Stall):
        bench.controller.control(setup)
    assert firmware.seen == []


def test_a_class_request_goes_through_its_stages(bench: Bench, firmware: Recorder):
    firmware.answer = True
    setup = setup_packet(CLASS_OUT, 0x22, 3, 0, 0)
    assert bench.controller.control(setup) == b""
    assert firmware.seen == [(1, setup), (3, setup)]


def test_an_in_request_gets_the_buffer_cut_to_its_length(bench: Bench, firmware: Recorder):
    firmware.answer = lambda stage: bytearray(b"0123456789") if stage == 1 else True
    setup = setup_packet(CLASS_IN, 0x21, 0, 0, 7)
    assert bench.controller.control(setup) == b"0123456"
    assert firmware.seen == [(1, setup), (2, setup), (3, setup)]


def test_an_out_request_fills_the_buffer_before_the_data_stage(bench: Bench, firmware: Recorder):
    buffer = bytearray(8)
    contents = []

    def answer(stage: int) -> Any:
        contents.append(bytes(buffer))
        return buffer if stage == 1 else True

    firmware.answer = answer
    bench.controller.control(setup_packet(CLASS_OUT, 0x20, 0, 0, 7), b"abcdefg")
    assert contents == [bytes(8), b"abcdefg\0", b"abcdefg\0"]


def test_a_refused_data_stage_stalls(bench: Bench, firmware: Recorder):
    firmware.answer = lambda stage: bytearray(7) if stage == 1 else False
    with pytest.raises(Stall):
        bench.controller.control(setup_packet(CLASS_OUT, 0x20, 0, 0, 7), bytes(7))


def test_true_without_a_buffer_hangs_a_request_that_has_data(bench: Bench, firmware: Recorder):
    firmware.answer = True
    with pytest.raises(UsbTimeout):
        bench.controller.control(setup_packet(CLASS_IN, 0x21, 0, 0, 7))
    firmware.answer = bytearray(6)
    with pytest.raises(UsbTimeout):
        bench.controller.control(setup_packet(CLASS_OUT, 0x20, 0, 0, 7), bytes(7))


def test_descriptors_of_a_class_come_from_the_firmware(bench: Bench, firmware: Recorder):
    firmware.answer = lambda stage: b"report" if stage == 1 else True
    assert bench.controller.control(setup_packet(0x81, 6, 0x2200, 1, 64)) == b"report"


def test_get_and_set_interface_are_answered_for_the_firmware(bench: Bench, firmware: Recorder):
    assert bench.controller.control(setup_packet(0x81, 10, 0, 1, 1)) == b"\0"
    assert bench.controller.control(setup_packet(0x01, 11, 0, 1, 0)) == b""
    assert [stage for stage, _ in firmware.seen] == [1, 1]
    with pytest.raises(Stall):
        bench.controller.control(setup_packet(0x81, 0, 0, 1, 2))


def test_the_view_of_a_request_dies_with_the_callback(bench: Bench, firmware: Recorder):
    firmware.answer = True
    bench.controller.control(setup_packet(CLASS_OUT, 0x22, 3, 0, 0))
    with pytest.raises(ValueError, match="released"):
        bytes(firmware.view)


def test_an_exception_in_a_callback_stalls_is_printed_and_kept(
    bench: Bench, firmware: Recorder, capsys: pytest.CaptureFixture[str]
):
    def answer(_stage: int) -> Any:
        raise ValueError("oh dear")

    firmware.answer = answer
    with pytest.raises(Stall):
        bench.controller.control(setup_packet(CLASS_OUT, 0x22, 3, 0, 0))
    assert "ValueError: oh dear" in capsys.readouterr().err
    assert str(bench.usbdevice.last_error) == "oh dear"
    assert bench.controller.callback_errors == 1
    assert ("usb.exception", (2,)) in bench.clock.names("usb.exception")


def test_opening_names_the_function_without_its_association(bench: Bench, firmware: Recorder):
    bench.controller.reset()
    bench.controller.control(setup_packet(SET, 9, 1, 0, 0))
    assert firmware.seen[1] == ("open", firmware.device.BUILTIN_DEFAULT.desc_cfg[17:])
