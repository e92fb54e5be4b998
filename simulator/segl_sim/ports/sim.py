"""`sim:` URLs: a simulated device in this very process, kept on disk between programs.

`sim:NAME` names a code display; it comes into being, blank, when it is first opened. Its key has a finger of its
own, which does what the screen asks for: `sim:NAME?press=no` leaves it alone, `sim:NAME?hold=6` holds the key for
six seconds first, as one does to open a device for set-up.
"""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from urllib.parse import parse_qs

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from segl.errors import Busy, InputError
from segl_sim import state
from segl_sim.ports.inprocess import InProcessConnection
from segl_sim.world import World

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
# How a question on the screen ends, in either language; a hold for a yes is asked for by name.
_YES = ("= yes.", "= ja.")
_PRESS_S, _HOLD_S = 0.2, 10
_REACTION_S = 1


def open_connection(rest: str) -> SimConnection:
    """Open the device that a `sim:` URL names, after the colon.

    Raises:
        InputError: Not such a URL; the message says how one looks.
        Busy: Another program has it open.
    """
    name, _, query = rest.partition("?")
    options = {key: values[-1] for key, values in parse_qs(query).items()}
    if not _NAME.fullmatch(name or "display") or not options.keys() <= {"press", "hold"}:
        raise InputError(
            f'"sim:{rest}" names no simulated device; write for example sim:desk or sim:desk?hold=6.'
        )
    try:
        hold = float(options.get("hold", "0"))
    except ValueError:
        raise InputError(
            f"hold={options['hold']} is no number of seconds; write for example hold=6."
        ) from None
    path = user_data_path("segl") / "sim" / f"{name or 'display'}.zip"
    return SimConnection(path, hold, options.get("press") != "no")


class SimConnection(InProcessConnection):
    """A connection that owns its world, and saves the device after everything that was acknowledged.

    Args:
        path: Where the device is kept.
        hold: Seconds for which the key is held once the device is plugged in; 0: not at all.
        finger: Whether somebody does what the screen asks for.
    """

    def __init__(self, path: Path, hold: float, finger: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_suffix(".lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Busy(
                f"Another program has the simulated device {path.stem}; close it and try again."
            ) from None
        seed = state.seed_of(path)
        self._path = path
        self._own = World(seed=secrets.randbits(32) if seed is None else seed, utc=int(time.time()))
        self._display = self._own.code_display() if seed is None else state.load(self._own, path)
        self._saved = -1
        super().__init__(self._display, self._react if finger else None)
        if hold:
            self._display.finger(hold)

    def read(self, timeout_s: float) -> bytes:
        """Give what has come; what the device has stored by then is on disk before anyone hears of it."""
        data = super().read(timeout_s)
        self._save()
        return data

    def close(self) -> None:
        """Close and keep the device."""
        if self._lock.is_locked:
            super().close()
            self._display.unplug()
            self._own.advance(_REACTION_S)
            state.save(self._display, self._path)
            self._own.close()
            self._lock.release()

    def _react(self) -> None:
        """Do, a second later, what the screen asks for."""

        def look() -> None:
            words = self._display.text
            if any(yes in words for yes in _YES):
                self._display.finger(_HOLD_S if "Hold" in words else _PRESS_S)

        self._own.at(self._own.now + _REACTION_S * 1_000_000_000, look)

    def _save(self) -> None:
        if self._display.flash.operations != self._saved:
            self._saved = self._display.flash.operations
            state.save(self._display, self._path)
