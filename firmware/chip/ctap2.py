"""CTAP2: from a message to its command, and back. Source: CTAP 2.1 sections 6 and 8."""

from chip import (
    client_pin,
    config,
    credential_management,
    ctap,
    get_assertion,
    get_info,
    large_blobs,
    make_credential,
    reset,
)
from common.faults import FaultError
from common.store import StoreError
from common.vault import VaultError

_COMMANDS = {
    ctap.MAKE_CREDENTIAL: make_credential.run,
    ctap.GET_ASSERTION: get_assertion.run,
    ctap.GET_INFO: get_info.run,
    ctap.CLIENT_PIN: client_pin.run,
    ctap.RESET: reset.run,
    ctap.GET_NEXT_ASSERTION: get_assertion.run_next,
    ctap.CREDENTIAL_MANAGEMENT: credential_management.run,
    ctap.SELECTION: reset.select,
    ctap.LARGE_BLOBS: large_blobs.run,
    ctap.CONFIG: config.run,
    # By this number alone older libfido2 asks for it: docs/decisions/0020.
    ctap.CREDENTIAL_MANAGEMENT_PREVIEW: credential_management.run,
}
# These go on with what the command before them left.
_GOING_ON = (
    ctap.GET_NEXT_ASSERTION,
    ctap.CREDENTIAL_MANAGEMENT,
    ctap.CREDENTIAL_MANAGEMENT_PREVIEW,
    ctap.LARGE_BLOBS,
)


def answer(state, message):
    """Carry out the command in a message; return the answer: a status byte, and CBOR if it is OK."""
    try:
        if not message:
            raise ctap.CtapError(ctap.INVALID_LENGTH)
        command = _COMMANDS.get(message[0])
        if command is None:
            raise ctap.CtapError(ctap.INVALID_COMMAND)
        # What a token was shown for must not outlast it.
        if state.token.expire(state.loop.now) or message[0] not in _GOING_ON:
            state.remembered = None
        body = yield from command(state, message[1:])
    except ctap.CtapError as error:
        return bytes((error.args[0],))
    except (OSError, MemoryError, FaultError, StoreError, VaultError):
        return bytes((ctap.OTHER,))
    return bytes((ctap.OK,)) + body
