"""What carries a chip's reports: hidapi and sockets, and every way that fails."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import segl
from segl import hid, urls
from segl.chip import Chip
from segl.errors import Busy, InputError, Lost, NotFound, Permission, ProtocolError, TransportError
from segl_sim import Chip as Device
from segl_sim import World


class HidApi:
    """What hidapi's module does, with one device, a list of reports to read; it fails as hidapi does."""

    def __init__(self) -> None:
        self.reports: list[bytes] = []
        self.written: list[bytes] = []
        self.open = False
        self.takes = True

    def device(self) -> "HidApi":
        return self

    def open_path(self, path: bytes) -> None:
        if path != b"/dev/hidraw7":
            raise OSError("open failed")
        self.open = True

    def write(self, data: bytes) -> int:
        if not self.open:
            raise ValueError("not open")
        self.written.append(data)
        return len(data) if self.takes else -1

    def read(self, size: int, timeout_ms: int) -> list[int]:
        assert timeout_ms > 0
        if not self.open:
            raise ValueError("not open")
        return list(self.reports.pop(0)[:size]) if self.reports else []

    def error(self) -> str:
        return "no such device"

    def close(self) -> None:
        self.open = False


@pytest.fixture
def hidapi(monkeypatch: pytest.MonkeyPatch) -> HidApi:
    module = HidApi()
    monkeypatch.setattr(hid, "hidapi", lambda: module)
    return module


def report(channel: int, text: bytes = b"") -> bytes:
    return (channel.to_bytes(4, "big") + text).ljust(64, b"\0")


def test_reports_go_through_hidapi_with_a_number_before_them(hidapi: HidApi) -> None:
    connection = segl.open_fido("hid:/dev/hidraw7")
    connection.write_packet(report(1, b"ask"))
    assert hidapi.written == [b"\0" + report(1, b"ask")]
    hidapi.reports = [report(1, b"answer")]
    assert connection.read_packet() == report(1, b"answer")
    with pytest.raises(TransportError, match="did not answer"):
        connection.read_packet()
    hidapi.takes = False
    with pytest.raises(Lost):
        connection.write_packet(report(1))
    connection.close()
    connection.close()
    with pytest.raises(Lost):
        connection.read_packet()


def test_what_answers_another_program_is_passed_over(hidapi: HidApi) -> None:
    connection = segl.open_fido("hid:/dev/hidraw7")
    everybody = 0xFFFFFFFF
    connection.write_packet(report(everybody, b"\x86\0\x08my nonce"))
    mine = report(everybody, b"\x86\0\x11my nonce and more")
    hidapi.reports = [report(5), report(everybody, b"\x86\0\x11no nonce and more"), mine]
    assert connection.read_packet() == mine
    connection.write_packet(report(9, b"ask"))
    hidapi.reports = [report(5, b"no"), report(everybody, b"no"), report(9, b"yes")]
    assert connection.read_packet() == report(9, b"yes")


def test_why_a_chip_does_not_open(hidapi: HidApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(NotFound, match="There is no"):
        segl.open_fido(f"hid:{tmp_path}/hidraw8")
    there = tmp_path / "hidraw9"
    there.touch()
    with pytest.raises(Busy, match="could not be opened"):
        segl.open_fido(f"hid:{there}")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Permission, match="udev rule"):
        segl.open_fido(f"hid:{there}")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(hid, "_administrator", lambda: False)
    with pytest.raises(Permission, match="run this as administrator, or use the chip's serial port"):
        segl.open_fido(f"hid:{there}")
    monkeypatch.setattr(hid, "_administrator", lambda: True)
    with pytest.raises(Busy):
        segl.open_fido(f"hid:{there}")
    with pytest.raises(InputError, match=r"hid\+tcp"):
        segl.open_fido(f"hid+unix:{there}")


def test_hidapi_is_the_one_that_opens_security_keys() -> None:
    module = hid.hidapi()
    assert module.__name__ == ("hidraw" if sys.platform == "linux" else "hid")
    assert isinstance(module.enumerate(0x1209, 0x0001), list)
    with pytest.raises(NotFound):
        segl.open_fido("hid:/dev/segl-that-is-not-there")


@pytest.fixture
def device() -> Iterator[Device]:
    with World(seed=1, engine="cpython") as world:
        device = world.chip()
        device.plug()
        yield device


def serve(server: socket.socket, device: Device) -> None:
    """Carry one program's reports to a chip and back, as the simulator's port does."""
    stream, _ = server.accept()
    chip = device.connect_fido()
    with stream:
        while head := stream.recv(2, socket.MSG_WAITALL):
            chip.write_packet(stream.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
            answer = chip.read_packet()
            left = int.from_bytes(answer[5:7], "big") - 57  # of an initial report
            frames = [answer, *(chip.read_packet() for _ in range(-(-left // 59) if left > 0 else 0))]
            data = b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames)
            stream.sendall(data[:1])
            stream.sendall(data[1:])


def test_a_chip_is_reached_through_sockets(device: Device, tmp_path: Path) -> None:
    path = tmp_path / "chip"
    with socket.create_server(("localhost", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        for server, url in ((tcp, f"hid+tcp:localhost:{tcp.getsockname()[1]}"), (unix, f"hid+unix:{path}")):
            thread = threading.Thread(target=serve, args=(server, device))
            thread.start()
            with segl.open_chip(url) as chip:
                assert "FIDO_2_1" in chip.info().versions
            thread.join()


def test_a_socket_that_closes_or_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hid, "_ANSWER_S", 0.01)
    here, there = socket.socketpair()
    connection = hid.HidSocket(here)
    with pytest.raises(TransportError, match="did not answer"):
        connection.read_packet()
    there.sendall(b"\0\x40" + report(0)[:10])
    there.close()
    with pytest.raises(Lost, match="other end closed"):
        connection.read_packet()
    connection.close()
    with pytest.raises(Lost):
        connection.write_packet(report(1))


def test_nobody_behind_an_address() -> None:
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotFound):
        segl.open_fido(f"hid+tcp:localhost:{port}")
    with pytest.raises(NotFound):
        segl.open_fido("hid+unix:/nowhere/chip")


def test_what_answers_is_no_security_key(hidapi: HidApi) -> None:
    hidapi.reports = [report(0xFFFFFFFF, b"\x86\0\x08")]
    with pytest.raises(TransportError):  # another one's nonce
        segl.open_chip("hid:/dev/hidraw7")
    assert not hidapi.open

    class Mirror(HidApi):
        def write(self, data: bytes) -> int:
            self.reports.append(data[1:])
            return super().write(data)

    mirror = Mirror()
    mirror.open = True
    with pytest.raises(ProtocolError, match="does not understand"):
        Chip(hid.HidConnection(mirror))
    assert not mirror.open


@pytest.mark.parametrize(
    "url", ["", ":x", "/dev/hidraw0", "foo:bar", "hid+tcp:localhost", "serial:/dev/ttyACM0"]
)
def test_a_url_that_reaches_no_security_key(url: str) -> None:
    with pytest.raises(InputError, match="hid"):
        segl.open_fido(url)


def test_a_security_key_is_no_serial_port() -> None:
    with pytest.raises(InputError, match=r"segl\.open_chip"):
        segl.open_url("hid:/dev/hidraw7")


def opened(rest: str) -> str:
    return rest


def test_other_packages_bring_chips(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("here", "tests.host.test_hid:opened", "segl.fido"),
        EntryPoint("gone", "segl_of_nobody.chips:open", "segl.fido"),
    ]
    monkeypatch.setattr(urls, "entry_points", lambda group: points if group == "segl.fido" else [])
    assert segl.open_fido("here:chip") == "chip"
    with pytest.raises(InputError, match="segl_of_nobody"):
        segl.open_fido("gone:chip")
    with pytest.raises(InputError, match=r"gone:, here:, hid:, hid\+tcp:, hid\+unix:"):
        segl.open_fido("else:chip")
