"""A program that registers and signs in at a security key, again and again, and says how long each took.

`make bench` runs it where the key is attached: `python -m segl_sim.bench_client URL ROUNDS`.
"""

from __future__ import annotations

import contextlib
import json
import sys

from fido2.ctap2.base import Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection

from segl.hid import DESCRIPTOR
from segl.urls import open_fido
from segl_sim.bench_rows import timed
from segl_sim.platforms import Platform, SteadyProtocol


def round_trips(connection: CtapHidConnection, rounds: int) -> dict[str, list[float]]:
    """Register and sign in with the new credential, so many times; return how many ms each took.

    Args:
        connection: To a key that somebody touches when it asks; closed here.
        rounds: How many times.
    """
    took: dict[str, list[float]] = {"register": [], "sign in": []}
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, connection)) as device:
        platform = Platform(Ctap2(device), SteadyProtocol(), lambda _status: None)
        ids: list[bytes] = []

        def register() -> None:
            made = platform.make(stored=False).auth_data.credential_data
            assert made
            ids[:] = [made.credential_id]

        for _ in range(rounds):
            took["register"].append(timed(register))
            took["sign in"].append(timed(lambda: platform.sign_in(ids)))
    return took


if __name__ == "__main__":
    print(json.dumps(round_trips(open_fido(sys.argv[1]), int(sys.argv[2]))))
