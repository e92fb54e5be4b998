"""A second function beside the serial port: the shape that a FIDO HID interface will have."""

import struct
from typing import Any

import pytest

from segl_sim.parts.usb_descriptors import Stall
from segl_sim.usb_host import FRAME_NS, setup_packet
from segl_sim.usb_serial import SerialPort
from tests.usb.bench import Bench

REPORT = bytes.fromhex("06d0f1 0901 a101 0920 1500 26ff00 7508 9540 8102 0921 1500 26ff00 7508 9540 9102 c0")


class Hid:
    """A HID function with 64-byte interrupt endpoints that sends back what it gets."""

    name = None
    interfaces = 1
    endpoints = 1

    def __init__(self) -> None:
        self.seen: list[tuple[int, int, int]] = []
        self._buffer = bytearray(64)

    def describe(self, interface: int, endpoint: int, string: int) -> bytes:
        self.out, self.in_ = endpoint, endpoint | 0x80
        return (
            struct.pack("<9B", 9, 4, interface, 0, 2, 3, 0, 0, string)
            + struct.pack("<BBHBBBH", 9, 0x21, 0x0111, 0, 1, 0x22, len(REPORT))
            + struct.pack("<BBBBHB", 7, 5, self.in_, 3, 64, 5)
            + struct.pack("<BBBBHB", 7, 5, self.out, 3, 64, 5)
        )

    def attach(self, device: Any) -> None:
        self.device = device

    def opened(self) -> None:
        self.device.submit_xfer(self.out, self._buffer)

    def reset(self) -> None:
        pass

    def control(self, stage: int, request: memoryview) -> Any:
        if request[0] == 0x81 and request[1] == 6 and request[3] == 0x22:
            return REPORT if stage == 1 else True
        return request[0] == 0x21 and request[1] == 10  # SET_IDLE

    def transferred(self, endpoint: int, result: int, count: int) -> None:
        self.seen.append((endpoint, result, count))
        if endpoint == self.out:
            self.device.submit_xfer(self.in_, bytes(self._buffer))
        else:
            self.device.submit_xfer(self.out, self._buffer)


@pytest.mark.parametrize("hid_first", [False, True])
def test_hid_and_serial_live_in_one_device(hid_first: bool):
    bench = Bench()
    hid, cdc = Hid(), bench.cdc_module.Cdc()
    bench.start(*([hid, cdc] if hid_first else [cdc, hid]))
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None, bench.host.error
    number = next(i.number for i in found.interfaces if i.class_code == 3)
    report = bench.controller.control(setup_packet(0x81, 6, 0x2200, number, 255))
    assert report == REPORT
    assert bench.controller.control(setup_packet(0x21, 10, 0, number, 0)) == b""
    with pytest.raises(Stall):
        bench.controller.control(setup_packet(0xA1, 1, 0x0100, number, 64))  # GET_REPORT

    answers: list[bytes] = []
    port = SerialPort(bench.host)
    port.open()
    bench.host.in_pipe(hid.in_, 64, answers.append)
    requests = bench.host.out_pipe(hid.out, 1024)
    sent = [bytes([value]) * 64 for value in range(5)]
    begun = bench.clock.time
    for packet in sent:
        requests.write(packet)
        port.write(packet)
    bench.clock.run()
    assert answers == sent
    assert cdc.read() == b"".join(sent)
    assert bench.clock.time - begun >= 5 * 5 * FRAME_NS  # each packet waits for its turn to be polled
    assert hid.seen[:2] == [(hid.out, 0, 64), (hid.in_, 0, 64)]
