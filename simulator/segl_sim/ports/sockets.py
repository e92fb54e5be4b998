"""Ports that programs reach by a TCP or a UNIX socket: who listens, and who has come."""

from __future__ import annotations

import os
import select
import socket
import sys
from typing import TYPE_CHECKING

from segl.errors import InputError

if TYPE_CHECKING:
    from segl_sim.runner import Watch

_CHUNK = 4096
_WAITING = 8
_LAST_PORT = 65535
_LEFT = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class SocketPort:
    """A port of segl_sim.runner that listens on an address.

    Args:
        address: "tcp:HOST:PORT" (port 0: any that is free) or "unix:PATH".

    Attributes:
        address: The same, with the port that was chosen.

    Raises:
        InputError: It is no such address, or cannot be listened on.
    """

    def __init__(self, address: str) -> None:
        self._path = ""
        try:
            self._server = self._listen(address)
        except (OSError, ValueError) as error:
            raise InputError(
                f'Nothing can listen on "{address}" ({error}); write for example tcp:localhost:5000 or unix:./chip.'
            ) from error
        self._server.setblocking(False)
        self._clients: list[Client] = []
        self._watch: Watch | None = None

    def attach(self, watch: Watch) -> None:
        """Begin to let programs in."""
        self._watch = watch
        watch.add(self._server.fileno(), self._let_in)

    def pump(self) -> None:
        """Go on with what could not be done at once."""
        for client in list(self._clients):
            client.pump()

    def close(self) -> None:
        """Send all programs away, and listen no more."""
        self._watch = None
        for client in list(self._clients):
            client.close()
        self._server.close()
        if self._path:
            os.unlink(self._path)

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a program that has come."""
        raise NotImplementedError

    def _listen(self, address: str) -> socket.socket:
        scheme, _, rest = address.partition(":")
        if scheme == "unix" and rest and sys.platform != "win32":
            server = socket.socket(socket.AF_UNIX)
            try:
                server.bind(rest)
            except OSError:
                server.close()
                raise
            self._path = rest
            self.address = address
            server.listen(_WAITING)
            return server
        host, _, port = rest.rpartition(":")
        if scheme != "tcp" or not host or not 0 <= int(port) <= _LAST_PORT:
            raise ValueError("no address")
        server = socket.create_server((host.strip("[]"), int(port)), backlog=_WAITING)
        self.address = f"tcp:{host}:{server.getsockname()[1]}"
        return server

    def _let_in(self) -> None:
        try:
            stream, _ = self._server.accept()
        except OSError:  # it has gone again
            return
        stream.setblocking(False)
        if stream.family != getattr(socket, "AF_UNIX", None):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = self.join(stream)
        self._clients.append(client)
        client.serve(self)

    # --- for Client

    def listen_to(self, client: Client, wanted: bool) -> None:
        """Read what a program sends, or leave it waiting."""
        if self._watch and wanted:
            self._watch.add(client.stream.fileno(), client.readable)
        elif self._watch:
            self._watch.remove(client.stream.fileno())

    def forget(self, client: Client) -> None:
        """A program has gone."""
        self._clients.remove(client)


class Client:
    """One program that has come.

    Args:
        stream: Its socket.

    Attributes:
        unsent: Bytes that the program has not taken yet.
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self.unsent = b""
        self._port: SocketPort | None = None
        self._heard = False

    @property
    def here(self) -> bool:
        """Say whether the program is still there."""
        return self._port is not None

    def has_left(self) -> bool:
        """Say whether the program has closed its end, even if it was not heard to the end yet."""
        poll = select.poll()
        poll.register(self.stream, _LEFT)
        return bool(poll.poll(0))

    def received(self, data: bytes) -> None:
        """Take what the program has sent."""
        raise NotImplementedError

    def gone(self) -> None:
        """The program has gone, or is being sent away."""

    def send(self, data: bytes) -> None:
        """Send in one write; what the program does not take now is sent later."""
        self.unsent += data
        self._flush()

    def listen(self, wanted: bool) -> None:
        """Read what the program sends, or leave it waiting."""
        if self._port and wanted != self._heard:
            self._heard = wanted
            self._port.listen_to(self, wanted)

    def serve(self, port: SocketPort) -> None:
        """Begin."""
        self._port = port
        self.listen(True)

    def pump(self) -> None:
        """Go on with what could not be done at once."""
        self._flush()

    def readable(self) -> None:
        """There is something to read, or the program has gone."""
        try:
            data = self.stream.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.received(data)
        else:
            self.close()

    def close(self) -> None:
        """Send the program away."""
        if self._port:
            self.listen(False)
            self._port.forget(self)
            self._port = None
            self.stream.close()
            self.gone()

    def _flush(self) -> None:
        if self.unsent and self._port:
            try:
                self.unsent = self.unsent[self.stream.send(self.unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self.close()
