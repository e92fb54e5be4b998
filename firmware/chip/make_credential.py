"""authenticatorMakeCredential. Source: CTAP 2.1 section 6.1."""

from hashlib import sha256

from micropython import const

from chip import authdata, ctap, extensions, verification
from chip.credential import Credential, new_key, unseal
from chip.params import UINT, USER, descriptors, named, options, read
from segl_wire import cbor

_HASH = const(32)
_WORDS = const(64)  # bytes of a user's name that are stored
_USER_ID = const(64)
_RP_ID = const(255)  # no name in DNS is longer

_REQUEST = (
    (1, "hash", bytes, True),
    (2, "rp", dict, True),
    (3, "user", dict, True),
    (4, "algorithms", list, True),
    (5, "excluded", list, False),
    (6, "extensions", dict, False),
    (7, "options", dict, False),
    (8, "signature", bytes, False),
    (9, "protocol", UINT, False),
    (10, "enterprise", UINT, False),
    (11, "formats", list, False),
)
_RP = (("id", "id", str, True), ("name", "name", str, False))
_ALGORITHM = (("alg", "alg", int, True), ("type", "type", str, True))


def run(state, data):
    """Make a credential and return what the platform hands on to the relying party."""
    request = read(data, _REQUEST)
    if len(request["hash"]) != _HASH:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    yield from verification.begin(state, request)
    rp_id = named(request["rp"], _RP)["id"]
    if len(rp_id) > _RP_ID:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    user = _user(request["user"])
    algorithm = _algorithm(request["algorithms"])
    resident = _options(request)
    verified = _verify(state, request, rp_id, resident)
    wanted = extensions.for_making(request["extensions"], resident)
    rp_hash = sha256(rp_id.encode()).digest()
    yield from _exclude(state, descriptors(request["excluded"]), rp_hash, verified)
    replaces = None
    if resident:
        replaces = state.passkeys.find_user(rp_hash, user["id"])
        if replaces is None and state.passkeys.full:
            raise ctap.CtapError(ctap.KEY_STORE_FULL)
    salts = yield from extensions.read_salts(state, wanted)
    state.presence.ask()
    made = Credential(
        rp_hash,
        algorithm,
        wanted["protection"],
        state.counters.free(),
        new_key(algorithm, state.curves),
        resident,
        bool(wanted["large_blob_key"]),
    )
    made.seal(state.vault)
    counter = state.counters.next(made.slot)
    public = yield from made.public_key(state.curves)
    answer = authdata.data(
        rp_hash,
        ctap.UP | (ctap.UV if verified else 0),
        counter,
        authdata.attested(made.id, public),
        _outputs(state, request["extensions"], wanted, made, rp_id, salts, verified),
    )
    statement = {}
    unattested = _wants_none(request["formats"])
    if not unattested:
        signature = yield from made.sign(answer + request["hash"], state.curves)
        statement = {"alg": algorithm, "sig": signature}
    yield from state.presence.wait()
    state.token.used()
    yield from state.counters.commit(made.slot, counter)
    if resident:
        blob = b""
        if wanted["blob"] is not None and extensions.blob_fits(wanted, True):
            blob = wanted["blob"]
        yield from state.passkeys.add(made, rp_id, user, blob, replaces)
    reply = {1: "none" if unattested else "packed", 2: answer, 3: statement}
    if made.has_large_blob_key:
        reply[5] = made.large_blob_key
    return cbor.encode(reply)


def _user(found):
    """Return what is stored of a user."""
    values = named(found, USER)
    if len(values["id"]) > _USER_ID:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    return stored_user(values)


def stored_user(values):
    """Return a user as they are stored: their names cut to 64 bytes, at the end of a letter."""
    user = {"id": values["id"]}
    for name in ("name", "displayName"):
        if values[name] is not None:
            text = values[name]
            while len(text.encode()) > _WORDS:
                text = text[:-1]
            user[name] = text
    return user


def _algorithm(found):
    """Return the first algorithm in a list that the chip knows; all of the list must be well formed."""
    chosen = None
    for entry in found:
        values = named(entry, _ALGORITHM)
        if chosen is None and values["type"] == "public-key" and values["alg"] in ctap.ALGORITHMS:
            chosen = values["alg"]
    if chosen is None:
        raise ctap.CtapError(ctap.UNSUPPORTED_ALGORITHM)
    return chosen


def _options(request):
    """Return whether the credential is to be stored."""
    values = options(request["options"], {"rk": False, "up": True, "uv": False})
    if not values["up"] or (values["uv"] and request["signature"] is None):
        raise ctap.CtapError(ctap.INVALID_OPTION)
    return values["rk"]


def _verify(state, request, rp_id, resident):
    """Return whether the user's PIN was right, where it has to be."""
    required = state.settings.always_uv or (resident and state.protected)
    if required and request["signature"] is None:
        raise ctap.CtapError(ctap.PUAT_REQUIRED)
    if request["enterprise"] is not None:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    return verification.of_user(state, request, ctap.MC, rp_id)


def _exclude(state, identifiers, rp_hash, verified):
    """End with an error, after a touch, if the user has one of these credentials already."""
    for identifier in identifiers:
        yield
        found = unseal(state.vault, rp_hash, identifier)
        if found is None or not found.usable(verified):
            continue
        if found.resident and state.passkeys.find(identifier) is None:
            continue
        state.presence.ask()
        yield from state.presence.wait()
        raise ctap.CtapError(ctap.CREDENTIAL_EXCLUDED)


def _outputs(state, asked, wanted, made, rp_id, salts, verified):
    """Return the outputs of the extensions that were asked for."""
    outputs = {}
    asked = asked or {}
    if wanted["blob"] is not None:
        outputs["credBlob"] = extensions.blob_fits(wanted, made.resident)
    if "credProtect" in asked:
        outputs["credProtect"] = made.protection
    if wanted["hmac_secret"]:
        outputs["hmac-secret"] = True
    if salts:
        outputs["hmac-secret-mc"] = extensions.hmac_secret(made, salts, verified)
    if wanted["min_pin_length"] and rp_id in state.settings.rp_ids():
        outputs["minPinLength"] = state.settings.min_pin_length
    return outputs


def _wants_none(formats):
    """Return whether the platform prefers no attestation to ours."""
    for name in formats or ():
        if name == "none" or name == "packed":
            return name == "none"
    return False
