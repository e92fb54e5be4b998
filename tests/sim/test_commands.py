"""`segl demo` and `segl sim up` as a user runs them."""

import json
import os
import re
import subprocess
import sys
import wave
from array import array
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

import segl
from segl.cli.context import Context
from segl_sim import state
from segl_sim.cli import sim
from segl_sim.demo import demo

FILES = [
    "1-blank.png",
    "2-open.png",
    "3-stored.png",
    "4-code.png",
    "5-next-code.png",
    "6-after-the-cut.png",
    "7-reader-code.png",
    "reader.wav",
]


def tour(out: Path, context: Context | None = None) -> str:
    result = CliRunner().invoke(demo, ["--out", str(out), "--seed", "1"], obj=context or Context())
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(name="seen", scope="module")
def seen_fixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the tour prints for those who see, and its folder."""
    folder = tmp_path_factory.mktemp("tour")
    return tour(folder), folder


def test_the_tour_shows_the_screens_checks_four_codes_and_saves_files(seen: tuple[str, Path]):
    said, folder = seen
    assert said.count("\npyotp: ") == 4
    assert "codes accepted by pyotp: 4" in said
    assert "15/15" in said
    assert "⣿" in said
    assert sorted(path.name for path in folder.iterdir()) == FILES
    for name in ("4-code.png", "7-reader-code.png"):
        with Image.open(folder / name) as picture:
            assert picture.size == (512, 256)
            assert len(picture.getcolors() or []) == 2


def test_the_tours_sound_is_one_code_said_twice(seen: tuple[str, Path]):
    said, folder = seen
    with wave.open(str(folder / "reader.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 16_000)
        samples = array("h", file.readframes(file.getnframes()))
    spoken = [line for line in said.splitlines() if line.startswith("Speak:")]
    first, second = (re.sub(r"\D", "", line) for line in spoken[-2:])
    assert first == second
    assert len(first) == 6
    sounds = _stretches(samples)
    assert len(sounds) > 12  # first of all it says that the key was stored
    for once, again in zip(sounds[-12:-6], sounds[-6:], strict=True):
        assert again == pytest.approx(once, abs=32)
    assert max(samples) > 16_000


def _stretches(samples: "array[int]", silence: int = 3200) -> list[int]:
    """Return the lengths of what lies between silences, in samples."""
    lengths: list[int] = []
    quiet = silence
    for sample in samples:
        if not sample:
            quiet += 1
        elif quiet >= silence:
            lengths.append(1)
            quiet = 0
        else:
            lengths[-1] += quiet + 1
            quiet = 0
    return lengths


def test_the_tours_chip_is_touched_for_what_is_signed_and_signs_nothing_untouched(seen: tuple[str, Path]):
    told = [
        line.partition(" python-fido2: ")[2] for line in seen[0].splitlines() if line.startswith("Light:")
    ]
    assert [words.split(",")[0] for words in told] == [
        "registered",
        *["signed in"] * 2,
        "no answer for 31 s",
    ]
    assert told[-1].endswith("not signed in.")


def test_the_accessible_tour_is_plain_text_with_separated_digits(tmp_path: Path):
    said = tour(tmp_path, Context(accessible=True))
    assert said.isascii()
    assert "step 15 of 15" in said
    assert "No key yet" in said
    assert 'Menu: "You pressed Menu.' in said
    codes = [
        line.split("code ")[1].split(".")[0] for line in said.splitlines() if line.startswith("screen: code")
    ]
    spoken = [line.split('"')[1] for line in said.splitlines() if line.startswith("Speak:")][-2:]
    for code in codes + spoken:
        assert re.fullmatch(r"(\d ){3} ?(\d ){2}\d", code), code
    assert spoken == codes[-1:] * 2


def test_the_json_tour_is_one_object_and_the_same_seed_gives_the_same_devices(
    tmp_path: Path, seen: tuple[str, Path]
):
    said = json.loads(tour(tmp_path, Context(json=True)))
    assert said["codes accepted by pyotp"] == 4
    assert said["sign-ins accepted by python-fido2"] == 2
    assert said["devices"] in seen[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def simulate(lines: str, *arguments: str, accessible: bool = True) -> list[str]:
    """Run `segl sim up` in a process of its own, say these lines, and return what it prints."""
    program = "from segl_sim.cli import sim; sim()"
    run = subprocess.run(
        [sys.executable, "-c", program, "up", "--seed", "1", *arguments],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "ACCESSIBLE": "1" if accessible else "0"},
    )
    assert run.returncode == 0, run.stderr
    return [*run.stdout.splitlines(), *run.stderr.splitlines()]


def test_sim_up_prints_a_url_and_obeys():
    said = simulate("screen\nunplug\nplug\nhelp\nquit\n")
    assert said[0].startswith("url: serial:/dev/")
    assert "screen: dark" in said
    assert any(line.startswith("press [SECONDS]") for line in said)


@pytest.mark.parametrize("line", ["jump", "press x", "hold 1000", "screen now"])
def test_sim_up_says_what_it_does_not_understand(line: str):
    assert any("say press [SECONDS]" in said for said in simulate(f"{line}\nquit\n"))


def test_sim_up_runs_a_reader_too(tmp_path: Path):
    lines = f"jack in\npress\nwait 1.5\npress louder 0.1\nwait 0.5\njack out\nwav {tmp_path}/heard.wav\nscreen\nquit\n"
    said = simulate(lines, "reader")
    assert any(line.startswith("press [KEY] [SECONDS]") for line in simulate("help\n", "reader"))
    assert f"saved: {tmp_path}/heard.wav" in said
    assert any(line.startswith("screen: ") and "dark" not in line for line in said)
    with wave.open(f"{tmp_path}/heard.wav") as file:
        assert file.getnchannels() == 2
        assert file.getnframes() > 8000
    assert any(
        "say press [KEY]" in line for line in simulate("press green\nwav /nowhere/x.wav\nquit\n", "reader")
    )


def test_sim_up_ends_with_its_input():
    assert simulate("")[0].startswith("url:")


def test_sim_up_runs_what_its_file_holds_without_being_told(tmp_path: Path):
    path = tmp_path / "ear.zip"
    simulate("quit\n", "reader", "--state", str(path))
    for kind in ((), ("reader",)):
        said = simulate("help\nquit\n", *kind, "--state", str(path))
        assert any(line.startswith("press [KEY] [SECONDS]") for line in said)


def test_sim_up_keeps_its_device_in_a_file(tmp_path: Path):
    path = tmp_path / "desk.zip"
    simulate("quit\n", "--state", str(path))
    assert state.seed_of(path) == 1
    simulate("quit\n", "--state", str(path))
    refused = CliRunner().invoke(sim, ["up", "reader", "--state", str(path)], obj=Context())
    assert isinstance(refused.exception, segl.InputError)
    assert str(refused.exception) == "desk.zip holds a display, not a reader; choose another name."
    path.write_bytes(b"no device")
    with pytest.raises(segl.InputError, match="not a saved device"):
        state.seed_of(path)
    result = CliRunner().invoke(sim, ["up", "--state", str(path)], obj=Context())
    assert isinstance(result.exception, segl.InputError)
