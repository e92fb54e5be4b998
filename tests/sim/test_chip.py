"""The simulated chip as a user holds it: cable, finger, light, and the computer's drivers."""

import contextlib
from collections.abc import Iterator

import pytest

from segl import Lost
from segl_sim import PICO, Chip, World
from segl_sim.trace import Trace
from segl_wire import ctaphid

MS = 1_000_000
ECHO = """
from boards.chip import boot
from boards.hid_turns import HidTurns
import machine

def turn():
    now, events = turns.begin()
    for kind, value in events:
        print(kind, value if kind == "bytes" else "")
        if kind == "report":
            boot.hid.write(value)
    machine.lightsleep(turns.sleep(None))

turns = HidTurns([], boot.hid)
"""


@pytest.fixture(name="chip", params=["micropython", "cpython"])
def chip_fixture(request: pytest.FixtureRequest) -> Iterator[Chip]:
    with World(seed=2, engine=request.param) as world:
        yield world.chip()


def test_it_has_power_while_it_is_plugged_in_and_no_longer(chip: Chip) -> None:
    assert not chip.powered
    chip.plug()
    assert chip.powered
    assert chip.running
    assert chip.usb_host.configured
    chip.unplug()
    assert not chip.powered
    assert not chip.running
    chip.plug()
    assert chip.ctap().ping(b"x") == b"x"


def test_the_computer_sees_a_security_key_and_a_serial_port(chip: Chip) -> None:
    chip.plug()
    found = chip.usb_host.descriptors
    assert found is not None
    assert [interface.class_code for interface in found.interfaces] == [3, 2, 10]
    assert found.product == "Segl chip"
    assert found.serial.startswith("SGCH")


def test_a_start_takes_as_long_on_both_engines() -> None:
    took: list[int] = []
    for engine in ("micropython", "cpython"):
        with World(seed=2, engine=engine) as world:
            chip = world.chip()
            chip.plug()  # a new chip makes its salt first
            chip.unplug()
            world.advance(1)
            chip.plug_in()
            world.advance(0.1)  # less than a start takes
            took.append(chip.busy_until - chip.started)
    assert took[0] == pytest.approx(took[1], rel=0.03)


def test_a_round_trip_takes_a_few_milliseconds(chip: Chip) -> None:
    device = chip.ctap()
    begun = chip.world.now
    for _ in range(20):
        device.ping(b"x")
    assert (chip.world.now - begun) // 20 < 6 * MS


def test_an_idle_chip_sleeps_for_seconds(chip: Chip) -> None:
    device = chip.ctap()
    device.ping(b"x")
    chip.world.advance(10)
    began = chip.fuel
    events = 0

    def count() -> bool:
        nonlocal events
        events += 1
        return False

    chip.world.run_until(chip.world.now + 60_000 * MS, count)
    assert events < 120
    assert chip.fuel - began < 20_000_000


def test_a_finger_comes_when_it_is_asked_for(chip: Chip) -> None:
    chip.plug()
    chip.touch(seconds=0.2, after=0.5)
    seen = []
    for _ in range(9):
        chip.world.advance(0.1)
        seen.append(chip.pad.pressed)
    assert seen == [False] * 4 + [True] * 2 + [False] * 3


def test_the_light_goes_out_with_the_power(chip: Chip) -> None:
    chip.plug()
    chip.ctap()
    chip.light.drive(0, 1)
    chip.unplug()
    assert chip.light.color == (0, 0, 0)


def test_a_power_cut_in_the_midst_of_a_flash_operation_leaves_it_dead_until_it_is_plugged_in_again() -> None:
    with World(seed=2) as world:
        chip = world.chip()
        chip.flash.cut_at(1)
        chip.plug_in()
        world.advance(2)
        if chip.running:  # a start need not write
            chip.power_cut()
        assert not chip.powered
        assert not chip.usb_host.configured
        chip.flash.cancel_cut()
        chip.plug()
        assert chip.ctap().ping(b"x") == b"x"


def test_a_connection_ends_with_the_cable(chip: Chip) -> None:
    connection = chip.connect_fido()
    chip.unplug()
    with pytest.raises(Lost):
        connection.write_packet(bytes(64))
    with pytest.raises(Lost):
        connection.read_packet()
    connection.close()


def test_a_chip_that_says_nothing_is_given_up(chip: Chip) -> None:
    connection = chip.connect_fido()
    begun = chip.world.now
    with pytest.raises(Lost, match="60 s"):
        connection.read_packet()
    assert chip.world.now - begun == 60_000 * MS


def test_several_programs_may_have_it_at_once(chip: Chip) -> None:
    first, second = chip.connect_fido(), chip.connect_fido()
    first.write_packet(ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, b"12345678")[0])
    assert first.read_packet() == second.read_packet()
    first.close()
    second.close()


def test_a_pico_will_do() -> None:
    with World(seed=2) as world:
        assert world.chip(PICO).ctap().ping(b"x") == b"x"


def test_the_same_seed_gives_the_same_chip_and_another_seed_another() -> None:
    told = []
    for seed in (1, 1, 2):
        with World(seed=seed) as world:
            chip = world.chip()
            connection = chip.connect_fido()
            connection.write_packet(ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, b"12345678")[0])
            channel = connection.read_packet()[15:19]
            found = chip.usb_host.descriptors
            assert found
            told.append((found.serial, channel, world.trace.digest))
    assert told[0] == told[1]
    assert all(ours != theirs for ours, theirs in zip(told[0], told[2], strict=True))


def test_long_use_makes_neither_trace_nor_queue_grow() -> None:
    with World(seed=2, engine="cpython") as world:
        world.trace = Trace(keep=500)
        chip = world.chip()
        device = chip.ctap()
        for _ in range(10):
            device.ping(bytes(3000))
        assert len(world.trace.last) == 500
        world.advance(5)  # a wake that an earlier one overtook lies in the queue until its time
        assert len(world._queue) < 10


# What a turn of a device with a HID function gets (boards/hid_turns.py)


def test_a_turn_gets_reports_bytes_and_resets_as_events() -> None:
    with World(seed=2, engine="cpython") as world:
        chip = world.chip(overrides={"boards/chip/main.py": ECHO})
        with contextlib.closing(chip.connect_fido()) as connection:
            for number in range(40):
                connection.write_packet(bytes([number]) * 64)
            for number in range(40):
                assert connection.read_packet() == bytes([number]) * 64
            port = chip.serial_port()
            port.open()
            port.write(b"hello")
            world.advance(0.1)
        chip.usb_host.unplug()
        chip.usb_host.plug()  # the cable's data lines only
        world.advance(1)
        kinds = "".join(chip.console).split("\n")
    told = [line.strip() for line in kinds if line]
    assert told[0] == "reset"
    assert told.count("report") == 40
    assert "closed" in told
    assert "bytes b'hello'" in told
    assert told[-1] == "reset"


def test_a_turn_gets_no_more_reports_while_the_computer_does_not_listen() -> None:
    with World(seed=2, engine="cpython") as world:
        chip = world.chip(overrides={"boards/chip/main.py": ECHO})
        chip.plug()
        out = chip.usb_host.out_pipe(1, 100_000)
        for number in range(200):
            out.write(bytes([number]) * 64)
        world.advance(5)
        taken = "".join(chip.console).count("report")
        assert taken <= 15
        answers: list[bytes] = []
        chip.usb_host.in_pipe(0x81, 64, answers.append)
        world.advance(1)
        assert answers == [bytes([number]) * 64 for number in range(200)]
