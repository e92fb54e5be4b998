"""`check`: each code once, those of counters within a window."""

import json
from pathlib import Path

import pyotp

from tests.host.cli.support import NOW, SECRET, URI, Run, lines


def test_check_takes_the_line_that_code_says_to_a_screen_reader(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(URI)
    code = pyotp.totp.TOTP(SECRET).at(int(NOW))
    assert (
        run("check", f"code: {' '.join(code[:3])}  {' '.join(code[3:])}", "--key", str(path)).exit_code == 0
    )


def test_check_accepts_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(URI)
    path.chmod(0o644)
    code = pyotp.totp.TOTP(SECRET).at(int(NOW))
    good = run("check", code[:3], code[3:], "--key", str(path))
    assert (good.exit_code, good.stdout) == (0, "accepted\n")
    assert "chmod 600" in good.stderr
    again = run("check", code, "--key", str(path))
    assert (again.exit_code, again.stdout) == (10, "refused\n")
    assert again.stderr == "This code was used before; wait for the next one.\n"
    objects = run("check", code, "--key", str(path), "--json")
    assert objects.exit_code == 10
    assert lines(objects.stdout)[0]["accepted"] is False
    later = pyotp.totp.TOTP(SECRET).at(int(NOW) + 30)
    assert lines(run("check", later, "--key", str(path), "--json").stdout) == [
        {"accepted": True, "result": "accepted", "distance": 1}
    ]


def test_check_of_counter_codes_looks_ahead(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"otpauth://hotp/a?secret={SECRET}&counter=0")
    assert run("check", "520489", "--key", str(path), "--window", "5").exit_code == 10
    assert run("check", "520489", "--key", str(path)).exit_code == 0
    assert run("check", "520489", "--key", str(path)).exit_code == 10
    assert run("check", "755224", "--key", str(path), "--counter", "0").exit_code == 10
    assert json.loads(path.read_text())["next_counter"] == 10


def test_check_of_what_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert run("check", "123456", "--key", str(path)).exit_code == 2
    path.write_text(URI)
    assert run("check", "12345", "--key", str(path)).exit_code == 2
    assert run("check", "--key", str(path)).exit_code == 2
