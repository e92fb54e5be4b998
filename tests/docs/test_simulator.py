"""The Python on docs/simulator.md runs as one program; what it says of the shell is what `segl sim up` says."""

import re
from pathlib import Path

import pytest

from segl.cli.group import main
from segl_sim import CodeDisplay, cli, console
from segl_sim.devices import KINDS
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "simulator.md"


def test_the_examples_run_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    exec(compile("\n".join(blocks(PAGE, "python")), str(PAGE), "exec"), {"__name__": "page"})
    assert (tmp_path / "screen.png").exists()


def test_the_options_and_kinds_of_sim_up_are_its_own():
    [text] = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("**`segl sim up`**")
    ]
    options = {name for option in cli.up.params for name in option.opts if name.startswith("--")}
    everywhere = {name for option in main.params for name in option.opts} - {"--device"}
    assert set(re.findall(r"--\w+", text)) == options - everywhere
    assert set(re.findall(r"`segl sim up (\w+)`", text)) == set(KINDS) - {CodeDisplay.short_name}


@pytest.mark.parametrize("device", ["_HELP", "_READER_HELP", "_CHIP_HELP"])
def test_the_commands_of_sim_up_are_listed(device: str):
    text = PAGE.read_text(encoding="utf-8")
    for command in vars(console)[device].partition(";")[0].split(", "):
        assert f"`{command}`" in text
