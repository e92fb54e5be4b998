"""CTAP1, which is U2F: registration and authentication by commands that are repeated until the user touches.

Source: FIDO U2F Raw Message Formats 1.2, ISO 7816-4 for the lengths; CTAP 2.1 section 7 for what it shares with CTAP2.
"""

import struct

from micropython import const

from chip import certificate, ctap
from chip.credential import OPTIONAL, REQUIRED, Credential, new_key, unseal
from common.faults import FaultError
from common.store import StoreError
from common.vault import VaultError

_REGISTER = const(1)
_AUTHENTICATE = const(2)
_VERSION = const(3)

_CHECK_ONLY = const(0x07)
_ENFORCE = const(0x03)
_DO_NOT_ENFORCE = const(0x08)

_NO_ERROR = const(0x9000)
_CONDITIONS_NOT_SATISFIED = const(0x6985)
_WRONG_DATA = const(0x6A80)
_WRONG_LENGTH = const(0x6700)
_COMMAND_NOT_ALLOWED = const(0x6986)
_INS_NOT_SUPPORTED = const(0x6D00)
_CLA_NOT_SUPPORTED = const(0x6E00)
_UNKNOWN = const(0x6F00)

_HASH = const(32)


class _Refused(Exception):
    """Ends a command; args[0] is its status word."""


def answer(state, message, touched):
    """Carry out the command in a message; return the answer: data and a status word.

    Args:
        state: The State.
        message: A command APDU.
        touched: Called once where the user has to be present: whether they have touched the pad for this message.
    """
    try:
        code, parameter, data = _parse(message)
        if state.settings.always_uv and code != _VERSION:
            raise _Refused(_COMMAND_NOT_ALLOWED)
        if code == _REGISTER:
            body = yield from _register(state, data, touched)
        elif code == _AUTHENTICATE:
            body = yield from _authenticate(state, parameter, data, touched)
        elif code == _VERSION:
            if data:
                raise _Refused(_WRONG_LENGTH)
            body = b"U2F_V2"
        else:
            raise _Refused(_INS_NOT_SUPPORTED)
    except _Refused as refused:
        return struct.pack(">H", refused.args[0])
    except (OSError, MemoryError, FaultError, StoreError, VaultError):
        return struct.pack(">H", _UNKNOWN)
    return body + struct.pack(">H", _NO_ERROR)


def _parse(apdu):
    """Return instruction, first parameter and data of a command."""
    if len(apdu) < 4:
        raise _Refused(_WRONG_LENGTH)
    if apdu[0] != 0:
        raise _Refused(_CLA_NOT_SUPPORTED)
    rest = apdu[4:]
    if len(rest) in (0, 1):  # no data; at most a length that is expected back
        return apdu[1], apdu[2], b""
    if rest[0]:
        size = rest[0]
        data = rest[1 : 1 + size]
        tail = len(rest) - 1 - size
        good = tail in (0, 1)
    elif len(rest) == 3:
        return apdu[1], apdu[2], b""
    else:
        size = int.from_bytes(rest[1:3], "big")
        data = rest[3 : 3 + size]
        tail = len(rest) - 3 - size
        good = tail in (0, 2)
    if not good:
        raise _Refused(_WRONG_LENGTH)
    return apdu[1], apdu[2], data


def _register(state, data, touched):
    if len(data) != 2 * _HASH:
        raise _Refused(_WRONG_LENGTH)
    challenge = data[:_HASH]
    application = data[_HASH:]
    if not touched():
        raise _Refused(_CONDITIONS_NOT_SATISFIED)
    made = Credential(
        application, ctap.ES256, OPTIONAL, state.counters.free(), new_key(ctap.ES256, state.curves)
    )
    made.seal(state.vault)
    key = yield from made.public_key(state.curves)
    point = b"\x04" + key[-2] + key[-3]
    signed = b"\x00" + application + challenge + made.id + point
    signature = yield from made.sign(signed, state.curves)
    own = yield from certificate.self_signed(made, point, state.curves)
    yield from state.counters.commit(made.slot, state.counters.next(made.slot))
    return b"\x05" + point + bytes((len(made.id),)) + made.id + own + signature


def _authenticate(state, mode, data, touched):
    if len(data) < 2 * _HASH + 1 or len(data) != 2 * _HASH + 1 + data[2 * _HASH]:
        raise _Refused(_WRONG_LENGTH)
    challenge = data[:_HASH]
    application = data[_HASH : 2 * _HASH]
    found = unseal(state.vault, application, data[2 * _HASH + 1 :])
    # U2F knows neither PINs nor other curves.
    if found is None or found.algorithm == ctap.EDDSA or found.protection == REQUIRED:
        raise _Refused(_WRONG_DATA)
    if found.resident and state.passkeys.find(found.id) is None:
        raise _Refused(_WRONG_DATA)
    if mode == _CHECK_ONLY:
        raise _Refused(_CONDITIONS_NOT_SATISFIED)
    if mode != _ENFORCE and mode != _DO_NOT_ENFORCE:
        raise _Refused(_WRONG_DATA)
    present = 0
    if mode == _ENFORCE:
        if not touched():
            raise _Refused(_CONDITIONS_NOT_SATISFIED)
        present = 1
    counter = state.counters.next(found.slot)
    head = struct.pack(">BI", present, counter)
    signature = yield from found.sign(application + head + challenge, state.curves)
    yield from state.counters.commit(found.slot, counter)
    return head + signature
