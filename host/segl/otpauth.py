"""Keys and the otpauth:// URIs that services show as QR codes.

Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

import re
import unicodedata
from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote, unquote_plus, urlencode

from segl.errors import InputError

__all__ = ["Algorithm", "Key", "Kind", "decode_secret", "parse"]

Kind = Literal["totp", "hotp"]
Algorithm = Literal["SHA1", "SHA256", "SHA512"]

_NAME_CHARACTERS = 32
_ISSUER_CHARACTERS = 15  # of a name that is too long, so that something of the account remains
_SECRET_BYTES = 64
_KINDS: dict[str, Kind] = {"totp": "totp", "hotp": "hotp"}
_ALGORITHMS: dict[str, Algorithm] = {"SHA1": "SHA1", "SHA256": "SHA256", "SHA512": "SHA512"}
_KNOWN = ("secret", "issuer", "algorithm", "digits", "period", "counter")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Key:
    """A key as the device takes it.

    Args:
        name: what the screen shows, 1 to 32 characters.
        secret: the key of the RFC, 1 to 64 bytes; never printed by repr().
        kind: "totp" (RFC 6238) or "hotp" (RFC 4226).
        algorithm: "SHA1", "SHA256" or "SHA512".
        digits: length of a code, 6 to 8.
        period: how long a TOTP code lasts, 30 or 60 s.
        counter: counter of the first HOTP code.

    Raises:
        InputError: one of them is out of range.
    """

    name: str
    secret: bytes = field(repr=False)
    kind: Kind = "totp"
    algorithm: Algorithm = "SHA1"
    digits: int = 6
    period: int = 30
    counter: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= _NAME_CHARACTERS:
            raise InputError(f"The name has {len(self.name)} characters; give it 1 to {_NAME_CHARACTERS}.")
        if not 1 <= len(self.secret) <= _SECRET_BYTES:
            raise InputError(f"The secret has {len(self.secret)} bytes; a device takes 1 to {_SECRET_BYTES}.")
        if self.kind not in _KINDS:
            raise InputError("The kind is neither totp nor hotp; choose one of them.")
        if self.algorithm not in _ALGORITHMS:
            raise InputError("The algorithm is unknown; choose SHA1, SHA256 or SHA512.")
        if self.digits not in (6, 7, 8):
            raise InputError(f"Codes of {self.digits} digits are not possible; choose 6, 7 or 8.")
        if self.period not in (30, 60):
            raise InputError(f"A period of {self.period} seconds is not possible; choose 30 or 60.")
        if not 0 <= self.counter < 2**64:
            raise InputError("The counter is out of range; give 0 to 18446744073709551615.")

    def uri(self) -> str:
        """The key as an otpauth:// URI, secret included."""
        fields = {
            "secret": b32encode(self.secret).decode().rstrip("="),
            "algorithm": self.algorithm,
            "digits": str(self.digits),
            **({"period": str(self.period)} if self.kind == "totp" else {"counter": str(self.counter)}),
        }
        return f"otpauth://{self.kind}/{quote(self.name, safe='')}?{urlencode(fields)}"


def parse(uri: str) -> Key:
    """Read an otpauth:// URI.

    Parameters that do not change the code (such as image) are passed over.

    Args:
        uri: otpauth://totp/LABEL?secret=BASE32&issuer=..&algorithm=..&digits=..&period=.. or the like with
            hotp and counter=.

    Raises:
        InputError: one sentence that names the bad piece and never the secret.
    """
    scheme, _, rest = uri.strip().partition("://")
    if scheme.lower() != "otpauth":
        raise InputError('This is no otpauth URI; it must begin with "otpauth://".')
    head, mark, query = rest.partition("?")
    kind, _, label = head.partition("/")
    if kind.lower() not in _KINDS:
        raise InputError(
            "The URI is neither for totp nor for hotp; it must begin with otpauth://totp/ or otpauth://hotp/."
        )
    if not mark:
        raise InputError('The URI has no parameters; copy all of it, "?secret=..." included.')
    fields = _parameters(query)
    if not fields.get("secret"):
        raise InputError("The URI has no secret; copy all of it from the service that made it.")
    return Key(
        name=_name(unquote(_whole(label, "label"), errors="replace"), fields.get("issuer", "")),
        secret=decode_secret(fields["secret"]),
        kind=_KINDS[kind.lower()],
        algorithm=_algorithm(fields.get("algorithm", "SHA1")),
        digits=_number(fields, "digits", 6),
        # a parameter of the other kind changes no code
        period=_number(fields, "period", 30) if kind.lower() == "totp" else 30,
        counter=_number(fields, "counter", 0) if kind.lower() == "hotp" else 0,
    )


def decode_secret(text: str) -> bytes:
    """Read a secret in Base32 as people type it: any case, with spaces or dashes, with or without padding.

    Raises:
        InputError: it is empty, cut off or no Base32; the message does not repeat it.
    """
    plain = re.sub(r"[\s-]", "", text).rstrip("=")
    if not re.fullmatch(r"[A-Za-z2-7]*", plain):
        raise InputError(
            "The secret is no Base32; it may have the letters A to Z and the digits 2 to 7 only."
        )
    if not plain or len(plain) % 8 in (1, 3, 6):  # what no number of whole bytes encodes to
        raise InputError("The secret is empty, cut off or a character too long; copy it again.")
    return b32decode(plain.upper() + "=" * (-len(plain) % 8))


def _parameters(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for piece in query.partition("#")[0].split("&"):
        name, _, value = piece.partition("=")
        name = name.lower()
        if name not in _KNOWN:
            continue
        if name in fields:
            raise InputError(f'The URI has "{name}" twice; remove one of them.')
        fields[name] = unquote_plus(_whole(value, name), errors="replace")
    return fields


def _whole(text: str, what: str) -> str:
    if _BROKEN_PERCENT.search(text) or "\ufffd" in unquote(text, errors="replace"):
        raise InputError(f'The "{what}" has a broken percent sign or is not UTF-8; copy the URI again.')
    return text


def _algorithm(text: str) -> Algorithm:
    name = text.upper().replace("-", "").removeprefix("HMAC")
    if name not in _ALGORITHMS:
        raise InputError('The "algorithm" is unknown; a device knows SHA1, SHA256 and SHA512.')
    return _ALGORITHMS[name]


def _number(fields: dict[str, str], name: str, default: int) -> int:
    text = fields.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise InputError(f'The "{name}" is not a number; write for example {name}={default}.')
    return int(text)


def _name(label: str, issuer: str) -> str:
    before, colon, account = _clean(label).partition(":")
    if not colon:
        before, account = "", before
    issuer, account = _clean(issuer) or before.strip(), account.strip()
    if not issuer or not account:
        return (issuer or account or "key")[:_NAME_CHARACTERS].rstrip()
    for name in (f"{issuer}: {account}", f"{issuer}: {account.partition('@')[0]}"):
        if len(name) <= _NAME_CHARACTERS:
            return name
    # too long even without the mail domain: keep the beginnings of both
    return f"{issuer[:_ISSUER_CHARACTERS].rstrip()}: {account}"[:_NAME_CHARACTERS].rstrip()


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFC", text)
    return " ".join("".join(" " if unicodedata.category(char)[0] == "C" else char for char in plain).split())
