"""`segl sim run`: a command, with simulated devices for as long as it runs."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SEGL = [sys.executable, "-c", "from segl.cli import main; main()"]
WAIT_S = 60


def run(*words: str, folder: Path, **options: str) -> subprocess.CompletedProcess[str]:
    """Run a command with simulated devices in a folder of its own."""
    return subprocess.run(
        [*SEGL, "sim", "run", *words],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
        env={**os.environ, "TMPDIR": str(folder), **options},
    )


def python(*lines: str) -> list[str]:
    return ["--", sys.executable, "-c", "import os, sys\n" + "\n".join(lines)]


def test_the_command_finds_the_urls_of_all_devices_and_a_control_port(tmp_path: Path) -> None:
    said = run("--seed", "5", *python("import json; print(json.dumps(dict(os.environ)))"), folder=tmp_path)
    found = {name: value for name, value in json.loads(said.stdout).items() if name.startswith("SEGL_")}
    assert set(found) >= {
        "SEGL_DISPLAY",
        "SEGL_READER",
        "SEGL_CHIP",
        "SEGL_CHIP_SERIAL",
        "SEGL_DEVICE",
        "SEGL_CONTROL",
    }
    assert found["SEGL_DEVICE"] == found["SEGL_DISPLAY"]
    assert found["SEGL_DISPLAY"].startswith("serial:/dev/")
    assert found["SEGL_CHIP"].startswith("hid+unix:")
    assert found["SEGL_CONTROL"].startswith("unix:")
    assert found["SEGL_SEED"] == "5"
    assert list(tmp_path.iterdir()) == []


def test_devices_of_one_kind_are_numbered(tmp_path: Path) -> None:
    lines = ["print(os.environ['SEGL_DISPLAY'], os.environ['SEGL_DISPLAY_2'], 'SEGL_CHIP' in os.environ)"]
    first, second, chip = run(
        "--device", "display", "--device", "display", *python(*lines), folder=tmp_path
    ).stdout.split()
    assert first != second
    assert chip == "False"


def test_segl_itself_reaches_the_first_device_there(tmp_path: Path) -> None:
    said = run("--device", "chip", "--", *SEGL, "fido", "info", folder=tmp_path)
    assert "FIDO_2_1" in said.stdout
    said = run("--device", "display", "--setup", "--", *SEGL, "info", "--json", folder=tmp_path)
    assert json.loads(said.stdout)["open"] > 500
    assert said.returncode == 0


@pytest.mark.parametrize(
    ("code", "status"), [("sys.exit(0)", 0), ("sys.exit(7)", 7), ("os.kill(os.getpid(), 9)", 137)]
)
def test_its_exit_status_is_returned(tmp_path: Path, code: str, status: int) -> None:
    assert run("--device", "display", *python(code), folder=tmp_path).returncode == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_it_ends_the_command_and_nothing_is_left(tmp_path: Path, number: int) -> None:
    child = subprocess.Popen(
        [*SEGL, "sim", "run", *python("print(os.getpid(), flush=True); sys.stdin.read()")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert child.stdout
    inner = int(child.stdout.readline())
    child.send_signal(number)
    assert child.wait(WAIT_S) == 128 + number
    child.communicate()
    assert not Path(f"/proc/{inner}").exists()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_the_commands_own_business(tmp_path: Path) -> None:
    lines = [
        "import signal",
        "signal.signal(signal.SIGINT, lambda *_: (print('interrupted', flush=True), sys.exit(3)))",
        "print('here', flush=True)",
        "signal.pause()",
    ]
    child = subprocess.Popen(
        [*SEGL, "sim", "run", "--device", "chip", *python(*lines)],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert child.stdout
    assert child.stdout.readline() == "here\n"
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does
    assert child.communicate(timeout=WAIT_S)[0] == "interrupted\n"
    assert child.returncode == 3


def test_a_device_is_kept_in_a_file_from_one_run_to_the_next(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    state = str(tmp_path / "chip.zip")
    pin = "from segl import open_chip; open_chip(os.environ['SEGL_CHIP']).set_pin('2580')"
    assert run("--device", "chip", "--state", state, *python(pin), folder=work).returncode == 0
    said = run("--device", "chip", "--state", state, "--", *SEGL, "fido", "info", "--json", folder=work)
    assert json.loads(said.stdout)["pin_set"] is True
    refused = run("--device", "display", "--state", state, "--", "true", folder=work)
    assert (refused.returncode, refused.stderr.count("holds a chip, not a display")) == (2, 1)
    refused = run("--state", str(tmp_path / "other.zip"), "--", "true", folder=work)
    assert "--state keeps one device" in refused.stderr
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--", "no-such-command"], "no-such-command cannot be run (No such file or directory)"),
        (["--device", "phone", "--", "true"], "'phone' is not one of"),
        (["--touch", "soon", "--", "true"], '"soon" is neither auto, nor never'),
        (["--touch", "nan", "--", "true"], '"nan" is neither auto, nor never'),
        (["--device", "display", "--hidraw", "--", "true"], "add: --device chip"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_gets_one_clear_error(tmp_path: Path, words: list[str], error: str) -> None:
    said = run(*words, folder=tmp_path)
    assert said.returncode == 2
    assert error in said.stderr
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_help_names_every_option() -> None:
    said = subprocess.run([*SEGL, "sim", "run", "--help"], capture_output=True, text=True, check=True).stdout
    for option in ("--device", "--hidraw", "--touch", "--setup", "--state", "--still", "--seed", "--board"):
        assert re.search(rf"^ +{option}\b", said, re.MULTILINE), option
