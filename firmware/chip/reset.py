"""authenticatorReset and authenticatorSelection. Source: CTAP 2.1 sections 6.6 and 6.9; longTouchForReset, CTAP 2.2."""

from micropython import const

from chip import ctap
from chip.presence import HOLD
from chip.work import COMMIT

_WINDOW_MS = const(10000)


def run(state, data):
    """Forget everything, if the chip was just plugged in and its user holds the pad for five seconds."""
    if data:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    if state.loop.now - state.started > _WINDOW_MS:
        raise ctap.CtapError(ctap.NOT_ALLOWED)
    state.presence.ask(HOLD)
    yield from state.presence.wait(ctap.USER_ACTION_TIMEOUT)
    yield COMMIT  # from here on there is no way back
    yield from state.parts.forget()
    state.open()
    return b""


def select(state, data):
    """Let the user say by a touch that this is the authenticator which they mean."""
    if data:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    state.presence.ask()
    yield from state.presence.wait(ctap.USER_ACTION_TIMEOUT)
    return b""
