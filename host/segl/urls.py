"""URLs that name any device: SCHEME:REST, where the scheme chooses who opens it, and what for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from segl.errors import InputError
from segl.transport import Connection, open_serial, open_tcp, open_unix

if TYPE_CHECKING:
    from fido2.hid.base import CtapHidConnection

__all__ = ["is_fido", "open_fido", "open_url"]

_GROUP = "segl.transports"
_FIDO_GROUP = "segl.fido"
_BUILT_IN: dict[str, Callable[[str], Connection]] = {
    "serial": open_serial,
    "tcp": open_tcp,
    "unix": open_unix,
}
# In segl.hid, which is loaded when one is opened: `import segl` stays quick.
_FIDO = {"hid": "open_hid", "hid+tcp": "open_hid_tcp", "hid+unix": "open_hid_unix"}


def open_url(url: str) -> Connection:
    """Open the device that a URL names.

    Args:
        url: "serial:/dev/ttyACM0", "serial:COM3", "tcp:HOST:PORT", "unix:PATH", or a scheme that another package brings
            through the entry point group `segl.transports` (`open(rest: str) -> Connection`).

    Raises:
        InputError: the URL is no URL, nobody knows its scheme, or the package behind it is incomplete.
        TransportError: the device cannot be opened.
    """
    scheme, rest = _parts(url, "/dev/ttyACM0")
    if scheme in _FIDO:
        raise InputError(
            f'"{scheme}:" reaches a chip\'s security key, which segl.open_chip and `segl fido` open; '
            "for this, name its serial port: see `segl devices`."
        )
    if scheme in _BUILT_IN:
        return _BUILT_IN[scheme](rest)
    return _brought(_GROUP, scheme, _BUILT_IN)(rest)


def open_fido(url: str) -> CtapHidConnection:
    """Open the security key of the chip that a URL names.

    Args:
        url: "hid:PATH" (a chip that is plugged in), "hid+tcp:HOST:PORT" or "hid+unix:PATH" (a socket that carries its
            reports), or a scheme that another package brings through the entry point group `segl.fido`
            (`open(rest: str) -> fido2.hid.base.CtapHidConnection`).

    Raises:
        InputError: the URL is no URL, nobody knows its scheme, or the package behind it is incomplete.
        TransportError: the chip cannot be opened.
    """
    scheme, rest = _parts(url, "/dev/hidraw0", "hid")
    if scheme in _BUILT_IN:
        raise InputError(
            f'"{scheme}:" does not reach a security key; use the hid: URL that `segl devices` lists for the chip '
            "(Windows shows it to administrators only)."
        )
    if scheme in _FIDO:
        return getattr(import_module("segl.hid"), _FIDO[scheme])(rest)
    return _brought(_FIDO_GROUP, scheme, _FIDO)(rest)


def is_fido(url: str) -> bool:
    """Whether a URL reaches a chip's security key and nothing else."""
    return url.partition(":")[0].lower() in _FIDO


def _parts(url: str, example: str, usual: str = "serial") -> tuple[str, str]:
    scheme, colon, rest = url.partition(":")
    if not colon or not scheme:
        raise InputError(f'"{url}" names no device; write for example {usual}:{url or example}.')
    return scheme.lower(), rest


def _brought(group: str, scheme: str, built_in: Mapping[str, object]) -> Callable[[str], Any]:
    """Load what another package brings for a scheme."""
    brought = {point.name: point for point in entry_points(group=group)}
    if scheme not in brought:
        known = ", ".join(f"{name}:" for name in sorted({*built_in, *brought}))
        raise InputError(f'Nothing here opens "{scheme}:" devices; use one of {known}')
    return _load(brought[scheme])


def _load(point: EntryPoint) -> Callable[[str], Any]:
    try:
        return point.load()
    except ImportError as error:
        what = error.name or point.module
        raise InputError(
            f'"{point.name}:" devices need the package "{what}"; install it with pip and try again.'
        ) from error
