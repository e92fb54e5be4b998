"""The wheel holds what DESIGN promises, and nothing else."""

import configparser
import hashlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIST_INFO = f"segl-{PROJECT['version']}.dist-info/"
PACKAGES = {"segl": "host", "segl_wire": "firmware", "segl_sim": "simulator"}
DATA = "segl_sim/_data/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel as a user's pip would, but with the tools that are here already."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    (path,) = folder.iterdir()
    assert path.name == f"segl-{PROJECT['version']}-py3-none-any.whl"
    return zipfile.ZipFile(path)


def _files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_data" not in path.parts
    }


def test_it_holds_exactly_three_packages(wheel: zipfile.ZipFile) -> None:
    assert {name.partition("/")[0] for name in wheel.namelist()} == {*PACKAGES, DIST_INFO.rstrip("/")}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_whole_and_nothing_more(wheel: zipfile.ZipFile, package: str) -> None:
    here = {f"{package}/{name}" for name in _files_below(ROOT / PACKAGES[package] / package)}
    there = {
        name for name in wheel.namelist() if name.startswith(f"{package}/") and not name.startswith(DATA)
    }
    assert there == here


def test_the_firmware_lies_inside_the_simulator(wheel: zipfile.ZipFile) -> None:
    below = DATA + "firmware/"
    there = {name.removeprefix(below) for name in wheel.namelist() if name.startswith(below)}
    assert there == {
        name for name in _files_below(ROOT / "firmware") if name.endswith((".py", ".pack", ".comb"))
    }
    for name in there:
        assert wheel.read(below + name) == (ROOT / "firmware" / name).read_bytes()


def test_byte_code_and_interpreter_lie_beside_it(wheel: zipfile.ZipFile) -> None:
    data = {name.removeprefix(DATA) for name in wheel.namelist() if name.startswith(DATA)}
    assert {name.partition("/")[0] for name in data} == {"micropython.wasm", "firmware", "compiled"}
    assert any(name.startswith("compiled/") and name.endswith(".mpy") for name in data)
    wasm = wheel.read(DATA + "micropython.wasm")
    assert hashlib.sha256(wasm).hexdigest() == hatch_build.WASM_SHA256


def test_licenses_and_entry_points(wheel: zipfile.ZipFile) -> None:
    for name in ("LICENSE", "NOTICE"):
        assert wheel.read(f"{DIST_INFO}licenses/{name}") == (ROOT / name).read_bytes()
    assert b"Damien P. George" in wheel.read(f"{DIST_INFO}licenses/NOTICE")
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(f"{DIST_INFO}entry_points.txt").decode())
    assert entry_points["console_scripts"]["segl"] == "segl.cli:main"
    assert set(entry_points["segl.commands"]) == {"sim", "demo", "firmware"}
    assert set(entry_points["segl.transports"]) == {"sim"}


def test_every_entry_point_leads_into_the_wheel(wheel: zipfile.ZipFile) -> None:
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(f"{DIST_INFO}entry_points.txt").decode())
    modules = {
        target.partition(":")[0].replace(".", "/")
        for group in entry_points.values()
        for target in group.values()
    }
    names = set(wheel.namelist())
    assert {m for m in modules if not {f"{m}.py", f"{m}/__init__.py"} & names} == set()
