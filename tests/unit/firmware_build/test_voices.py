"""Voices: packs of speech that lie on the board beside the firmware, and boards that have no room for them."""

from pathlib import Path

import pytest

from segl_sim.firmware import BuildError, Firmware, build, install_commands, load, package, read_build

EN = bytes(range(256)) * 400  # 100 KiB
PACK = "audio_reader/voices/en.pack"


@pytest.fixture(name="voiced")
def voiced_fixture(tree: Path) -> Path:
    (tree / PACK).parent.mkdir()
    (tree / PACK).write_bytes(EN)
    return tree


def test_a_devices_voices_lie_on_the_board_as_they_are_and_no_other_device_has_them(voiced: Path) -> None:
    assert Firmware.load("audio_reader", root=voiced).files[PACK] == EN
    assert not [path for path in Firmware.load("code_display", root=voiced).files if path.endswith(".pack")]


def test_a_board_without_room_for_them_is_refused(voiced: Path) -> None:
    with pytest.raises(
        BuildError, match=r"cannot be built for pico: its voices have 102,400 bytes, .* for 0"
    ):
        Firmware.load("audio_reader", "pico", root=voiced)
    assert load.boards_of("audio_reader", voiced) == ["pico2"]
    assert load.boards_of("code_display", voiced) == ["pico2", "pico"]
    (voiced / "audio_reader/voices/da.pack").write_bytes(EN * 2)
    with pytest.raises(BuildError, match="there is room for 262,144"):
        Firmware.load("audio_reader", root=voiced)


def test_a_voice_that_comes_or_changes_is_noticed(voiced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_SETTLED_NS", -(10**12))  # as if the files were old
    Firmware.load("audio_reader", root=voiced)
    (voiced / "audio_reader/voices/kl.pack").write_bytes(b"kl")
    assert Firmware.load("audio_reader", root=voiced).files["audio_reader/voices/kl.pack"] == b"kl"
    (voiced / PACK).write_bytes(b"other")
    assert Firmware.load("audio_reader", root=voiced).files[PACK] == b"other"
    (voiced / PACK).unlink()
    assert PACK not in Firmware.load("audio_reader", root=voiced).files


def test_a_build_has_them_in_its_manifest(voiced: Path, tmp_path: Path) -> None:
    build("audio_reader", "pico2", tmp_path / "out", root=voiced)
    assert read_build(tmp_path / "out").files[PACK].size == len(EN)
    assert (tmp_path / "out" / PACK).read_bytes() == EN


def test_a_large_file_is_a_step_of_its_own(voiced: Path, tmp_path: Path) -> None:
    (voiced / "audio_reader/voices/small.pack").write_bytes(b"little")
    build("audio_reader", "pico2", tmp_path / "out", root=voiced)
    copies = [
        command[5:] for command in install_commands(tmp_path / "out", "auto") if "voices" in command[-1]
    ]
    copies = [names for names in copies if names[-1] == ":audio_reader/voices/"]
    assert [[Path(name).name for name in names[:-1]] for names in copies] == [["small.pack"], ["en.pack"]]


def test_a_wheel_carries_them(voiced: Path, tmp_path: Path) -> None:
    package(tmp_path / "data", root=voiced)
    assert (tmp_path / "data/firmware" / PACK).read_bytes() == EN
    assert "audio_reader/app.mpy" in Firmware.load("audio_reader", root=tmp_path / "data/firmware").files
