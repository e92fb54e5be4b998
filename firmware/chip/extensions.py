"""Extensions: what is asked for by name in a request, and what comes back in the authenticator data.

Source: CTAP 2.1 section 12; hmac-secret-mc, CTAP 2.2 section 12.8.
"""

from micropython import const

from chip import credential, ctap, verification
from chip.params import UINT, named
from common.otp import hmac

NAMES = (
    "credBlob",
    "credProtect",
    "hmac-secret",
    "hmac-secret-mc",
    "largeBlobKey",
    "minPinLength",
)
_SALT = const(32)

_MAKING = (
    ("credBlob", "blob", bytes, False),
    ("credProtect", "protection", UINT, False),
    ("hmac-secret", "hmac_secret", bool, False),
    ("hmac-secret-mc", "salts", dict, False),
    ("largeBlobKey", "large_blob_key", bool, False),
    ("minPinLength", "min_pin_length", bool, False),
)
_ASKING = (
    ("credBlob", "blob", bool, False),
    ("hmac-secret", "salts", dict, False),
    ("largeBlobKey", "large_blob_key", bool, False),
)
_SALTS = (
    (1, "key", dict, True),
    (2, "encrypted", bytes, True),
    (3, "signature", bytes, True),
    (4, "protocol", UINT, False),
)


def for_making(found, resident):
    """Return what a makeCredential request asks for, by the names in _MAKING.

    Args:
        found: The extensions of the request, or None.
        resident: Whether the credential is to be stored.

    Raises:
        CtapError: One is malformed, or does not fit the others.
    """
    wanted = named(found or {}, _MAKING)
    if wanted["protection"] is None:
        wanted["protection"] = credential.OPTIONAL
    elif not credential.OPTIONAL <= wanted["protection"] <= credential.REQUIRED:
        raise ctap.CtapError(ctap.INVALID_OPTION)
    _large_blob_key(wanted, resident)
    if wanted["salts"] is not None and not wanted["hmac_secret"]:
        raise ctap.CtapError(ctap.MISSING_PARAMETER)
    return wanted


def for_asking(found, present):
    """Return what a getAssertion request asks for, by the names in _ASKING.

    Args:
        found: The extensions of the request, or None.
        present: Whether the user is asked for a touch.

    Raises:
        CtapError: One is malformed, or does not fit the others.
    """
    wanted = named(found or {}, _ASKING)
    _large_blob_key(wanted, True)
    if wanted["salts"] is not None and not present:
        raise ctap.CtapError(ctap.UNSUPPORTED_OPTION)
    return wanted


def _large_blob_key(wanted, possible):
    if wanted["large_blob_key"] is not None and not (wanted["large_blob_key"] and possible):
        raise ctap.CtapError(ctap.INVALID_OPTION)


def blob_fits(wanted, resident):
    """Return whether a credBlob can be stored."""
    return resident and len(wanted["blob"]) <= ctap.MAX_BLOB


def read_salts(state, wanted):
    """Return the salts in a request and the Secret that its answer is encrypted with, or None.

    Raises:
        CtapError: They are malformed, or were not authenticated.
    """
    if wanted["salts"] is None:
        return None
    request = named(wanted["salts"], _SALTS)
    version = 1 if request["protocol"] is None else request["protocol"]
    verification.known(version)
    secret = yield from verification.agree(state, version, request["key"])
    secret.verify(request["encrypted"], request["signature"])
    salts = secret.decrypt(request["encrypted"])
    if len(salts) != _SALT and len(salts) != 2 * _SALT:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    return salts, secret


def hmac_secret(found, salts, verified):
    """Return the encrypted secrets of a credential, one for each salt.

    Args:
        found: The Credential.
        salts: As `read_salts` returned them.
        verified: Whether the user's PIN was right: then the secrets are others.
    """
    salts, secret = salts
    key = found.secret(b"hmac-secret with UV" if verified else b"hmac-secret without UV")
    secrets = b"".join([hmac(key, salts[at : at + _SALT]) for at in range(0, len(salts), _SALT)])
    return secret.encrypt(secrets)
