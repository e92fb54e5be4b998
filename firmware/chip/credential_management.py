"""authenticatorCredentialManagement: what an owner sees of the stored credentials, and what they delete.

Source: CTAP 2.1 section 6.8.
"""

from micropython import const

from chip import ctap, verification
from chip.credential import unseal
from chip.make_credential import stored_user
from chip.params import DESCRIPTOR, SUBCOMMAND, USER, named, read
from segl_wire import cbor

_PARAMS = (
    (1, "rp_hash", bytes, False),
    (2, "credential", dict, False),
    (3, "user", dict, False),
)
_METADATA = const(1)
_RPS = const(2)
_NEXT_RP = const(3)
_CREDENTIALS = const(4)
_NEXT_CREDENTIAL = const(5)
_DELETE = const(6)
_UPDATE = const(7)


class _Walk:
    """Where an enumeration stands: the command that goes on with it, and what is left."""

    def __init__(self, command, places, rp_hash=None):
        self.command = command
        self.places = places
        self.rp_hash = rp_hash


def run(state, data):
    """Do what a subcommand says; return its answer."""
    request = read(data, SUBCOMMAND)
    command = _COMMANDS.get(request["command"])
    if command is None:
        raise ctap.CtapError(ctap.INVALID_SUBCOMMAND)
    if request["command"] not in (_NEXT_RP, _NEXT_CREDENTIAL):
        state.remembered = None
    answer = yield from command(state, request)
    return cbor.encode(answer) if answer else b""


def _metadata(state, request):
    yield
    _authorized(state, request)
    state.token.must_not_be_bound()
    return {1: len(state.passkeys), 2: state.passkeys.left}


def _rps(state, request):
    _authorized(state, request)
    state.token.must_not_be_bound()
    places = state.passkeys.rp_places()
    if not places:
        raise ctap.CtapError(ctap.NO_CREDENTIALS)
    total = len(places)
    state.remembered = _Walk(_NEXT_RP, places)
    answer = yield from _next_rp(state, request)
    answer[5] = total
    return answer


def _next_rp(state, request):
    yield
    record = state.passkeys.load(_going_on(state, _NEXT_RP).places.pop(0))
    return {3: {"id": record.rp_id}, 4: record.rp_hash}


def _credentials(state, request):
    params = _authorized(state, request)
    yield
    rp_hash = _need(params["rp_hash"])
    places = state.passkeys.places(rp_hash)
    if not places:
        state.token.must_not_be_bound()
        raise ctap.CtapError(ctap.NO_CREDENTIALS)
    state.token.must_not_be_bound(state.passkeys.load(places[0]).rp_id)
    yield
    total = len(places)
    state.remembered = _Walk(_NEXT_CREDENTIAL, places, rp_hash)
    answer = yield from _next_credential(state, request)
    answer[9] = total
    return answer


def _next_credential(state, request):
    walk = _going_on(state, _NEXT_CREDENTIAL)
    record = state.passkeys.load(walk.places.pop(0))
    yield
    found = unseal(state.vault, walk.rp_hash, record.id)
    answer = {
        6: record.user,
        7: {"id": record.id, "type": "public-key"},
        8: (yield from found.public_key(state.curves)),
        10: found.protection,
    }
    if found.has_large_blob_key:
        answer[11] = found.large_blob_key
    return answer


def _delete(state, request):
    params = _authorized(state, request)
    record = _chosen(state, params)
    yield from state.passkeys.delete(record)


def _update(state, request):
    params = _authorized(state, request)
    user = named(_need(params["user"]), USER)
    record = _chosen(state, params)
    if user["id"] != record.user["id"]:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    yield from state.passkeys.update(record, stored_user(user))


def _authorized(state, request):
    """Return the parameters of a subcommand, once its sender has proved to know the PIN."""
    message = bytes((request["command"],))
    if request["params"] is not None:
        message += cbor.encode(request["params"])
    verification.of_holder(state, request, message, ctap.CM)
    return named(request["params"] or {}, _PARAMS)


def _chosen(state, params):
    """Return the Record of the credential that the parameters name."""
    identifier = named(_need(params["credential"]), DESCRIPTOR)["id"]
    record = state.passkeys.find(identifier)
    if record is None:
        raise ctap.CtapError(ctap.NO_CREDENTIALS)
    state.token.must_not_be_bound(record.rp_id)
    return record


def _need(value):
    if value is None:
        raise ctap.CtapError(ctap.MISSING_PARAMETER)
    return value


def _going_on(state, command):
    """Return the enumeration that a command goes on with."""
    walk = state.remembered
    if type(walk) is not _Walk or walk.command != command or not walk.places:
        state.remembered = None
        raise ctap.CtapError(ctap.NOT_ALLOWED)
    return walk


_COMMANDS = {
    _METADATA: _metadata,
    _RPS: _rps,
    _NEXT_RP: _next_rp,
    _CREDENTIALS: _credentials,
    _NEXT_CREDENTIAL: _next_credential,
    _DELETE: _delete,
    _UPDATE: _update,
}
