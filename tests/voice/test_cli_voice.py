"""`segl voice`: what it prints, and that every mistake is one clear line."""

import json
import re
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segl.cli.voice import command
from segl.voice import build, bundled
from segl.voice.errors import VoiceError
from segl.voice.pack import read_pack
from segl.voice.texts import Texts, read_texts

EN = str(bundled.packs()["en"])


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_list_says_what_a_pack_is_and_how_much_room_it_takes() -> None:
    result = run("list", EN)
    assert "English" in result.stdout
    assert "Apache-2.0" in result.stdout
    assert "KiB of 2048 KiB" in result.stderr


def test_list_and_preview_know_what_comes_with_segl() -> None:
    result = run("list", "--json")
    found = [json.loads(line)["language"] for line in result.stdout.splitlines()]
    assert found == ["da", "en", "kl"]
    assert run("preview", "kl", "--clip", "yes").stdout.startswith("yes ")


def test_list_prints_every_text_when_asked() -> None:
    lines = run("list", "--json", "--texts", EN).stdout.splitlines()
    clips = {found["clip"]: found["text"] for found in map(json.loads, lines[1:])}
    assert clips["no_key"] == "No key yet."
    assert clips["5@slow"] == "five"


def test_list_says_when_packs_do_not_fit_together() -> None:
    assert run("list").stderr.endswith("that a reader has for voices\n")
    assert run("list", EN, EN, EN, EN).stderr.endswith("for voices: too much, leave one out\n")


def test_measures_are_numbers_for_scripts() -> None:
    (found,) = map(json.loads, run("preview", "en", "--clip", "yes", "--json").stdout.splitlines())
    assert found.pop("clip") == "yes"
    assert all(type(value) is float for value in found.values())
    assert -19 < found["loudness_lufs"] < -17


def test_preview_measures_clips_and_writes_them(tmp_path: Path) -> None:
    result = run("preview", EN, "--clip", "yes", "--clip", "3@fast", "--out", str(tmp_path / "wav"))
    assert result.stdout.count("LUFS") == 2
    assert "2 clips" in result.stderr
    with wave.open(str(tmp_path / "wav" / "yes.wav")) as file:
        assert file.getframerate() == 16000
        assert file.getnframes() > 3000


def test_build_writes_a_pack_and_describes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pack is built of, tests/voice/test_build.py shows; a whole one takes ten seconds."""
    kl = bundled.packs()["kl"]

    def built(texts: Texts, recordings: Path | None, progress: build.Progress) -> build.Built:
        assert (texts, recordings) == (read_texts(bundled.texts("kl")), None)
        progress("encoding")
        return build.Built(read_pack(kl), {})

    monkeypatch.setattr(build, "build", built)
    out = tmp_path / "mine.pack"
    result = run("build", "kl", "--text", str(bundled.texts("kl")), "--out", str(out))
    assert "Kalaallisut" in result.stdout
    assert result.stderr == "encoding\n"
    assert out.read_bytes() == kl.read_bytes()


def test_build_refuses_a_list_that_lacks_a_clip_before_it_says_a_word(tmp_path: Path) -> None:
    """Such a pack was built, listed and measured, and refused by the reader when all of it had been sent."""
    text = bundled.texts("kl").read_text(encoding="utf-8")
    short = tmp_path / "kl.toml"
    short.write_text(re.sub("^plug_in = .*$", "", text, flags=re.M), encoding="utf-8")
    with pytest.raises(VoiceError, match=r"\[clips\] plug_in missing, which the reader says"):
        run("build", "kl", "--text", str(short), "--out", str(tmp_path / "kl.pack"))
    assert not (tmp_path / "kl.pack").exists()


def test_mistakes_are_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    for arguments, message in (
        (("list", str(tmp_path / "none.pack")), "give a voice pack"),
        (("preview", EN, "--clip", "nothing"), "see them with: segl voice list --texts"),
        (("build", "da", "--text", str(bundled.texts("en"))), "choose another with --text"),
    ):
        with pytest.raises(VoiceError, match=message) as error:
            run(*arguments)
        assert "\n" not in str(error.value)
