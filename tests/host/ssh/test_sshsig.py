"""Signatures of files: what ssh-keygen accepts is accepted here, and what it refuses is refused."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl.errors import InputError
from segl.ssh.public import SK_ECDSA, SK_ED25519, Presence, public_line
from segl.ssh.sshsig import Signature, Verdict, digest_of, read_signature, verify
from segl.ssh.wire import armored, unarmored
from tests.host.ssh.keys import SoftKey, ssh_keygen

_DATA = b"a contract\n"
_LABEL = "SSH SIGNATURE"


def verdict(signature: Signature, data: bytes = _DATA, namespace: str = "file") -> Verdict:
    return verify(signature, digest_of(io.BytesIO(data), signature.hash_name), namespace)


def accepted_by_openssh(
    signature: Signature, folder: Path, data: bytes = _DATA, namespace: str = "file"
) -> bool:
    (folder / "signers").write_text(f"alice@example.com {signature.key.line()}\n")
    (folder / "sig").write_text(signature.armored())
    result = ssh_keygen(
        "-Y", "verify", "-f", folder / "signers", "-I", "alice@example.com", "-n", namespace, "-s", folder / "sig",
        data=data,
    )  # fmt: skip
    return result.returncode == 0


@pytest.mark.parametrize("kind", [SK_ECDSA, SK_ED25519])
@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_ssh_keygen_and_this_program_agree_on_security_keys(
    kind: str, hash_name: str, tmp_path: Path
) -> None:
    key = SoftKey(kind)
    good = key.sign(_DATA, flags=5, counter=77, hash_name=hash_name)
    assert read_signature(good.armored()) == good
    assert accepted_by_openssh(good, tmp_path)
    assert verdict(good) == Verdict(True, "", Presence(touched=True, verified=True, counter=77))
    assert not accepted_by_openssh(good, tmp_path, data=b"another contract\n")
    assert "not of this file" in verdict(good, b"another contract\n").reason
    assert not accepted_by_openssh(good, tmp_path, namespace="git")
    assert 'for "file", not for "git"' in verdict(good, namespace="git").reason


@pytest.mark.parametrize(
    "options", ["ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048"]
)
def test_what_ssh_keygen_signs_with_other_keys_is_accepted(options: str, tmp_path: Path) -> None:
    path, file = tmp_path / "id", tmp_path / "contract"
    file.write_bytes(_DATA)
    assert ssh_keygen("-q", "-t", *options.split(), "-N", "", "-f", path).returncode == 0
    assert ssh_keygen("-Y", "sign", "-f", path, "-n", "file", file).returncode == 0
    signature = read_signature((tmp_path / "contract.sig").read_text())
    assert signature.key == public_line((tmp_path / "id.pub").read_text())
    assert verdict(signature) == Verdict(True, "", None)
    assert not verdict(signature, b"another contract\n").accepted


def test_a_signature_that_nobody_touched_for_is_refused() -> None:
    assert "without anybody touching" in verdict(SoftKey().sign(_DATA, flags=0)).reason


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_bit_is_never_accepted(place: int, change: int) -> None:
    blob = bytearray(unarmored(SoftKey().sign(_DATA).armored(), _LABEL, "signature"))
    blob[place % len(blob)] ^= change
    try:
        signature = read_signature(armored(bytes(blob), _LABEL))
    except InputError:
        return
    assert not verdict(signature).accepted


@given(st.binary(max_size=200))
def test_what_is_no_signature_is_an_error_and_nothing_worse(blob: bytes) -> None:
    for text in (armored(b"SSHSIG\0\0\0\1" + blob, _LABEL), armored(blob, _LABEL), blob.decode("latin-1")):
        with pytest.raises(InputError):
            read_signature(text)


def test_a_signature_of_another_kind_than_its_key_is_refused() -> None:
    good, other = SoftKey().sign(_DATA), SoftKey(SK_ED25519).sign(_DATA)
    assert not verdict(Signature(good.key, "file", "sha512", other.blob)).accepted
    assert not verdict(Signature(good.key, "file", "sha512", b"")).accepted
    for broken in (
        Signature(good.key, "", "sha512", good.blob),
        Signature(good.key, "file", "md5", good.blob),
    ):
        with pytest.raises(InputError):
            read_signature(broken.armored())
