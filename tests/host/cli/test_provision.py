"""`provision`: from every source, within the window, and nothing left behind."""

import stat
from base64 import b32encode
from pathlib import Path

import pyotp
import pytest

from segl_wire import schema
from tests.host.cli.support import SECRET, URI, Run, lines
from tests.host.fake_device import FakeDevice


def opens_after(device: FakeDevice, polls: int) -> None:
    """The user opens the provisioning window after so many reads."""
    count = 0

    def read() -> None:
        nonlocal count
        count += 1
        if count == polls:
            device.info["open"] = 600

    device.on_read = read


def test_provision_from_every_source(run: Run, device: FakeDevice, tmp_path: Path) -> None:
    device.info["open"] = 600
    secret = tmp_path / "secret"
    secret.write_text("gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n")
    for result in (
        run("provision", URI),
        run("provision", "-", input=URI + "\n"),
        run("provision", input=URI + "\n"),
        run("provision", "--secret-file", str(secret), "--name", "Bank: alice"),
        run("provision", "--secret-file", "-", "--name", "Bank: alice", "--totp", input=SECRET),
    ):
        assert result.exit_code == 0, result.stderr
        assert result.stdout == "Stored as key 3: Bank: alice\n"
        assert SECRET not in result.output
    stored = [fields for command, fields in device.requests if command == schema.PROVISION]
    assert len(stored) == 5
    for fields in stored:
        assert (fields["name"], fields["secret"]) == ("Bank: alice", b"12345678901234567890")
        assert (fields["utc"], fields["sequence"]) == (1_800_000_000, 1_800_000_000_500)


def test_provision_takes_what_is_said_beside_the_uri(run: Run, device: FakeDevice) -> None:
    device.info.update(open=600, sequence=2**60)
    changes = [
        "--name",
        "Mine",
        "--hotp",
        "--digits",
        "8",
        "--algorithm",
        "sha256",
        "--counter",
        "7",
        "--language",
        "da",
    ]
    assert run("provision", URI, *changes, "--replace").exit_code == 0
    fields = device.requests[-1][1]
    assert fields == {
        "name": "Mine", "kind": 1, "algorithm": 2, "digits": 8, "counter": 7,
        "secret": b"12345678901234567890", "utc": 1_800_000_000, "sequence": 2**60 + 1,
        "language": "da", "replace": True,
    }  # fmt: skip


def test_a_new_key_is_printed_or_saved(run: Run, device: FakeDevice, tmp_path: Path) -> None:
    device.info["open"] = 600
    first, second = run("provision", "--new"), run("provision", "--new", "--json")
    assert first.stdout.startswith("otpauth://totp/Segl?secret=")
    assert lines(second.stdout)[0]["uri"] != first.stdout.strip()
    assert len(device.requests[-1][1]["secret"]) == 20
    path = tmp_path / "key"
    saved = run("provision", "--new", "--hotp", "--save", str(path))
    assert saved.exit_code == 0
    assert "otpauth" not in saved.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code = pyotp.hotp.HOTP(b32encode(device.requests[-1][1]["secret"]).decode()).at(0)
    assert run("check", code, "--key", str(path)).exit_code == 0
    assert run("provision", "--new", "--save", str(path)).exit_code == 2


def test_a_key_file_does_not_outlive_a_failed_provisioning(
    run: Run, device: FakeDevice, tmp_path: Path
) -> None:
    device.info["open"] = 600
    device.errors[schema.PROVISION] = (schema.FULL, None)
    assert run("provision", "--new", "--save", str(tmp_path / "key")).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_provision_waits_for_the_window(run: Run, device: FakeDevice) -> None:
    opens_after(device, 40)
    result = run("provision", URI, accessible=True)
    assert result.exit_code == 0
    assert "five seconds" in result.stderr
    assert "step 1 of 3: " in result.stderr
    assert "still waiting, 55 seconds left" in result.stderr
    assert result.stdout == "index: 3\nname: Bank: alice\n"


def test_provision_gives_up_when_the_window_stays_closed(run: Run, device: FakeDevice) -> None:
    result = run("provision", URI)
    assert result.exit_code == 7
    assert device.time == 60
    polled = len(device.requests)
    at_once = run("provision", URI, "--no-input", "--json")
    assert at_once.exit_code == 7
    assert len(device.requests) == polled + 2
    assert lines(at_once.stderr)[0]["code"] == "CLOSED"


@pytest.mark.parametrize(
    "args",
    [
        ["otpauth://totp/a?secret=1"], ["hello"], [URI, "--new"], ["--no-input"], [URI, "--period", "31"],
        ["--secret-file", "/dev/null"], ["--secret-file", "/dev/null", "--name", "x"], [URI, "--digits", "5"],
        ["--new", "--name", "x" * 33],
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_touches_nothing(run: Run, device: FakeDevice, args: list[str]) -> None:
    result = run("provision", *args)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert device.requests == []
