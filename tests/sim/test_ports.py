"""A simulated display is reached in-process, by plain pyserial through a pty, and by URL `sim:`."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

import segl
from segl.otpauth import Key
from segl_sim import World
from segl_sim.ports import sim as sim_port
from segl_sim.ports.pty import PtyPort
from segl_sim.runner import Runner
from segl_wire import frame, schema

KEY = Key(name="Bank", kind="totp", secret=b"12345678901234567890")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim_port, "user_data_path", lambda _name: tmp_path)


@pytest.fixture(name="pty_port")
def _pty_port() -> Iterator[tuple[PtyPort, Runner]]:
    with World(seed=1) as world:
        port = PtyPort(world.code_display())
        with Runner(world, [port]) as runner:
            yield port, runner
        port.close()


def test_plain_pyserial_talks_to_a_display_through_a_pty(pty_port: tuple[PtyPort, Runner]):
    with serial.Serial(pty_port[0].path, timeout=5) as port:
        port.write(b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {})))
        answer = port.read_until(b"\0")
    payload = frame.Decoder().feed(answer)[0]
    command, number, code, fields = schema.decode_reply(payload)
    assert (command, number, code) == (schema.INFO, 7, 0)
    assert fields["model"] == "Segl code display"


def test_clients_come_and_go_on_one_pty(pty_port: tuple[PtyPort, Runner]):
    for _ in range(3):
        with segl.Display(segl.open_url(f"serial:{pty_port[0].path}")) as session:
            assert session.info().board == "pico2"


def test_a_second_client_is_told_that_the_port_is_busy(pty_port: tuple[PtyPort, Runner]):
    url = f"serial:{pty_port[0].path}"
    with segl.Display(segl.open_url(url)), pytest.raises(segl.Busy):
        segl.open_url(url)


def test_a_runner_leaves_no_file_open():
    before = set(os.listdir("/proc/self/fd"))
    with World(seed=1) as world:
        port = PtyPort(world.code_display())
        with Runner(world, [port]):
            pass
        port.close()
    assert len(os.listdir("/proc/self/fd")) <= len(before)


def test_a_runner_hands_back_what_a_command_raises(pty_port: tuple[PtyPort, Runner]):
    def fail() -> None:
        raise LookupError("asked for")

    with pytest.raises(LookupError, match="asked for"):
        pty_port[1].call(fail)


def test_a_sim_url_keeps_its_device_between_programs():
    with segl.Display(sim_port.open_connection("desk?hold=6")) as session:
        session.idle(8)
        session.provision(KEY, utc=round(time.time()), sequence=1)
        serial_number = session.info().serial
    with segl.Display(sim_port.open_connection("desk")) as session:
        info = session.info()
        assert (info.serial, info.keys, info.clock) == (serial_number, 1, "good")
        assert info.utc is not None
        assert abs(info.utc - time.time()) < 30
        assert len(session.code().code) == 6


def test_what_a_sim_device_has_acknowledged_is_on_disk_before_the_program_ends():
    connection = sim_port.open_connection("desk?hold=6")
    session = segl.Display(connection)
    session.idle(8)
    session.provision(KEY, utc=round(time.time()), sequence=1)
    # The program is killed here: nothing is closed but the lock, as the system does.
    connection._lock.release()
    with segl.Display(sim_port.open_connection("desk")) as again:
        assert again.info().keys == 1


def test_a_sim_device_belongs_to_one_program_at_a_time():
    with segl.Display(sim_port.open_connection("desk")), pytest.raises(segl.Busy, match="Another program"):
        sim_port.open_connection("desk")


def test_nobody_presses_where_the_url_says_so():
    with segl.Display(sim_port.open_connection("desk?hold=6")) as session:
        session.idle(8)
        session.provision(KEY, utc=round(time.time()), sequence=1)
    with (
        segl.Display(sim_port.open_connection("desk?press=no")) as session,
        pytest.raises(segl.DeviceError, match="in time"),
    ):
        session.code()


@pytest.mark.parametrize("rest", ["a/b", "desk?push=1", "desk?hold=long", "x" * 33])
def test_a_bad_sim_url_is_refused_in_one_sentence(rest: str):
    with pytest.raises(segl.InputError, match="write for example"):
        sim_port.open_connection(rest)
