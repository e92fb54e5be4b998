"""A world behind USB/IP, and computers that come for its devices: one thread, virtual time, real sockets.

Nothing here knows how the port takes messages apart: what is sent is put together from the document.

Source: Linux, Documentation/usb/usbip_protocol.rst.
"""

import contextlib
import selectors
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple

from segl_sim import World
from segl_sim.pluggable import Pluggable
from segl_sim.ports.usbip import UsbIpPort
from segl_sim.runner import Watch
from segl_sim.usb_host import setup_packet

LIST = bytes.fromhex("0111 8005 00000000")
RECORD = 312


class Reply(NamedTuple):
    command: int
    sequence: int
    status: int
    data: bytes
    moved: int


class Bench:
    """The port and its world; time passes while somebody waits for an answer."""

    def __init__(self, world: World, *devices: Pluggable) -> None:
        self.world = world
        self.port = UsbIpPort(devices, "tcp:127.0.0.1:0")
        self._selector = selectors.DefaultSelector()
        self._open = contextlib.ExitStack()
        self.port.attach(Watch(self._selector))

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self.port.close()
        self._selector.close()

    def step(self) -> None:
        for key, _ in self._selector.select(0):
            if self._selector.get_map().get(key.fd) == key:
                key.data()
        self.port.pump()
        self.world.advance(0.001)

    def until(self, done: Callable[[], bool], seconds: float = 20) -> None:
        end = self.world.now + seconds * 1e9
        while not done():
            assert self.world.now < end, "it never happened"
            self.step()

    def wait(self, seconds: float) -> None:
        end = self.world.now + seconds * 1e9
        while self.world.now < end:
            self.step()

    def computer(self) -> "Computer":
        host, _, number = self.port.address.removeprefix("tcp:").rpartition(":")
        stream = self._open.enter_context(socket.create_connection((host, int(number))))
        stream.setblocking(False)
        return Computer(self, stream)


class Computer:
    """Somebody who has come."""

    def __init__(self, bench: Bench, stream: socket.socket) -> None:
        self.stream = stream
        self.device = 0
        self._bench = bench
        self._received = b""
        self._ended = False
        self._sequence = 0
        self._is_in: dict[int, bool] = {}

    # --- bytes

    def send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # sent away in the midst of it
            self.stream.sendall(data)

    def take(self, length: int) -> bytes:
        self._bench.until(lambda: self._have(length))
        data, self._received = self._received[:length], self._received[length:]
        return data

    @property
    def sent_away(self) -> bool:
        self._have(1 << 30)
        return self._ended

    @property
    def unheard(self) -> bytes:
        """What has come and was not taken yet."""
        return self._received

    def close(self) -> None:
        self.stream.close()

    def _have(self, length: int) -> bool:
        try:
            while len(self._received) < length and not self._ended:
                data = self.stream.recv(65536)
                self._received += data
                self._ended = not data
        except BlockingIOError:
            pass
        except ConnectionError:
            self._ended = True
        assert len(self._received) >= length or not self._ended or length > RECORD, "sent away"
        return len(self._received) >= length

    # --- before there is a device

    def list(self) -> dict[str, tuple[bytes, list[bytes]]]:
        """Return the record of each device by its bus id, and the classes of its interfaces."""
        self.send(LIST)
        assert self.take(8) == bytes.fromhex("0111 0005 00000000")
        found = {}
        for _ in range(int.from_bytes(self.take(4), "big")):
            record = self.take(RECORD)
            interfaces = [self.take(4) for _ in range(record[311])]
            found[record[256:288].rstrip(b"\0").decode()] = (record, interfaces)
        return found

    def ask(self, bus_id: str) -> int:
        """Ask for a device; return the status."""
        self.send(bytes.fromhex("0111 8003 00000000") + bus_id.encode().ljust(32, b"\0"))
        version, code, status = struct.unpack(">HHI", self.take(8))
        assert (version, code) == (0x0111, 0x0003)
        if status == 0:
            record = self.take(RECORD)
            bus, number = struct.unpack_from(">II", record, 288)
            self.device = bus << 16 | number
        return status

    # --- transfers

    def submit(
        self,
        endpoint: int,
        data: bytes = b"",
        size: int = 0,
        setup: bytes = bytes(8),
        flags: int = 0,
        sequence: int | None = None,
    ) -> int:
        """Ask for a transfer: with bit 7 in `endpoint` towards the computer; return its number."""
        self._sequence += 1
        sequence = self._sequence if sequence is None else sequence
        is_in = bool(endpoint & 0x80)
        self._is_in[sequence] = is_in
        self.send(
            struct.pack(">IIIII", 1, sequence, self.device, is_in, endpoint & 0x0F)
            + struct.pack(">IiIII8s", flags, size or len(data), 0, 0xFFFFFFFF, 1, setup)
            + data
        )
        return sequence

    def unlink(self, victim: int) -> int:
        self._sequence += 1
        self.send(struct.pack(">IIIIII24x", 2, self._sequence, self.device, 0, 0, victim))
        return self._sequence

    def reply(self) -> Reply:
        command, sequence, *rest = struct.unpack(">IIIIIii20x", self.take(48))
        assert rest[:3] == [0, 0, 0]
        status, moved = rest[3:]
        data = self.take(moved) if command == 3 and self._is_in[sequence] else b""
        return Reply(command, sequence, status, data, moved if command == 3 else 0)

    def transfer(
        self, endpoint: int, data: bytes = b"", size: int = 0, setup: bytes = bytes(8), flags: int = 0
    ) -> Reply:
        sequence = self.submit(endpoint, data, size, setup, flags)
        reply = self.reply()
        assert (reply.command, reply.sequence) == (3, sequence)
        return reply

    def control(
        self, kind: int, request: int, value: int, index: int, size: int = 0, data: bytes = b""
    ) -> Reply:
        setup = setup_packet(kind, request, value, index, size or len(data))
        return self.transfer(kind & 0x80, data, size, setup)

    def configure(self) -> None:
        """Do what a kernel does before its drivers come."""
        assert self.control(0x00, 9, 1, 0).status == 0
