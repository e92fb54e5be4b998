"""A simulated device that lives on disk between programs, with a world and a finger of its own while one has it."""

from __future__ import annotations

import contextlib
import secrets
import time
from pathlib import Path

from filelock import FileLock, Timeout

from segl.errors import Busy
from segl_sim import state
from segl_sim.pluggable import Pluggable
from segl_sim.ports.finger import Finger
from segl_sim.world import World

_LOOK_S = 1


class KeptDevice:
    """A device that a file holds, plugged in. It is this program's alone until `close`.

    Args:
        path: The file; it comes into being with the device.
        kind: What it has to be; None: whatever it is.
        usual: What it is if it comes into being, and `kind` does not say.
        hold: Seconds for which its main key is held once it is plugged in; 0: not at all.
        agrees: Whether somebody does what it asks for.
        opens: Whether somebody opens it for set-up first.

    Attributes:
        device: The device.

    Raises:
        Busy: Another program has it.
        InputError: The file is no device of this kind.
    """

    def __init__(
        self,
        path: Path,
        kind: type[Pluggable] | None,
        usual: type[Pluggable],
        hold: float,
        agrees: bool,
        opens: bool,
    ) -> None:
        with contextlib.ExitStack() as held:
            self._lock = _locked(path)
            held.callback(self._lock.release)
            seed = state.seed_of(path)
            self._world = World(seed=secrets.randbits(32) if seed is None else seed, utc=int(time.time()))
            held.callback(self._world.close)
            if seed is None:
                self.device = self._world.add((kind or usual).package)
            else:
                self.device = state.load(self._world, path, kind)
            self.device.plug()
            if hold:
                self.device.press_key(next(iter(self.device.keys)), hold)
            self._finger = Finger(self.device, agrees, opens)
            self._finger.start(_LOOK_S, after=hold)
            self._saver = state.Saver(self.device, path)
            self._held = held.pop_all()

    def update(self) -> None:
        """Save what the device has stored, before anyone hears that it has."""
        self._saver.update()

    def close(self) -> None:
        """Unplug it and keep it; closing twice is allowed."""
        if self._lock.is_locked:
            with self._held:
                self._finger.stop()
                self.device.unplug()
                self._world.advance(_LOOK_S)
                self._saver.save()


def _locked(path: Path) -> FileLock:
    """Return the lock on a device, which is ours.

    Raises:
        Busy: Another program has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy(f"Another program has the simulated device {path.stem}; close it and try again.") from None
    return lock
