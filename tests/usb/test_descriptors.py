"""The firmware's descriptors decoded by hand, and every rule that the controller checks, broken once."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.parts.usb_descriptors import BadDescriptor, parse_descriptors
from tests.usb.bench import Bench


def firmware_descriptors() -> tuple[bytes, bytes]:
    bench = Bench()
    bench.start()
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None, bench.host.error
    return found.raw_device, found.raw_configuration


DEVICE, CONFIGURATION = firmware_descriptors()


def split(data: bytes) -> list[bytes]:
    parts = []
    while data:
        parts.append(data[: data[0]])
        data = data[data[0] :]
    return parts


def test_device_descriptor_says_what_usb_2_table_9_8_asks_for():
    fields = struct.unpack("<BBHBBBBHHHBBBB", DEVICE)
    assert fields[:3] == (18, 1, 0x0200)  # length, type, bcdUSB
    assert fields[3:6] == (0xEF, 2, 1)  # class: look at the interface associations
    assert fields[6] == 64  # endpoint 0
    assert fields[7:10] == (0x1209, 0x0001, 0x0100)  # vendor, product, release
    assert fields[10:] == (1, 2, 3, 1)  # strings; one configuration


def test_configuration_descriptor_says_what_usb_2_table_9_10_asks_for():
    fields = struct.unpack_from("<BBHBBBBB", CONFIGURATION)
    assert fields[:3] == (9, 2, len(CONFIGURATION))
    assert fields[3:] == (2, 1, 0, 0x80, 50)  # interfaces, value, no name, bus-powered, 100 mA


def test_configuration_holds_a_cdc_acm_function_in_the_order_of_cdc_1_2():
    parts = split(CONFIGURATION[9:])
    assert parts[0] == bytes([8, 0x0B, 0, 2, 2, 2, 0, 0])  # association: interfaces 0 and 1
    assert parts[1] == bytes([9, 4, 0, 0, 1, 2, 2, 0, 0])  # communication interface, one endpoint
    assert parts[2] == bytes([5, 0x24, 0x00, 0x20, 0x01])  # header: CDC 1.2, table 15
    assert parts[3] == bytes([5, 0x24, 0x01, 0, 1])  # call management: PSTN 1.2, table 3
    assert parts[4] == bytes([4, 0x24, 0x02, 0x02])  # abstract control: PSTN 1.2, table 4
    assert parts[5] == bytes([5, 0x24, 0x06, 0, 1])  # union: table 16
    assert parts[6] == bytes([7, 5, 0x81, 3, 16, 0, 16])  # interrupt IN
    assert parts[7] == bytes([9, 4, 1, 0, 2, 10, 0, 0, 0])  # data interface, two endpoints
    assert parts[8] == bytes([7, 5, 0x02, 2, 64, 0, 0])  # bulk OUT
    assert parts[9] == bytes([7, 5, 0x82, 2, 64, 0, 0])  # bulk IN
    assert len(parts) == 10


def test_host_reads_the_names():
    bench = Bench()
    bench.start()
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None
    assert (found.vid, found.pid) == (0x1209, 0x0001)
    assert found.manufacturer == "Segl"
    assert found.product == "Segl code display"
    assert found.serial == "SGCD 0000 0123"


def test_a_named_function_gets_a_string_of_its_own():
    bench = Bench()
    bench.start(bench.cdc_module.Cdc("Segl management"))
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None
    assert found.interface_names == {0: "Segl management"}


def test_two_functions_share_one_device():
    bench = Bench()
    bench.start(bench.cdc_module.Cdc(), bench.cdc_module.Cdc("second"))
    bench.enumerate()
    found = bench.host.descriptors
    assert found is not None, bench.host.error
    assert [interface.number for interface in found.interfaces] == [0, 1, 2, 3]
    assert [group.first for group in found.associations] == [0, 2]
    assert sorted(e.address for i in found.interfaces for e in i.endpoints) == [2, 4, 0x81, 0x82, 0x83, 0x84]
    assert found.interface_names == {2: "second"}


def test_stock_board_shows_what_the_stubs_of_micropython_record():
    usb_device = Bench().usbdevice.USBDevice
    stock = usb_device.BUILTIN_DEFAULT
    assert (stock.itf_max, stock.ep_max, stock.str_max, len(stock.desc_cfg)) == (2, 3, 5, 75)
    none = usb_device.BUILTIN_NONE
    assert (none.itf_max, none.ep_max, none.str_max, none.desc_cfg) == (0, 0, 1, b"")
    found = parse_descriptors(stock.desc_dev, stock.desc_cfg)
    assert (found.vid, found.pid, found.max_power_ma) == (0x2E8A, 0x0005, 250)


def patched(data: bytes, *changes: tuple[int, int]) -> bytes:
    result = bytearray(data)
    for place, value in changes:
        result[place] = value
    return bytes(result)


# Places in the configuration: 9 association, 17 communication, 26 header, 31 call management, 36 abstract
# control, 40 union, 45 interrupt endpoint, 52 data interface, 61 bulk OUT, 68 bulk IN.
BROKEN = [
    (patched(DEVICE, (0, 17)), CONFIGURATION, "not 18 bytes"),
    (DEVICE[:17], CONFIGURATION, "not 18 bytes"),
    (patched(DEVICE, (2, 0x10), (3, 2)), CONFIGURATION, "bcdUSB"),
    (patched(DEVICE, (7, 8)), CONFIGURATION, "bMaxPacketSize0"),
    (patched(DEVICE, (17, 2)), CONFIGURATION, "bNumConfigurations"),
    (patched(DEVICE, (4, 0)), CONFIGURATION, "EF/02/01"),
    (DEVICE, CONFIGURATION[:5], "no configuration"),
    (DEVICE, CONFIGURATION[:-1], "wTotalLength"),
    (DEVICE, CONFIGURATION + b"\0", "wTotalLength"),
    (DEVICE, patched(CONFIGURATION, (4, 3)), "bNumInterfaces is 3, there are 2"),
    (DEVICE, patched(CONFIGURATION, (5, 0)), "bConfigurationValue"),
    (DEVICE, patched(CONFIGURATION, (7, 0)), "bmAttributes"),
    (DEVICE, patched(CONFIGURATION, (8, 251)), "500 mA"),
    (DEVICE, patched(CONFIGURATION, (9, 0)), "a descriptor of length 0"),
    (DEVICE, patched(CONFIGURATION, (68, 9)), "a descriptor of length 9"),
    (DEVICE, patched(CONFIGURATION, (10, 0x0C)), "before the first interface"),
    (DEVICE, patched(CONFIGURATION, (11, 1)), "association names interface 1"),
    (DEVICE, patched(CONFIGURATION, (12, 3)), "which is missing"),
    (DEVICE, patched(CONFIGURATION, (12, 0)), "association of no interfaces"),
    (DEVICE, patched(CONFIGURATION, (13, 3)), "differs in class"),
    (DEVICE, patched(CONFIGURATION, (19, 1)), "interface 1 where 0 is due"),
    (DEVICE, patched(CONFIGURATION, (20, 1)), "alternate setting"),
    (DEVICE, patched(CONFIGURATION, (21, 2)), "says 2 endpoints and has 1"),
    (DEVICE, patched(CONFIGURATION, (28, 1)), "CDC header is not first"),
    (DEVICE, patched(CONFIGURATION, (35, 2)), "call management names a missing one"),
    (DEVICE, patched(CONFIGURATION, (38, 9)), "abstract control missing"),
    (DEVICE, patched(CONFIGURATION, (42, 7)), "CDC union missing"),
    (DEVICE, patched(CONFIGURATION, (43, 1)), "CDC union missing or wrong"),
    (DEVICE, patched(CONFIGURATION, (44, 2)), "CDC union names a missing interface"),
    (DEVICE, patched(CONFIGURATION, (47, 0x80)), "not numbered 1 to 15"),
    (DEVICE, patched(CONFIGURATION, (48, 1)), "isochronous transfers are not served"),
    (DEVICE, patched(CONFIGURATION, (49, 65)), "interrupt wMaxPacketSize 65"),
    (DEVICE, patched(CONFIGURATION, (51, 0)), "bInterval 0"),
    (DEVICE, patched(CONFIGURATION, (57, 3)), "no HID descriptor"),
    (DEVICE, patched(CONFIGURATION, (65, 63)), "bulk wMaxPacketSize 63"),
    (DEVICE, patched(CONFIGURATION, (66, 2)), "bulk wMaxPacketSize 576"),
    (DEVICE, patched(CONFIGURATION, (70, 0x81)), "endpoint 0x81 is used twice"),
]


@pytest.mark.parametrize(("device", "configuration", "reason"), BROKEN, ids=[row[2] for row in BROKEN])
def test_a_broken_rule_is_named_and_stops_enumeration(device: bytes, configuration: bytes, reason: str):
    bench = Bench()
    chip = bench.usbdevice.USBDevice()
    chip.config(device, configuration, [None, "a", "b", "c"])
    chip.active(True)
    bench.enumerate()
    assert not bench.host.configured
    assert reason in bench.host.error
    assert bench.clock.names("usb.control") == []


def test_a_missing_string_is_named():
    bench = Bench()
    chip = bench.usbdevice.USBDevice()
    chip.config(patched(DEVICE, (16, 9)), CONFIGURATION, [None, "a", "b"])
    chip.active(True)
    bench.enumerate()
    assert bench.host.error == "string 9 is missing"


@given(st.data())
def test_any_bytes_are_descriptors_or_are_refused_with_a_reason(data: st.DataObject):
    changes = st.lists(st.tuples(st.integers(0, 74), st.integers(0, 255)), max_size=4)
    configuration = patched(CONFIGURATION, *data.draw(changes))[: data.draw(st.integers(0, 75))]
    configuration += data.draw(st.binary(max_size=20))
    with contextlib.suppress(BadDescriptor):
        parse_descriptors(DEVICE, configuration)
