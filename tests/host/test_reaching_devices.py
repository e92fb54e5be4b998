"""URLs, connections and discovery: every way that fails has a name and a remedy."""

import errno
import os
import pty
import socket
import threading
import types
from importlib.metadata import EntryPoint

import pytest
import serial
from serial.tools.list_ports_common import ListPortInfo

import segl
from segl import discovery, hid, transport, urls


def test_a_serial_port_carries_bytes_both_ways() -> None:
    connection = segl.open_url("serial:loop://")
    connection.write(b"abc\0")
    assert connection.read(1) == b"abc\0"
    assert connection.read(0) == b""
    connection.close()
    connection.close()
    with pytest.raises(segl.Lost):
        connection.write(b"x")


def test_a_pty_is_a_serial_port_for_one_program_until_it_hangs_up() -> None:
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    connection = segl.open_url(f"SERIAL:{path}")
    with pytest.raises(segl.Busy, match="Another program"):
        segl.open_url(f"serial:{path}")
    connection.write(b"abc")
    assert os.read(master, 10) == b"abc"
    os.write(master, b"\0\xff\r\n\x03")
    assert connection.read(1) == b"\0\xff\r\n\x03"
    os.close(slave)
    os.close(master)
    with pytest.raises(segl.Lost):
        connection.read(1)
    connection.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), segl.NotFound),
        (PermissionError(errno.EACCES, "x"), segl.Permission),
        (serial.SerialException(errno.EBUSY, "x"), segl.Busy),
        (serial.SerialException("Could not exclusively lock port x"), segl.Busy),
        (serial.SerialException("could not open port: PermissionError(13, 'Access is denied.', None, 5)"),
         segl.Permission),
        (serial.SerialException("could not open port: FileNotFoundError(2, 'x')"), segl.NotFound),
        (OSError(errno.ENOTTY, "x"), segl.NotFound),
    ],
)  # fmt: skip
def test_why_a_port_does_not_open(monkeypatch: pytest.MonkeyPatch, error: OSError, kind: type) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "serial_for_url", fail)
    with pytest.raises(kind) as caught:
        segl.open_url("serial:COM3")
    assert "COM3" in str(caught.value)


def test_tcp_carries_bytes_until_the_other_end_closes() -> None:
    with socket.create_server(("localhost", 0)) as server:
        connection = segl.open_url(f"tcp:localhost:{server.getsockname()[1]}")
        other, _ = server.accept()
    connection.write(b"abc")
    assert other.recv(10) == b"abc"
    assert connection.read(0) == b""
    threading.Thread(target=other.sendall, args=(b"def",)).start()
    assert connection.read(5) == b"def"
    other.close()
    with pytest.raises(segl.Lost):
        connection.read(5)
    connection.close()
    with pytest.raises(segl.Lost):
        connection.write(b"x")


@pytest.mark.parametrize("url", ["", ":x", "/dev/ttyACM0", "foo:bar", "tcp:localhost", "tcp::5", "tcp:x:y",
                                 "tcp:x:99999",
                                 "serial:nowhere://"])  # fmt: skip
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(segl.InputError):
        segl.open_url(url)


def test_nobody_there() -> None:
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(segl.NotFound):
        segl.open_url(f"tcp:[::1]:{port}")
    with pytest.raises(segl.NotFound, match="plug"):
        segl.open_url("serial:/dev/segl-that-is-not-there")


def test_other_packages_bring_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("here", "tests.host.test_reaching_devices:opened", "segl.transports"),
        EntryPoint("gone", "segl_of_nobody.transport:open", "segl.transports"),
    ]
    monkeypatch.setattr(urls, "entry_points", lambda group: points)
    assert segl.open_url("here:display") == "display"
    with pytest.raises(segl.InputError, match="segl_of_nobody"):
        segl.open_url("gone:display")
    with pytest.raises(segl.InputError, match="gone:, here:, serial:, tcp:"):
        segl.open_url("else:display")


def opened(rest: str) -> str:
    return rest


def port(
    device: str, vid: int | None, pid: int | None, product: str | None, number: str | None
) -> ListPortInfo:
    info = ListPortInfo(device)
    info.vid, info.pid, info.product, info.serial_number = vid, pid, product, number  # type: ignore[assignment]
    return info


def more() -> list[segl.Found]:
    return [segl.Found("here:1", "Segl code display", "SGCD 0000 0009")]


def broken() -> list[segl.Found]:
    raise RuntimeError("no")


def test_finding(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    ports = [
        port("/dev/ttyACM1", 0x1209, 1, "Segl code display", "SGCD 0000 0001"),
        port("/dev/ttyACM2", 0x1209, 1, "Somebody's keyboard", "1"),
        port("/dev/ttyACM3", 0x2E8A, 5, "Segl code display", "1"),
        port("/dev/ttyS0", None, None, None, None),
        port("COM3", 0x1209, 1, None, "SGCD00000002"),
        port("COM4", 0x1209, 1, None, None),
        port("COM5", 0x1209, 1, None, "SGAR00000003"),
    ]
    points = [
        EntryPoint(name, f"tests.host.test_reaching_devices:{name}", "x") for name in ("broken", "more")
    ]
    monkeypatch.setattr(discovery, "list_ports", types.SimpleNamespace(comports=lambda: ports))
    monkeypatch.setattr(discovery, "entry_points", lambda group: points)
    monkeypatch.setattr(hid, "hidapi", lambda: Listing([]))
    assert segl.find() == [
        segl.Found("serial:/dev/ttyACM1", "Segl code display", "SGCD 0000 0001"),
        segl.Found("serial:COM3", "Segl code display", "SGCD00000002"),
        segl.Found("serial:COM5", "Segl audio reader", "SGAR00000003"),
        segl.Found("here:1", "Segl code display", "SGCD 0000 0009"),
    ]
    assert "broken" in caplog.text


class Listing:
    """hidapi's module, with what it enumerates."""

    def __init__(self, listed: list[dict[str, object]] | None) -> None:
        self._listed = listed

    def enumerate(self, vendor: int, product: int) -> list[dict[str, object]]:
        assert (vendor, product) == (0x1209, 1)
        if self._listed is None:
            raise OSError("no")
        return self._listed


def key(path: bytes, product: str | None, number: str | None, page: int = 0xF1D0) -> dict[str, object]:
    return {"path": path, "product_string": product, "serial_number": number, "usage_page": page}


def test_a_chip_is_listed_once_although_it_shows_two_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        port("/dev/ttyACM0", 0x1209, 1, "Segl code display", "SGCD00000001"),
        port("/dev/ttyACM1", 0x1209, 1, "Segl chip", "SGCH00000001"),
        port("/dev/ttyACM2", 0x1209, 1, "Segl chip", "SGCH00000002"),
    ]
    keys = [
        key(b"/dev/hidraw4", "Segl chip", "SGCH00000003"),
        key(b"/dev/hidraw3", "Segl chip", "SGCH00000001"),
        key(b"/dev/hidraw2", "Somebody's mouse", "1"),
        key(b"/dev/hidraw1", "Segl chip", "SGCH00000001", 0xFF00),
        key(b"DevSrvsID:1", "", "SGCH00000005"),
        key(b"DevSrvsID:2", None, None),
    ]
    monkeypatch.setattr(discovery, "list_ports", types.SimpleNamespace(comports=lambda: ports))
    monkeypatch.setattr(discovery, "entry_points", lambda group: [])
    monkeypatch.setattr(hid, "hidapi", lambda: Listing(keys))
    alone = segl.Found("serial:/dev/ttyACM2", "Segl chip", "SGCH00000002")  # whose security key is not shown
    assert segl.find() == [
        segl.Found("serial:/dev/ttyACM0", "Segl code display", "SGCD00000001"),
        alone,
        segl.Found("hid:/dev/hidraw3", "Segl chip", "SGCH00000001", "serial:/dev/ttyACM1"),
        segl.Found("hid:/dev/hidraw4", "Segl chip", "SGCH00000003"),
        segl.Found("hid:DevSrvsID:1", "Segl chip", "SGCH00000005"),
    ]
    monkeypatch.setattr(hid, "hidapi", lambda: Listing(None))
    assert [found.url for found in segl.find()] == [f"serial:/dev/ttyACM{number}" for number in range(3)]


def test_the_connections_are_connections() -> None:
    connections: list[type[segl.Connection]] = [transport.SerialConnection, transport.SocketConnection]
    assert len(connections) == 2
    assert segl.__version__
