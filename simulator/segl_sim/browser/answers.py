"""What a page gets, in the JSON that Web Authentication has for it; the page's side makes objects of it.

Source: WebAuthn Level 3, sections 5.1 (RegistrationResponseJSON, AuthenticationResponseJSON), 5.1.3 (attestation),
5.2.1.1 (public keys).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestationObject,
    AuthenticationResponse,
    RegistrationResponse,
)

_TRANSPORTS = ["usb"]
_ANONYMOUS = (None, AttestationConveyancePreference.NONE)


def registration(
    made: RegistrationResponse, attestation: AttestationConveyancePreference | None
) -> dict[str, Any]:
    """Return a new credential as the page gets it.

    Args:
        made: What python-fido2's client returned.
        attestation: What the page wants to know about the key; nothing, unless it asks.
    """
    found = made.response.attestation_object
    if attestation in _ANONYMOUS:
        found = _anonymous(found)
    credential = found.auth_data.credential_data
    assert credential is not None  # the client would have failed
    response: dict[str, Any] = {
        "clientDataJSON": websafe_encode(made.response.client_data),
        "attestationObject": websafe_encode(found),
        "authenticatorData": websafe_encode(found.auth_data),
        "transports": _TRANSPORTS,
        "publicKeyAlgorithm": credential.public_key[3],
    }
    if (key := public_key(credential.public_key)) is not None:
        response["publicKey"] = websafe_encode(key)
    return _credential(made, response)


def assertion(found: AuthenticationResponse) -> dict[str, Any]:
    """Return an assertion as the page gets it.

    Args:
        found: What python-fido2's client returned.
    """
    response = {
        "clientDataJSON": websafe_encode(found.response.client_data),
        "authenticatorData": websafe_encode(found.response.authenticator_data),
        "signature": websafe_encode(found.response.signature),
    }
    if found.response.user_handle is not None:
        response["userHandle"] = websafe_encode(found.response.user_handle)
    return _credential(found, response)


def public_key(key: Mapping[int, object]) -> bytes | None:
    """Return a public key as SubjectPublicKeyInfo, or None when a browser would not know its kind.

    Args:
        key: As COSE has it.
    """
    if (key.get(1), key.get(-1)) == (2, 1):
        point = b"\x04" + cast(bytes, key[-2]) + cast(bytes, key[-3])
        found = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    elif (key.get(1), key.get(-1)) == (1, 6):
        found = Ed25519PublicKey.from_public_bytes(cast(bytes, key[-2]))
    else:
        return None
    return found.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _anonymous(found: AttestationObject) -> AttestationObject:
    """Take away what tells one key from another; a self attestation of a key without a name says nothing of it."""
    credential = found.auth_data.credential_data
    nameless = credential is not None and credential.aaguid == Aaguid.NONE
    if nameless and found.fmt == "packed" and "x5c" not in found.att_stmt:
        return found
    return AttestationObject.create("none", found.auth_data, {})


def _credential(
    found: RegistrationResponse | AuthenticationResponse, response: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": found.id,
        "rawId": found.id,
        "type": "public-key",
        "authenticatorAttachment": "cross-platform",
        "response": response,
        "clientExtensionResults": _plain(found.client_extension_results),
    }


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return websafe_encode(value)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        # python-fido2 2.2 gives empty data as an empty list: a second result that nobody asked for.
        return {name: _plain(member) for name, member in members.items() if member not in (None, [])}
    return value
