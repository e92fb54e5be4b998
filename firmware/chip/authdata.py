"""Authenticator data, which every signature covers. Source: CTAP 2.1 section 6.1.2, WebAuthn Level 2 section 6.1."""

import struct

from chip import ctap
from segl_wire import cbor


def data(rp_hash, flags, counter, attested=b"", extensions=None):
    """Return authenticator data.

    Args:
        rp_hash: SHA-256 of the relying party's id.
        flags: UP and UV; the others follow from the rest.
        counter: The signature counter.
        attested: As `attested` returned it.
        extensions: Outputs by name, or None.
    """
    if attested:
        flags |= ctap.AT
    if extensions:
        flags |= ctap.ED
    tail = cbor.encode(extensions) if extensions else b""
    return rp_hash + struct.pack(">BI", flags, counter) + attested + tail


def attested(identifier, key):
    """Return the attested data of a credential: whose model made it, its id, its COSE key."""
    return ctap.AAGUID + struct.pack(">H", len(identifier)) + identifier + cbor.encode(key)
