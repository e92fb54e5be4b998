"""Which session goes with a device: it is asked which model it is."""

from segl.display import Display
from segl.errors import ProtocolError
from segl.reader import Reader
from segl.session import Session
from segl.transport import Connection
from segl.urls import open_url

__all__ = ["open_device", "session_with"]

_KINDS: dict[str, type[Display] | type[Reader]] = {
    "Segl code display": Display,
    "Segl audio reader": Reader,
}


def open_device(url: str) -> Display | Reader:
    """Open the device that a URL names and start the session that goes with its model.

    Args:
        url: as `open_url` takes it.

    Raises:
        InputError, TransportError: as `open_url` does.
        ProtocolError: what answers is no device that this program knows.
    """
    return session_with(open_url(url))


def session_with(connection: Connection) -> Display | Reader:
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
