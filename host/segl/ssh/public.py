"""Public keys of OpenSSH, and whether a signature is theirs."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from segl.errors import InputError
from segl.ssh.wire import Pieces, string

__all__ = ["SK_ECDSA", "SK_ED25519", "Presence", "PublicKey", "public_key", "public_line", "sk_ecdsa_blob"]

SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
_ECDSA = "ecdsa-sha2-nistp256"
_PLAIN = {SK_ECDSA: _ECDSA, SK_ED25519: "ssh-ed25519"}  # the same key outside a security key
_KINDS = ("ssh-ed25519", _ECDSA, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
_CURVE_HASHES = {256: hashes.SHA256, 384: hashes.SHA384, 521: hashes.SHA512}
_RSA_HASHES = {"rsa-sha2-256": hashes.SHA256, "rsa-sha2-512": hashes.SHA512}
_UP, _UV = 0x01, 0x04
_KEY = "public key"
_SIGNATURE = "signature"


@dataclass(frozen=True)
class Presence:
    """What a security key says about the moment of a signature.

    Args:
        touched: whether somebody touched it.
        verified: whether it had its PIN.
        counter: how many signatures it counts.
    """

    touched: bool
    verified: bool
    counter: int


@dataclass(frozen=True)
class PublicKey:
    """A public key.

    Args:
        kind: such as "ssh-ed25519" or "sk-ecdsa-sha2-nistp256@openssh.com".
        blob: the key as OpenSSH sends it.
        application: of a security key, "ssh:" as a rule; "" for other keys.
    """

    kind: str
    blob: bytes
    application: str = ""

    @property
    def fingerprint(self) -> str:
        """What people compare, as `ssh-keygen -l` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"

    def line(self, comment: str = "") -> str:
        """The key as it stands in a .pub file."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()} {comment}".strip()

    def verify(self, message: bytes, signature: bytes) -> Presence | None:
        """Check a signature.

        Args:
            message: what was signed.
            signature: as OpenSSH sends it.

        Returns:
            What a security key says of the moment, None for other keys.

        Raises:
            InvalidSignature: it is not this key's, or not of this message.
            InputError: it is no signature.
        """
        pieces = Pieces(signature, _SIGNATURE)
        kind, raw = pieces.text(), pieces.string()
        if self.kind not in _PLAIN:
            pieces.end()
            self._check(kind, raw, message)
            return None
        flags, counter = pieces.take(1), pieces.take(4)
        pieces.end()
        if kind != self.kind:
            raise InvalidSignature
        application = hashlib.sha256(self.application.encode()).digest()
        self._check(_PLAIN[kind], raw, application + flags + counter + hashlib.sha256(message).digest())
        return Presence(bool(flags[0] & _UP), bool(flags[0] & _UV), int.from_bytes(counter, "big"))

    def _check(self, kind: str, raw: bytes, message: bytes) -> None:
        key = _loaded(self.kind, self.blob)
        if isinstance(key, rsa.RSAPublicKey):
            if kind not in _RSA_HASHES:
                raise InvalidSignature
            key.verify(raw, message, padding.PKCS1v15(), _RSA_HASHES[kind]())
        elif kind != _PLAIN.get(self.kind, self.kind):
            raise InvalidSignature
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, message)
        else:
            pieces = Pieces(raw, _SIGNATURE)
            r, s = pieces.mpint(), pieces.mpint()
            pieces.end()
            key.verify(encode_dss_signature(r, s), message, ec.ECDSA(_CURVE_HASHES[key.key_size]()))


def public_key(blob: bytes) -> PublicKey:
    """Read a public key as OpenSSH sends it.

    Raises:
        InputError: it is none, or of a kind that this program does not know.
    """
    pieces = Pieces(blob, _KEY)
    kind = pieces.text()
    application = ""
    if kind in _PLAIN:
        for _ in range(2 if kind == SK_ECDSA else 1):
            pieces.string()
        application = pieces.text()
        pieces.end()
    _loaded(kind, blob)
    return PublicKey(kind, blob, application)


def public_line(line: str) -> PublicKey:
    """Read a public key as it stands in a .pub file: kind, Base64, and perhaps a comment.

    Raises:
        InputError: it is none, or of a kind that this program does not know.
    """
    words = line.split()
    try:
        key = public_key(base64.b64decode(words[1], validate=True))
    except (IndexError, binascii.Error, ValueError) as error:
        raise error if isinstance(error, InputError) else Pieces(b"", _KEY).broken() from None
    if key.kind != words[0]:
        raise Pieces(b"", _KEY).broken()
    return key


def sk_ecdsa_blob(x: bytes, y: bytes, application: str) -> bytes:
    """The public key of a security key, from the coordinates of its point."""
    point = b"\x04" + x.rjust(32, b"\0") + y.rjust(32, b"\0")
    return string(SK_ECDSA) + string("nistp256") + string(point) + string(application)


def _loaded(
    kind: str, blob: bytes
) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    plain = _PLAIN.get(kind, kind)
    if kind in _PLAIN:
        # What a security key's blob has more is the kind in front and the application behind.
        pieces = Pieces(blob, _KEY)
        pieces.string()
        blob = string(plain) + b"".join(string(pieces.string()) for _ in range(2 if kind == SK_ECDSA else 1))
    if plain not in _KINDS:
        raise InputError(
            f'This program does not know keys of the kind "{kind}"; use ecdsa-sk, ed25519, ecdsa or rsa.'
        )
    try:
        key = load_ssh_public_key(f"{plain} {base64.b64encode(blob).decode()}".encode())
    except (ValueError, NotImplementedError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey):
        return key
    raise Pieces(b"", _KEY).broken()
