"""pyserial opens simulated devices by `sim://` URLs, and so do tools that are made with it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import serial

import segl
import segl_sim.serial_urls
from segl_sim.ports import sim as sim_port
from segl_wire import frame, schema


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim_port, "user_data_path", lambda _name: tmp_path)


def ask(port: serial.SerialBase) -> Mapping[str, object]:
    port.write(b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {})))
    [payload] = frame.Decoder().feed(port.read_until(b"\0"))
    return schema.decode_reply(payload)[3]


@pytest.mark.parametrize(
    ("url", "model"),
    [
        ("sim://desk", "Segl code display"),
        ("sim://ear?device=reader&press=no", "Segl audio reader"),
        ("SIM://k?device=chip", "Segl chip"),
    ],
)
def test_it_is_a_port_like_any_other(url: str, model: str) -> None:
    assert segl_sim.serial_urls
    with serial.serial_for_url(url, baudrate=115200, timeout=5) as port:
        first = ask(port)
        assert first["model"] == model
        assert port.in_waiting == 0
        assert (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, False)
        port.baudrate, port.dtr, port.rts = 9600, False, False
        port.reset_input_buffer()
    with serial.serial_for_url(url, timeout=5) as port:
        assert ask(port)["serial"] == first["serial"]


def test_a_program_that_only_asks_whether_there_is_something_is_answered() -> None:
    with serial.serial_for_url("sim://desk", timeout=0) as port:
        assert port.read(10) == b""
        port.write(b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {})))
        asked = 0
        while not port.in_waiting:
            asked += 1
            assert asked < 1000
        assert port.read(1)


def test_nothing_comes_within_the_time_out_and_no_time_is_lost_by_it() -> None:
    with serial.serial_for_url("sim://desk", timeout=30) as port:
        assert port.read(1) == b""


def test_the_host_driver_opens_it_too() -> None:
    with segl.Display(segl.open_url("serial:sim://desk")) as display:
        assert display.info().keys == 0


def test_errors_are_pyserials_own() -> None:
    with serial.serial_for_url("sim://desk") as port:
        with pytest.raises(serial.SerialException, match="Another program has the simulated device desk"):
            serial.serial_for_url("sim://desk")
        with pytest.raises(serial.SerialException, match="open already"):
            port.open()
    with pytest.raises(serial.SerialException, match="port that is not open"):
        port.write(b"x")
    with pytest.raises(serial.SerialException, match="write for example"):
        serial.serial_for_url("sim://?colour=red")
    port.close()


def test_a_tool_that_knows_nothing_of_it_opens_it(tmp_path: Path) -> None:
    """Miniterm reads in a thread of its own; Ctrl-] ends it."""
    ours, its = os.openpty()
    command = [sys.executable, "-m", "segl_sim.serial_urls", "serial.tools.miniterm", "sim://desk", "9600"]
    tool = subprocess.Popen(
        command,
        stdin=its,
        stdout=its,
        stderr=subprocess.PIPE,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )
    assert tool.stderr
    assert b"Miniterm on sim://desk" in tool.stderr.readline()
    os.write(ours, b"x\x1d")
    said = tool.communicate(timeout=60)[1].decode()
    assert tool.returncode == 0, said
    assert "Traceback" not in said
    assert (tmp_path / "segl" / "sim" / "desk.zip").exists()
    os.close(ours)
    os.close(its)
