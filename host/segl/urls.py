"""URLs that name any device: SCHEME:REST, where the scheme chooses who opens it."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from segl.errors import InputError
from segl.transport import Connection, open_serial, open_tcp

__all__ = ["open_url"]

_GROUP = "segl.transports"
_BUILT_IN: dict[str, Callable[[str], Connection]] = {"serial": open_serial, "tcp": open_tcp}


def open_url(url: str) -> Connection:
    """Open the device that a URL names.

    Args:
        url: "serial:/dev/ttyACM0", "serial:COM3", "tcp:HOST:PORT", or a scheme that another package brings
            through the entry point group `segl.transports` (`open(rest: str) -> Connection`).

    Raises:
        InputError: the URL is no URL, nobody knows its scheme, or the package behind it is incomplete.
        TransportError: the device cannot be opened.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or not scheme:
        raise InputError(f'"{url}" names no device; write for example serial:{url or "/dev/ttyACM0"}.')
    if scheme in _BUILT_IN:
        return _BUILT_IN[scheme](rest)
    brought = {point.name: point for point in entry_points(group=_GROUP)}
    if scheme not in brought:
        known = ", ".join(f"{name}:" for name in sorted({*_BUILT_IN, *brought}))
        raise InputError(f'Nothing here opens "{scheme}:" devices; use one of {known}')
    return _load(brought[scheme])(rest)


def _load(point: EntryPoint) -> Callable[[str], Connection]:
    try:
        return point.load()
    except ImportError as error:
        what = error.name or point.module
        raise InputError(
            f'"{point.name}:" devices need the package "{what}"; install it with pip and try again.'
        ) from error
