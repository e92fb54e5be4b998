"""What a chip tells about itself and about what it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fido2.cose import CoseKey
from fido2.ctap2.base import Info as CtapInfo
from fido2.ctap2.credman import CredentialManagement

__all__ = ["Blob", "Blobs", "ChipInfo", "Credential", "PinTries", "Protection", "chip_info", "credential"]

Protection = Literal["optional", "optional with id", "required"]
_PROTECTIONS: dict[int, Protection] = {1: "optional", 2: "optional with id", 3: "required"}


@dataclass(frozen=True)
class ChipInfo:
    """What a chip can do and how it is set up.

    Args:
        firmware: version of the firmware, such as "1.0.0".
        aaguid: which model of authenticator it is.
        versions: protocols it speaks, such as "FIDO_2_1".
        extensions: extensions it knows.
        algorithms: kinds of keys it makes, such as "ES256", the one it likes best first.
        options: what getInfo says under this name.
        pin_set: whether it has a PIN.
        pin_change_forced: whether it wants a new PIN before it does anything that needs one.
        min_pin_length: characters that a new PIN needs at least.
        always_uv: whether every use needs the PIN.
        credentials_left: how many more discoverable credentials it takes at least, None when it does not say.
        blob_bytes: how much it keeps in large blobs, 0: nothing.
    """

    firmware: str
    aaguid: str
    versions: tuple[str, ...]
    extensions: tuple[str, ...]
    algorithms: tuple[str, ...]
    options: Mapping[str, bool]
    pin_set: bool
    pin_change_forced: bool
    min_pin_length: int
    always_uv: bool
    credentials_left: int | None
    blob_bytes: int

    @property
    def new_key_needs_pin(self) -> bool:
        """Whether it makes a credential that is not discoverable only with its PIN."""
        return self.always_uv or (self.pin_set and not self.options.get("makeCredUvNotRqd", False))


@dataclass(frozen=True)
class PinTries:
    """How many wrong PINs a chip still takes.

    Args:
        left: until the PIN is blocked for good.
        replug: whether it takes the next one only after it was plugged in again.
    """

    left: int
    replug: bool


@dataclass(frozen=True)
class Credential:
    """A discoverable credential: an account that the chip can sign in to without being told which.

    Args:
        id: its credential id.
        rp_id: the relying party, such as "example.com".
        user_id: the account's handle there.
        user_name: such as "alice", None when the site gave none.
        display_name: such as "Alice A.", None when the site gave none.
        protection: when the chip lets it be used without the PIN: always ("optional"), when a site names it
            ("optional with id"), never ("required"); None when the chip does not say.
        algorithm: such as "ES256".
        blob_key: opens its large blob, None when it was made without one.
    """

    id: bytes
    rp_id: str
    user_id: bytes
    user_name: str | None
    display_name: str | None
    protection: Protection | None
    algorithm: str
    blob_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Blob:
    """What a site keeps on the chip beside a credential.

    Args:
        credential: whose it is.
        data: what is there, None: nothing yet.
    """

    credential: Credential
    data: bytes | None


@dataclass(frozen=True)
class Blobs:
    """The chip's room for large blobs.

    Args:
        used: bytes taken, whoever they belong to.
        size: bytes there are.
        blobs: one for each credential that may have a blob.
        strangers: entries that belong to none of these credentials.
    """

    used: int
    size: int
    blobs: list[Blob]
    strangers: int


def chip_info(info: CtapInfo, version: tuple[int, int, int]) -> ChipInfo:
    """Read getInfo's answer.

    Args:
        info: python-fido2's.
        version: of the firmware, from CTAPHID's INIT.
    """
    options = dict(info.options)
    return ChipInfo(
        firmware=".".join(map(str, version)),
        aaguid=str(info.aaguid),
        versions=tuple(info.versions),
        extensions=tuple(info.extensions),
        algorithms=tuple(_algorithm(entry["alg"]) for entry in info.algorithms),
        options=options,
        pin_set=options.get("clientPin", False),
        pin_change_forced=info.force_pin_change,
        min_pin_length=info.min_pin_length,
        always_uv=options.get("alwaysUv", False),
        credentials_left=info.remaining_disc_creds,
        blob_bytes=info.max_large_blob,
    )


def credential(rp_id: str, fields: Mapping[int, Any]) -> Credential:
    """Read what the chip says of one credential when it lists them."""
    result = CredentialManagement.RESULT
    user: Mapping[str, Any] = fields[result.USER]
    return Credential(
        id=fields[result.CREDENTIAL_ID]["id"],
        rp_id=rp_id,
        user_id=user["id"],
        user_name=user.get("name"),
        display_name=user.get("displayName"),
        protection=_PROTECTIONS.get(fields.get(result.CRED_PROTECT, 0)),
        algorithm=_algorithm(fields[result.PUBLIC_KEY][3]),
        blob_key=fields.get(result.LARGE_BLOB_KEY),
    )


def _algorithm(number: int) -> str:
    """The name of a COSE algorithm, its number if python-fido2 knows none."""
    kind = CoseKey.for_alg(number)
    return kind.__name__ if getattr(kind, "ALGORITHM", None) == number else str(number)
