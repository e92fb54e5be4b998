"""Attaches USB devices that a USB/IP server has to this kernel: what `usbip attach` does.

Needs nothing but Python, the module vhci_hcd and the right to write to its files.

Source: Linux, Documentation/usb/usbip_protocol.rst; drivers/usb/usbip/vhci_sysfs.c.
"""

import socket
import struct
from pathlib import Path

_VHCI = Path("/sys/devices/platform/vhci_hcd.0")
_VERSION, _IMPORT = 0x0111, 0x8003
_RECORD = 312
_NUMBERS = struct.Struct(">III")  # bus, device, speed
_NUMBERS_AT = 256 + 32
_FREE = "004"


def attach(host: str, port: int, bus_id: str) -> int:
    """Attach a device; return the number of the port of the virtual controller that it hangs on.

    Args:
        host: Of the server.
        port: Of the server.
        bus_id: Names the device there.

    Raises:
        OSError: The server does not let us have it, or the kernel does not take it.
    """
    with socket.create_connection((host, port), timeout=60) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.sendall(struct.pack(">HHI32s", _VERSION, _IMPORT, 0, bus_id.encode()))
        state = struct.unpack(">HHI", _exactly(stream, 8))[2]
        if state:
            raise OSError(f"{bus_id} cannot be had: status {state}")
        bus, device, speed = _NUMBERS.unpack_from(_exactly(stream, _RECORD), _NUMBERS_AT)
        stream.settimeout(None)
        place = _free_port()
        (_VHCI / "attach").write_text(f"{place} {stream.fileno()} {bus << 16 | device} {speed}")
        return place


def detach(place: int) -> None:
    """Detach what hangs on a port of the virtual controller."""
    (_VHCI / "detach").write_text(str(place))


def _free_port() -> int:
    for line in (_VHCI / "status").read_text().splitlines()[1:]:
        hub, place, state, *_ = line.split()
        if hub == "hs" and state == _FREE:
            return int(place)
    raise OSError("the virtual controller has no free port")


def _exactly(stream: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = stream.recv(length - len(data))
        if not more:
            raise OSError("the server has hung up")
        data += more
    return data
