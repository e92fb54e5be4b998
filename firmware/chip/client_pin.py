"""authenticatorClientPIN. Source: CTAP 2.1 section 6.5."""

from chip import cose, ctap, verification
from chip.params import UINT, read
from segl_wire import cbor

_REQUEST = (
    (1, "protocol", UINT, False),
    (2, "command", UINT, True),
    (3, "key", dict, False),
    (4, "signature", bytes, False),
    (5, "new_pin", bytes, False),
    (6, "pin_hash", bytes, False),
    (9, "permissions", UINT, False),
    (10, "rp_id", str, False),
)
_OURS = ctap.MC | ctap.GA | ctap.CM | ctap.LBW | ctap.ACFG
_DEFINED = 0x7F  # with those that others have: bioEnrollment 8, pcmr 64


def run(state, data):
    """Do what a subcommand says; return its answer."""
    request = read(data, _REQUEST)
    command = _COMMANDS.get(request["command"])
    if command is None:
        raise ctap.CtapError(ctap.INVALID_SUBCOMMAND)
    answer = yield from command(state, request)
    return cbor.encode(answer) if answer else b""


def _retries(state, request):
    yield
    if not state.protected:
        raise ctap.CtapError(ctap.PIN_NOT_SET)
    answer = {3: state.pin.retries}
    if state.pin.needs_power_cycle:
        answer[4] = True
    return answer


def _key_agreement(state, request):
    verification.known(request["protocol"])
    _, x, y = yield from state.agreement()
    return {1: cose.agreement(x, y)}


def _set(state, request):
    _need(request, ("key", "signature", "new_pin"))
    if state.protected:
        raise ctap.CtapError(ctap.PIN_AUTH_INVALID)
    secret = yield from verification.agree(state, request["protocol"], request["key"])
    secret.verify(request["new_pin"], request["signature"])
    digest, length = state.pin.hash(secret.decrypt(request["new_pin"]))
    yield from state.pin.store(digest, length)


def _change(state, request):
    _need(request, ("key", "signature", "new_pin", "pin_hash"))
    _guessable(state)
    secret = yield from verification.agree(state, request["protocol"], request["key"])
    secret.verify(request["new_pin"] + request["pin_hash"], request["signature"])
    old = yield from _checked(state, secret, request["pin_hash"])
    digest, length = state.pin.hash(secret.decrypt(request["new_pin"]))
    if state.settings.force_pin_change and digest == old:
        raise ctap.CtapError(ctap.PIN_POLICY_VIOLATION)
    yield from state.pin.store(digest, length)
    state.token.revoke()


def _token(state, request):
    if request["permissions"] is not None or request["rp_id"] is not None:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    return (yield from _issue(state, request, ctap.MC | ctap.GA))


def _token_with_permissions(state, request):
    wanted = request["permissions"]
    if wanted is None:
        raise ctap.CtapError(ctap.MISSING_PARAMETER)
    if wanted == 0:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    if wanted & _DEFINED & ~_OURS:
        raise ctap.CtapError(ctap.UNAUTHORIZED_PERMISSION)
    if wanted & (ctap.MC | ctap.GA) and request["rp_id"] is None:
        raise ctap.CtapError(ctap.MISSING_PARAMETER)
    return (yield from _issue(state, request, wanted & _OURS))


def _issue(state, request, permissions):
    """Return a new token, encrypted, to whoever knows the PIN."""
    _need(request, ("key", "pin_hash"))
    _guessable(state)
    secret = yield from verification.agree(state, request["protocol"], request["key"])
    yield from _checked(state, secret, request["pin_hash"])
    if state.settings.force_pin_change:
        raise ctap.CtapError(ctap.PIN_INVALID)
    token = state.token.issue(secret.version, permissions, request["rp_id"], state.loop.now)
    return {2: secret.encrypt(token)}


def _need(request, names):
    verification.known(request["protocol"])
    for name in names:
        if request[name] is None:
            raise ctap.CtapError(ctap.MISSING_PARAMETER)


def _guessable(state):
    if not state.protected:
        raise ctap.CtapError(ctap.PIN_NOT_SET)
    state.pin.must_be_open()


def _checked(state, secret, encrypted):
    """Return the hash of the PIN that a platform sent, if it is right; a wrong one ends the agreement too."""
    try:
        guess = secret.decrypt(encrypted)
        yield from state.pin.check(guess)
    except ctap.CtapError:
        state.forget_agreement()
        raise
    return guess


_COMMANDS = {
    1: _retries,
    2: _key_agreement,
    3: _set,
    4: _change,
    5: _token,
    9: _token_with_permissions,
}
