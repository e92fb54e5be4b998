"""`sim:` URLs: a simulated device in this very process, kept on disk between programs.

`sim:NAME` names a code display, `sim:NAME?device=reader` an audio code reader, `sim:NAME?device=chip` a chip; it comes
into being, blank, when it is first opened, and from then on its name is enough. Its keys have a finger of their own,
which does what the screen or the light asks for: `sim:NAME?press=no` leaves them alone, `sim:NAME?setup=yes` opens the
device for set-up first, and `sim:NAME?hold=6` holds a display's key for six seconds, which does the same.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from platformdirs import user_data_path

from segl.errors import InputError
from segl_sim.devices import KINDS, Chip, CodeDisplay
from segl_sim.pluggable import Pluggable
from segl_sim.ports.inprocess import InProcessConnection
from segl_sim.ports.kept import KeptDevice

if TYPE_CHECKING:
    from segl_sim.ports.sim_fido import SimFidoConnection

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_OPTIONS = {"device": tuple(KINDS), "press": ("yes", "no"), "setup": ("yes", "no")}
_LONGEST_HOLD_S = 120


def open_connection(rest: str) -> SimConnection:
    """Open the serial port of the device that a `sim:` URL names, after the colon.

    Raises:
        InputError: Not such a URL; the message says how one looks.
        Busy: Another program has it open.
    """
    return SimConnection(_kept(rest, CodeDisplay))


def open_fido(rest: str) -> SimFidoConnection:
    """Open the security key of the chip that a `sim:` URL names, after the colon; a new name is a chip's.

    Raises:
        InputError: Not such a URL, or another device's; the message says how one looks.
        Busy: Another program has it open.
    """
    from segl_sim.ports.sim_fido import SimFidoConnection  # here: python-fido2 takes time to load

    kept = _kept(rest, Chip)
    if not isinstance(kept.device, Chip):
        kept.close()
        raise InputError(f"sim:{rest} is a {kept.device.short_name}, no chip; choose another name.")
    return SimFidoConnection(kept, kept.device)


class SimConnection(InProcessConnection):
    """A connection to a kept device; what the device has stored is saved before anyone hears of it.

    Args:
        kept: The device, which is closed with the connection.
    """

    def __init__(self, kept: KeptDevice) -> None:
        self._kept = kept
        try:
            super().__init__(kept.device)
        except BaseException:
            kept.close()
            raise

    def read(self, timeout_s: float) -> bytes:
        """Give what has come."""
        data = super().read(timeout_s)
        self._kept.update()
        return data

    def close(self) -> None:
        """Close and keep the device."""
        super().close()
        self._kept.close()


def _kept(rest: str, usual: type[Pluggable]) -> KeptDevice:
    name, _, query = rest.partition("?")
    options = {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}
    hold = _seconds(options.pop("hold", "0"))
    name = name or usual.short_name
    if not _NAME.fullmatch(name) or any(value not in _OPTIONS.get(key, ()) for key, value in options.items()):
        raise InputError(
            f'"sim:{rest}" names no simulated device; write for example sim:desk or sim:desk?device=reader&setup=yes.'
        )
    path = user_data_path("segl") / "sim" / f"{name}.zip"
    kind = KINDS.get(options.get("device", ""))
    return KeptDevice(path, kind, usual, hold, options.get("press") != "no", options.get("setup") == "yes")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) <= _LONGEST_HOLD_S:
            return seconds
    raise InputError(f"hold={text} is no number of seconds; write for example hold=6.")
