"""`fido credentials` and `fido blobs`: what a chip keeps for its owner."""

from base64 import b64decode
from pathlib import Path

import pytest
from click.testing import Result

from segl.chip import Chip as Session
from segl_sim import Chip
from tests.host.chips import PIN, passkey
from tests.host.cli.support import Run, lines


@pytest.fixture
def ids(chip: Chip) -> list[str]:
    """A chip with a PIN and three accounts, of which the first two may have a blob."""
    with Session(chip.connect_fido()) as session:
        session.set_pin(PIN)
        return [
            passkey(session, "alice", "example.com", credProtect=3, largeBlobKey=True).hex(),
            passkey(session, "bob", "example.org", largeBlobKey=True).hex(),
            passkey(session, "ca\x1b[2Jrol", "example.org").hex(),
        ]


@pytest.fixture
def fido_pin(fido: Run) -> Run:
    def run(*args: str, **extra: object) -> Result:
        return fido("fido", *args, "--pin-stdin", input=PIN, **extra)

    return run


def test_accounts_in_every_voice(fido_pin: Run, ids: list[str]) -> None:
    plain = fido_pin("credentials", "list")
    assert f"example.com  alice  Alice A.  {ids[0][:8]}  required\n" in plain.stdout
    assert "ca?[2Jrol" in plain.stdout
    assert plain.stderr == "3 credentials; there is room for 97 more.\n"
    objects = {one["credential_id"]: one for one in lines(fido_pin("credentials", "list", "--json").stdout)}
    assert objects[ids[0]] == {
        "rp_id": "example.com",
        "user_name": "alice",
        "display_name": "Alice A.",
        "user_id": b"alice".hex(),
        "credential_id": ids[0],
        "protection": "required",
        "algorithm": "ES256",
        "blob": True,
    }
    spoken = fido_pin("credentials", "list", accessible=True).stdout.splitlines()
    assert all(": " in line for line in spoken)
    assert spoken.count("rp id: example.org") == 2


def test_one_account_is_renamed_and_one_deleted(fido_pin: Run, fido: Run, ids: list[str]) -> None:
    renamed = fido_pin("credentials", "rename", ids[1][:12], "--user-name", "robert", "--display-name", "")
    assert renamed.stdout.startswith("example.org  robert  -  ")
    assert fido_pin("credentials", "rename", ids[1]).exit_code == 2
    assert (
        fido("fido", "credentials", "delete", ids[1], "--no-input", "--pin-stdin", input=PIN).exit_code == 2
    )
    kept = fido("fido", "credentials", "delete", ids[1], "--pin-stdin", input=f"{PIN}\nn\n")
    assert (kept.exit_code, kept.stdout) == (1, "")
    assert "Delete robert at example.org, for good?" in kept.stderr
    gone = fido_pin("credentials", "delete", ids[1].upper(), "--yes", "--json")
    assert lines(gone.stdout)[0]["credential_id"] == ids[1]
    again = fido_pin("credentials", "delete", ids[1], "--yes", "--json")
    assert again.exit_code == 1
    assert lines(again.stderr)[0]["code"] == "NO_CREDENTIALS"
    assert fido_pin("credentials", "delete", "", "--yes").exit_code == 1


def test_blobs_are_listed_written_read_and_deleted(fido_pin: Run, ids: list[str], tmp_path: Path) -> None:
    file, out = tmp_path / "in", tmp_path / "out"
    file.write_bytes(b"hello \x07")
    assert fido_pin("blobs", "read", ids[0]).exit_code == 2
    assert (
        fido_pin("blobs", "write", ids[0], str(file)).stdout
        == "Stored 7 bytes beside alice at example.com.\n"
    )
    assert fido_pin("blobs", "write", ids[2], str(file)).exit_code == 2
    assert fido_pin("blobs", "write", ids[0], str(tmp_path / "nothing")).exit_code == 2
    assert fido_pin("blobs", "write", ids[0], "-").exit_code == 2
    plain = fido_pin("blobs")
    assert f"example.com  alice  {ids[0][:8]}  7 bytes  hello ?\n" in plain.stdout
    assert f"example.org  bob  {ids[1][:8]}  none  -\n" in plain.stdout
    assert " of 4096 bytes used.\n" in plain.stderr
    objects = {one["credential_id"]: one for one in lines(fido_pin("blobs", "list", "--json").stdout)}
    assert b64decode(objects[ids[0]]["base64"]) == b"hello \x07"
    assert objects[ids[1]]["base64"] is None
    assert fido_pin("blobs", "read", ids[0]).stdout_bytes == b"hello \x07"
    assert b64decode(lines(fido_pin("blobs", "read", ids[0], "--json").stdout)[0]["base64"]) == b"hello \x07"
    assert fido_pin("blobs", "read", ids[0], "--out", str(out)).exit_code == 0
    assert out.read_bytes() == b"hello \x07"
    file.write_bytes(b"\xff")
    fido_pin("blobs", "write", ids[1], str(file))
    assert "1 bytes  -\n" in fido_pin("blobs", "list").stdout
    assert fido_pin("blobs", "delete", ids[0], "--no-input").exit_code == 2
    assert fido_pin("blobs", "delete", ids[0], "--yes").exit_code == 0
    assert fido_pin("blobs", "clear", "--yes").stdout == "Deleted every blob.\n"
    assert fido_pin("blobs").stderr == "17 of 4096 bytes used.\n"
