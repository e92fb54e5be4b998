"""Keys that lie in memory, signed with as a security key would; and the real ssh-keygen, which has the last word."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from segl.ssh.private import TOUCH, SecurityKey
from segl.ssh.public import SK_ECDSA, SK_ED25519, public_key, sk_ecdsa_blob
from segl.ssh.sshsig import HASH, Signature, to_sign
from segl.ssh.wire import mpint, string


class SoftKey:
    """A security key made of software: it has no user, and says what it is told about one.

    Args:
        kind: SK_ECDSA or SK_ED25519.
    """

    def __init__(self, kind: str = SK_ECDSA, application: str = "ssh:") -> None:
        if kind == SK_ECDSA:
            self._key = ec.derive_private_key(7, ec.SECP256R1())
            point = self._key.public_key().public_numbers()
            blob = sk_ecdsa_blob(point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big"), application)
        else:
            self._key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
            raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            blob = string(SK_ED25519) + string(raw) + string(application)
        self.file = SecurityKey(public_key(blob), TOUCH, b"handle" * 20, "alice@desk")

    def sign(
        self, data: bytes, namespace: str = "file", flags: int = 1, counter: int = 9, hash_name: str = HASH
    ) -> Signature:
        digest = hashlib.new(hash_name, data).digest()
        message = to_sign(namespace, hash_name, digest)
        moment = bytes([flags]) + counter.to_bytes(4, "big")
        application = hashlib.sha256(self.file.public.application.encode()).digest()
        signed = application + moment + hashlib.sha256(message).digest()
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
            raw = mpint(r) + mpint(s)
        else:
            raw = self._key.sign(signed)
        blob = string(self.file.public.kind) + string(raw) + moment
        return Signature(self.file.public, namespace, hash_name, blob)


def ssh_keygen(*arguments: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the real one, which these tests cannot do without."""
    program = shutil.which("ssh-keygen")
    if program is None:
        pytest.fail(
            "There is no ssh-keygen here; install openssh-client, against which signatures are checked."
        )
    return subprocess.run([program, *arguments], input=data, capture_output=True, timeout=60, check=False)
