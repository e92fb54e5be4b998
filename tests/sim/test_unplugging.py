"""Devices are pulled out and plugged in again at random moments, under programs that talk to them.

Nothing may be left over each time: no file, no thread, no listener; and the device answers as ever.
"""

# pyusb has no types.
# pyright: reportMissingTypeStubs=false

import contextlib
import errno
import os
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial
import usb.core
import usb.util
from usb.core import USBError

import segl
from segl_sim import CodeDisplay, World
from segl_sim.pluggable import Pluggable
from segl_sim.ports.hid import HidPort
from segl_sim.ports.pty import PtyPort
from segl_sim.ports.pyusb import attached
from segl_sim.ports.serial_socket import SerialSocket
from segl_sim.runner import Port, Runner
from segl_wire import frame, schema
from tests.sim.served import HELLO, NONCE, connected

Count = Callable[[int, int], int]
HID_OUT, HID_IN = 0x01, 0x81
INFO = b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {}))
WAIT_S = 20


def things_held(device: Pluggable) -> tuple[int, int, int]:
    """What this process and the device's computer have open."""
    return len(os.listdir("/proc/self/fd")), threading.active_count(), len(device.usb_host.on_change)


class Cycles:
    """Pulls a device out at random moments, while time runs by itself."""

    def __init__(self, device: Pluggable, port: Port) -> None:
        self.device = device
        self.chance = random.Random(7)
        self.runner = Runner(device.world, [port])

    def run(self, number: int, begin: Callable[[], socket.socket], ask: Callable[[], None]) -> None:
        """Let programs begin, each of which loses its device at some moment, then one that asks.

        Args:
            number: How often.
            begin: Comes as a program and leaves a request half said or unanswered.
            ask: Comes as a program, and checks the answer.
        """
        ask()
        held = self.runner.call(lambda: things_held(self.device))
        for _ in range(number):
            program = begin()
            when = self.chance.random() * 0.02
            done = threading.Event()
            self.runner.call(lambda when=when, done=done: self._pull(when, done))
            assert done.wait(WAIT_S)
            with contextlib.suppress(OSError):
                program.recv(1)
            program.close()
            self.runner.call(self.device.plug)
            ask()
        assert self.runner.call(lambda: things_held(self.device)) <= held

    def _pull(self, seconds: float, done: threading.Event) -> None:
        def pull() -> None:
            self.device.unplug()
            done.set()

        self.device.world.at(self.device.world.now + round(seconds * 1e9), pull)


def test_a_display_behind_a_socket(tmp_path: Path, count: Count) -> None:
    with World(seed=1, engine="cpython") as world:
        display = world.code_display()
        port = SerialSocket(display, f"unix:{tmp_path}/display")
        cycles = Cycles(display, port)

        def begin() -> socket.socket:
            stream = connected(port.address)
            stream.sendall(INFO[: cycles.chance.randrange(1, len(INFO) + 1)])
            return stream

        def ask() -> None:
            with segl.Display(segl.open_url(port.address)) as session:
                assert session.info().keys == 0

        with cycles.runner:
            cycles.run(count(15, 1000), begin, ask)
        port.close()


def test_a_chip_behind_a_socket(tmp_path: Path, count: Count) -> None:
    with World(seed=1, engine="cpython") as world:
        chip = world.chip()
        port = HidPort(chip, f"unix:{tmp_path}/chip")
        cycles = Cycles(chip, port)
        report = b"\0\x40" + HELLO

        def begin() -> socket.socket:
            stream = connected(port.address)
            stream.sendall(report[: cycles.chance.randrange(1, len(report) + 1)])
            return stream

        def ask() -> None:
            with connected(port.address) as stream, stream.makefile("rb") as answers:
                stream.sendall(report)
                assert answers.read(66)[9:17] == NONCE

        with cycles.runner:
            cycles.run(count(15, 1000), begin, ask)
        port.close()


def test_a_display_behind_a_pty(count: Count) -> None:
    with World(seed=1, engine="cpython") as world:
        display: CodeDisplay = world.code_display()
        port = PtyPort(display)
        cycles = Cycles(display, port)

        def begin() -> socket.socket:
            with serial.Serial(port.path, write_timeout=WAIT_S) as program:
                program.write(INFO[: cycles.chance.randrange(1, len(INFO) + 1)])
            # A pty does not end with its device, so there is nothing to wait for.
            ours, its = socket.socketpair()
            its.close()
            return ours

        def ask() -> None:
            with segl.Display(segl.open_url(f"serial:{port.path}")) as session:
                assert session.info().keys == 0

        with cycles.runner:
            cycles.run(count(15, 1000), begin, ask)
        port.close()


def test_a_chip_that_pyusb_has(count: Count) -> None:
    """In this process and its virtual time, so that no thread pulls it out: an event does."""
    chance = random.Random(7)
    with World(seed=1, engine="cpython") as world, attached(world):
        chip = world.chip()

        def program() -> Any:
            found: Any = usb.core.find(idVendor=0x1209)
            return found

        def ask(key: Any) -> None:
            key.write(HID_OUT, HELLO)
            assert bytes(key.read(HID_IN, 64))[7:15] == NONCE

        def ask_on(key: Any) -> None:
            while True:
                ask(key)

        chip.plug()
        first = program()
        ask(first)
        usb.util.dispose_resources(first)
        held = things_held(chip)
        for _ in range(count(15, 1000)):
            key = program()
            world.at(world.now + round(chance.random() * 2e7), chip.unplug)
            with pytest.raises(USBError) as lost:
                ask_on(key)
            assert lost.value.errno == errno.ENODEV
            if chance.random() < 0.5:  # some programs let go before it comes again, some after
                usb.util.dispose_resources(key)
            chip.plug()
            next_one = program()
            ask(next_one)
            usb.util.dispose_resources(next_one)
            usb.util.dispose_resources(key)
        assert things_held(chip) <= held
