"""What a module reads from flash goes wherever the module goes: onto the board, into a build, into the package."""

from pathlib import Path

import pytest

from segl_sim.firmware import Firmware, build, install_commands, package, read_build

DATA = bytes(range(256)) * 64
COMB = "common/store.comb"


@pytest.fixture(name="combed")
def combed_fixture(tree: Path) -> Path:
    (tree / COMB).write_bytes(DATA)
    (tree / "common/unused.comb").write_bytes(b"not wanted")
    (tree / "common/nothing.comb").write_bytes(b"beside no module")
    return tree


def test_a_modules_data_lies_on_the_board_as_it_is(combed: Path) -> None:
    files = Firmware.load("code_display", root=combed).files
    assert files[COMB] == DATA
    assert [path for path in files if path.endswith(".comb")] == [COMB]


def test_a_device_without_the_module_has_none(combed: Path) -> None:
    assert COMB not in Firmware.load("audio_reader", root=combed).files


def test_changed_data_is_noticed(combed: Path) -> None:
    Firmware.load("code_display", root=combed)
    (combed / COMB).write_bytes(DATA[::-1])
    assert Firmware.load("code_display", root=combed).files[COMB] == DATA[::-1]
    (combed / COMB).unlink()
    assert COMB not in Firmware.load("code_display", root=combed).files


def test_builds_and_installs_carry_it(combed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert build("code_display", "pico2", out, root=combed).files[COMB].size == len(DATA)
    assert read_build(out).files[COMB].size == len(DATA)
    (copied,) = [command for command in install_commands(out, "/dev/ttyACM0") if str(out / COMB) in command]
    assert copied[-1] == ":common/"


def test_the_package_carries_it(combed: Path, tmp_path: Path) -> None:
    package(tmp_path / "data", root=combed)
    assert (tmp_path / "data" / "firmware" / COMB).read_bytes() == DATA
