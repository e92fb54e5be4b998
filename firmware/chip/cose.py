"""COSE keys, as CTAP wants them. Source: RFC 9053 section 7.1, CTAP 2.1 section 6.5.6 (key agreement)."""

from micropython import const

from chip import ctap

_ECDH = const(-25)  # ECDH-ES + HKDF-256: not what is used, but what CTAP writes


def es256(x, y, algorithm=ctap.ES256):
    """Return the key of a point of P-256, coordinates as ints."""
    return {1: 2, 3: algorithm, -1: 1, -2: x.to_bytes(32, "big"), -3: y.to_bytes(32, "big")}


def ed25519(public):
    """Return the key of an Ed25519 point (32 bytes)."""
    return {1: 1, 3: ctap.EDDSA, -1: 6, -2: public}


def agreement(x, y):
    """Return a point as a key for key agreement."""
    return es256(x, y, _ECDH)


def point(key):
    """Return the coordinates in a key for key agreement.

    Raises:
        CtapError: It is none; whether it lies on the curve is not looked at.
    """
    for label, value in ((1, 2), (3, _ECDH), (-1, 1)):
        if key.get(label) != value:
            raise ctap.CtapError(ctap.INVALID_PARAMETER)
    found = [key.get(label) for label in (-2, -3)]
    for value in found:
        if type(value) is not bytes or len(value) != 32:
            raise ctap.CtapError(ctap.INVALID_PARAMETER)
    return int.from_bytes(found[0], "big"), int.from_bytes(found[1], "big")
