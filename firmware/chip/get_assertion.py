"""authenticatorGetAssertion and authenticatorGetNextAssertion. Source: CTAP 2.1 sections 6.2 and 6.3."""

from hashlib import sha256

from micropython import const

from chip import authdata, ctap, extensions, verification
from chip.credential import unseal
from chip.params import UINT, descriptors, options, read
from segl_wire import cbor

_HASH = const(32)
_NEXT_MS = const(30000)

_REQUEST = (
    (1, "rp_id", str, True),
    (2, "hash", bytes, True),
    (3, "allowed", list, False),
    (4, "extensions", dict, False),
    (5, "options", dict, False),
    (6, "signature", bytes, False),
    (7, "protocol", UINT, False),
)


class _Session:
    """What one request and the getNextAssertion that follow it have in common."""

    def __init__(self, request, rp_hash, flags, wanted, salts):
        self.hash = request["hash"]
        self.rp_hash = rp_hash
        self.flags = flags
        self.wanted = wanted
        self.salts = salts
        self.total = 1
        self.places = []
        self.until = 0


def run(state, data):
    """Prove to a relying party that the user has a credential of its; return the proof."""
    request = read(data, _REQUEST)
    if len(request["hash"]) != _HASH:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    yield from verification.begin(state, request)
    present = _options(request)
    if state.settings.always_uv and present and request["signature"] is None:
        raise ctap.CtapError(ctap.PUAT_REQUIRED)
    verified = verification.of_user(state, request, ctap.GA, request["rp_id"])
    wanted = extensions.for_asking(request["extensions"], present)
    rp_hash = sha256(request["rp_id"].encode()).digest()
    session = _Session(
        request, rp_hash, (ctap.UP if present else 0) | (ctap.UV if verified else 0), wanted, None
    )
    allowed = descriptors(request["allowed"])
    if request["allowed"]:
        found = yield from _named(state, rp_hash, allowed, verified)
    else:
        found = _stored(state, session, verified)
    if found is None:
        raise ctap.CtapError(ctap.NO_CREDENTIALS)
    session.salts = yield from extensions.read_salts(state, wanted)
    if present:
        state.presence.ask()
    counter, answer = yield from _prepare(state, session, found)
    if present:
        yield from state.presence.wait()
        state.token.used()
    yield from state.counters.commit(found.slot, counter)
    if session.places:
        answer[5] = session.total
        session.until = state.loop.now + _NEXT_MS
        state.remembered = session
    return cbor.encode(answer)


def run_next(state, data):
    """Return the proof of the next credential that the last request found."""
    session = state.remembered
    if data:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    if type(session) is not _Session or state.loop.now >= session.until:
        state.remembered = None
        raise ctap.CtapError(ctap.NOT_ALLOWED)
    found = _load(state, session.rp_hash, session.places.pop(0))
    counter, answer = yield from _prepare(state, session, found)
    yield from state.counters.commit(found.slot, counter)
    session.until = state.loop.now + _NEXT_MS
    if not session.places:
        state.remembered = None
    return cbor.encode(answer)


def _options(request):
    """Return whether the user is asked for a touch."""
    found = request["options"]
    if "rk" in (found or ()):
        raise ctap.CtapError(ctap.UNSUPPORTED_OPTION)
    values = options(found, {"up": True, "uv": False})
    if values["uv"] and request["signature"] is None:
        raise ctap.CtapError(ctap.INVALID_OPTION)
    return values["up"]


def _named(state, rp_hash, identifiers, verified):
    """Return the first credential of those that the request names which may be used, or None."""
    for identifier in identifiers:
        yield
        found = unseal(state.vault, rp_hash, identifier)
        if found is None or not found.usable(verified):
            continue
        if found.resident:
            found.record = state.passkeys.find(identifier)
            if found.record is None:
                continue
        return found
    return None


def _stored(state, session, verified):
    """Return the newest stored credential that may be used, or None; leave the others' places in the session."""
    places = state.passkeys.places(session.rp_hash, verified)
    if not places:
        return None
    session.total = len(places)
    session.places = places[1:]
    return _load(state, session.rp_hash, places[0])


def _load(state, rp_hash, place):
    record = state.passkeys.load(place)
    found = unseal(state.vault, rp_hash, record.id)
    found.record = record
    return found


def _prepare(state, session, found):
    """Compute what needs no user: return the counter's value, and the answer that may go once it is kept."""
    counter = state.counters.next(found.slot)
    data = authdata.data(session.rp_hash, session.flags, counter, b"", _outputs(session, found))
    signature = yield from found.sign(data + session.hash, state.curves)
    answer = {1: {"id": found.id, "type": "public-key"}, 2: data, 3: signature}
    if found.record:
        answer[4] = _user(found.record.user, session)
    if session.wanted["large_blob_key"] and found.has_large_blob_key:
        answer[7] = found.large_blob_key
    return counter, answer


def _user(user, session):
    """Return as much of a user as the request may learn: words only to choose by, and to someone who knows the PIN."""
    if session.flags & ctap.UV and session.total > 1:
        return user
    return {"id": user["id"]}


def _outputs(session, found):
    outputs = {}
    if session.wanted["blob"]:
        outputs["credBlob"] = found.record.blob if found.record else b""
    if session.salts:
        verified = bool(session.flags & ctap.UV)
        outputs["hmac-secret"] = extensions.hmac_secret(found, session.salts, verified)
    return outputs
