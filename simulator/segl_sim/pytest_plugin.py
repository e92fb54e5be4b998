"""Segl's pytest plugin: fixtures with simulated authenticators, for tests of the login of a service.

pytest loads this file for everybody who has Segl installed, so it loads the simulator only when a fixture is used.
`-p no:segl` leaves it out.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import pytest

from segl_sim import pytest_options

if TYPE_CHECKING:
    from segl_sim.testing import Devices, Faults, OwnedChip, OwnedDisplay, OwnedReader
    from segl_sim.testing.scene import Scene
    from segl_sim.world import World

CHIP_PIN = "2580"


class _Played(NamedTuple):
    scene: Scene
    factory: pytest.TempPathFactory


_PLAYED = pytest.StashKey[_Played]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    pytest_options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the settings."""
    pytest_options.check(config)


# --- what a project may override


@pytest.fixture
def segl_seed(request: pytest.FixtureRequest) -> int:
    """The seed of the test's world: --segl-seed, or 0; override it for worlds that differ."""
    return pytest_options.setting(request.config, "segl_seed")


@pytest.fixture
def segl_engine(request: pytest.FixtureRequest) -> str:
    """What runs the firmware: --segl-engine, or "micropython"."""
    return pytest_options.setting(request.config, "segl_engine")


@pytest.fixture
def segl_utc(request: pytest.FixtureRequest) -> int | None:
    """When the test's world begins, in Unix seconds: --segl-utc, or None for now; override it for a frozen clock."""
    return pytest_options.setting(request.config, "segl_utc")


@pytest.fixture
def segl_chip_pin() -> str | None:
    """The PIN that chips come with, so that they can verify their user; override it, None for none."""
    return CHIP_PIN


# --- what tests use


@pytest.fixture
def segl_scene(
    request: pytest.FixtureRequest,
    segl_seed: int,
    segl_engine: str,
    segl_utc: int | None,
    segl_chip_pin: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """What the other fixtures share, even where a project has a `world` of its own."""
    from segl_sim.testing.scene import Scene

    scene = Scene(segl_seed, segl_engine, segl_utc, segl_chip_pin)
    request.node.stash[_PLAYED] = _Played(scene, tmp_path_factory)
    yield scene
    scene.close()


@pytest.fixture
def world(segl_scene: Scene) -> World:
    """Virtual time, which begins now and moves only when a test or a device's connection lets it."""
    return segl_scene.world


@pytest.fixture
def devices(segl_scene: Scene) -> Devices:
    """A maker of devices: three code displays by `devices(3)`, two chips by `devices(2, "chip")`; readers too."""
    return segl_scene.devices


@pytest.fixture
def code_display(segl_scene: Scene) -> OwnedDisplay:
    """A code display with one key, `code_display.account`, switched off; press it."""
    return segl_scene.devices(1, "display")[0]


@pytest.fixture
def audio_reader(segl_scene: Scene) -> OwnedReader:
    """An audio code reader with one key, `audio_reader.account`, switched off; press it."""
    return segl_scene.devices(1, "reader")[0]


@pytest.fixture
def chip(segl_scene: Scene) -> OwnedChip:
    """A security key, plugged in, with the PIN `chip.pin`; `chip.browser(origin)` uses it."""
    return segl_scene.devices(1, "chip")[0]


@pytest.fixture
def faults() -> Faults:
    """What can go wrong: faults.cut_power(code_display), faults.stop_clock(code_display) ..."""
    from segl_sim.testing import Faults

    return Faults()


# --- what a failed test tells


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the devices showed, said and sent; reports carry it from xdist's workers too."""
    report = yield
    played = item.stash.get(_PLAYED, None)
    if played and report.failed:
        report.sections += _sections(item, played)
    if played and (report.failed or call.when == "teardown"):
        del item.stash[_PLAYED]  # items live as long as the session, and a world is large
    return report


def _sections(item: pytest.Item, played: _Played) -> list[tuple[str, str]]:
    from segl_sim.testing.report import sections

    world = played.scene.world
    try:
        root = os.path.relpath(item.config.rootpath, item.config.invocation_params.dir)
        test = shlex.quote(item.nodeid if root == "." else f"{root}/{item.nodeid}")
        command = f"pytest {test} --segl-engine={world.engine} --segl-seed={world.seed}"
        return sections(played.scene, command, _folder(item, played.factory))
    except Exception as error:  # whatever it is, it must not hide why the test failed
        return [("segl", f"The devices' part of this report could not be made: {error!r}")]


def _folder(item: pytest.Item, factory: pytest.TempPathFactory) -> Path:
    chosen: str | None = item.config.getoption("segl_artifacts")
    name = re.sub(r"[^\w.]+", "-", item.nodeid).strip("-")[-80:]
    if chosen is None:
        return factory.mktemp(name)
    folder = item.config.invocation_params.dir / chosen / f"{name}-{crc32(item.nodeid.encode()):08x}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
