"""Every error of the library; each message is one sentence that says what happened and what to do."""

from segl_wire import schema

__all__ = [
    "REMEDIES",
    "Busy",
    "ChipError",
    "DeviceError",
    "InputError",
    "Lost",
    "NotFound",
    "Permission",
    "PinError",
    "ProtocolError",
    "SeglError",
    "TransportError",
    "error_name",
]

# What the user can do about each error of the wire; docs/protocol.md prints these sentences too.
REMEDIES = {
    "MALFORMED": "The device could not read the request; try again, and report it if it happens again.",
    "UNKNOWN_COMMAND": "The device cannot do this; install newer firmware if its model should.",
    "MISSING_FIELD": "The device misses a part of the request; update this program or the firmware.",
    "BAD_FIELD": "The device does not accept a value of the request; check the value.",
    "CLOSED": "The device is not in set-up; open it there (display: hold the key for five seconds, release when "
    "the screen says so; reader: choose set-up in the menu) and try again.",
    "FULL": "The device has no room for this; wipe it, or use another device.",
    "EXISTS": "The device has a key of this name already; choose another name, or replace it.",
    "NOT_FOUND": "The device has no key at this index; look at which keys it has.",
    "REFUSED": "The request was refused on the device; try again and confirm it there.",
    "TIMEOUT": "Nobody answered on the device in time; try again and answer it there.",
    "BUSY": "The device waits for an answer to another request; answer it or cancel it, then try again.",
    "STALE": "The device has seen a later request to set its time; "
    "check this computer's clock and try again.",
    "NO_TIME": "The device's clock is lost or was ahead; set it by provisioning the device again.",
    "DAMAGED": "The device's storage is damaged; wipe it and provision it again, "
    "and replace it if this comes back.",
    "INTERNAL": "The device failed inside; unplug it, try again, and report it if it happens twice.",
    "CANCELLED": "The request was cancelled; try again.",
    "LOW_BATTERY": "The device's battery is too low to store anything safely; replace it and try again.",
}

_NAMES: dict[int, str] = {getattr(schema, name): name for name in REMEDIES}


def error_name(code: int) -> str:
    """The name of a wire error in docs/protocol.md, such as "CLOSED"."""
    return _NAMES.get(code, f"ERROR_{code}")


class SeglError(Exception):
    """Whatever this library expects to go wrong."""


class InputError(SeglError, ValueError):
    """What the caller gave (a URL, an otpauth URI, a key file) cannot be used."""


class TransportError(SeglError):
    """The device could not be reached, or stopped answering."""


class NotFound(TransportError):
    """There is no device there."""


class Busy(TransportError):
    """Another program holds the device."""


class Lost(TransportError):
    """The connection ended in the middle."""


class Permission(TransportError):
    """The operating system does not let this user open the device."""


class ProtocolError(SeglError):
    """What came back is not Segl's protocol."""


class DeviceError(SeglError):
    """The device answered with an error.

    Args:
        code: error code of the wire (segl_wire.schema).
        field: name of the field to blame, if one is.
        remedy: what to say in the place of REMEDIES' sentence.
    """

    def __init__(self, code: int, field: str | None = None, remedy: str | None = None) -> None:
        unknown = f"The device answered with error {code}, unknown here; update this program."
        remedy = remedy or REMEDIES.get(error_name(code), unknown)
        super().__init__(remedy if field is None else f"{remedy[:-1]} ({field}).")
        self.code = code
        self.field = field

    @property
    def name(self) -> str:
        """The error's name in docs/protocol.md."""
        return error_name(self.code)


class ChipError(SeglError):
    """The chip answered with an error of CTAP, FIDO's protocol.

    Args:
        name: the error's name in the CTAP specification without its prefix, such as "KEY_STORE_FULL".
        remedy: one sentence that says what happened and what to do.
    """

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(remedy)
        self.name = name


class PinError(ChipError):
    """The chip's PIN is wrong, blocked or missing, or the chip does not take it as a new one.

    Args:
        name: such as "PIN_INVALID".
        remedy: one sentence that says what happened and what to do.
        tries_left: wrong PINs that the chip takes before it blocks the PIN for good, None if that does not matter.
    """

    def __init__(self, name: str, remedy: str, tries_left: int | None = None) -> None:
        super().__init__(name, remedy)
        self.tries_left = tries_left
