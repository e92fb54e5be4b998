"""What python-fido2 raises, as the errors of this library: each says in a sentence what happened and what to do."""

import struct
from collections.abc import Generator
from contextlib import contextmanager

from fido2.ctap import CtapError
from fido2.hid import ConnectionFailure

from segl.chip_results import PinTries
from segl.errors import ChipError, PinError, ProtocolError, SeglError

__all__ = ["chip_error", "old_firmware", "pin_refused", "translated"]

_OLD = "The chip cannot do this; install newer firmware on it."
_TOUCH = "Nobody touched the chip in time; try again and touch it while its light blinks."
_TOKEN = "The chip did not accept the proof of its PIN; try again."
_BLOCKED = "The PIN is blocked for good; erase the chip with `segl fido reset`, then it can be set up anew."

_REMEDIES = {
    "ACTION_TIMEOUT": _TOUCH,
    "CHANNEL_BUSY": "Another program uses the chip; wait until it is done and try again.",
    "CREDENTIAL_EXCLUDED": "The chip has a credential for this account already; use that one.",
    "INVALID_COMMAND": _OLD,
    "INVALID_SUBCOMMAND": _OLD,
    "KEEPALIVE_CANCEL": "The request was cancelled; try again.",
    "KEY_STORE_FULL": "The chip has no room for another credential; delete one with `segl fido credentials delete`.",
    "LARGE_BLOB_STORAGE_FULL": "The chip has no room for a blob of this size; delete another one first.",
    "LIMIT_EXCEEDED": "The chip does not take as much as this; give it less.",
    "NOT_ALLOWED": "The chip does not allow this now; plug it in again and retry.",
    "NO_CREDENTIALS": "This chip does not have that credential; plug in the chip on which it was made.",
    "OPERATION_DENIED": "Nobody touched the chip in time, or it was refused there; "
    "try again and touch it while its light blinks.",
    "REQUEST_TOO_LARGE": "The request is longer than the chip takes; give it less.",
    "UNSUPPORTED_ALGORITHM": "The chip does not know this kind of key; choose another.",
    "UP_REQUIRED": _TOUCH,
    "USER_ACTION_TIMEOUT": _TOUCH,
}

_PIN_REMEDIES = {
    "PIN_AUTH_BLOCKED": "Too many PINs in a row were wrong; unplug the chip, plug it in again, and try once more.",
    "PIN_AUTH_INVALID": _TOKEN,
    "PIN_BLOCKED": _BLOCKED,
    "PIN_INVALID": "The PIN is wrong; try again.",
    "PIN_NOT_SET": "The chip has no PIN yet; set one with `segl fido pin set`.",
    "PIN_POLICY_VIOLATION": "The chip does not take this: it wants a PIN of its minimum length that differs from "
    "the old one, and its minimum length only grows.",
    "PIN_TOKEN_EXPIRED": _TOKEN,
    "PUAT_REQUIRED": "The chip wants its PIN for this; give it, or set one with `segl fido pin set`.",
    "UNAUTHORIZED_PERMISSION": _TOKEN,
    "UV_BLOCKED": _BLOCKED,
}


@contextmanager
def translated() -> Generator[None]:
    """Raise what happens inside as errors of this library."""
    try:
        yield
    except SeglError:
        raise
    except CtapError as error:
        raise chip_error(error) from error
    except (ConnectionFailure, ValueError, TypeError, LookupError, struct.error) as error:
        raise ProtocolError(
            "The chip sent an answer that this program does not understand; plug it in again and retry, "
            "and update this program if that does not help."
        ) from error


def chip_error(error: CtapError) -> ChipError:
    """The error of this library that says what a CTAP error means."""
    name = error.code.name
    if name in _PIN_REMEDIES:
        return PinError(name, _PIN_REMEDIES[name])
    unknown = f"The chip answered with the error {name} ({error.code.value}); plug it in again and retry."
    return ChipError(name, _REMEDIES.get(name, unknown))


def old_firmware() -> ChipError:
    """The error for what the chip does not offer in its getInfo."""
    return ChipError("INVALID_COMMAND", _OLD)


def pin_refused(name: str, tries: PinTries) -> PinError:
    """The error for a PIN that was not right, with what is left.

    Args:
        name: what the chip said: PIN_INVALID, PIN_AUTH_BLOCKED or PIN_BLOCKED.
        tries: how many wrong PINs it takes from now on.
    """
    if name == "PIN_BLOCKED" or not tries.left:
        return PinError("PIN_BLOCKED", _BLOCKED, 0)
    left = "1 try is left" if tries.left == 1 else f"{tries.left} tries are left"
    wrong = "The PIN is wrong" if name == "PIN_INVALID" else "Too many PINs in a row were wrong"
    if tries.replug or name == "PIN_AUTH_BLOCKED":
        return PinError(name, f"{wrong}; unplug the chip and plug it in again, then {left}.", tries.left)
    return PinError(name, f"{wrong}; {left}.", tries.left)
