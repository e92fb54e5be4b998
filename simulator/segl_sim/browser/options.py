"""What a page asks for, made into what python-fido2's client takes.

Members that a browser ignores are dropped here, so that none of them reaches the key: descriptors and parameters of
unknown types, unknown values of enumerations, unknown extensions, and the transports of descriptors, which only help
a browser to choose among several keys (python-fido2 2.2 cannot encode those that it does not know). So are empty
strings, which it encodes as lists.

Source: WebAuthn Level 3, sections 5.1.3, 5.1.4.1, 5.4, 5.5, 5.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from fido2.webauthn import (
    AttestationConveyancePreference,
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRequestOptions,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from segl_sim.browser import extensions
from segl_sim.browser.errors import DomError, not_allowed
from segl_sim.browser.members import Members

_Value = TypeVar(
    "_Value", ResidentKeyRequirement, UserVerificationRequirement, AttestationConveyancePreference
)

_LONGEST_USER_ID = 64
_USUAL_ALGORITHMS = (-7, -257)


@dataclass(frozen=True)
class Creation:
    """What `create` asks for.

    Args:
        options: For the client; without a time-out, which it would take from the wall's clock.
        timeout_s: The time-out.
    """

    options: PublicKeyCredentialCreationOptions
    timeout_s: float | None


@dataclass(frozen=True)
class Assertion:
    """What `get` asks for; its members are those of Creation."""

    options: PublicKeyCredentialRequestOptions
    timeout_s: float | None


def read_creation(value: object) -> Creation:
    """Read the options of `create`.

    Args:
        value: As the page sent them: JSON, with data in base64url.

    Raises:
        DomError: TypeError: they are malformed. NotSupportedError: no type of credential, or no extension, that
            exists. NotAllowedError: they ask for a key that is built in.
    """
    options = Members(value, "publicKey")
    rp, user = options.dictionary("rp"), options.dictionary("user")
    user_id = user.data("id")
    if not 1 <= len(user_id) <= _LONGEST_USER_ID:
        raise DomError(
            "TypeError", f"publicKey.user.id has {len(user_id)} bytes, not 1 to {_LONGEST_USER_ID}."
        )
    selection = options.optional_dictionary("authenticatorSelection") or Members({}, "authenticatorSelection")
    attachment = selection.optional_text("authenticatorAttachment")
    read = PublicKeyCredentialCreationOptions(
        rp=PublicKeyCredentialRpEntity(name=rp.text("name"), id=rp.optional_text("id")),
        user=PublicKeyCredentialUserEntity(
            id=user_id, name=user.text("name") or None, display_name=user.text("displayName") or None
        ),
        challenge=options.data("challenge"),
        pub_key_cred_params=_parameters(options),
        exclude_credentials=_descriptors(options, "excludeCredentials"),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=_known(ResidentKeyRequirement, selection.optional_text("residentKey")),
            require_resident_key=selection.flag("requireResidentKey"),
            user_verification=_verification(selection),
        ),
        attestation=_known(AttestationConveyancePreference, options.optional_text("attestation")),
        extensions=extensions.for_creation(options),
    )
    if attachment == AuthenticatorAttachment.PLATFORM:
        raise not_allowed("the page asks for a key that is built into the computer")
    return Creation(read, _timeout_s(options))


def read_assertion(value: object) -> Assertion:
    """Read the options of `get`; see `read_creation`.

    Raises:
        DomError: TypeError, NotSupportedError: as there. SyntaxError: a credential that an extension names is none
            of the allowed ones. NotAllowedError: all the allowed ones are of unknown types.
    """
    options = Members(value, "publicKey")
    allowed = _descriptors(options, "allowCredentials")
    read = PublicKeyCredentialRequestOptions(
        challenge=options.data("challenge"),
        rp_id=options.optional_text("rpId"),
        allow_credentials=allowed,
        user_verification=_verification(options),
        extensions=extensions.for_assertion(options, [one.id for one in allowed]),
    )
    if options.sequence("allowCredentials") and not allowed:
        raise not_allowed("no allowed credential has a known type")
    return Assertion(read, _timeout_s(options))


def _parameters(options: Members) -> list[PublicKeyCredentialParameters]:
    asked = options.sequence("pubKeyCredParams")
    found = [one.number("alg") for one in asked if one.text("type") == PublicKeyCredentialType.PUBLIC_KEY]
    if asked and not found:
        raise DomError(
            "NotSupportedError", "publicKey.pubKeyCredParams names no type of credential that exists."
        )
    algorithms = found if asked else _USUAL_ALGORITHMS
    return [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in algorithms
    ]


def _descriptors(options: Members, name: str) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=one.data("id"))
        for one in options.sequence(name)
        if one.text("type") == PublicKeyCredentialType.PUBLIC_KEY and one.data("id")
    ]


def _verification(options: Members) -> UserVerificationRequirement:
    asked = options.optional_text("userVerification")
    return _known(UserVerificationRequirement, asked) or UserVerificationRequirement.PREFERRED


def _timeout_s(options: Members) -> float | None:
    milliseconds = options.optional_number("timeout")
    return None if milliseconds is None else max(milliseconds, 0) / 1000


def _known(values: type[_Value], asked: str | None) -> _Value | None:
    return next((one for one in values if one.value == asked), None)
