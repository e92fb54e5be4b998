"""A simulated chip as /dev/hidraw0 for programs as they are: they find it, lose it, and find it again."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segl_sim import Chip, World
from segl_sim.ports.hidraw import HidrawPort
from segl_sim.runner import Runner
from tests.clients.needs import need
from tests.clients.support import SEGL, simulated

WAIT_S = 60
# What python-fido2, libudev's reader hidapi, and the bare calls of hidraw each see.
LOOK = """
import fcntl, json, os, struct, hidraw
from fido2.hid import list_descriptors
found = [(one.path, one.vid, one.pid, one.product_name, one.serial_number) for one in list_descriptors()]
listed = [(one["path"].decode(), one["usage_page"], one["serial_number"]) for one in hidraw.enumerate()]
node = os.open("/dev/hidraw0", os.O_RDWR)
size = struct.unpack("<I", fcntl.ioctl(node, 0x80044801, bytes(4)))[0]
described = bytearray(struct.pack("<I", size) + bytes(4096))
fcntl.ioctl(node, 0x90044802, described)
name, place, unique = (fcntl.ioctl(node, 0x80004800 + number + (64 << 16), bytes(64)).split(b"\\0")[0].decode()
                       for number in (4, 5, 8))
print(json.dumps([found, listed, described[:4 + size].hex(), name, place, unique]))
"""
# Says hello, and gives what comes back; ends when the node has gone.
HELLO = """
import os, sys
for line in sys.stdin:
    try:
        with open("/dev/hidraw0", "r+b", buffering=0) as node:
            node.write(b"\\0" + b"\\xff\\xff\\xff\\xff\\x86\\0\\x0812345678".ljust(64, b"\\0"))
            print(node.read(64)[7:15].decode(), flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""


class Served:
    """A chip behind a node, in this process."""

    def __init__(self, chip: Chip, port: HidrawPort, runner: Runner) -> None:
        self.chip = chip
        self.port = port
        self.runner = runner
        self.environment = {**os.environ, **port.environment}


@pytest.fixture(name="served")
def served_fixture(tmp_path: Path) -> Iterator[Served]:
    need("umockdev-wrapper", "umockdev gir1.2-umockdev-1.0 python3-gi")
    with World(seed=2, engine="cpython") as world:
        chip = world.chip()
        port = HidrawPort([chip], tmp_path)
        with Runner(world, [port]) as runner:
            assert port.settled.wait(WAIT_S)
            yield Served(chip, port, runner)
        port.close()
        assert not Path(port.environment["UMOCKDEV_DIR"]).exists()
        assert list(tmp_path.iterdir()) == []


def test_whoever_looks_for_security_keys_finds_all_that_the_kernel_would_tell(served: Served) -> None:
    said = subprocess.run(
        [sys.executable, "-c", LOOK], env=served.environment, capture_output=True, text=True, check=True
    ).stdout
    found, listed, described, name, place, unique = json.loads(said)
    descriptors = served.chip.usb_host.descriptors
    assert descriptors
    serial = descriptors.serial
    assert found == [["/dev/hidraw0", 0x1209, 1, "Segl Segl chip", serial]]
    assert listed == [["/dev/hidraw0", 0xF1D0, serial]]
    assert described.startswith("2200000006d0f10901a101")
    assert (name, place, unique) == ("Segl Segl chip", "usb-0000:00:14.0-1/input0", serial)


def test_segl_finds_it_too(tmp_path: Path) -> None:
    said = subprocess.run(
        [*simulated("--device", "chip", "--hidraw"), SEGL, "devices"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith("hid:/dev/hidraw0  Segl chip  SGCH")


class Program:
    """A program that says hello when it is told to."""

    def __init__(self, served: Served) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", HELLO],
            env=served.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say_hello(self) -> str:
        self.begin()
        return self.end()

    def begin(self) -> None:
        assert self.child.stdin
        print(file=self.child.stdin, flush=True)

    def end(self) -> str:
        assert self.child.stdout
        return self.child.stdout.readline().strip()

    def close(self) -> None:
        self.child.communicate(timeout=WAIT_S)
        assert self.child.returncode == 0


@pytest.fixture(name="program")
def program_fixture(served: Served) -> Iterator[Program]:
    program = Program(served)
    yield program
    program.close()


def test_a_chip_that_is_pulled_out_is_gone_and_back_when_it_is_plugged_in_again(
    served: Served, count: Callable[[int, int], int]
) -> None:
    """Programs come and go meanwhile: umockdev ends one that has failed to open nodes 50 times."""
    chance = random.Random(1)
    files = len(os.listdir("/proc/self/fd"))
    for _ in range(count(1, 50)):
        program = Program(served)
        for _ in range(20):
            assert program.say_hello() == "12345678"
            pull_out(served, program, in_the_midst=chance.random() < 0.5)
            assert program.say_hello() == "No such file or directory"
            served.runner.call(served.chip.plug)
            assert served.port.settled.wait(WAIT_S)
        assert program.say_hello() == "12345678"
        program.close()
    assert len(os.listdir("/proc/self/fd")) <= files


def pull_out(served: Served, program: Program, in_the_midst: bool) -> None:
    """Pull the chip out, maybe while the program says hello."""
    if in_the_midst:
        program.begin()
    served.runner.call(served.chip.unplug)
    if in_the_midst:
        assert program.end() in ("12345678", "Input/output error", "No such file or directory")
    assert served.port.settled.wait(WAIT_S)


def test_a_program_that_is_killed_in_the_midst_leaves_the_chip_usable(
    served: Served, program: Program
) -> None:
    for _ in range(5):
        other = Program(served)
        other.begin()
        other.child.kill()
        other.child.communicate()
        assert program.say_hello() == "12345678"


def test_several_programs_have_it_open_as_hidraw_allows(served: Served, program: Program) -> None:
    other = Program(served)
    assert other.say_hello() == "12345678"
    assert program.say_hello() == "12345678"
    other.close()


def test_a_chip_works_on_without_the_node_when_somebody_kills_what_shows_it(served: Served) -> None:
    served.port._pump.kill()
    served.port._pump.wait()
    served.runner.call(served.chip.unplug)
    served.runner.call(served.chip.plug)
    assert served.runner.call(lambda: served.chip.failure) is None
