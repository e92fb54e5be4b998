"""The command line, run on a device in memory."""

import pytest
from click.testing import CliRunner, Result

import segl
from segl.cli import main
from segl.cli.context import Context
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
