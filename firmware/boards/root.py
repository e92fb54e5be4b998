"""The board's root secret, from which the vault derives its keys."""

import os

from machine import mem32
from micropython import const

_SIZE = const(32)
_FILE = "root"


def read(address, directory):
    """Return (secret, hidden): `hidden` is false where someone who opens the board can read it.

    Args:
        address: Where one-time-programmable memory holds the secret, or None.
        directory: Of the store; a secret in flash lies there, so that a wipe takes it along.
    """
    if address is not None:
        secret = b"".join([mem32[address + i].to_bytes(4, "little") for i in range(0, _SIZE, 4)])
        if secret != bytes(_SIZE):
            return secret, True
    path = directory + "/" + _FILE
    try:
        with open(path, "rb") as file:
            secret = file.read()
    except OSError:
        secret = b""
    if len(secret) != _SIZE:
        secret = os.urandom(_SIZE)
        with open(path, "wb") as file:
            file.write(secret)
    return secret, False
