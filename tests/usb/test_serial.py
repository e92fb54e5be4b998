"""The firmware's serial port and the computer's driver: all arrives, nothing grows, nothing blocks."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segl_sim.parts.usb_descriptors import Disconnected, Stall
from segl_sim.usb_bus import PACKET_NS, setup_packet
from segl_sim.usb_serial import SerialPort
from tests.usb.bench import MS, Bench, Recorder, connected

SEND_LIMIT = 2048


def exchange(to_device: list[bytes], to_computer: list[bytes]) -> None:
    """Send both lists at the same time, in order, and check that both arrive whole."""
    bench, cdc, port = connected(limit=4096)
    arrived_there, arrived_here = bytearray(), bytearray()
    outgoing, incoming = list(reversed(to_device)), list(reversed(to_computer))
    for _ in range(1_000_000):
        if outgoing:
            taken = port.write(outgoing[-1])
            outgoing[-1] = outgoing[-1][taken:]
            if not outgoing[-1]:
                outgoing.pop()
        if incoming and cdc.write(incoming[-1]):
            incoming.pop()
        bench.clock.run_for(MS // 2)
        arrived_there += cdc.read()
        arrived_here += port.read()
        if not outgoing and not incoming and not port.waiting_out:
            break
    bench.clock.run()
    arrived_there += cdc.read()
    bench.clock.run()
    arrived_there += cdc.read()
    arrived_here += port.read()
    assert bytes(arrived_there) == b"".join(to_device)
    assert bytes(arrived_here) == b"".join(to_computer)


def chunks(source: random.Random, total: int, longest: int) -> list[bytes]:
    result = []
    while total > 0:
        size = min(total, source.choice((1, 63, 64, 65, 128, source.randint(1, longest))))
        result.append(source.randbytes(size))
        total -= size
    return result


def test_a_megabyte_each_way_arrives_whole():
    source = random.Random(20)
    exchange(chunks(source, 1 << 20, 4000), chunks(source, 1 << 20, SEND_LIMIT))


@settings(max_examples=30)
@given(
    st.lists(st.binary(min_size=1, max_size=700), max_size=20),
    st.lists(st.binary(min_size=1, max_size=700), max_size=20),
)
def test_any_chunks_arrive_whole(to_device: list[bytes], to_computer: list[bytes]):
    exchange(to_device, to_computer)


def test_opening_sets_the_line_and_raises_dtr():
    bench, cdc, port = connected()
    settings_sent = [detail[0] for _, detail in bench.clock.names("usb.control") if detail[0][0] == 0x21]  # type: ignore[index]
    assert settings_sent == [setup_packet(0x21, 0x20, 0, 0, 7), setup_packet(0x21, 0x22, 3, 0, 0)]
    assert cdc.connected
    assert bench.controller.control(setup_packet(0xA1, 0x21, 0, 0, 7)) == bytes([0, 0xC2, 1, 0, 0, 0, 8])
    assert cdc.opens == 1
    port.close()
    bench.clock.run()
    assert not cdc.connected
    port.open()
    bench.clock.run()
    assert cdc.opens == 2


@pytest.mark.parametrize(
    "setup",
    [
        setup_packet(0x21, 0x23, 0, 0, 0),  # SEND_BREAK is not among the capabilities
        setup_packet(0x21, 0x20, 0, 0, 8),  # a line coding has 7 bytes
        setup_packet(0x21, 0x22, 1, 0, 1),  # control lines have no data
        setup_packet(0x21, 0x22, 1, 1, 0),  # the data interface has no lines
        setup_packet(0x22, 0x22, 1, 2, 0),  # nor has an endpoint
        setup_packet(0x81, 6, 0x2200, 0, 64),  # a report descriptor: this is no HID
        setup_packet(0xC0, 1, 0, 4, 16),  # Microsoft's vendor request
    ],
    ids=lambda setup: setup.hex(),
)
def test_other_requests_are_stalled(setup: bytes):
    bench, cdc, _ = connected()
    with pytest.raises(Stall):
        bench.controller.control(setup, b"" if setup[0] & 0x80 else bytes(setup[6]))
    assert cdc.connected
    assert bench.controller.callback_errors == 0


def test_a_message_of_whole_packets_is_ended_by_an_empty_one():
    bench, cdc, port = connected()
    for size in (64, 128, 192, 1024):
        assert cdc.write(bytes(size))
        bench.clock.run()
        assert len(port.read()) == size
        assert bench.clock.effects[-1][1:] == ("usb.in", (0x82, b""))
    cdc.write(bytes(65))
    bench.clock.run()
    assert len(port.read()) == 65
    assert len(bench.clock.names("usb.in")) == 9


def test_without_the_empty_packet_the_computer_waits_for_more():
    bench = Bench()
    firmware = Recorder(bench)
    firmware.answer = lambda stage: bytearray(7) if stage == 1 and firmware.seen[-1][1][1] == 0x20 else True
    port = bench.open()
    firmware.device.submit_xfer(0x82, bytes(64))
    bench.clock.run()
    assert port.read() == b""
    firmware.device.submit_xfer(0x82, b"")
    bench.clock.run()
    assert port.read() == bytes(64)


def test_data_wait_in_the_computer_while_the_firmware_does_not_read():
    bench, cdc, port = connected(limit=4000)
    source = random.Random(3).randbytes(5000)
    assert port.write(source) == 4000
    bench.clock.run()
    in_firmware = 15 * 64
    assert port.waiting_out == 4000 - in_firmware
    assert port.write(bytes(8000)) == in_firmware
    received = b""
    while chunk := cdc.read():
        assert len(chunk) <= in_firmware
        received += chunk
        bench.clock.run()
    assert received == source[:4000] + bytes(in_firmware)


def test_a_computer_that_never_reads_makes_write_refuse_and_stops_nothing():
    bench, cdc, port = connected(limit=256)
    accepted = 0
    for _ in range(1000):
        accepted += bool(cdc.write(bytes(100)))
        bench.clock.run()
    assert accepted * 100 <= 256 + 128 + SEND_LIMIT
    assert cdc.write(b"") is True
    assert cdc.write(bytes(SEND_LIMIT + 1)) is False
    port.write(b"still listening")
    bench.clock.run()
    assert cdc.read() == b"still listening"
    total = 0
    while data := port.read():
        total += len(data)
        bench.clock.run()
    assert total == accepted * 100
    assert cdc.write(bytes(SEND_LIMIT))


def test_many_small_messages_are_bounded_too():
    bench, cdc, port = connected()
    assert [cdc.write(b"x") for _ in range(20)] == [True] * 15 + [False] * 5
    bench.clock.run()
    assert port.read() == b"x" * 15


def test_before_the_computer_has_configured_the_device_write_refuses():
    bench = Bench()
    cdc = bench.start()
    assert cdc.write(b"x") is False
    assert cdc.read() == b""
    bench.enumerate()
    assert cdc.write(b"x") is True


@pytest.mark.parametrize("packets", [0, 1, 7, 40])
def test_the_cable_pulled_in_the_middle_and_put_back(packets: int):
    bench, cdc, port = connected()
    ends: list[bool] = []
    bench.host.on_change.append(lambda: ends.append(bench.host.configured))
    port.write(bytes(5000))
    for _ in range(3):
        cdc.write(bytes(500))
    bench.clock.run_for(packets * 55_000)
    bench.host.unplug()
    bench.clock.run()
    assert ends == [False]
    assert not port.is_open
    with pytest.raises(Disconnected):
        port.write(b"x")
    while cdc.write(bytes(500)):  # nobody tells the firmware; it must not block or grow
        pass
    bench.enumerate()
    bench.clock.run()
    assert bench.host.configured
    cdc.read()
    port = bench.open()
    assert cdc.connected
    assert cdc.write(b"fresh")
    port.write(b"start")
    bench.clock.run()
    assert port.read() == b"fresh"
    assert cdc.read() == b"start"
    assert bench.controller.callback_errors == 0


def test_an_unplug_while_it_enumerates_is_forgotten():
    bench = Bench()
    bench.start()
    for stop in range(0, 160, 7):
        bench.host.plug()
        bench.clock.run_for(stop * MS)
        bench.host.unplug()
        bench.clock.run()
        assert not bench.host.configured
        assert bench.host.error == ""
    bench.enumerate()
    assert bench.host.configured


def test_what_an_earlier_reader_left_is_dropped_but_for_the_message_under_way():
    bench, cdc, port = connected()
    port.close()
    bench.clock.run()
    assert cdc.write(b"under way")
    assert cdc.write(b"dropped")
    assert cdc.write(b"dropped too")
    port.open()
    bench.clock.run()
    assert port.read() == b"under way"
    assert cdc.write(b"new")
    bench.clock.run()
    assert port.read() == b"new"


def test_a_port_opened_and_closed_many_times_loses_no_room():
    bench, cdc, port = connected()
    for _ in range(50):
        for _ in range(20):
            cdc.write(bytes(300))
        bench.clock.run_for(MS // 4)
        port.close()
        bench.clock.run()
        port.open()
        bench.clock.run()
        port.read()
    assert cdc.write(bytes(SEND_LIMIT))
    assert bench.controller.callback_errors == 0


def test_a_cleared_halt_starts_the_transfers_again():
    bench, cdc, port = connected()
    for endpoint in (2, 0x82):
        bench.controller.control(setup_packet(0x02, 3, 0, endpoint, 0))
    cdc.write(b"while halted")
    port.write(b"to a halted device")
    bench.clock.run()
    assert port.read() == b""
    for endpoint in (2, 0x82):
        bench.controller.control(setup_packet(0x02, 1, 0, endpoint, 0))
    bench.clock.run()
    assert port.read() == b"while halted"
    assert cdc.read() == b"to a halted device"


def test_activity_is_reported_from_the_interrupt():
    bench, cdc, port = connected()
    calls: list[int] = []
    cdc.on_activity = lambda: calls.append(bench.clock.time)
    port.write(b"x")
    bench.clock.run()
    assert len(calls) == 1
    cdc.write(b"y")
    bench.clock.run()
    assert len(calls) == 2
    port.close()
    bench.clock.run()
    assert len(calls) == 3


def test_the_computer_hears_of_data_and_of_the_open_port():
    bench = Bench()
    cdc = bench.start()
    bench.enumerate()
    heard: list[Any] = []
    port = SerialPort(bench.host)
    port.on_open = lambda: heard.append("open")
    port.on_data = lambda: heard.append(port.read())
    port.open()
    port.write(b"early")  # waits until the port is really open
    bench.clock.run()
    assert cdc.read() == b"early"
    cdc.write(b"hello")
    bench.clock.run()
    assert heard == ["open", b"hello"]


def test_two_ports_of_one_device_do_not_mix():
    bench = Bench()
    first, second = bench.cdc_module.Cdc(), bench.cdc_module.Cdc()
    bench.start(first, second)
    bench.enumerate()
    ports = [SerialPort(bench.host, 0), SerialPort(bench.host, 1)]
    for port, text in zip(ports, (b"one", b"two"), strict=True):
        port.open()
        port.write(text)
    bench.clock.run()
    assert (first.read(), second.read()) == (b"one", b"two")
    assert first.write(b"1")
    assert second.write(b"2")
    bench.clock.run()
    assert [port.read() for port in ports] == [b"1", b"2"]


def test_no_byte_and_no_raw_repl_prefix_brings_a_prompt():
    bench, cdc, port = connected()
    prefixes = [b"\r\x03\x03", b"\r\x01", b"\x05A\x01", b"\x04", b"\x02"]
    for probe in [bytes([value]) for value in range(256)] + prefixes:
        port.write(probe)
        bench.clock.run()
        assert cdc.read() == probe
    assert port.read() == b""


def test_bulk_packets_take_their_share_of_a_frame():
    bench, cdc, port = connected()
    start = bench.clock.time
    port.write(bytes(64 * 15))
    bench.clock.run(lambda: port.waiting_out == 0)
    assert 15 * PACKET_NS <= bench.clock.time - start <= 16 * PACKET_NS
    assert len(cdc.read()) == 64 * 15


def test_two_runs_leave_the_same_trace():
    def run() -> list[Any]:
        bench, cdc, port = connected()
        port.write(bytes(1000))
        cdc.write(bytes(1000))
        bench.clock.run()
        cdc.read()
        bench.clock.run()
        return bench.clock.effects

    assert run() == run()


@pytest.mark.parametrize("size", [1, 100, SEND_LIMIT])
def test_a_reset_makes_room_for_what_is_written_next(size: int):
    bench, cdc, port = connected()
    port.close()
    bench.host.unplug()
    bench.enumerate()
    while cdc.write(bytes(size)):  # nobody reads
        pass
    bench.host.unplug()
    bench.enumerate()
    port.open()
    bench.clock.run()
    assert cdc.write(b"x" * size)
    bench.clock.run()
    assert port.read() == b"x" * size
