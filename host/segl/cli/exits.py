"""Exit codes, the same for every command, and how an error becomes one."""

import click

from segl.errors import (
    Busy,
    ChipError,
    DeviceError,
    InputError,
    NotFound,
    Permission,
    PinError,
    ProtocolError,
    SeglError,
    TransportError,
    error_name,
)
from segl_wire import schema

OK = 0
FAILURE = 1
USAGE = 2
NO_DEVICE = 3
SEVERAL_DEVICES = 4
PERMISSION = 5
PIN = 6  # wrong, blocked, missing, or not one that the chip takes
NOT_BY_USER = 7  # refused, or not answered in time
PROTOCOL = 8
OLD_FIRMWARE = 9
REFUSED = 10  # a code or a signature that is not good
INTERRUPTED = 130

_DEVICE = {
    schema.CLOSED: NOT_BY_USER,
    schema.REFUSED: NOT_BY_USER,
    schema.TIMEOUT: NOT_BY_USER,
    schema.CANCELLED: NOT_BY_USER,
    schema.UNKNOWN_COMMAND: OLD_FIRMWARE,
    schema.MALFORMED: PROTOCOL,
    schema.MISSING_FIELD: PROTOCOL,
    schema.BAD_FIELD: PROTOCOL,
}
_CHIP = {
    "OPERATION_DENIED": NOT_BY_USER,
    "USER_ACTION_TIMEOUT": NOT_BY_USER,
    "ACTION_TIMEOUT": NOT_BY_USER,
    "KEEPALIVE_CANCEL": NOT_BY_USER,
    "UP_REQUIRED": NOT_BY_USER,
    "INVALID_COMMAND": OLD_FIRMWARE,
    "INVALID_SUBCOMMAND": OLD_FIRMWARE,
}


class Several(SeglError):
    """More than one device is at hand and none was chosen."""


_KINDS: list[tuple[type[Exception], int, str]] = [
    (click.UsageError, USAGE, "USAGE"),
    (InputError, USAGE, "USAGE"),
    (NotFound, NO_DEVICE, "NO_DEVICE"),
    (Several, SEVERAL_DEVICES, "SEVERAL_DEVICES"),
    (Permission, PERMISSION, "PERMISSION"),
    (Busy, FAILURE, "DEVICE_IN_USE"),
    (TransportError, FAILURE, "NO_ANSWER"),
    (ProtocolError, PROTOCOL, "PROTOCOL"),
]


def exit_code(error: Exception) -> int:
    """The exit code of an expected error."""
    if isinstance(error, DeviceError):
        return _DEVICE.get(error.code, FAILURE)
    if isinstance(error, PinError):
        return PIN
    if isinstance(error, ChipError):
        return _CHIP.get(error.name, FAILURE)
    if isinstance(error, click.ClickException):
        return error.exit_code
    return next((code for kind, code, _ in _KINDS if isinstance(error, kind)), FAILURE)


def error_word(error: Exception) -> str:
    """The word that scripts compare: the wire's or CTAP's name of a device's error, else the kind of error."""
    if isinstance(error, DeviceError):
        return error_name(error.code)
    if isinstance(error, ChipError):
        return error.name
    return next((word for kind, _, word in _KINDS if isinstance(error, kind)), "FAILURE")
