"""`sim:` URLs: a simulated device in this very process, kept on disk between programs.

`sim:NAME` names a code display, `sim:NAME?device=reader` an audio code reader; it comes into being, blank, when it is
first opened, and from then on its name is enough. Its keys have a finger of their own, which does what the screen asks
for: `sim:NAME?press=no` leaves them alone, `sim:NAME?setup=yes` opens the device for set-up first, and
`sim:NAME?hold=6` holds a display's key for six seconds, which does the same.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from pathlib import Path
from urllib.parse import parse_qs

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from segl.errors import Busy, InputError
from segl_sim import state
from segl_sim.devices import KINDS, CodeDisplay
from segl_sim.handheld import Handheld
from segl_sim.ports.finger import Finger
from segl_sim.ports.inprocess import InProcessConnection
from segl_sim.world import World

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_OPTIONS = {"device": tuple(KINDS), "press": ("yes", "no"), "setup": ("yes", "no")}
_LOOK_S = 1
_LONGEST_HOLD_S = 120


def open_connection(rest: str) -> SimConnection:
    """Open the device that a `sim:` URL names, after the colon.

    Raises:
        InputError: Not such a URL; the message says how one looks.
        Busy: Another program has it open.
    """
    name, _, query = rest.partition("?")
    options = {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}
    hold = _seconds(options.pop("hold", "0"))
    if not _NAME.fullmatch(name or "display") or any(
        value not in _OPTIONS.get(key, ()) for key, value in options.items()
    ):
        raise InputError(
            f'"sim:{rest}" names no simulated device; write for example sim:desk or sim:desk?device=reader&setup=yes.'
        )
    path = user_data_path("segl") / "sim" / f"{name or 'display'}.zip"
    kind = KINDS.get(options.get("device", ""))
    return SimConnection(path, kind, hold, options.get("press") != "no", options.get("setup") == "yes")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) <= _LONGEST_HOLD_S:
            return seconds
    raise InputError(f"hold={text} is no number of seconds; write for example hold=6.")


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


class SimConnection(InProcessConnection):
    """A connection that owns its world, and saves the device after everything that was acknowledged.

    Args:
        path: Where the device is kept.
        kind: What it has to be; None: whatever it is, and a code display if it comes into being.
        hold: Seconds for which its main key is held once it is plugged in; 0: not at all.
        agrees: Whether somebody does what the screen asks for.
        opens: Whether somebody opens it for set-up first.
    """

    def __init__(
        self, path: Path, kind: type[Handheld] | None, hold: float, agrees: bool, opens: bool
    ) -> None:
        with contextlib.ExitStack() as held:
            self._lock = _locked(path)
            held.callback(self._lock.release)
            seed = state.seed_of(path)
            self._own = World(seed=secrets.randbits(32) if seed is None else seed, utc=int(time.time()))
            held.callback(self._own.close)
            if seed is None:
                self._kept = self._own.add((kind or CodeDisplay).package)
            else:
                self._kept = state.load(self._own, path, kind)
            super().__init__(self._kept)
            if hold:
                self._kept.touch(next(iter(self._kept.keys)), hold)
            self._finger: Finger | None = Finger(self._kept, agrees, opens)
            self._look_after(hold)
            self._saver = state.Saver(self._kept, path)
            self._held = held.pop_all()

    def read(self, timeout_s: float) -> bytes:
        """Give what has come; what the device has stored by then is saved before anyone hears of it."""
        data = super().read(timeout_s)
        self._saver.update()
        return data

    def close(self) -> None:
        """Close and keep the device."""
        if self._lock.is_locked:
            with self._held:
                super().close()
                self._finger = None
                self._kept.unplug()
                self._own.advance(_LOOK_S)
                self._saver.save()

    def _look_after(self, seconds: float) -> None:
        self._own.at(self._own.now + round((seconds + _LOOK_S) * 1e9), self._look)

    def _look(self) -> None:
        if self._finger:
            self._look_after(self._finger.look())
