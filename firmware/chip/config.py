"""authenticatorConfig: always-UV and the length of the PIN. Source: CTAP 2.1 section 6.11."""

from chip import ctap, pin, verification
from chip.params import SUBCOMMAND, UINT, named, read
from segl_wire import cbor

_PARAMS = (
    (1, "length", UINT, False),
    (2, "rp_ids", list, False),
    (3, "force", bool, False),
)


def run(state, data):
    """Do what a subcommand says."""
    request = read(data, SUBCOMMAND)
    command = _COMMANDS.get(request["command"])
    if command is None:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)  # not as other commands do
    # Who has switched always-UV on and set no PIN can switch it off again, and nothing else.
    if state.protected or (state.settings.always_uv and command != _toggle_always_uv):
        message = b"\xff" * 32 + bytes((ctap.CONFIG, request["command"]))
        if request["params"] is not None:
            message += cbor.encode(request["params"])
        verification.of_holder(state, request, message, ctap.ACFG)
    yield from command(state, request["params"] or {})
    return b""


def _toggle_always_uv(state, params):
    yield from state.settings.change(always_uv=0 if state.settings.always_uv else 1)


def _set_min_pin_length(state, params):
    params = named(params, _PARAMS)
    shortest = state.settings.min_pin_length
    length = shortest if params["length"] is None else params["length"]
    if not shortest <= length <= pin.MAX_BYTES:
        raise ctap.CtapError(ctap.PIN_POLICY_VIOLATION)
    rp_ids = params["rp_ids"]
    for rp_id in rp_ids or ():
        if type(rp_id) is not str:
            raise ctap.CtapError(ctap.CBOR_UNEXPECTED_TYPE)
    if len(rp_ids or ()) > ctap.MAX_RP_IDS:
        raise ctap.CtapError(ctap.KEY_STORE_FULL)
    if params["force"] and not state.protected:
        raise ctap.CtapError(ctap.PIN_NOT_SET)
    force = params["force"] or (state.protected and state.pin.length < length)
    yield from state.settings.change(
        min_pin_length=length, force_pin_change=1 if force else None, rp_ids=rp_ids
    )
    if force:
        state.token.revoke()


_COMMANDS = {2: _toggle_always_uv, 3: _set_min_pin_length}
