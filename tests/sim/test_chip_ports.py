"""Programs drive a simulated chip through sockets that carry its HID reports."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.hid import CtapHidDevice

import segl
from segl.hid import DESCRIPTOR, HidSocket, open_hid_tcp, open_hid_unix
from segl_sim import World
from segl_sim.ports.hid import HidPort
from segl_wire import ctaphid
from tests.sim.served import HELLO, NONCE, Control, Served


@pytest.fixture(name="served")
def served_fixture(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, still=False) as served:
        yield served


@pytest.fixture(name="still")
def still_fixture(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, still=True) as served:
        yield served


# HID reports


def test_python_fido2_reaches_the_chip_by_tcp_and_by_a_unix_socket(served: Served) -> None:
    for connection in (
        open_hid_tcp(served.tcp.address.removeprefix("tcp:")),
        open_hid_unix(served.unix.address.removeprefix("unix:")),
    ):
        device = CtapHidDevice(DESCRIPTOR, connection)
        assert device.version == 2
        for size in (1, 57, 58, 1000, 3072):
            assert device.ping(bytes(size)) == bytes(size)
        device.close()


def test_each_program_gets_every_report(served: Served) -> None:
    programs = [served.hid(), served.hid(served.unix), served.hid()]
    channel = programs[0].welcome()
    for program in programs[1:]:
        assert program.take()[15:19] == channel.to_bytes(4, "big")
    programs[1].send(*ctaphid.packets(channel, ctaphid.PING, bytes(range(100))))  # whoever knows a channel
    echoes = [[program.take(), program.take()] for program in programs]
    assert echoes == [ctaphid.packets(channel, ctaphid.PING, bytes(range(100)))] * 3


def test_reports_of_several_programs_go_out_one_after_the_other(served: Served) -> None:
    programs = [served.hid() for _ in range(3)]
    channels = [program.welcome(bytes([number]) * 8) for number, program in enumerate(programs)]
    assert len(set(channels)) == 3
    listener = served.hid()
    listener.welcome(b"listener")
    for number in range(20):
        for program, channel in zip(programs, channels, strict=True):
            program.send(*ctaphid.packets(channel, ctaphid.PING, bytes([number])))
    told = [listener.take() for _ in range(60)]
    for channel in channels:
        mine = [report[7] for report in told if report[:4] == channel.to_bytes(4, "big")]
        assert mine == list(range(20))


def test_a_report_may_come_in_pieces(served: Served) -> None:
    program = served.hid()
    for byte in b"\0\x40" + HELLO:
        program.stream.sendall(bytes([byte]))
    assert program.take()[7:15] == NONCE


@pytest.mark.parametrize("end", [b"", b"\0", b"\0\x40", b"\0\x40\xff\xff", b"\0\x40" + HELLO[:63]])
def test_a_program_that_goes_in_the_midst_of_a_report_leaves_nothing_behind(
    served: Served, end: bytes
) -> None:
    rude = served.hid()
    rude.stream.sendall(end)
    rude.stream.close()
    assert served.device().ping(b"x") == b"x"


@pytest.mark.parametrize("length", [0, 1, 63, 65, 0xFFFF])
def test_a_wrong_length_sends_its_program_away_and_no_other(served: Served, length: int) -> None:
    other = served.device()
    rude = served.hid()
    channel = rude.welcome()
    rude.stream.sendall(length.to_bytes(2, "big") + bytes(min(length, 100)))
    try:
        while rude.take():
            pass
    except ConnectionResetError:  # it was closed before it had read all
        pass
    assert channel
    assert other.ping(b"still here") == b"still here"


def test_a_program_that_does_not_read_holds_nobody_up(served: Served) -> None:
    deaf = served.hid()
    deaf.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    device = served.device()
    for _ in range(20):
        assert device.ping(bytes(3000)) == bytes(3000)
    deaf.stream.close()
    assert device.ping(b"x") == b"x"


def test_a_second_program_is_told_busy_while_the_chip_waits_for_the_first_ones_touch(served: Served) -> None:
    cancel, asked = threading.Event(), threading.Event()

    def ask() -> None:
        with pytest.raises(CtapError) as ended:
            Ctap2(served.device()).selection(event=cancel, on_keepalive=lambda _: asked.set())
        assert ended.value.code == CtapError.ERR.KEEPALIVE_CANCEL

    second = served.hid()
    channel = second.welcome()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask)
        assert asked.wait(20)
        second.send(ctaphid.packets(channel, ctaphid.PING, b"x")[0])
        while (report := second.take())[:4] != channel.to_bytes(4, "big"):
            assert report  # it sees what the first one is told too
        assert report[4:8] == bytes([0x80 | ctaphid.ERROR, 0, 1, ctaphid.ERR_CHANNEL_BUSY])
        cancel.set()
        first.result(20)
    assert served.device().ping(b"x") == b"x"


def test_a_program_that_sends_faster_than_the_chip_takes_is_made_to_wait(still: Served) -> None:
    fast = still.hid()
    fast.stream.setblocking(False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < 10_000_000:
            sent += fast.stream.send((b"\0\x40" + HELLO) * 50)
            still.runner.call(lambda: None)
    assert sent < 10_000_000


def test_the_chip_is_not_asked_while_no_program_is_there(served: Served) -> None:
    def polled() -> bool:
        return served.runner.call(lambda: served.chip.hid.watched)

    assert not polled()
    program = served.hid()
    program.welcome()
    assert polled()
    program.stream.close()
    while polled():
        pass


# Power


def test_pulling_the_chip_out_sends_its_programs_away(served: Served) -> None:
    program = served.hid()
    program.welcome()
    assert served.control(do="power", on=False) == {"ok": True, "on": False}
    assert program.take() == b""
    assert not served.runner.call(lambda: served.chip.running)
    assert served.control(do="power", on=False) == {"ok": True, "on": False}


def test_a_program_that_comes_too_early_waits_for_the_chip(served: Served) -> None:
    served.control(do="power", on=False)
    early = served.hid()
    early.send(HELLO)
    assert served.control(do="power", on=True) == {"ok": True, "on": True}
    assert early.take()[7:15] == NONCE


def test_a_channel_does_not_outlive_the_power(served: Served) -> None:
    old = served.hid().welcome()
    served.control(do="power", on=False)
    served.control(do="power", on=True)
    program = served.hid()
    program.send(ctaphid.packets(old, ctaphid.PING, b"x")[0])
    report = program.take()
    assert report[:5] == old.to_bytes(4, "big") + bytes([ctaphid.ERROR | 0x80])
    assert report[7] == ctaphid.ERR_INVALID_CHANNEL


def test_a_hid_socket_is_what_the_host_driver_speaks(served: Served) -> None:
    connection = open_hid_tcp(served.tcp.address.removeprefix("tcp:"))
    assert isinstance(connection, HidSocket)
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, connection)) as device:
        device.wink()


# Addresses


@pytest.mark.parametrize(
    "address", ["", "tcp", "tcp:1", "tcp:localhost:x", "tcp:localhost:70000", "unix:", "udp:localhost:1"]
)
def test_a_bad_address_is_refused_in_one_sentence(address: str) -> None:
    with World(engine="cpython") as world, pytest.raises(segl.InputError, match="write for example"):
        HidPort(world.chip(), address)


def test_a_unix_socket_that_exists_is_not_taken_over_and_ours_is_removed(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with World(engine="cpython") as world:
        chip = world.chip()
        with pytest.raises(segl.InputError):
            HidPort(chip, f"unix:{taken}")
        port = HidPort(chip, f"unix:{tmp_path}/mine")
        assert (tmp_path / "mine").is_socket()
        port.close()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]


def test_ports_leave_no_file_open(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    with Served(tmp_path, still=False) as served:
        served.hid().welcome()
        served.device().ping(b"x")
    assert len(os.listdir("/proc/self/fd")) <= len(before)


# segl sim up


def test_sim_up_runs_a_chip_behind_sockets(tmp_path: Path) -> None:
    program = "from segl_sim.cli import sim; sim()"
    arguments = [
        "up",
        "chip",
        "--json",
        "--seed",
        "1",
        "--hid",
        f"unix:{tmp_path}/a",
        "--hid",
        "tcp:127.0.0.1:0",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdin
        assert run.stdout
        said = json.loads(run.stdout.readline())
        unix, tcp = said["fido"].split(", ")
        for connection in (
            open_hid_unix(unix.removeprefix("hid+unix:")),
            open_hid_tcp(tcp.removeprefix("hid+tcp:")),
        ):
            with contextlib.closing(CtapHidDevice(DESCRIPTOR, connection)) as device:
                assert device.ping(b"hello") == b"hello"
        control = Control(said["control"])
        assert control(do="light")["ok"]
        control.close()
        out, errors = run.communicate("light\ntouch\nwait 0.1\njump\nquit\n", timeout=60)
        assert run.returncode == 0, errors
    assert out.startswith("light: ")
    assert 'jump" is no command: say touch [SECONDS], ' in errors.replace("\\", "")
    assert not (tmp_path / "a").exists()
