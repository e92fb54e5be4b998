"""Making keys on a chip, and signing files with them."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from segl.chip import Chip
from segl.errors import ChipError, InputError, ProtocolError
from segl.ssh.private import TOUCH, VERIFY, SecurityKey
from segl.ssh.public import SK_ECDSA, PublicKey, public_key, sk_ecdsa_blob
from segl.ssh.sshsig import HASH, Signature, to_sign
from segl.ssh.wire import mpint, string

__all__ = ["APPLICATION", "new_key", "sign"]

APPLICATION = "ssh:"
# What OpenSSH gives, too: the chip does not keep it.
_USER = {"id": bytes(32), "name": "openssh", "displayName": "openssh"}
_PLAIN_BYTES = 37  # authenticator data without extensions
_PIN_ALWAYS = 3  # credProtect


def new_key(
    chip: Chip,
    *,
    pin: str | None = None,
    verify: bool = False,
    comment: str = "",
    application: str = APPLICATION,
) -> SecurityKey:
    """Make an ECDSA key on a chip, as `ssh-keygen -t ecdsa-sk` does, once its user has touched it.

    Args:
        chip: where the key stays.
        pin: the chip's PIN, None to do without.
        verify: whether each use of the key shall need the PIN.
        comment: what its owner calls it.
        application: "ssh:" and perhaps more.

    Raises:
        InputError: it is to need the PIN, and none was given.
    """
    if verify and pin is None:
        raise InputError("A key that needs the PIN is made with the PIN; set one with `segl fido pin set`.")
    extensions = {"credProtect": _PIN_ALWAYS} if verify else None
    made = chip.make_credential(application, _USER, secrets.token_bytes(32), pin=pin, extensions=extensions)
    data = made.auth_data.credential_data
    if data is None or made.auth_data.rp_id_hash != _hash(application):
        raise _strange()
    point = cast("Mapping[int, bytes]", data.public_key)
    key = public_key(sk_ecdsa_blob(point[-2], point[-3], application))
    return SecurityKey(key, TOUCH | (VERIFY if verify else 0), data.credential_id, comment)


def sign(chip: Chip, key: SecurityKey, digest: bytes, namespace: str, pin: str | None = None) -> Signature:
    """Sign a file, once the chip's user has touched it.

    Args:
        chip: the one that the key was made on.
        key: its handle.
        digest: of the file, by HASH.
        namespace: what the signature is for, such as "file".
        pin: the chip's PIN, None to do without.

    Raises:
        ChipError: NO_CREDENTIALS, the key was made on another chip.
        InputError: there is no namespace.
    """
    if not namespace:
        raise InputError("A signature needs a purpose; give a --namespace, as a rule file.")
    message = to_sign(namespace, HASH, digest)
    given = chip.get_assertion(
        key.public.application, _hash(message), [key.handle], pin=pin, touch=bool(key.flags & TOUCH)
    )
    data = given.auth_data
    if len(data) != _PLAIN_BYTES or data.rp_id_hash != _hash(key.public.application):
        raise _strange()
    blob = string(key.public.kind) + string(_raw(key.public, given.signature)) + data[32:]
    try:
        key.public.verify(message, blob)
    except (InvalidSignature, InputError):
        raise ChipError(
            "NO_CREDENTIALS",
            "The chip's signature does not fit the key file; use the file that belongs to it.",
        ) from None
    return Signature(key.public, namespace, HASH, blob)


def _raw(key: PublicKey, signature: bytes) -> bytes:
    """A signature of CTAP as OpenSSH has it."""
    if key.kind != SK_ECDSA:
        return signature
    r, s = decode_dss_signature(signature)
    return mpint(r) + mpint(s)


def _hash(data: bytes | str) -> bytes:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def _strange() -> ProtocolError:
    return ProtocolError(
        "The chip sent an answer that this program does not understand; update this program."
    )
