"""Allowed signers: this program reads such a file as ssh-keygen does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from segl.errors import InputError
from segl.ssh.public import SK_ED25519
from segl.ssh.signers import allowed, read_signers
from tests.host.ssh.keys import SoftKey, ssh_keygen

_KEY, _OTHER = SoftKey(), SoftKey(SK_ED25519)
_LINE = _KEY.file.public.line()
_NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "good"),
    [
        (f"alice@example.com {_LINE}", True),
        (f"bob@example.com {_LINE}", False),
        (f"bob@example.com,alice@example.com {_LINE} a comment", True),
        (f"*@example.com {_LINE}", True),
        (f"*@example.com,!alice@* {_LINE}", False),
        (f"a?ice@example.com {_LINE}", True),
        (f"[a]lice@example.com {_LINE}", False),
        (f'"alice@example.com" {_LINE}', True),
        (f"alice@example.com {_OTHER.file.public.line()}", False),
        (f'alice@example.com namespaces="git,fi*" {_LINE}', True),
        (f'alice@example.com namespaces="git" {_LINE}', False),
        (f'alice@example.com NameSpaces="file" {_LINE}', True),
        (f'alice@example.com valid-after="20270115Z" {_LINE}', True),
        (f'alice@example.com valid-after="202701151201Z" {_LINE}', False),
        (f'alice@example.com valid-before="20270115120001Z" {_LINE}', True),
        (f'alice@example.com namespaces="file",valid-before="20270115115959Z" {_LINE}', False),
        (f"alice@example.com cert-authority {_LINE}", False),
        (f"# alice@example.com {_LINE}", False),
        ("", False),
        (f'alice@example.com namespaces="git" {_LINE}\nalice@example.com {_LINE}', True),
    ],
)
def test_ssh_keygen_and_this_program_agree_who_may_sign(line: str, good: bool, tmp_path: Path) -> None:
    path, signature = tmp_path / "signers", tmp_path / "sig"
    path.write_text(f"\n  \n{line}\n")
    reason = allowed(read_signers(path), "alice@example.com", _KEY.file.public, "file", _NOW.timestamp())
    assert (reason == "") is good
    signature.write_text(_KEY.sign(b"x").armored())
    judged = ssh_keygen(
        "-Y", "verify", "-f", path, "-I", "alice@example.com", "-n", "file", "-s", signature,
        "-O", "verify-time=20270115120000Z", data=b"x",
    )  # fmt: skip
    assert (judged.returncode == 0) is good, judged.stderr


def test_a_time_without_a_zone_is_this_computers(tmp_path: Path) -> None:
    path = tmp_path / "signers"
    local = _NOW.astimezone()
    for minutes, good in ((0, True), (1, False)):
        text = local.replace(minute=minutes).strftime("%Y%m%d%H%M")
        path.write_text(f'alice valid-after="{text}" {_LINE}')
        assert (
            allowed(read_signers(path), "alice", _KEY.file.public, "file", _NOW.timestamp()) == ""
        ) is good


@pytest.mark.parametrize(
    "line",
    [
        "alice", "alice ssh-ed25519", "alice ssh-ed25519 AAAA", "alice no-such-option", "alice cert-authority",
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "signers"
    path.write_text(f"# good\n{line}\n")
    with pytest.raises(InputError, match="Line 2"):
        read_signers(path)


def test_what_cannot_be_read_and_what_is_not_understood_is_told(tmp_path: Path) -> None:
    path = tmp_path / "signers"
    with pytest.raises(InputError, match="cannot be read"):
        read_signers(path)
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="UTF-8"):
        read_signers(path)
    path.write_text(f'alice of-tomorrow="x" {_LINE}')
    reason = allowed(read_signers(path), "alice", _KEY.file.public, "file", _NOW.timestamp())
    assert "does not know" in reason
    path.write_text(f'alice valid-after="tomorrow" {_LINE}')
    with pytest.raises(InputError, match="is no time"):
        allowed(read_signers(path), "alice", _KEY.file.public, "file", _NOW.timestamp())
