"""Simulated chips for the tests of the host: plugged in, with or without an owner who does what the light asks for."""

from segl.chip import Chip
from segl_sim import Chip as Device
from segl_sim.ports.finger import Finger

PIN = "1234"
USER = {"id": b"\x01\x02", "name": "alice", "displayName": "Alice A."}
HASH = b"\x55" * 32


class Owner:
    """Looks at the chip's light twice a second, and touches or holds the pad as it asks."""

    def __init__(self, device: Device) -> None:
        self._world = device.world
        self._finger = Finger(device, agrees=True, opens=False)
        self._look()

    def _look(self) -> None:
        busy = self._finger.look()
        self._world.at(self._world.now + round((busy + 0.5) * 1e9), self._look)


def passkey(chip: Chip, name: str = "alice", rp_id: str = "example.com", **extensions: object) -> bytes:
    """Make a discoverable credential; return its id."""
    user = {**USER, "id": name.encode(), "name": name}
    made = chip.make_credential(rp_id, user, HASH, pin=PIN, discoverable=True, extensions=extensions or None)
    assert made.auth_data.credential_data is not None
    return made.auth_data.credential_data.credential_id
