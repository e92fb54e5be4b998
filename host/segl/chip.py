"""A session with a chip: a FIDO2 security key, over python-fido2's client of CTAP."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from fido2 import cbor
from fido2.ctap import STATUS
from fido2.ctap2.base import AssertionResponse, AttestationResponse, Ctap2
from fido2.ctap2.blob import LargeBlobs
from fido2.ctap2.config import Config
from fido2.ctap2.credman import CredentialManagement
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.webauthn import (
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
)

from segl.chip_results import Blob, Blobs, ChipInfo, Credential, PinTries, chip_info, credential
from segl.ctap_errors import old_firmware, translated
from segl.errors import ChipError, InputError
from segl.hid import DESCRIPTOR
from segl.pin import new_pin, plain_pin
from segl.pin_proof import NoToken, Permission, PinProver, Token

__all__ = ["Chip"]

_ES256 = -7
_CHECK_BYTES = 16  # the checksum behind the large blobs
_LATE_RESET = "The chip is erased only within ten seconds after it was plugged in; do that and retry at once."


class Chip:
    """A session with one chip; it owns the connection and closes it.

    Each method asks the chip, and gives the answer or raises ChipError (the chip said no), PinError (it is about the
    PIN), TransportError (it did not answer) or ProtocolError (what answers is no chip). A method that takes a PIN
    sends it encrypted, and only as a hash of it when it is not a new one. No method asks twice with a wrong PIN.

    Args:
        connection: an open connection; segl.open_fido gives one.
        on_touch: called when the chip starts to wait for a touch.
        descriptor: what python-fido2's classes shall know of the USB device.

    Attributes:
        device: python-fido2's CtapHidDevice.
        ctap2: python-fido2's Ctap2 on it, for all that these methods do not do.
    """

    def __init__(
        self,
        connection: CtapHidConnection,
        *,
        on_touch: Callable[[], None] | None = None,
        descriptor: HidDescriptor = DESCRIPTOR,
    ) -> None:
        self._on_touch = on_touch
        try:
            with translated():
                self.device = CtapHidDevice(descriptor, connection)
                self.ctap2 = Ctap2(self.device)
            self._pins = PinProver(self.ctap2)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.device.close()

    def info(self) -> ChipInfo:
        """Ask what the chip can do and how it is set up."""
        with translated():
            return chip_info(self.ctap2.get_info(), self.device.device_version)

    def wink(self) -> None:
        """Have the chip flash its light, to tell it from others."""
        with translated():
            self.device.wink()

    # PIN

    def pin_tries(self) -> PinTries:
        """Ask how many wrong PINs the chip still takes."""
        with translated():
            return self._pins.tries()

    def set_pin(self, pin: str) -> None:
        """Give a chip without a PIN its first one.

        Raises:
            InputError: the chip would not take such a PIN.
        """
        with translated():
            pin = new_pin(pin, self.ctap2.get_info().min_pin_length)
            self._pins.client().set_pin(pin)

    def change_pin(self, old: str, new: str) -> None:
        """Replace the PIN.

        Raises:
            InputError: the old one cannot be right, or the chip would not take the new one; no try was spent.
            PinError: the old one is wrong; says how many tries are left.
        """
        with translated():
            old, new = plain_pin(old), new_pin(new, self.ctap2.get_info().min_pin_length)
            self._pins.guarded(lambda client: client.change_pin(old, new))

    # Discoverable credentials

    def credentials(self, pin: str) -> list[Credential]:
        """List the discoverable credentials, in the order of their relying parties.

        Args:
            pin: the chip's PIN.
        """
        with translated():
            return self._list(self._pins.token(pin, Permission.CREDENTIAL_MGMT))

    def delete_credential(self, chosen: Credential, pin: str) -> None:
        """Delete a discoverable credential, and what its site kept on the chip beside it."""
        blob = chosen.blob_key is not None and LargeBlobs.is_supported(self.ctap2.info)
        permissions = Permission.CREDENTIAL_MGMT
        if blob:
            permissions |= Permission.LARGE_BLOB_WRITE
        with translated():
            token = self._pins.token(pin, permissions)
            self._manager(token).delete_cred(_descriptor(chosen.id))
            if blob and chosen.blob_key:
                self._blob_store(token).delete_blob(chosen.blob_key)

    def rename_credential(
        self, chosen: Credential, pin: str, user_name: str | None, display_name: str | None
    ) -> Credential:
        """Store other names for the account of a credential; None takes a name away.

        Returns:
            The credential with its new names.
        """
        user = PublicKeyCredentialUserEntity(id=chosen.user_id, name=user_name, display_name=display_name)
        with translated():
            manager = self._manager(self._pins.token(pin, Permission.CREDENTIAL_MGMT))
            manager.update_user_info(_descriptor(chosen.id), user)
        return replace(chosen, user_name=user_name, display_name=display_name)

    # Large blobs

    def blobs(self, pin: str) -> Blobs:
        """Read the large blob of every credential that may have one."""
        with translated():
            if not LargeBlobs.is_supported(self.ctap2.info):
                raise old_firmware()
            found = self._list(self._pins.token(pin, Permission.CREDENTIAL_MGMT))
            store = _Snapshot(self.ctap2)
            blobs = [Blob(one, store.get_blob(one.blob_key)) for one in found if one.blob_key is not None]
            known = sum(blob.data is not None for blob in blobs)
            return Blobs(store.used, self.ctap2.info.max_large_blob, blobs, len(store.entries) - known)

    def write_blob(self, chosen: Credential, data: bytes | None, pin: str) -> None:
        """Store the large blob of a credential in the place of its old one; None deletes it.

        Raises:
            InputError: the credential was made without one.
        """
        if chosen.blob_key is None:
            raise InputError("This credential was made without a large blob; its site has to ask for one.")
        with translated():
            store = self._blob_store(self._pins.token(pin, Permission.LARGE_BLOB_WRITE))
            store.put_blob(chosen.blob_key, data)

    def clear_blobs(self, pin: str | None) -> None:
        """Delete every large blob, also those that belong to no credential here.

        Args:
            pin: the chip's PIN, None if it has none.
        """
        with translated():
            self._blob_store(self._pins.token_if_any(pin, Permission.LARGE_BLOB_WRITE)).write_blob_array([])

    # Configuration

    def set_always_uv(self, on: bool, pin: str | None) -> bool:
        """Have the chip want its PIN for every use, or no longer.

        Args:
            on: what it shall be.
            pin: the chip's PIN, None if it has none.

        Returns:
            Whether that was a change.
        """
        with translated():
            now = self.ctap2.get_info().options.get("alwaysUv")
            if now is None:
                raise old_firmware()
            if now is not on:
                self._config(pin).toggle_always_uv()
            return now is not on

    def set_min_pin_length(self, length: int, pin: str | None, rp_ids: Sequence[str] = ()) -> None:
        """Raise the length that a new PIN needs; only a reset lowers it.

        Args:
            length: characters, 4 to 63.
            pin: the chip's PIN, None if it has none.
            rp_ids: relying parties that may ask for this length, in the place of those before; none: as before.
        """
        with translated():
            self._config(pin).set_min_pin_length(length, list(rp_ids) or None)

    def force_pin_change(self, pin: str | None) -> None:
        """Have the chip want a new PIN before it does anything more that needs one."""
        with translated():
            self._config(pin).set_min_pin_length(force_change_pin=True)

    def reset(self) -> None:
        """Erase every credential, the PIN and the settings, once the user has held the pad long enough.

        Raises:
            ChipError: NOT_ALLOWED, the chip was plugged in more than ten seconds ago.
        """
        try:
            with translated():
                self.ctap2.reset(on_keepalive=self._keepalive)
        except ChipError as error:
            raise ChipError(error.name, _LATE_RESET) if error.name == "NOT_ALLOWED" else error from None

    # Making and using credentials

    def make_credential(
        self,
        rp_id: str,
        user: Mapping[str, Any],
        client_data_hash: bytes,
        *,
        pin: str | None = None,
        algorithms: Iterable[int] = (_ES256,),
        extensions: Mapping[str, Any] | None = None,
        discoverable: bool = False,
    ) -> AttestationResponse:
        """Make a new credential, once the user has touched the chip.

        Args:
            rp_id: the relying party.
            user: the account, "id" (bytes) and as a rule "name" and "displayName".
            client_data_hash: 32 bytes.
            pin: the chip's PIN, None to do without.
            algorithms: COSE numbers of the kinds of key that will do, the best first.
            extensions: as CTAP has them.
            discoverable: whether the chip keeps it, so that it can be used without its id.
        """
        kinds: list[Mapping[str, Any]] = [{"type": "public-key", "alg": number} for number in algorithms]
        with translated():
            protocol, proof = self._pins.proof(pin, Permission.MAKE_CREDENTIAL, rp_id, client_data_hash)
            return self.ctap2.make_credential(
                client_data_hash,
                {"id": rp_id, "name": rp_id},
                user,
                kinds,
                extensions=extensions,
                options={"rk": True} if discoverable else None,
                pin_uv_param=proof,
                pin_uv_protocol=protocol,
                on_keepalive=self._keepalive,
            )

    def get_assertion(
        self,
        rp_id: str,
        client_data_hash: bytes,
        credential_ids: Iterable[bytes] = (),
        *,
        pin: str | None = None,
        extensions: Mapping[str, Any] | None = None,
        touch: bool = True,
    ) -> AssertionResponse:
        """Sign in with a credential, once the user has touched the chip.

        Args:
            rp_id: the relying party.
            client_data_hash: 32 bytes.
            credential_ids: those that will do; none: whichever discoverable one there is.
            pin: the chip's PIN, None to do without.
            extensions: as CTAP has them.
            touch: False asks for a signature without a touch, which says so.
        """
        allowed: list[Mapping[str, Any]] = [{"type": "public-key", "id": number} for number in credential_ids]
        with translated():
            protocol, proof = self._pins.proof(pin, Permission.GET_ASSERTION, rp_id, client_data_hash)
            return self.ctap2.get_assertion(
                rp_id,
                client_data_hash,
                allowed or None,
                extensions,
                options=None if touch else {"up": False},
                pin_uv_param=proof,
                pin_uv_protocol=protocol,
                on_keepalive=self._keepalive,
            )

    # Inside

    def _keepalive(self, status: int) -> None:
        if status == STATUS.UPNEEDED and self._on_touch is not None:
            self._on_touch()

    def _list(self, token: Token) -> list[Credential]:
        manager = self._manager(token)
        result = CredentialManagement.RESULT
        return [
            credential(party[result.RP]["id"], fields)
            for party in manager.enumerate_rps()
            for fields in manager.enumerate_creds(party[result.RP_ID_HASH])  # pyright: ignore[reportUnknownMemberType]
        ]

    def _manager(self, token: Token) -> CredentialManagement:
        if not CredentialManagement.is_supported(self.ctap2.info):
            raise old_firmware()
        return CredentialManagement(self.ctap2, *token)

    def _blob_store(self, token: Token | NoToken) -> LargeBlobs:
        if not LargeBlobs.is_supported(self.ctap2.info):
            raise old_firmware()
        return LargeBlobs(self.ctap2, *token)

    def _config(self, pin: str | None) -> Config:
        if not Config.is_supported(self.ctap2.info):
            raise old_firmware()
        return Config(self.ctap2, *self._pins.token_if_any(pin, Permission.AUTHENTICATOR_CFG))


class _Snapshot(LargeBlobs):
    """The large blobs as they are now, read once for all credentials.

    Args:
        ctap2: the chip.
    """

    def __init__(self, ctap2: Ctap2) -> None:
        super().__init__(ctap2)
        self.entries = super().read_blob_array()
        self.used = len(cbor.encode(list(self.entries))) + _CHECK_BYTES

    def read_blob_array(self) -> Sequence[Mapping[int, Any]]:
        """Give what was read."""
        return self.entries


def _descriptor(number: bytes) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=number)
