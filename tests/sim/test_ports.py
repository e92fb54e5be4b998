"""A simulated device is reached in-process, by plain pyserial through a pty, and by URL `sim:`."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import serial
from click.testing import CliRunner

import segl
from segl.cli.group import main
from segl.otpauth import Key
from segl.voice import bundled
from segl.voice.pack import read_pack
from segl_sim import World
from segl_sim.parts.usb_descriptors import Disconnected
from segl_sim.ports import sim as sim_port
from segl_sim.ports.pty import PtyPort
from segl_sim.runner import Runner
from segl_sim.usb_serial import SerialPort
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
    connection._kept._lock.release()
    with segl.Display(sim_port.open_connection("desk")) as again:
        assert again.info().keys == 1


def test_a_sim_device_belongs_to_one_program_at_a_time():
    with segl.Display(sim_port.open_connection("desk")), pytest.raises(segl.Busy, match="Another program"):
        sim_port.open_connection("desk")


@pytest.mark.parametrize("wrong", ["another kind", "no device", "no port"])
def test_a_sim_device_that_cannot_be_opened_is_let_go(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sim_port.open_connection("desk").close()
    if wrong == "no device":
        (tmp_path / "sim" / "desk.zip").write_bytes(b"no device")
    elif wrong == "no port":
        monkeypatch.setattr(SerialPort, "open", unplugged)
    worlds: list[World] = []
    closed: list[World] = []
    monkeypatch.setattr(World, "__init__", noting(World.__init__, worlds))
    monkeypatch.setattr(World, "close", noting(World.close, closed))
    rest = "desk?device=reader" if wrong == "another kind" else "desk"
    # What is raised keeps the connection alive, so nothing is let go by chance.
    with pytest.raises((segl.InputError, segl.NotFound)) as first:
        sim_port.open_connection(rest)
    with pytest.raises(first.type):
        sim_port.open_connection(rest)
    assert closed == worlds


def unplugged(port: SerialPort) -> None:
    raise Disconnected("no cable")


def noting(method: Callable[..., None], calls: list[World]) -> Callable[..., None]:
    """Return a method that also notes on whom it is called."""

    def noted(self: World, *arguments: Any, **named: Any) -> None:
        calls.append(self)
        method(self, *arguments, **named)

    return noted


def test_nobody_presses_where_the_url_says_so():
    with segl.Display(sim_port.open_connection("desk?hold=6")) as session:
        session.idle(8)
        session.provision(KEY, utc=round(time.time()), sequence=1)
    with (
        segl.Display(sim_port.open_connection("desk?press=no")) as session,
        pytest.raises(segl.DeviceError, match="in time"),
    ):
        session.code()


@pytest.mark.parametrize("language", ["en", "da", "kl"])
def test_a_sim_url_names_a_reader_too_whose_finger_listens_to_questions(language: str):
    with segl.Reader(sim_port.open_connection("ear?device=reader&setup=yes")) as session:
        opened(session)
        session.provision(KEY, utc=round(time.time()), sequence=1, language=language)
        serial_number = session.info().serial
    with segl.Reader(sim_port.open_connection("ear")) as session:
        assert session.info().serial == serial_number
        assert serial_number.startswith("SGAR")
        session.speak()
        assert len(session.code().code) == 6
    with segl.Reader(sim_port.open_connection("ear?setup=yes")) as session:
        opened(session)
        session.wipe()
    with segl.Reader(sim_port.open_connection("ear?press=no")) as session:
        assert session.info().keys == 0


def opened(session: segl.Reader) -> None:
    for _ in range(60):
        if session.info().open:
            return
        session.idle(1)
    raise AssertionError("the finger did not open the reader")


def test_nobody_presses_a_reader_where_the_url_says_so():
    with segl.Reader(sim_port.open_connection("ear?device=reader&press=no")) as session:
        session.idle(30)
        assert not session.info().open


@pytest.mark.parametrize("ask", [segl.Reader.wipe, segl.Reader.code], ids=["wipe", "code"])
def test_a_finger_that_only_opens_set_up_agrees_to_nothing(ask: Callable[[segl.Reader], object]):
    with segl.Reader(sim_port.open_connection("ear?device=reader&setup=yes&press=no")) as session:
        opened(session)  # the reader's own first question is answered
        session.provision(KEY, utc=round(time.time()), sequence=1)
    with segl.Reader(sim_port.open_connection("ear?setup=yes&press=no")) as session:
        with pytest.raises(segl.DeviceError, match="in time"):
            ask(session)
        assert session.info().keys == 1


def test_setup_opens_a_display_too():
    with segl.Display(sim_port.open_connection("desk?setup=yes")) as session:
        session.idle(9)
        assert session.info().open


def test_a_name_stays_with_its_kind_of_device():
    sim_port.open_connection("ear?device=reader").close()
    with pytest.raises(segl.InputError, match="another name"):
        sim_port.open_connection("ear?device=display")
    sim_port.open_connection("ear").close()


def test_the_command_line_works_with_a_reader(tmp_path: Path):
    def run(*arguments: str, device: str = "sim:ear") -> str:
        result = CliRunner().invoke(main, ["--device", device, *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    key = tmp_path / "bank.key"
    opening = "sim:ear?device=reader&setup=yes"
    run("provision", "--new", "--name", "Bank", "--save", str(key), device=opening)
    assert json.loads(run("--json", "info").splitlines()[0])["model"] == "Segl audio reader"
    assert run("speak") == "The reader has spoken.\n"
    code = json.loads(run("--json", "code"))["code"]
    assert "accepted" in run("check", "--key", str(key), code)
    voice = tmp_path / "small.pack"
    whole = read_pack(bundled.packs()["da"])
    short = min((clip for clip in whole.clips.values() if clip.text), key=lambda clip: clip.samples)
    small = {name: short if clip.text else clip for name, clip in whole.clips.items()}
    voice.write_bytes(replace(whole, clips=small).to_bytes())
    assert "Installed" in run("voice", "install", str(voice), device="sim:ear?setup=yes")


@pytest.mark.parametrize(
    "rest",
    ["a/b", "desk?push=1", "desk?hold=long", "desk?hold=nan", "desk?device=radio", "desk?setup=", "x" * 33],
)
def test_a_bad_sim_url_is_refused_in_one_sentence(rest: str):
    with pytest.raises(segl.InputError, match="write for example"):
        sim_port.open_connection(rest)
