"""authenticatorLargeBlobs: bytes that platforms keep here. Source: CTAP 2.1 section 6.10.

Platforms encrypt them; the chip seals them too, so that nothing of them is left after a reset.
"""

import struct
from hashlib import sha256

from micropython import const

from chip import ctap, verification
from chip.params import UINT, read
from chip.work import commit
from segl_wire import cbor

_REQUEST = (
    (1, "get", UINT, False),
    (2, "set", bytes, False),
    (3, "offset", UINT, False),
    (4, "length", UINT, False),
    (5, "signature", bytes, False),
    (6, "protocol", UINT, False),
)
_BLOBS = const(2)
_CONTEXT = b"large blobs"
_CHECK = const(16)
_LONGEST_PART = ctap.MAX_MESSAGE - 64
# An empty array, and the first 16 bytes of its SHA-256.
_EMPTY = b"\x80\x76\xbe\x8b\x52\x8d\x00\x75\xf7\xaa\xe9\x8d\x6f\xa5\x7a\x6d\x3c"


class _Parts:
    """An array that is on its way."""

    def __init__(self, length):
        self.length = length
        self.data = b""


def run(state, data):
    """Read or write a part of the array."""
    if type(state.remembered) is not _Parts:
        state.remembered = None
    request = read(data, _REQUEST)
    if request["offset"] is None or (request["get"] is None) == (request["set"] is None):
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    if request["get"] is not None:
        return (yield from _get(state, request))
    yield from _set(state, request)
    return b""


def _get(state, request):
    yield
    if request["length"] is not None or request["signature"] is not None or request["protocol"] is not None:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    if request["get"] > _LONGEST_PART:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    sealed = state.parts.passkeys.get(_BLOBS, 0)
    stored = state.vault.open(_CONTEXT, sealed) if sealed else _EMPTY
    offset = request["offset"]
    if offset > len(stored):
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    return cbor.encode({1: stored[offset : offset + request["get"]]})


def _set(state, request):
    part = request["set"]
    if len(part) > _LONGEST_PART:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    parts = _begun(state, request)
    state.remembered = None
    _authorized(state, request)
    if request["offset"] + len(part) > parts.length:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    parts.data += part
    if len(parts.data) < parts.length:
        state.remembered = parts
        return
    if sha256(parts.data[:-_CHECK]).digest()[:_CHECK] != parts.data[-_CHECK:]:
        raise ctap.CtapError(ctap.INTEGRITY_FAILURE)
    yield from commit(state.parts.passkeys, [(_BLOBS, 0, state.vault.seal(_CONTEXT, parts.data))])


def _begun(state, request):
    """Return what the part of a request belongs to."""
    length = request["length"]
    if request["offset"] == 0:
        if length is None:
            raise ctap.CtapError(ctap.INVALID_PARAMETER)
        if length > ctap.MAX_LARGE_BLOBS:
            raise ctap.CtapError(ctap.LARGE_BLOB_STORAGE_FULL)
        if length <= _CHECK:
            raise ctap.CtapError(ctap.INVALID_PARAMETER)
        return _Parts(length)
    if length is not None:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    parts = state.remembered
    if type(parts) is not _Parts or request["offset"] != len(parts.data):
        raise ctap.CtapError(ctap.INVALID_SEQ)
    return parts


def _authorized(state, request):
    if not state.protected and not state.settings.always_uv:
        return
    message = b"\xff" * 32 + struct.pack("<BBI", ctap.LARGE_BLOBS, 0, request["offset"])
    verification.of_holder(state, request, message + sha256(request["set"]).digest(), ctap.LBW)
