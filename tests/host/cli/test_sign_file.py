"""`sign-file` and `verify-file`: signatures that OpenSSH accepts, with a key on the chip's own firmware."""

from pathlib import Path

import pytest

from segl.ssh.private import read_key, save_key
from tests.host.chips import PIN
from tests.host.cli.support import Run, lines
from tests.host.ssh.keys import SoftKey, ssh_keygen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "contract"
    file.write_bytes(b"a contract\n")
    return file


@pytest.mark.parametrize("engine", ["micropython"])
def test_what_the_chip_signs_ssh_keygen_and_verify_file_accept(fido: Run, file: Path, tmp_path: Path) -> None:
    key, signature, signers = tmp_path / "id", tmp_path / "contract.sig", tmp_path / "signers"
    made = fido("sign-file", str(file), "--new-key", str(key))
    assert made.exit_code == 0, made.stderr
    assert made.stdout == f"New key: {key}, {key}.pub\nSigned: {signature}\n"
    assert made.stderr == "Touch the chip: its light blinks green.\n" * 2
    assert ssh_keygen("-y", "-f", key).returncode == 0
    signers.write_text(f"alice@example.com {(tmp_path / 'id.pub').read_text()}")
    real = ssh_keygen(
        "-Y", "verify", "-f", signers, "-I", "alice@example.com", "-n", "file", "-s", signature,
        data=file.read_bytes(),
    )  # fmt: skip
    assert real.returncode == 0, real.stderr
    allowed = ("--allowed-signers", str(signers), "--identity")
    assert fido("verify-file", str(file), *allowed, "alice@example.com").stdout.startswith(
        "accepted: sk-ecdsa"
    )
    assert fido("verify-file", str(file), *allowed, "bob@example.com").exit_code == 10
    mine = fido("verify-file", str(file), str(signature), "--public-key", f"{key}.pub", "--json")
    assert lines(mine.stdout)[0] == {
        "accepted": True,
        "result": "accepted",
        "identity": None,
        "key": read_key(key).public.fingerprint,
        "kind": "sk-ecdsa-sha2-nistp256@openssh.com",
        "verified": False,
    }
    file.write_bytes(b"another contract\n")
    changed = fido("verify-file", str(file), "--public-key", f"{key}.pub")
    assert (changed.exit_code, changed.stdout) == (10, "refused\n")
    assert "was changed" in changed.stderr
    refused = fido("verify-file", str(file), "--public-key", f"{key}.pub", "--json")
    assert lines(refused.stdout)[0]["result"] == "refused"


def test_a_signature_goes_where_it_is_told(fido: Run, file: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "id", tmp_path / "out"
    piped = fido("sign-file", "-", "--new-key", str(key), input=file.read_bytes())
    assert piped.stdout.startswith("-----BEGIN SSH SIGNATURE-----\n")
    assert f"New key: {key}" in piped.stderr
    out.write_text(piped.stdout)
    public = ("--public-key", f"{key}.pub")
    assert fido("verify-file", "-", str(out), *public, input=file.read_bytes()).exit_code == 0
    assert fido("verify-file", "-", *public, input=b"").exit_code == 2
    assert fido("sign-file", str(file), "--key", str(key), "-o", str(out), "--no-input").exit_code == 2
    kept = fido("sign-file", str(file), "--key", str(key), "-o", str(out), input="n\n")
    assert (kept.exit_code, out.read_text()) == (1, piped.stdout)
    new = fido(
        "sign-file", str(file), "--key", str(key), "-o", str(out), "--yes", "--namespace", "git", "--json"
    )
    assert lines(new.stdout)[0]["namespace"] == "git"
    assert fido("verify-file", str(file), str(out), *public).exit_code == 10
    assert fido("verify-file", str(file), str(out), *public, "--namespace", "git").exit_code == 0


def test_a_key_may_need_the_pin(fido: Run, file: Path, tmp_path: Path) -> None:
    key, arguments = tmp_path / "id", ("--new-key", str(tmp_path / "id"), "--verify-required")
    assert fido("sign-file", *arguments).exit_code == 6
    fido("fido", "pin", "set", "--pin-stdin", input=PIN)
    assert fido("sign-file", *arguments, "--pin-stdin", input="0000").exit_code == 6
    made = fido("sign-file", *arguments, "--pin-stdin", "--json", input=PIN)
    assert lines(made.stdout)[0]["private_key"] == str(key)
    assert fido("sign-file", str(file), "--key", str(key), input=f"{PIN}\n").exit_code == 0
    checked = fido("verify-file", str(file), "--public-key", f"{key}.pub", "--json")
    assert lines(checked.stdout)[0]["verified"] is True


def test_a_key_of_another_chip_is_told(fido: Run, file: Path, tmp_path: Path) -> None:
    save_key(tmp_path / "id", SoftKey().file)
    other = fido("sign-file", str(file), "--key", str(tmp_path / "id"), "--json")
    assert other.exit_code == 1
    assert lines(other.stderr)[-1]["code"] == "NO_CREDENTIALS"
    assert not (tmp_path / "contract.sig").exists()


def test_the_usual_key_is_the_one_that_openssh_makes(
    fido: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert "make one with --new-key" in fido("sign-file", str(file)).stderr
    (tmp_path / ".ssh").mkdir()
    assert fido("sign-file", "--new-key", str(tmp_path / ".ssh" / "id_ecdsa_sk")).exit_code == 0
    assert fido("sign-file", str(file)).exit_code == 0


@pytest.mark.parametrize(
    "args",
    [
        ["sign-file"],
        ["sign-file", "FILE", "--key", "x", "--new-key", "y"],
        ["sign-file", "FILE", "--verify-required"],
        ["sign-file", "-", "--key", "x", "--pin-stdin"],
        ["sign-file", "FILE", "--key", "nothing"],
        ["sign-file", "nothing", "--new-key", "y"],
        ["sign-file", "FILE", "--new-key", "FILE"],
        ["sign-file", "FILE", "--new-key", "y", "--namespace", ""],
        ["verify-file", "FILE"],
        ["verify-file", "FILE", "--allowed-signers", "x"],
        ["verify-file", "FILE", "--public-key", "x"],
        ["verify-file", "FILE", "FILE", "--public-key", "FILE"],
        ["verify-file", "FILE", "/dev/null/x", "--public-key", "FILE"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_sentence(
    fido: Run, file: Path, args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    result = fido(*(str(file) if word == "FILE" else word for word in args))
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert not (file.parent / "y").exists()
