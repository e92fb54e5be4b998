"""Everything that README.md tells a reader to run, runs."""

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks

README = ROOT / "README.md"
SHELL = [block for block in blocks(README, "sh") if not block.startswith("make ")]
PYTHON = blocks(README, "python")
BIN = Path(sys.executable).parent
TIMEOUT_S = 60
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the README's shell is that of Linux and macOS"
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The reader's: `segl` on the path, simulated devices of this test's own, no accessible mode."""
    assert shutil.which("segl", path=str(BIN)), f"no segl in {BIN}: run make test, or pip install -e ."
    kept = {name: value for name, value in os.environ.items() if name not in ("ACCESSIBLE", "SEGL_DEVICE")}
    return {**kept, "PATH": f"{BIN}:{kept['PATH']}", "XDG_DATA_HOME": str(tmp_path / "data")}


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_two_commands_come_first_and_alone():
    assert blocks(README, "sh")[:2] == ["make demo\n", "make test\n"]


def test_the_first_example_is_the_file_and_gives_the_code_of_the_picture(
    tmp_path: Path, environment: dict[str, str]
):
    example = ROOT / "examples" / "first_code.py"
    assert PYTHON[0] == example.read_text(encoding="utf-8")
    serial, code = run([sys.executable, str(example)], tmp_path, environment).split()
    assert re.fullmatch(r"SGCD\d{8}", serial)
    assert f"the code {code[:3]} {code[3:]}" in README.read_text(encoding="utf-8")
    assert (tmp_path / "screen.png").stat().st_size > 500


@pytest.mark.parametrize("example", PYTHON[1:], ids=["a code", "a passkey"])
def test_the_ci_examples_pass(example: str, tmp_path: Path, environment: dict[str, str]):
    (tmp_path / "test_login.py").write_text(example, encoding="utf-8")
    assert "1 passed" in run([sys.executable, "-m", "pytest", "-q", "test_login.py"], tmp_path, environment)


def test_the_shell_lines_end_in_an_accepted_code(tmp_path: Path, environment: dict[str, str]):
    bash = ["bash", "-eu", "-c"]
    assert run([*bash, SHELL[0]], tmp_path, environment).splitlines()[-1] == "accepted"
    # Perhaps a new step has begun: then this code is accepted, but not twice.
    again = (
        'code="$(ACCESSIBLE=0 segl --device sim:desk code)"; segl check "$code" --key bank.key || true; '
        'segl check "$code" --key bank.key || echo "exit $?"'
    )
    assert run([*bash, again], tmp_path, environment).split()[1:] == ["refused", "exit", "10"]


def test_a_simulated_reader_speaks_and_its_code_is_accepted(tmp_path: Path, environment: dict[str, str]):
    stored, spoken, checked = run(["bash", "-eu", "-c", SHELL[3]], tmp_path, environment).splitlines()
    assert stored == "Stored as key 0: Example bank"
    assert spoken == "The reader has spoken."
    assert checked == "accepted"


def test_a_simulated_chip_signs_a_file(tmp_path: Path, environment: dict[str, str]):
    *known, key, signed, checked = run(["bash", "-eu", "-c", SHELL[4]], tmp_path, environment).splitlines()
    assert "versions: U2F_V2, FIDO_2_0, FIDO_2_1" in known
    assert (key, signed) == ("New key: ada, ada.pub", "Signed: note.txt.sig")
    assert checked.startswith("accepted: sk-ecdsa-sha2-nistp256@openssh.com")


def say(command: str, display: "subprocess.Popen[str]") -> None:
    assert display.stdin
    display.stdin.write(f"{command}\n")
    display.stdin.flush()


def wait_for(text: str, display: "subprocess.Popen[str]") -> None:
    """Look at the screen again and again, as its user does, until it shows a text."""
    assert display.stdout
    shown = "-"
    while shown and text not in shown:
        say("screen", display)
        shown = display.stdout.readline()


def test_a_display_in_one_terminal_answers_in_another(tmp_path: Path, environment: dict[str, str]):
    assert SHELL[1] == "segl sim up\n"
    commands = SHELL[2].splitlines()
    assert len(SHELL) == 5
    assert len(commands) == 2
    with subprocess.Popen(
        [*SHELL[1].split(), "--seed", "1"],
        cwd=tmp_path,
        env={**environment, "ACCESSIBLE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as display:
        assert display.stdout
        stop = threading.Timer(2 * TIMEOUT_S, display.kill)  # so that nothing waits for ever
        stop.start()
        try:
            url = display.stdout.readline().split()[-1]
            display.stdout.readline()  # the seed
            lines: list[str] = []
            for command, finger in zip(commands, ("hold 6", "press"), strict=True):
                assert "serial:/dev/pts/7 " in command
                with subprocess.Popen(
                    ["bash", "-c", command.replace("serial:/dev/pts/7", url)],
                    cwd=tmp_path,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                ) as other:
                    assert other.stderr
                    asked = other.stderr.readline()
                    assert "key on the device" in asked
                    if finger == "press":
                        wait_for("Send code?", display)
                        say("wait 0.6", display)  # to read the question: a press before that is no answer
                    say(finger, display)
                    out, rest = other.communicate(timeout=TIMEOUT_S)
                    assert other.returncode == 0, asked + rest
                    lines.append(out.strip())
            say("quit", display)
            assert display.wait(TIMEOUT_S) == 0
        finally:
            stop.cancel()
            display.kill()
    assert lines[0] == "Stored as key 0: Example bank"
    assert re.fullmatch(r"\d{3} \d{3}", lines[1])
