"""Connections: three methods that carry bytes to a device and back, and the two that every machine has."""

import errno
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

import serial

from segl.errors import Busy, InputError, Lost, NotFound, Permission

__all__ = [
    "BUSY",
    "Connection",
    "SerialConnection",
    "SocketConnection",
    "host_and_port",
    "open_serial",
    "open_tcp",
    "open_unix",
    "unix_stream",
]

BUSY = b"busy\n"
"""All that a program is told whose device another has; no frame begins so."""

_CONNECT_S = 5.0
_WRITE_S = 5.0
_BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}
_DENIED = {errno.EACCES, errno.EPERM}
_ABSENT = {errno.ENOENT, errno.ENXIO, errno.ENODEV}


class Connection(Protocol):
    """A byte stream to one device."""

    def write(self, data: bytes) -> None:
        """Send all of `data`, or raise TransportError."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Give what has come, at least one byte; b"" only after the whole time-out has passed without any."""
        ...

    def close(self) -> None:
        """Let the device go; closing twice is allowed."""
        ...


class SerialConnection:
    """A serial port or anything else that pyserial opens.

    Args:
        port: an open port of pyserial.
    """

    def __init__(self, port: serial.Serial) -> None:
        self._port = port

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        with _lost_if_broken():
            self._port.write(data)

    def read(self, timeout_s: float) -> bytes:
        """Give what has come within `timeout_s` seconds."""
        with _lost_if_broken():
            if self._port.timeout != timeout_s:
                self._port.timeout = timeout_s
            first = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""

    def close(self) -> None:
        """Close the port."""
        self._port.close()


class SocketConnection:
    """A stream behind which the device's bytes come and go.

    Args:
        stream: a connected socket.
    """

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        with _lost_if_broken():
            self._stream.settimeout(_WRITE_S)
            self._stream.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        """Give what has come within `timeout_s` seconds."""
        with _lost_if_broken():
            self._stream.settimeout(max(timeout_s, 0.001))  # 0 would mean another mode
            try:
                data = self._stream.recv(4096)
            except TimeoutError:
                return b""
        if not data:
            raise Lost("The other end closed the connection; check that the device still runs and try again.")
        if data == BUSY:
            raise Busy("Another program has this device; close it and try again.")
        return data

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()


def open_serial(rest: str) -> Connection:
    """Open a serial port for this program alone.

    Args:
        rest: name of the port ("/dev/ttyACM0", "COM3") or a URL that pyserial knows.

    Raises:
        NotFound, Busy, Permission: see errors.
    """
    try:
        port = serial.serial_for_url(rest, baudrate=115200, exclusive=True, write_timeout=_WRITE_S)
        # pyserial itself tolerates that a pty has no DTR and RTS lines as long as nobody sets them later
    except ValueError as error:
        raise InputError(
            f'"{rest}" is not a serial port; write serial:/dev/ttyACM0 or serial:COM3.'
        ) from error
    except OSError as error:  # pyserial's own exception is one
        raise _refused(rest, error) from error
    return SerialConnection(port)


def open_tcp(rest: str) -> Connection:
    """Connect to a device behind TCP.

    Args:
        rest: HOST:PORT; an IPv6 address in brackets.

    Raises:
        NotFound: nobody listens there.
    """
    address = host_and_port("tcp", rest)
    try:
        return SocketConnection(socket.create_connection(address, _CONNECT_S))
    except (OSError, UnicodeError) as error:
        raise NotFound(f"Nobody answers at {rest}; start the device there or correct the address.") from error


def open_unix(rest: str) -> Connection:
    """Connect to a device behind a UNIX socket.

    Args:
        rest: path of the socket.

    Raises:
        InputError: this system has no such sockets.
        NotFound: nobody listens there.
    """
    return SocketConnection(unix_stream("", rest))


def unix_stream(carried: str, path: str) -> socket.socket:
    """Connect to a UNIX socket.

    Args:
        carried: what the URL names besides the socket, such as "hid", for the error; "" for bytes as they are.
        path: of the socket.

    Raises:
        InputError: this system has no such sockets.
        NotFound: nobody listens there.
    """
    if sys.platform == "win32":
        raise InputError(f"Windows has no such sockets; use {carried and carried + '+'}tcp:HOST:PORT.")
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(_CONNECT_S)
    try:
        stream.connect(path)
    except (OSError, ValueError) as error:
        stream.close()
        raise NotFound(f"Nobody answers at {path}; start the device there or correct the path.") from error
    return stream


def host_and_port(scheme: str, rest: str) -> tuple[str, int]:
    """Take HOST:PORT apart; an IPv6 address stands in brackets.

    Args:
        scheme: of the URL, for the error.
        rest: what follows the scheme and its colon.

    Raises:
        InputError: it is none.
    """
    host, _, port = rest.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise InputError(
            f'"{scheme}:{rest}" names no host and port; write for example {scheme}:localhost:5000.'
        )
    return host.strip("[]"), int(port)


def _refused(port: str, error: OSError) -> NotFound | Busy | Permission:
    text = str(error)
    if error.errno in _BUSY or "exclusively lock" in text:
        return Busy(f"Another program holds {port}; close it and try again.")
    if error.errno in _DENIED or "Access is denied" in text:
        return Permission(
            f"You may not open {port}; on Linux join the group that owns it (often dialout) and log in again,"
            " elsewhere close the program that holds it."
        )
    if error.errno in _ABSENT or "FileNotFoundError" in text:
        return NotFound(f"There is no {port}; plug the device in, or look with `segl devices`.")
    return NotFound(f"{port} could not be opened as a serial port; choose another with `segl devices`.")


@contextmanager
def _lost_if_broken() -> Generator[None]:
    try:
        yield
    except (OSError, TypeError) as error:  # pyserial meets a port that was closed under it with a TypeError
        raise Lost("The connection to the device was lost; plug it in again and retry.") from error
