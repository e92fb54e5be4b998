"""How a request ends for a page when it fails: an error with the name that Web Authentication gives it.

Source: WebAuthn Level 3, sections 5.1.3.1 and 5.1.4.4; Credential Management Level 1, section 2.5.
"""

from __future__ import annotations

from fido2.client import ClientError
from fido2.ctap import CtapError
from fido2.hid import ConnectionFailure

from segl.errors import TransportError

_ERR = CtapError.ERR
_REASONS: dict[int, str] = {
    _ERR.NO_CREDENTIALS: "the key has no credential for this site, or none that may be used here",
    _ERR.KEEPALIVE_CANCEL: "the request was canceled",
    _ERR.OPERATION_DENIED: "nobody touched the key in time",
    _ERR.USER_ACTION_TIMEOUT: "nobody touched the key in time",
    _ERR.KEY_STORE_FULL: "the key has no room for another credential",
    _ERR.PIN_INVALID: "the PIN is wrong",
    _ERR.PIN_AUTH_BLOCKED: "the PIN was wrong too often; unplug the key and plug it in again",
    _ERR.PIN_BLOCKED: "the PIN is blocked; only a reset makes the key usable again",
    _ERR.PIN_POLICY_VIOLATION: "the key wants a new PIN first",
}


class DomError(Exception):
    """An error as the page gets it.

    Args:
        name: "TypeError", or a DOMException's.
        message: One sentence, for whoever debugs the page.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


def not_allowed(reason: str) -> DomError:
    """Make the error of whatever a page must not learn more about."""
    return DomError("NotAllowedError", f"Not allowed, or timed out: {reason}.")


def of_failure(failure: Exception, creating: bool) -> DomError | None:
    """Translate what python-fido2's client, or the way to the chip, has raised; None: it should not have.

    Args:
        failure: That.
        creating: Whether a credential was to be made; some errors exist there only.
    """
    if isinstance(failure, DomError):
        return failure
    if isinstance(failure, ClientError):
        return _of_client(failure, creating)
    if isinstance(failure, CtapError):
        return _of_ctap(failure)
    if isinstance(failure, TransportError | ConnectionFailure):
        return not_allowed("the key has gone")
    if isinstance(failure, ValueError):  # python-fido2 about extensions
        return DomError("NotSupportedError", f"An extension cannot be served: {failure}.")
    return None


def _of_client(failure: ClientError, creating: bool) -> DomError:
    cause: object = vars(failure)["cause"]  # of no type, says python-fido2
    if isinstance(cause, CtapError):
        return _of_ctap(cause)
    if isinstance(cause, ValueError):
        return DomError("NotSupportedError", f"An extension cannot be served: {cause}.")
    if failure.code == ClientError.ERR.CONFIGURATION_UNSUPPORTED:
        message = "User verification is required, and the key has no PIN set."
        return DomError("ConstraintError", message) if creating else not_allowed(message[:-1])
    if failure.code == ClientError.ERR.TIMEOUT:
        return not_allowed("the request was canceled")
    return not_allowed(str(cause or failure.code.name))


def _of_ctap(error: CtapError) -> DomError:
    if error.code == _ERR.CREDENTIAL_EXCLUDED:
        return DomError("InvalidStateError", "The key has one of the excluded credentials already.")
    if error.code == _ERR.UNSUPPORTED_ALGORITHM:
        return DomError("NotSupportedError", "The key knows none of the algorithms in pubKeyCredParams.")
    return not_allowed(_REASONS.get(error.code, f"the key answered {error.code!r}"))
