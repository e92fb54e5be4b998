"""What comes with Segl is found in a checkout and in an installed wheel alike."""

from pathlib import Path

import pytest

from segl.voice import REGION, bundled
from segl.voice.pack import read_pack
from segl.voice.texts import read_texts
from segl_sim.firmware import firmware_root
from segl_sim.firmware.voices import voices_room


def test_each_list_of_texts_has_a_pack_in_its_own_language() -> None:
    lists = {path.stem for path in bundled.LANGUAGES.glob("*.toml")}
    assert set(bundled.packs()) == lists
    for language, path in bundled.packs().items():
        assert read_pack(path).language == read_texts(bundled.texts(language)).language == language


def test_the_packs_are_those_of_the_firmware_and_its_board_has_the_room_that_is_told() -> None:
    root = firmware_root()
    assert {path.parent for path in bundled.packs().values()} == {root / "audio_reader" / "voices"}
    assert voices_room(lambda _: (root / "boards" / "pico2.py").read_text(encoding="utf-8")) == REGION


def test_an_installed_segl_finds_the_packs_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    voices = tmp_path / "segl_sim" / "_data" / "firmware" / "audio_reader" / "voices"
    monkeypatch.setattr(bundled, "_HERE", tmp_path / "segl" / "voice" / "bundled.py")
    assert bundled.packs() == {}
    voices.mkdir(parents=True)
    (voices / "xx.pack").touch()
    assert bundled.packs() == {"xx": voices / "xx.pack"}
