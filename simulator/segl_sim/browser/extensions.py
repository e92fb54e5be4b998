"""The extensions that a page may ask for, of those that python-fido2's client serves.

They are credProps, credProtect, hmacCreateSecret, prf, largeBlob, minPinLength and credBlob; a browser ignores what it
does not know, so all else is dropped.

Source: WebAuthn Level 3, sections 10.1.3 to 10.1.5; CTAP 2.1, sections 12.1 to 12.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fido2.ctap2.extensions import CredProtectExtension
from fido2.utils import websafe_encode

from segl_sim.browser.errors import DomError
from segl_sim.browser.members import Members

_SUPPORT = ("required", "preferred")


def for_creation(options: Members) -> dict[str, Any]:
    """Read the extensions of `create`.

    Args:
        options: Of the request.

    Raises:
        DomError: TypeError: malformed. NotSupportedError: what exists for `get` only.
    """
    asked = options.optional_dictionary("extensions") or Members({}, "extensions")
    found: dict[str, Any] = {
        name: True for name in ("credProps", "hmacCreateSecret", "minPinLength") if asked.flag(name)
    }
    if (policy := asked.optional_text("credentialProtectionPolicy")) is not None:
        if policy not in [one.value for one in CredProtectExtension.POLICY]:
            raise DomError("TypeError", f"credentialProtectionPolicy is none of CTAP's: {policy[:40]!r}.")
        found["credentialProtectionPolicy"] = policy
        found["enforceCredentialProtectionPolicy"] = asked.flag("enforceCredentialProtectionPolicy")
    if (blob := asked.optional_data("credBlob")) is not None:
        found["credBlob"] = blob
    if prf := asked.optional_dictionary("prf"):
        if prf.has("evalByCredential"):
            raise DomError("NotSupportedError", "prf.evalByCredential is for get() only.")
        found["prf"] = _evaluated(prf)
    if large := asked.optional_dictionary("largeBlob"):
        if large.has("read") or large.has("write"):
            raise DomError("NotSupportedError", "largeBlob.read and largeBlob.write are for get() only.")
        support = large.optional_text("support") or "preferred"
        if support not in _SUPPORT:
            raise DomError("TypeError", f"largeBlob.support is neither {' nor '.join(_SUPPORT)}.")
        found["largeBlob"] = {"support": support}
    return found


def for_assertion(options: Members, allowed: Sequence[bytes]) -> dict[str, Any]:
    """Read the extensions of `get`.

    Args:
        options: Of the request.
        allowed: The ids of the allowed credentials.

    Raises:
        DomError: TypeError: malformed. NotSupportedError: what exists for `create` only, or contradicts itself.
            SyntaxError: prf.evalByCredential names a credential that is not allowed.
    """
    asked = options.optional_dictionary("extensions") or Members({}, "extensions")
    found: dict[str, Any] = {"getCredBlob": True} if asked.flag("getCredBlob") else {}
    if prf := asked.optional_dictionary("prf"):
        found["prf"] = _evaluated(prf) | _by_credential(prf, allowed)
    if large := asked.optional_dictionary("largeBlob"):
        found |= _large_blob(large, allowed)
    return found


def _evaluated(prf: Members) -> dict[str, Any]:
    values = prf.optional_dictionary("eval")
    return {"eval": _values(values)} if values else {}


def _by_credential(prf: Members, allowed: Sequence[bytes]) -> dict[str, Any]:
    entries = prf.optional_dictionary("evalByCredential")
    if entries is None:
        return {}
    found = {name: _values(values) for name, values in entries.entries()}
    if found and not allowed:
        raise DomError("NotSupportedError", "prf.evalByCredential needs allowCredentials.")
    ids = [websafe_encode(one) for one in allowed]
    if strange := [name for name in found if name not in ids]:
        raise DomError(
            "SyntaxError", f"prf.evalByCredential names {strange[0][:80]!r}, which is not allowed."
        )
    return {"evalByCredential": found}


def _values(values: Members) -> dict[str, bytes]:
    found = {"first": values.data("first")}
    second = values.optional_data("second")
    return found if second is None else found | {"second": second}


def _large_blob(large: Members, allowed: Sequence[bytes]) -> dict[str, Any]:
    if large.has("support"):
        raise DomError("NotSupportedError", "largeBlob.support is for create() only.")
    read, write = large.flag("read"), large.optional_data("write")
    if read and write is not None:
        raise DomError("NotSupportedError", "largeBlob cannot be read and written in one request.")
    if write is not None and len(allowed) != 1:
        raise DomError("NotSupportedError", "largeBlob.write needs just one allowed credential.")
    if read:
        return {"largeBlob": {"read": True}}
    return {} if write is None else {"largeBlob": {"write": write}}
