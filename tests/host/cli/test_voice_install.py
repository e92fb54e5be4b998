"""`voice install`: a file or a bundled voice, inside set-up, told in tenths."""

from pathlib import Path

import pytest

from segl.voice import bundled
from segl_wire import schema
from tests.host.cli.support import Run, lines
from tests.host.fake_device import FakeDevice, FakeReader


@pytest.fixture
def device() -> FakeReader:
    reader = FakeReader()
    reader.info["open"] = 600
    return reader


def test_a_voice_that_comes_with_segl(run: Run, device: FakeReader) -> None:
    result = run("voice", "install", "da")
    assert result.exit_code == 0
    assert result.stdout.startswith("Installed the voice Dansk, version ")
    told = result.stderr.splitlines()
    assert [line.split()[1] for line in told] == [str(tenth) for tenth in range(10, 101, 10)]
    assert device.voices == {"da": bundled.packs()["da"].read_bytes()}


def test_without_a_name_that_of_the_readers_language(run: Run, device: FakeReader) -> None:
    device.info["language"] = "kl"
    objects = run("voice", "install", "--json")
    assert lines(objects.stdout)[0]["language"] == "kl"
    assert all("note" in line for line in lines(objects.stderr))
    assert set(device.voices) == {"kl"}


def test_a_file(run: Run, device: FakeReader, tmp_path: Path) -> None:
    mine = tmp_path / "mine.pack"
    mine.write_bytes(bundled.packs()["en"].read_bytes())
    result = run("voice", "install", str(mine), accessible=True)
    assert f"pack: {mine}\n" in result.stdout
    assert "step 2 of 3: " in result.stderr
    assert device.voices == {"en": mine.read_bytes()}


def test_what_is_sent_is_what_was_read_before_anybody_was_asked(
    run: Run, device: FakeReader, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.pack"
    mine.write_bytes(bundled.packs()["en"].read_bytes())
    device.on_read = lambda: mine.unlink(missing_ok=True)
    assert run("voice", "install", str(mine)).exit_code == 0
    assert device.voices == {"en": bundled.packs()["en"].read_bytes()}


def test_a_folder_does_not_hide_a_voice(
    run: Run, device: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "da").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run("voice", "install", "da").exit_code == 0
    assert set(device.voices) == {"da"}


def test_what_is_no_pack_touches_no_device(run: Run, device: FakeReader, tmp_path: Path) -> None:
    broken = tmp_path / "x.pack"
    broken.write_bytes(b"x" * 5000)
    for name in ("tlh", str(broken)):
        result = run("voice", "install", name)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
    assert device.requests == []


def test_outside_set_up_the_user_is_asked_to_open_it(run: Run, device: FakeReader) -> None:
    device.info["open"] = 0
    assert run("voice", "install", "--no-input").exit_code == 7
    waited = run("voice", "install")
    assert waited.exit_code == 7
    assert "Press Menu" in waited.stderr
    assert device.voices == {}


def test_a_reader_without_room_says_so(run: Run, device: FakeReader) -> None:
    device.errors[schema.VOICE] = (schema.FULL, None)
    result = run("voice", "install", "--json")
    assert result.exit_code == 1
    assert lines(result.stderr)[-1]["code"] == "FULL"


def test_a_display_has_no_voice(run: Run, monkeypatch: pytest.MonkeyPatch, device: FakeReader) -> None:
    device.info.update(FakeDevice().info)
    result = run("voice", "install")
    assert result.exit_code == 2
    assert "code display has no voice" in result.stderr
