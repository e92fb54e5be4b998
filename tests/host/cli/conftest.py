"""The command line, run on a device in memory, or on a chip."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

import segl
from segl.cli import main
from segl.cli.context import Context
from segl_sim import Chip, World
from segl_sim.ports.inprocess import InProcessConnection
from tests.host.chips import Owner
from tests.host.cli.support import NOW, Run
from tests.host.fake_device import FakeDevice


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def run(device: FakeDevice, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("SEGL_DEVICE", raising=False)
    monkeypatch.delenv("ACCESSIBLE", raising=False)

    def run(*args: str, found: int = 1, accessible: bool = False, **extra: object) -> Result:
        context = Context(
            accessible=accessible,
            find=lambda: [segl.Found(f"fake:{i}", "Segl code display", f"SGCD {i}") for i in range(found)],
            open_url=lambda url: device,
            now=lambda: NOW,
        )
        result = CliRunner().invoke(main, args, obj=context, **extra)  # type: ignore[arg-type]
        assert not isinstance(result.exception, Exception), result.exception  # SystemExit only
        return result

    return run


@pytest.fixture
def engine() -> str:
    """The quick one, unless a test says otherwise."""
    return "cpython"


@pytest.fixture
def chip(engine: str) -> Iterator[Chip]:
    """A chip, plugged in, with an owner who does what its light asks for."""
    with World(seed=1, engine=engine) as world:
        chip = world.chip()
        chip.plug()
        Owner(chip)
        yield chip


@pytest.fixture
def fido(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line on it; while nobody has it open, time passes as the command sleeps."""
    monkeypatch.delenv("SEGL_DEVICE", raising=False)
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    found = segl.Found("hid:chip", "Segl chip", "SGCH00000001", "serial:chip")

    def fido(*args: str, accessible: bool = False, **extra: object) -> Result:
        context = Context(
            accessible=accessible,
            find=lambda: [found] if chip.usb_host.configured else [],
            open_url=lambda url: InProcessConnection(chip),
            open_fido=lambda url: chip.connect_fido(),
            now=lambda: NOW,
            sleep=chip.world.advance,
        )
        result = CliRunner().invoke(main, args, obj=context, **extra)  # type: ignore[arg-type]
        assert not isinstance(result.exception, Exception), result.exception  # SystemExit only
        return result

    return fido
