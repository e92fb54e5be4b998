"""Which session goes with a device: it is asked which model it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segl.display import Display
from segl.errors import ProtocolError
from segl.management import Management
from segl.reader import Reader
from segl.session import Session
from segl.transport import Connection
from segl.urls import open_fido, open_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from segl.chip import Chip

__all__ = ["open_chip", "open_device", "session_with"]

_KINDS: dict[str, type[Display] | type[Reader] | type[Management]] = {
    "Segl code display": Display,
    "Segl audio reader": Reader,
    "Segl chip": Management,
}


def open_device(url: str) -> Display | Reader | Management:
    """Open the serial port of the device that a URL names and start the session that goes with its model.

    Args:
        url: as `open_url` takes it; a chip's security key is opened with `open_chip`.

    Raises:
        InputError, TransportError: as `open_url` does.
        ProtocolError: what answers is no device that this program knows.
    """
    return session_with(open_url(url))


def open_chip(url: str, on_touch: Callable[[], None] | None = None) -> Chip:
    """Open the security key of the chip that a URL names and start a session with it.

    Args:
        url: as `open_fido` takes it.
        on_touch: called when the chip starts to wait for a touch.

    Raises:
        InputError, TransportError: as `open_fido` does.
        ProtocolError: what answers is no security key.
    """
    from segl.chip import Chip  # here: python-fido2 takes time to load, and `import segl` stays quick

    return Chip(open_fido(url), on_touch=on_touch)


def session_with(connection: Connection) -> Display | Reader | Management:
    """Start the session that goes with the device at the other end, which is asked which model it is.

    Args:
        connection: an open connection; closed if this fails.

    Raises:
        TransportError: nobody answers.
        ProtocolError: what answers is no device that this program knows.
    """
    try:
        info = Session(connection).info()
        kind = _KINDS.get(info.model)
        if kind is None:
            raise ProtocolError(f'This program does not know the "{info.model}"; update this program.')
    except BaseException:
        connection.close()
        raise
    return kind(connection)
