"""Private key files of OpenSSH for security keys: what is in them is of no use without the chip.

Source: PROTOCOL.key and PROTOCOL.u2f in OpenSSH's sources.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from segl.errors import InputError
from segl.ssh.public import SK_ECDSA, SK_ED25519, PublicKey, public_key
from segl.ssh.wire import Pieces, armored, string, unarmored

__all__ = ["TOUCH", "VERIFY", "SecurityKey", "check_free", "public_path", "read_key", "save_key"]

TOUCH, VERIFY = 0x01, 0x04  # flags: each use needs a touch, each use needs the PIN
_MAGIC = b"openssh-key-v1\0"
_LABEL = "OPENSSH PRIVATE KEY"
_WHAT = "private key"
_BLOCK = 8  # bytes


@dataclass(frozen=True)
class SecurityKey:
    """The handle of a key that lies on a chip.

    Args:
        public: its public key.
        flags: TOUCH, VERIFY and others of OpenSSH.
        handle: the credential id.
        comment: what its owner calls it.
    """

    public: PublicKey
    flags: int
    handle: bytes
    comment: str = ""

    def armored(self) -> str:
        """The key as it stands in a file."""
        check = secrets.token_bytes(4) * 2
        # The public key's blob is made of the same pieces, in the same order.
        private = self.public.blob + bytes([self.flags]) + string(self.handle) + string(b"")
        body = check + private + string(self.comment)
        body += bytes(range(1, -len(body) % _BLOCK + 1))
        head = string("none") + string("none") + string(b"") + (1).to_bytes(4, "big")
        return armored(_MAGIC + head + string(self.public.blob) + string(body), _LABEL)


def read_key(path: Path) -> SecurityKey:
    """Read a private key file that ssh-keygen or this program wrote.

    Raises:
        InputError: it cannot be read, it is none, it is locked, or its key lies on no chip.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"There is no key file {path}; name another with --key, or make one with --new-key {path}."
        ) from None
    except OSError as error:
        raise InputError(f"The key file {path} cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError:
        raise Pieces(b"", _WHAT).broken() from None
    pieces = Pieces(unarmored(text, _LABEL, _WHAT), _WHAT)
    if pieces.take(len(_MAGIC)) != _MAGIC:
        raise pieces.broken()
    if pieces.text() != "none":
        raise InputError(f"{path} is locked with a passphrase; take it off with: ssh-keygen -p -f {path}")
    for _ in ("key derivation", "its options"):
        pieces.string()
    if pieces.number() != 1:
        raise pieces.broken()
    public = public_key(pieces.string())
    body = Pieces(pieces.string(), _WHAT)
    pieces.end()
    if public.kind not in (SK_ECDSA, SK_ED25519):
        raise InputError(
            f"The key in {path} does not lie on a chip; make one with: segl sign-file --new-key PATH"
        )
    if body.take(4) != body.take(4) or body.take(len(public.blob)) != public.blob:
        raise body.broken()
    flags, handle = body.number(1), body.string()
    body.string()  # reserved
    return SecurityKey(public, flags, handle, body.text())


def save_key(path: Path, key: SecurityKey) -> None:
    """Write the private and the public key file as ssh-keygen does, the private one for its owner only.

    Raises:
        InputError: there is such a file already, or it cannot be made.
    """
    _create(path, key.armored(), 0o600)
    _create(public_path(path), key.public.line(key.comment) + "\n", 0o644)


def check_free(path: Path) -> None:
    """Raise InputError if `save_key` would find a file in its way or no folder, before anybody has touched a chip."""
    for one in (path, public_path(path)):
        if one.exists():
            raise InputError(f"{one} exists already; choose another name or remove it.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}; make it first.")


def public_path(path: Path) -> Path:
    """Where the public key lies beside a private one."""
    return path.with_name(f"{path.name}.pub")


def _create(path: Path, text: str, mode: int) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise InputError(f"{path} exists already; choose another name or remove it.") from error
    except OSError as error:
        raise InputError(
            f"The file {path} cannot be made ({error.strerror}); choose another place."
        ) from error
    with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
