"""A chip behind sockets, and the programs that come to them."""

import contextlib
import json
import socket
from pathlib import Path
from typing import Any

from fido2.hid import CtapHidDevice

from segl.hid import DESCRIPTOR, open_hid_tcp
from segl_sim import Chip, World
from segl_sim.ports.control import ControlPort
from segl_sim.ports.hid import HidPort
from segl_sim.runner import Runner
from segl_wire import ctaphid

NONCE = b"12345678"
HELLO = ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, NONCE)[0]


class Control:
    """A program at the control port."""

    def __init__(self, address: str) -> None:
        self.stream = connected(address)
        self._lines = self.stream.makefile("rb")

    def __call__(self, **asked: Any) -> dict[str, Any]:
        return self.raw(json.dumps(asked).encode() + b"\n")

    def raw(self, line: bytes) -> dict[str, Any]:
        self.stream.sendall(line)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        return json.loads(self._lines.readline())

    def close(self) -> None:
        self._lines.close()
        self.stream.close()


class Served:
    """A chip behind sockets, at the speed of the wall clock or standing still."""

    def __init__(self, folder: Path, still: bool) -> None:
        self.world = World(seed=3, engine="cpython")
        self.chip: Chip = self.world.chip()
        self.tcp = HidPort(self.chip, "tcp:127.0.0.1:0")
        self.unix = HidPort(self.chip, f"unix:{folder}/chip")
        self.commands = ControlPort([self.chip], "tcp:127.0.0.1:0", still)
        self.ports = [self.tcp, self.unix, self.commands]
        self.runner = Runner(self.world, self.ports, follow=not still)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "Served":
        self.runner.__enter__()
        self.control = Control(self.commands.address)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self.control.close()
        self.runner.stop()
        for port in self.ports:
            port.close()
        self.world.close()

    def hid(self, port: HidPort | None = None) -> "Raw":
        """Come as a program."""
        return self._open.enter_context(Raw((port or self.tcp).address))

    def device(self) -> CtapHidDevice:
        connection = open_hid_tcp(self.tcp.address.removeprefix("tcp:"))
        self._open.callback(connection.close)
        return CtapHidDevice(DESCRIPTOR, connection)


class Raw:
    """A program at a port that carries reports, which may break the rules."""

    def __init__(self, address: str) -> None:
        self.stream = connected(address)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def send(self, *reports: bytes) -> None:
        for report in reports:
            self.stream.sendall(len(report).to_bytes(2, "big") + report)

    def take(self) -> bytes:
        """Return the next report, b"" when the other end has closed."""
        data = b""
        while len(data) < 66:
            more = self.stream.recv(66 - len(data))
            if not more:
                assert data == b""
                return b""
            data += more
        assert data[:2] == b"\0\x40"
        return data[2:]

    def welcome(self, nonce: bytes = NONCE) -> int:
        """Open a channel, passing over what others are told."""
        self.send(ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, nonce)[0])
        while (report := self.take())[7:15] != nonce:
            assert report
        return int.from_bytes(report[15:19], "big")


def connected(address: str) -> socket.socket:
    scheme, _, rest = address.partition(":")
    if scheme == "unix":
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(rest)
    else:
        host, _, port = rest.rpartition(":")
        stream = socket.create_connection((host, int(port)))
    stream.settimeout(20)
    return stream
