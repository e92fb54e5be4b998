"""Signatures of files, as `ssh-keygen -Y sign` makes them. Source: PROTOCOL.sshsig in OpenSSH's sources."""

import hashlib
from dataclasses import dataclass
from typing import IO

from cryptography.exceptions import InvalidSignature

from segl.errors import InputError
from segl.ssh.public import Presence, PublicKey, public_key
from segl.ssh.wire import Pieces, armored, string, unarmored

__all__ = ["HASH", "Signature", "Verdict", "digest_of", "read_signature", "to_sign", "verify"]

HASH = "sha512"
_HASHES = ("sha256", "sha512")
_MAGIC = b"SSHSIG"
_VERSION = 1
_PIECE_BYTES = 65536
_LABEL = "SSH SIGNATURE"


@dataclass(frozen=True)
class Signature:
    """A signature of a file.

    Args:
        key: whose it says it is.
        namespace: what it is for, such as "file".
        hash_name: "sha256" or "sha512", what the file was condensed with.
        blob: the signature as OpenSSH sends it.
    """

    key: PublicKey
    namespace: str
    hash_name: str
    blob: bytes

    def armored(self) -> str:
        """The signature as it stands in a .sig file."""
        parts = (self.key.blob, self.namespace, b"", self.hash_name, self.blob)
        body = _VERSION.to_bytes(4, "big") + b"".join(string(part) for part in parts)
        return armored(_MAGIC + body, _LABEL)


@dataclass(frozen=True)
class Verdict:
    """What became of a signature.

    Args:
        accepted: whether it is this file's, made for this purpose by the key that it names.
        reason: a sentence why not, "" when accepted.
        presence: what a security key says of the moment, None for other keys and when refused.
    """

    accepted: bool
    reason: str
    presence: Presence | None = None


def to_sign(namespace: str, hash_name: str, digest: bytes) -> bytes:
    """What is really signed."""
    return _MAGIC + b"".join(string(part) for part in (namespace, b"", hash_name, digest))


def digest_of(file: IO[bytes], hash_name: str = HASH) -> bytes:
    """Condense a file."""
    state = hashlib.new(hash_name)
    while piece := file.read(_PIECE_BYTES):
        state.update(piece)
    return state.digest()


def read_signature(text: str) -> Signature:
    """Read a .sig file.

    Raises:
        InputError: it is none.
    """
    pieces = Pieces(unarmored(text, _LABEL, "signature"), "signature")
    if pieces.take(len(_MAGIC)) != _MAGIC or pieces.number() != _VERSION:
        raise pieces.broken()
    key = public_key(pieces.string())
    namespace = pieces.text()
    pieces.string()  # reserved
    hash_name, blob = pieces.text(), pieces.string()
    pieces.end()
    if hash_name not in _HASHES or not namespace:
        raise pieces.broken()
    return Signature(key, namespace, hash_name, blob)


def verify(signature: Signature, digest: bytes, namespace: str) -> Verdict:
    """Check a signature; whether its key may sign is for the caller to know.

    Args:
        signature: what to check.
        digest: of the file, by the hash that the signature names.
        namespace: what it has to be for.
    """
    if signature.namespace != namespace:
        return Verdict(False, f'The signature is for "{signature.namespace}", not for "{namespace}".')
    try:
        presence = signature.key.verify(to_sign(namespace, signature.hash_name, digest), signature.blob)
    except (InvalidSignature, InputError):
        return Verdict(False, "The signature is not of this file: the file, or the signature, was changed.")
    if presence is not None and not presence.touched:
        return Verdict(False, "The signature was made without anybody touching the security key.")
    return Verdict(True, "", presence)
