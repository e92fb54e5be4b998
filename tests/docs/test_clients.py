"""docs/clients.md lists every option of `segl sim run` and every command of the control port, as they are."""

import json
import re
from pathlib import Path

import pytest

from segl_sim import World, cli
from segl_sim.ports.controls import COMMANDS, Controls
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "clients.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINES = [json.loads(line) for line in re.findall(r'`(\{"do": .*?\})`', TEXT)]


def test_every_option_of_run_is_listed_and_no_other() -> None:
    options = {name for option in cli.run.params for name in option.opts if name.startswith("--")}
    listed = re.findall(r"^\| `(--\w+).*?\|", TEXT, re.MULTILINE)
    assert {*listed, "--seed"} == options


def test_every_command_of_the_control_port_is_listed_with_all_that_it_takes() -> None:
    listed: dict[str, set[str]] = {}
    for line in LINES:
        listed.setdefault(line["do"], set()).update(line.keys() - {"do", "device"})
    own = {"devices": set(), "time": set(), "advance": {"seconds"}}
    assert listed == {**own, **{name: set(command.takes) for name, command in COMMANDS.items()}}


def test_the_examples_in_python_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for block in blocks(PAGE, "python"):
        exec(compile(block, str(PAGE), "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == "half a virtual second later\n"


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["do"])
def test_what_is_listed_is_taken(line: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    asked = {name: str(folder / "file") if value == "FILE" else value for name, value in line.items()}
    with World(seed=1, engine="cpython") as world:
        devices = [world.code_display(), world.audio_reader(), world.chip()]
        controls = Controls(devices, still=True)
        if asked["do"] not in ("devices", "time", "advance") and "device" not in asked:
            kind = COMMANDS[str(asked["do"])].kind
            asked["device"] = next(one.name for one in devices if isinstance(one, kind))
        controls.do(asked)
