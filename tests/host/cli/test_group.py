"""The commands together: help, the choice of a device, exit codes, the accessible voice."""

import re
from importlib.metadata import EntryPoint

import click
import pytest

import segl
from segl.cli import group
from segl.cli.context import Context
from segl_wire import schema
from tests.host.cli.support import URI, Run, lines
from tests.host.fake_device import FakeDevice


def test_help_lists_every_command_and_loads_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("sim", "nothing.like:this", "x"), EntryPoint("extra", "nothing.like:this", "x")]
    monkeypatch.setattr(group, "entry_points", lambda group: points)
    result = run("--help")
    assert result.exit_code == 0
    names = "devices info code check fido provision sign-file speak time verify-file voice wipe sim extra"
    for name in names.split():
        assert re.search(rf"^  {name} +\w", result.stdout, re.M)
    assert run("sim").exit_code == 2
    assert 'needs the package "nothing"' in run("sim").stderr


@click.command()
def brought() -> None:
    """Say hello."""
    click.echo("hello")


def test_other_packages_bring_commands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("hello", "tests.host.cli.test_group:brought", "x")]
    monkeypatch.setattr(group, "entry_points", lambda group: points)
    assert run("hello").stdout == "hello\n"


@pytest.mark.parametrize(
    "name",
    ["devices", "info", "code", "check", "provision", "sign-file", "speak", "time", "verify-file", "wipe"],
)
def test_every_command_has_help(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_version_and_wrong_use(run: Run) -> None:
    assert segl.__version__ in run("--version").stdout
    assert run("nonsense").exit_code == 2
    assert run("info", "--nonsense").exit_code == 2
    error = lines(run("--json", "nonsense").stderr)[0]
    assert (error["code"], error["exit"]) == ("USAGE", 2)


def test_exactly_one_device_is_used_unless_named(run: Run) -> None:
    assert run("info").exit_code == 0
    none = run("info", found=0)
    assert (none.exit_code, none.stdout) == (3, "")
    several = run("info", found=2)
    assert several.exit_code == 4
    assert "fake:0" in several.stderr
    assert "fake:1" in several.stderr
    assert run("info", "--device", "fake:1", found=2).exit_code == 0
    assert run("--device", "fake:1", "info", found=2).exit_code == 0


def test_the_environment_names_a_device_and_the_accessible_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGL_DEVICE", "fake:7")
    for value, accessible in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("ACCESSIBLE", value)
        assert (Context().device, Context().accessible) == ("fake:7", accessible)


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (segl.NotFound("x"), 3, "NO_DEVICE"),
        (segl.Permission("x"), 5, "PERMISSION"),
        (segl.Busy("x"), 1, "DEVICE_IN_USE"),
        (segl.Lost("x"), 1, "NO_ANSWER"),
        (segl.ProtocolError("x"), 8, "PROTOCOL"),
        (segl.InputError("x"), 2, "USAGE"),
        (segl.SeglError("x"), 1, "FAILURE"),
        (segl.PinError("PIN_BLOCKED", "x"), 6, "PIN_BLOCKED"),
        (segl.ChipError("OPERATION_DENIED", "x"), 7, "OPERATION_DENIED"),
        (segl.ChipError("USER_ACTION_TIMEOUT", "x"), 7, "USER_ACTION_TIMEOUT"),
        (segl.ChipError("KEEPALIVE_CANCEL", "x"), 7, "KEEPALIVE_CANCEL"),
        (segl.ChipError("INVALID_COMMAND", "x"), 9, "INVALID_COMMAND"),
        (segl.ChipError("KEY_STORE_FULL", "x"), 1, "KEY_STORE_FULL"),
        (segl.DeviceError(schema.UNKNOWN_COMMAND), 9, "UNKNOWN_COMMAND"),
        (segl.DeviceError(schema.BAD_FIELD), 8, "BAD_FIELD"),
        (segl.DeviceError(schema.REFUSED), 7, "REFUSED"),
        (segl.DeviceError(schema.TIMEOUT), 7, "TIMEOUT"),
        (segl.DeviceError(schema.CANCELLED), 7, "CANCELLED"),
        (segl.DeviceError(schema.FULL), 1, "FULL"),
    ],
)
def test_each_error_has_its_exit_code_and_its_word(
    run: Run, device: FakeDevice, error: Exception, code: int, word: str
) -> None:
    def fail() -> None:
        raise error

    device.on_read = fail
    plain = run("info")
    assert (plain.exit_code, plain.stderr) == (code, f"Error: {error}\n")
    objects = run("info", "--json")
    assert objects.exit_code == code
    assert lines(objects.stderr) == [{"error": str(error), "code": word, "exit": code}]


def test_the_accessible_voice_is_letters_digits_and_punctuation(run: Run, device: FakeDevice) -> None:
    device.info["open"] = 600
    device.key["name"] = "Bank"
    for args in (
        ["devices"],
        ["info"],
        ["code"],
        ["provision", URI],
        ["time"],
        ["wipe", "--yes"],
        ["--help"],
    ):
        result = run(*args, accessible=True)
        assert re.fullmatch(r"[ -~\n]*", result.output)
        if args != ["--help"]:
            assert all(": " in line for line in result.stdout.splitlines())
