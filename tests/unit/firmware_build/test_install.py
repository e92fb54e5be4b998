"""Installing: the commands, run by the real mpremote against a stand-in for a blank board."""

import re
import time
from pathlib import Path
from types import SimpleNamespace

import mpremote.main
import mpremote.transport_serial
import pytest

from segl_sim.firmware import BuildError, build, devices, firmware_root, install_commands
from tests.unit.firmware_build.raw_repl import Board


@pytest.fixture
def folder(tree: Path, tmp_path: Path) -> Path:
    build("code_display", "pico2", tmp_path / "out", root=tree)
    return tmp_path / "out"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is there at once after a reset, and takes any number of bytes."""
    patient = SimpleNamespace(sleep=lambda _seconds: None, monotonic=time.monotonic)
    monkeypatch.setattr(mpremote.main, "time", patient)
    monkeypatch.setattr(mpremote.transport_serial, "time", patient)


def run(command: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command of mpremote within this process, which saves its start-up time."""
    assert command[0] == "mpremote"
    monkeypatch.setattr("sys.argv", command)
    try:
        return mpremote.main.main()
    except SystemExit as end:
        return int(end.code or 0)


def test_a_blank_board_gets_exactly_the_build(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in install_commands(folder, board.port):
        assert run(command, monkeypatch) == 0
        if "boot.py" in board.files:  # once it can start, everything must be there
            assert "main.py" in board.files
            assert len(board.files) == 11
    assert board.files == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {
        "manifest.json"
    }
    assert all((board.root / path).read_bytes() == (folder / path).read_bytes() for path in board.files)


def test_a_voice_is_larger_than_a_boards_memory_and_is_checked_all_the_same(
    tree: Path,
    tmp_path: Path,
    board: Board,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pack = "audio_reader/en.pack"
    (tree / pack).write_bytes(bytes(range(256)) * 300)
    build("audio_reader", "pico2", tmp_path / "voiced", root=tree)
    commands = install_commands(tmp_path / "voiced", board.port)
    assert not [command for command in commands if ".read()" in command[-1]]
    for command in commands:
        assert run(command, monkeypatch) == 0
    assert (board.root / pack).read_bytes() == (tree / pack).read_bytes()
    for command in commands:
        if "sha256" in command[-1]:
            with (board.root / pack).open("r+b") as file:
                file.seek(70_000)
                file.write(b"!")
            assert run(command, monkeypatch) == 1
            break
        assert run(command, monkeypatch) == 0
    assert f"install again: ['{pack}']" in capfd.readouterr().out


def test_an_attempt_broken_anywhere_can_be_repeated(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = install_commands(folder, board.port)
    for end in (2, 4, 6, len(commands) - 2):
        for command in commands[:end]:
            assert run(command, monkeypatch) == 0
    for command in commands:
        assert run(command, monkeypatch) == 0
    assert "boot.py" in board.files


def test_an_earlier_installation_goes_but_the_devices_data_stays(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("boot.py", "main.py", "developer", "common/store.py", "common/deep/old.mpy", "data/keys"):
        (board.root / name).parent.mkdir(parents=True, exist_ok=True)
        (board.root / name).write_text("old")
    for command in install_commands(folder, board.port):
        assert run(command, monkeypatch) == 0
    assert not {"developer", "common/store.py", "common/deep/old.mpy"} & board.files
    assert "data/keys" in board.files


def test_a_developer_installation_leaves_its_mark(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in install_commands(folder, board.port, developer=True):
        assert run(command, monkeypatch) == 0
    assert "developer" in board.files


def test_the_factory_writes_a_serial_number(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in install_commands(folder, board.port, serial="SGCD00000123"):
        assert run(command, monkeypatch) == 0
    assert (board.root / "serial").read_text() == "SGCD00000123"


@pytest.mark.parametrize(
    "serial", ["", "SGCD0000012", "sgcd00000123", "SGCD00000123'", "SGCD0000012\u0663", "SGAR00000123"]
)
def test_what_is_no_serial_number_of_the_model_is_refused(folder: Path, serial: str) -> None:
    with pytest.raises(BuildError, match="write SGCD and eight digits: SGCD00000123"):
        install_commands(folder, "/dev/null", serial=serial)


@pytest.mark.parametrize("device", devices())
def test_a_models_letters_are_those_that_its_firmware_uses_itself(
    device: str, tree: Path, tmp_path: Path
) -> None:
    boot = (firmware_root() / "boards" / device / "boot.py").read_text(encoding="utf-8")
    build(device, "pico2", tmp_path / "out", root=tree)
    letters = re.findall(r'^boot.start\(".*", "(\w+)"[,)]', boot, re.M)
    assert len(letters) == 1
    assert install_commands(tmp_path / "out", "auto", serial=f"{letters[0]}00000123")
    with pytest.raises(BuildError, match=f"write {letters[0]} and"):
        install_commands(tmp_path / "out", "auto", serial="SGXX00000123")


def test_a_wrong_transfer_is_found_before_the_board_can_start(
    folder: Path, board: Board, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for command in install_commands(folder, board.port):
        code = run(command, monkeypatch)
        if (board.root / "common/store.mpy").exists():
            (board.root / "common/store.mpy").write_bytes(b"M\x06 torn")
        if code != 0:
            break
    else:
        pytest.fail("the wrong byte was not noticed")
    assert "transfer failed, install again: ['common/store.mpy']" in capfd.readouterr().out
    assert not {"boot.py", "main.py"} & board.files


def test_a_build_for_the_other_board_is_refused_and_nothing_changes(
    tree: Path,
    tmp_path: Path,
    board: Board,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (board.root / "main.py").write_text("mine")
    build("code_display", "pico", tmp_path / "out", root=tree)
    assert run(install_commands(tmp_path / "out", board.port)[0], monkeypatch) == 1
    assert "this build is for the board pico, this is a Raspberry Pi Pico 2" in capfd.readouterr().out
    assert board.files == {"main.py"}


def test_a_damaged_build_is_not_installed(folder: Path) -> None:
    (folder / "main.py").write_text("")
    with pytest.raises(BuildError, match="build the firmware again"):
        install_commands(folder, "auto")


def test_every_command_is_one_line(folder: Path) -> None:
    for command in install_commands(folder, "/dev/ttyACM0", developer=True):
        assert not any("\n" in word for word in command)
