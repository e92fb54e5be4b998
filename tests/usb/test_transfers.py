"""Single transfers on an endpoint: each ends once, in its turn, whatever happens to the device."""

import pytest

from segl_sim.parts.usb_descriptors import BadDescriptor, Disconnected, UsbError
from segl_sim.usb_pipes import Transfer
from tests.usb.bench import MS, Bench, Recorder

BULK_OUT, BULK_IN = 2, 0x82
End = list[UsbError | None]


def transfer(size: int = 0, data: bytes = b"") -> tuple[Transfer, End]:
    ends: End = []
    return Transfer(size or len(data), ends.append, data), ends


def test_writes_go_out_in_their_order_packet_by_packet(bench: Bench) -> None:
    cdc = bench.start()
    bench.enumerate()
    pipe = bench.host.transfers(BULK_OUT)
    ended: list[int] = []
    for number in range(3):
        data = bytes([number]) * 100
        pipe.submit(Transfer(100, lambda error, number=number: ended.append(number), data))
    bench.clock.run()
    assert ended == [0, 1, 2]
    assert cdc.read() == bytes(100) + b"\1" * 100 + b"\2" * 100


@pytest.mark.parametrize(
    ("sent", "room", "came"), [(30, 64, 30), (64, 64, 64), (100, 256, 100), (100, 64, 64)]
)
def test_a_read_ends_when_it_is_full_or_a_packet_is_short(
    bench: Bench, sent: int, room: int, came: int
) -> None:
    cdc = bench.start()
    bench.enumerate()
    reading, ends = transfer(room)
    bench.host.transfers(BULK_IN).submit(reading)
    bench.clock.run()
    assert ends == []  # NAK: it waits
    cdc.write(bytes(range(sent)))
    bench.clock.run()
    assert ends == [None]
    assert reading.data == bytes(range(came))


def test_one_that_is_taken_back_does_not_end_and_the_next_one_has_its_turn(bench: Bench) -> None:
    cdc = bench.start()
    bench.enumerate()
    pipe = bench.host.transfers(BULK_IN)
    (first, first_ends), (second, second_ends) = transfer(64), transfer(64)
    pipe.submit(first)
    pipe.submit(second)
    assert pipe.cancel(first)
    assert not pipe.cancel(first)
    cdc.write(b"for the second")
    bench.clock.run()
    assert (first_ends, second_ends) == ([], [None])
    assert second.data == b"for the second"
    assert not pipe.cancel(second)


def test_one_taken_back_in_its_slot_moves_nothing(bench: Bench) -> None:
    cdc = bench.start()
    bench.enumerate()
    pipe = bench.host.transfers(BULK_OUT)
    writing, ends = transfer(data=b"never")
    pipe.submit(writing)
    pipe.cancel(writing)
    bench.clock.run()
    assert (ends, cdc.read()) == ([], b"")


def test_all_end_once_when_the_device_goes(bench: Bench) -> None:
    bench.start()
    bench.enumerate()
    pipe = bench.host.transfers(BULK_IN)
    ends = []
    for _ in range(3):
        reading, end = transfer(64)
        pipe.submit(reading)
        ends.append(end)
    bench.clock.run_for(MS)
    bench.host.unplug()
    bench.clock.run()
    assert [[type(error) for error in end] for end in ends] == [[Disconnected]] * 3


def test_one_ends_once_when_the_device_dies_of_it(bench: Bench) -> None:
    """Its power goes in the interrupt that the transfer's last packet brings."""
    Recorder(bench).device.submit_xfer(BULK_OUT, bytearray(64))
    writing, ends = transfer(data=b"the last straw")
    bench.dies_at = bench.events + 1
    bench.host.transfers(BULK_OUT).submit(writing)
    bench.clock.run()
    assert [type(error) for error in ends] == [Disconnected]


def test_there_is_none_without_an_endpoint_or_a_device(bench: Bench) -> None:
    bench.start()
    bench.enumerate()
    with pytest.raises(BadDescriptor):
        bench.host.transfers(0x85)
    bench.host.unplug()
    with pytest.raises(Disconnected):
        bench.host.transfers(BULK_IN)
