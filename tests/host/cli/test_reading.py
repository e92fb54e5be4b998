"""What can be had of a device that is set up: `devices`, `info` and `code`, in every voice."""

from segl_wire import frame, schema
from tests.host.cli.support import Run, lines
from tests.host.fake_device import FakeDevice


def test_devices(run: Run) -> None:
    assert run("devices", found=2).stdout.splitlines()[1] == "fake:1  Segl code display  SGCD 1"
    assert lines(run("devices", "--json", found=2).stdout)[0] == {
        "url": "fake:0", "model": "Segl code display", "serial": "SGCD 0",
    }  # fmt: skip
    none = run("devices", found=0)
    assert (none.exit_code, none.stdout) == (0, "")
    assert run("devices", accessible=True).stdout.splitlines() == [
        "url: fake:0",
        "model: Segl code display",
        "serial: SGCD 0",
    ]


def test_info_in_every_voice(run: Run, device: FakeDevice) -> None:
    plain = run("info").stdout
    assert "utc: 2027-01-15 08:00:00\n" in plain
    assert "battery: 2950 mV\n" in plain
    assert "set up: no\n" in plain
    assert "key 0: Bank: æøå, totp, SHA1, 6 digits\n" in plain
    assert lines(run("info", "--json").stdout)[0]["battery"] == 2950
    device.info["utc"] = 2**62
    device.info["open"] = 9
    assert f"utc: {2**62} s since 1970\n" in run("info").stdout
    del device.info["utc"]
    lost = run("info").stdout
    assert "utc" not in lost
    assert "set up: for another 9 s" in lost


def test_code_in_every_voice(run: Run) -> None:
    plain = run("code")
    assert plain.stdout == "012 345\n"
    assert "Press the key" in plain.stderr
    assert "another 21 s" in plain.stderr
    accessible = run("code", accessible=True)
    assert accessible.stdout == "code: 0 1 2  3 4 5\n"
    assert "step 1 of 2: " in accessible.stderr
    objects = run("code", "--json", "--index", "2")
    assert lines(objects.stdout) == [{"code": "012345", "remaining": 21}]
    assert lines(objects.stderr) == [{"note": "Press the key on the device to release the code."}]


def test_code_not_released(run: Run, device: FakeDevice) -> None:
    device.errors[schema.CODE] = (schema.TIMEOUT, None)
    result = run("code")
    assert (result.exit_code, result.stdout) == (7, "")


def test_ctrl_c_is_quiet_and_cancels(run: Run, device: FakeDevice) -> None:
    device.pressed = False

    def interrupt() -> None:
        if schema.CODE in device.sent():
            device.on_read = lambda: None
            raise KeyboardInterrupt

    device.on_read = interrupt
    result = run("code")
    assert result.exit_code == 130
    assert result.stdout == ""
    assert result.stderr.splitlines()[1:] in ([], [""])
    assert device.sent() == [schema.INFO, schema.CODE, schema.CANCEL]


def test_a_device_that_talks_nonsense(run: Run, device: FakeDevice) -> None:
    device.before = frame.encode(b"\xff")
    assert run("info").exit_code == 8
