"""Connections that carry a chip's HID reports: python-fido2 talks through them.

On Linux a chip is opened by `hidraw`, which systemd's rules for security keys let the user do who sits at the machine.
macOS lets every program open one. Windows keeps security keys to itself: there only administrators open one, and for
others the chip's serial port is what is left, which tells about the chip and does not sign in.
"""

import os
import socket
import sys
from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from fido2.hid.base import CtapHidConnection, HidDescriptor

from segl.errors import Busy, Lost, NotFound, Permission, TransportError
from segl.transport import host_and_port, unix_stream

__all__ = ["DESCRIPTOR", "HidConnection", "HidSocket", "hidapi", "open_hid", "open_hid_tcp", "open_hid_unix"]

_REPORT = 64  # bytes
_BROADCAST = b"\xff\xff\xff\xff"
_ANSWER_S = 10.0  # while a chip works or waits, it says so ten times a second
_CONNECT_S = 5.0
# pid.codes' number for tests, as in discovery.
DESCRIPTOR = HidDescriptor("", 0x1209, 0x0001, _REPORT, _REPORT, "Segl chip", None)


class _Reports(CtapHidConnection):
    """Reports, of which a system shows every program also those that answer another one; they are passed over."""

    _mine = _nonce = b""

    def write_packet(self, data: bytes) -> None:
        """Send one report."""
        # The channel; while there is none yet, also the nonce that INIT asks with.
        self._mine = data[:4]
        self._nonce = data[7:15] if self._mine == _BROADCAST else b""
        self._write(data)

    def read_packet(self) -> bytes:
        """Give the next report of this program.

        Raises:
            TransportError: none comes.
        """
        while True:
            report = self._read()
            if report[:4] == self._mine and report[7 : 7 + len(self._nonce)] == self._nonce:
                return report

    @abstractmethod
    def _write(self, data: bytes) -> None: ...

    @abstractmethod
    def _read(self) -> bytes: ...


class HidConnection(_Reports):
    """A chip that hidapi has opened.

    Args:
        device: an open `hid.device`.
    """

    def __init__(self, device: Any) -> None:
        self._device = device

    def _write(self, data: bytes) -> None:
        with _lost_if_broken():
            # The first byte is the number of the report, which ours have not.
            if self._device.write(b"\0" + data) < 0:
                raise OSError(self._device.error())

    def _read(self) -> bytes:
        with _lost_if_broken():
            report = bytes(self._device.read(_REPORT, round(_ANSWER_S * 1000)))
        if not report:
            raise _silent()
        return report

    def close(self) -> None:
        """Let the chip go."""
        self._device.close()


class HidSocket(_Reports):
    """A socket behind which a chip's reports come and go, each preceded by its length in two bytes, big-endian.

    Args:
        stream: a connected socket.
    """

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._stream.settimeout(_ANSWER_S)
        self._received = bytearray()

    def _write(self, data: bytes) -> None:
        with _lost_if_broken():
            self._stream.sendall(len(data).to_bytes(2, "big") + data)

    def _read(self) -> bytes:
        size = int.from_bytes(self._take(2), "big")
        return self._take(size)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            with _lost_if_broken():
                try:
                    data = self._stream.recv(4096)
                except TimeoutError:
                    raise _silent() from None
            if not data:
                raise Lost(
                    "The other end closed the connection; check that the chip still runs and try again."
                )
            self._received += data
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken


def hidapi() -> Any:
    """The module of hidapi that reaches security keys.

    On Linux that is `hidraw`: `hid` goes through libusb, which wants the whole USB device and more rights.
    """
    if sys.platform == "linux":
        try:
            return import_module("hidraw")
        except ModuleNotFoundError:  # built without: then `hid` itself is hidraw
            pass
    return import_module("hid")


def open_hid(rest: str) -> HidConnection:
    """Open a chip that is plugged in.

    Args:
        rest: where hidapi has it, as `segl devices` lists it: "/dev/hidraw0" on Linux.

    Raises:
        NotFound, Busy, Permission: see errors.
    """
    device = hidapi().device()
    try:
        device.open_path(os.fsencode(rest))
    except OSError as error:
        raise _refused(rest) from error
    return HidConnection(device)


def open_hid_tcp(rest: str) -> HidSocket:
    """Connect to a chip behind TCP, as `segl sim up chip` offers one.

    Args:
        rest: HOST:PORT; an IPv6 address in brackets.

    Raises:
        NotFound: nobody listens there.
    """
    address = host_and_port("hid+tcp", rest)
    try:
        stream = socket.create_connection(address, _CONNECT_S)
    except (OSError, UnicodeError) as error:
        raise NotFound(f"Nobody answers at {rest}; start the chip there or correct the address.") from error
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return HidSocket(stream)


def open_hid_unix(rest: str) -> HidSocket:
    """Connect to a chip behind a UNIX socket.

    Args:
        rest: path of the socket.

    Raises:
        InputError: this system has no such sockets.
        NotFound: nobody listens there.
    """
    return HidSocket(unix_stream("hid", rest))


def _refused(path: str) -> NotFound | Busy | Permission:
    """Why hidapi, which does not say, could not open a chip."""
    if sys.platform == "win32" and not _administrator():
        return Permission(
            "Windows lets only administrators use a security key from a program; run this as administrator, or use "
            "the chip's serial port, which tells about the chip: segl info --device serial:COM3."
        )
    if sys.platform == "linux":
        if not os.path.exists(path):
            return NotFound(f"There is no {path}; plug the chip in, or look with `segl devices`.")
        if not os.access(path, os.R_OK | os.W_OK):
            return Permission(
                f"You may not open {path}; systemd lets only the user do that who sits at the machine: log in there, "
                "or have a udev rule give it to you, and plug the chip in again."
            )
    return Busy(f"{path} could not be opened; close other programs that use the chip, or plug it in again.")


def _administrator() -> bool:
    if sys.platform != "win32":
        return True
    import ctypes

    return bool(ctypes.windll.shell32.IsUserAnAdmin())


def _silent() -> TransportError:
    return TransportError(f"The chip did not answer within {_ANSWER_S:g} s; plug it in again and retry.")


@contextmanager
def _lost_if_broken() -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # hidapi meets a device that was closed under it with a ValueError
        raise Lost("The connection to the chip was lost; plug it in again and retry.") from error
