"""The Python on docs/simulator.md runs as one program; what it says of the shell is what `segl sim up` says."""

from pathlib import Path

import pytest

from segl_sim import cli
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "simulator.md"


def test_the_examples_run_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    exec(compile("\n".join(blocks(PAGE, "python")), str(PAGE), "exec"), {"__name__": "page"})
    assert (tmp_path / "screen.png").exists()


@pytest.mark.parametrize("device", ["_HELP", "_READER_HELP"])
def test_the_commands_of_sim_up_are_listed(device: str):
    text = PAGE.read_text(encoding="utf-8")
    for command in vars(cli)[device].partition(";")[0].split(", "):
        assert f"`{command}`" in text
