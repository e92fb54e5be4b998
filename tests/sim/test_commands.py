"""`segl demo` and `segl sim up` as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

import segl
from segl.cli.context import Context
from segl_sim import state
from segl_sim.cli import sim
from segl_sim.demo import demo


def tour(out: Path, context: Context | None = None) -> str:
    result = CliRunner().invoke(demo, ["--out", str(out), "--seed", "1"], obj=context or Context())
    assert result.exit_code == 0, result.output
    return result.output


def test_the_tour_shows_the_screen_checks_three_codes_and_saves_pictures(tmp_path: Path):
    said = tour(tmp_path)
    assert said.count("the same code") == 3
    assert "codes accepted by pyotp: 3" in said
    assert "⣿" in said
    pictures = sorted(path.name for path in tmp_path.glob("*.png"))
    assert len(pictures) == 6
    with Image.open(tmp_path / "4-code.png") as picture:
        assert picture.size == (512, 256)
        assert len(picture.getcolors() or []) == 2


def test_the_accessible_tour_is_plain_text_with_separated_digits(tmp_path: Path):
    said = tour(tmp_path, Context(accessible=True))
    assert said.isascii()
    assert "step 6 of 6" in said
    assert "No key yet" in said
    code = next(line for line in said.splitlines() if line.startswith("screen: code"))
    assert len(code.split("code ")[1].split(".")[0].replace(" ", "")) == 6


def test_the_json_tour_is_one_object(tmp_path: Path):
    assert json.loads(tour(tmp_path, Context(json=True)))["codes accepted by pyotp"] == 3


def test_the_same_seed_gives_the_same_codes(tmp_path: Path):
    def codes(folder: Path) -> list[str]:
        said = tour(folder, Context(accessible=True))
        return [line for line in said.splitlines() if "real time" not in line and "virtual time" not in line]

    assert len(codes(tmp_path)) == len(codes(tmp_path))


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


def test_sim_up_ends_with_its_input():
    assert simulate("")[0].startswith("url:")


def test_sim_up_keeps_its_device_in_a_file(tmp_path: Path):
    path = tmp_path / "desk.zip"
    simulate("quit\n", "--state", str(path))
    assert state.seed_of(path) == 1
    simulate("quit\n", "--state", str(path))
    path.write_bytes(b"no device")
    with pytest.raises(segl.InputError, match="not a saved device"):
        state.seed_of(path)
    result = CliRunner().invoke(sim, ["up", "--state", str(path)], obj=Context())
    assert isinstance(result.exception, segl.InputError)
