"""`time` and `wipe`: both change the device, and `wipe` asks first."""

from segl_wire import schema
from tests.host.cli.support import Run, lines
from tests.host.fake_device import FakeDevice


def test_time(run: Run, device: FakeDevice) -> None:
    device.info["open"] = 600
    assert run("time").stdout == "utc: 2027-01-15 08:00:00\n"
    assert lines(run("time", "--json").stdout) == [{"utc": 1_800_000_000}]
    assert device.requests[-1] == (schema.TIME, {"utc": 1_800_000_000, "sequence": 1_800_000_000_500})


def test_wipe_asks_first(run: Run, device: FakeDevice) -> None:
    no = run("wipe", input="n\n")
    assert (no.exit_code, device.requests) == (1, [])
    assert run("wipe", "--no-input").exit_code == 2
    missing = run("wipe", input="")
    assert missing.exit_code == 1
    assert "--yes" in missing.stderr
    assert device.requests == []
    yes = run("wipe", input="y\n")
    assert (yes.exit_code, yes.stdout) == (0, "Every key is erased.\n")
    assert "Hold the key" in run("wipe", "--yes", "--no-input").stderr
    assert lines(run("wipe", "--yes", "--json").stdout) == [{"wiped": True}]
