"""Key files that OpenSSH and this program can give each other."""

import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segl.errors import InputError
from segl.ssh.private import check_free, public_path, read_key, save_key
from segl.ssh.public import SK_ECDSA, SK_ED25519, public_key, public_line
from segl.ssh.wire import Pieces, armored, mpint, string, unarmored
from tests.host.ssh.keys import SoftKey, ssh_keygen


@pytest.mark.parametrize("kind", [SK_ECDSA, SK_ED25519])
def test_ssh_keygen_reads_what_this_program_writes_and_the_other_way_round(kind: str, tmp_path: Path) -> None:
    key, path = SoftKey(kind).file, tmp_path / "id"
    save_key(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = ssh_keygen("-y", "-f", path)
    assert (
        shown.stdout.decode().strip()
        == public_path(path).read_text().strip()
        == key.public.line("alice@desk")
    )
    assert key.public.fingerprint in ssh_keygen("-l", "-f", path).stdout.decode()
    assert read_key(path) == key
    assert (
        ssh_keygen("-c", "-C", "another comment", "-f", path).returncode == 0
    )  # OpenSSH writes the file anew
    again = read_key(path)
    assert (again.public, again.flags, again.handle, again.comment) == (
        key.public, key.flags, key.handle, "another comment",
    )  # fmt: skip
    assert public_line(public_path(path).read_text()) == key.public


def test_a_key_with_a_passphrase_and_one_that_lies_on_no_chip_are_told(tmp_path: Path) -> None:
    path, plain = tmp_path / "id", tmp_path / "plain"
    save_key(path, SoftKey().file)
    assert ssh_keygen("-p", "-f", path, "-N", "secret", "-P", "").returncode == 0
    with pytest.raises(InputError, match="passphrase; take it off with: ssh-keygen -p"):
        read_key(path)
    assert ssh_keygen("-q", "-t", "ed25519", "-N", "", "-f", plain).returncode == 0
    with pytest.raises(InputError, match="does not lie on a chip"):
        read_key(plain)


def test_no_key_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "id"
    check_free(path)
    public_path(path).write_text("")
    with pytest.raises(InputError, match=r"id\.pub exists already"):
        check_free(path)
    with pytest.raises(InputError, match="no folder"):
        check_free(tmp_path / "nowhere" / "id")
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        save_key(path, SoftKey().file)
    with pytest.raises(InputError, match="cannot be made"):
        save_key(tmp_path / "nowhere" / "id", SoftKey().file)
    assert path.read_text() == "mine"


@settings(max_examples=50)
@given(st.data())
def test_a_damaged_key_file_is_an_error_and_nothing_worse(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    blob = bytearray(unarmored(SoftKey().file.armored(), "OPENSSH PRIVATE KEY", "private key"))
    cut = data.draw(st.integers(0, len(blob)))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    path.write_text(armored(bytes(blob[:cut]), "OPENSSH PRIVATE KEY"))
    with suppress(InputError):  # a bit of the handle or of the comment leaves a key file
        read_key(path)


@pytest.mark.parametrize(
    "text", ["", "hello", "-----BEGIN OPENSSH PRIVATE KEY-----\n!\n-----END OPENSSH PRIVATE KEY-----"]
)
def test_what_is_no_key_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "id"
    with pytest.raises(InputError, match=r"no key file .*--new-key"):
        read_key(path)
    path.write_text(text)
    with pytest.raises(InputError, match="no private key"):
        read_key(path)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="no private key"):
        read_key(path)


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"]
)
def test_what_is_no_public_key_is_told(line: str) -> None:
    with pytest.raises(InputError):
        public_line(line)
    with pytest.raises(InputError, match="does not know keys"):
        public_key(string("ssh-dss-of-tomorrow") + string(b"x"))


@given(st.binary(max_size=60))
def test_pieces_never_read_past_the_end(blob: bytes) -> None:
    pieces = Pieces(blob, "thing")
    with pytest.raises(InputError, match="no thing"):
        all(pieces.string() is not None for _ in range(len(blob) + 1))


@given(st.integers(0, 2**300))
def test_a_number_comes_back(value: int) -> None:
    pieces = Pieces(mpint(value) + b"rest", "thing")
    assert pieces.mpint() == value
    assert pieces.rest() == b"rest"
    pieces.end()


def test_a_number_below_zero_is_none() -> None:
    with pytest.raises(InputError):
        Pieces(string(b"\xff"), "thing").mpint()
    with pytest.raises(InputError):
        Pieces(string(b"\xff"), "thing").text()
    with pytest.raises(InputError):
        Pieces(b"x", "thing").end()
