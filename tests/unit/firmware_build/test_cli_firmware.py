"""`segl firmware`: what it prints, and its exit codes."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from serial.tools import list_ports

from segl_sim import cli_firmware
from segl_sim.firmware import build, install_commands

Invoke = Callable[..., Result]


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """The serial ports that the computer seems to have."""
    found: list[SimpleNamespace] = []
    monkeypatch.setattr(list_ports, "comports", lambda: found)
    return found


@pytest.fixture
def invoke(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ports: list[SimpleNamespace]
) -> Invoke:
    monkeypatch.setattr("segl_sim.firmware.load.firmware_root", lambda: tree)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*arguments: str, as_json: bool = False) -> Result:
        return CliRunner().invoke(cli_firmware.firmware, list(arguments), obj=SimpleNamespace(json=as_json))

    return run


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fake mpremote that writes down its arguments and fails where the file `fail` says so."""
    program = tmp_path / "bin" / "mpremote"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nhere = os.path.dirname(__file__)\n"
        "open(here + '/calls', 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "fail = here + '/fail'\n"
        "if os.path.exists(fail) and 'mkdir' in sys.argv:\n    sys.exit(open(fail).read())\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program.parent / "calls"


def test_build_says_where_and_how_much(invoke: Invoke) -> None:
    result = invoke("build", "code_display", "--board", "pico")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == [
        "folder: build/firmware/code_display-pico",
        "device: code_display 1.2.3 for pico",
    ]
    assert result.stderr == "building code_display for pico\n"
    assert Path("build/firmware/code_display-pico/manifest.json").is_file()


def test_build_as_json_is_one_line(invoke: Invoke) -> None:
    result = invoke("build", "code_display", "--out", "there", as_json=True)
    manifest = json.loads(result.stdout)
    assert (manifest["folder"], manifest["board"], manifest["version"]) == ("there", "pico2", "1.2.3")
    assert result.stdout.count("\n") == 1


def test_bad_arguments_are_named(invoke: Invoke, tree: Path) -> None:
    result = invoke("build", "toaster")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no device 'toaster'; choose one of: audio_reader, chip, code_display\n"
    assert invoke("build", "code_display", "--board", "esp32").exit_code == 2
    assert invoke("install", "no/such/folder", "--port", "x").exit_code == 2
    Path("mine").mkdir()
    assert invoke("install", "mine", "--port", "x").exit_code == 1
    Path("mine/file").touch()
    assert invoke("build", "code_display", "--out", "mine").exit_code == 1
    (tree / "common/store.py").write_text("def f(:\n")
    assert invoke("build", "code_display").exit_code == 1


def test_install_takes_a_folder_only_for_its_board(invoke: Invoke, tree: Path) -> None:
    build("code_display", "pico", Path("out"), root=tree)
    result = invoke("install", "out", "--board", "pico2", "--port", "x", "--dry-run")
    assert (result.exit_code, result.stderr) == (2, "error: out is built for pico, not for pico2\n")


def test_dry_run_prints_each_command_as_one_line_of_shell(invoke: Invoke, tree: Path) -> None:
    build("code_display", "pico2", Path("a folder"), root=tree)
    result = invoke("install", "a folder", "--port", "/dev/ttyACM9", "--developer", "--dry-run")
    commands = install_commands(Path("a folder"), "/dev/ttyACM9", developer=True)
    assert [shlex.split(line) for line in result.stdout.splitlines()] == commands
    result = invoke("install", "code_display", "--dry-run", as_json=True)
    assert json.loads(result.stdout.splitlines()[0])["command"][:3] == ["mpremote", "connect", "auto"]


def test_install_runs_the_commands_in_order(
    invoke: Invoke, calls: Path, tmp_path: Path, ports: list[SimpleNamespace]
) -> None:
    port = tmp_path / "tty"
    port.touch()
    ports.append(SimpleNamespace(device=str(port), vid=0x2E8A))
    ports.append(SimpleNamespace(device="/dev/ttyUSB0", vid=0x10C4))
    result = invoke("install", "code_display")
    assert result.exit_code == 0
    assert result.stdout == f"installed: code_display 1.2.3 on {port}\n"
    expected = install_commands(Path("build/firmware/code_display-pico2"), str(port))
    assert [["mpremote", *json.loads(line)] for line in calls.read_text().splitlines()] == expected
    assert result.stderr.splitlines()[1] == f"step 1 of {len(expected)}: check the board"
    result = invoke("install", "code_display", "--developer", as_json=True)
    assert json.loads(result.stdout)["developer"] is True


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("mpremote: no device found", 3),
        ("mpremote: failed to access x (it may be in use by another program)", 5),
        ("AssertionError: install MicroPython 1.29 or newer first", 1),
        ("", 1),
    ],
)
def test_a_failing_step_ends_the_installation(invoke: Invoke, calls: Path, says: str, code: int) -> None:
    (calls.parent / "fail").write_text(says or "1")
    result = invoke("install", "code_display", "--port", "COM3")
    assert result.exit_code == code
    assert says.removeprefix("AssertionError: ") in result.stderr.splitlines()[-1]
    assert len(calls.read_text().splitlines()) == 4
    assert result.stdout == ""


def test_no_board_several_boards_and_no_permission_have_their_codes(
    invoke: Invoke, calls: Path, tmp_path: Path, ports: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = invoke("install", "code_display")
    assert result.exit_code == 3
    assert "docs/hardware.md" in result.stderr
    assert invoke("install", "code_display", "--port", str(tmp_path / "none")).exit_code == 3
    ports += [SimpleNamespace(device="/dev/b", vid=0x2E8A), SimpleNamespace(device="/dev/a", vid=0x2E8A)]
    result = invoke("install", "code_display")
    assert result.exit_code == 4
    assert "/dev/a, /dev/b" in result.stderr
    (tmp_path / "tty").touch()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    result = invoke("install", "code_display", "--port", str(tmp_path / "tty"))
    assert result.exit_code == 5
    assert "dialout" in result.stderr
    assert not calls.exists()


def test_without_mpremote_the_error_names_the_remedy(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    result = invoke("install", "code_display", "--port", "COM3")
    assert (result.exit_code, "pip install mpremote" in result.stderr) == (1, True)
