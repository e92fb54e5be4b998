"""The only program that the virtual machine starts: it does what the test on the computer asks for, line by line.

Run as `python agent.py PORT`, as root, on a root that may be written to. A line is a JSON object with "do" and what
else the functions below take; the answer is one too.
"""

import ctypes
import fcntl
import json
import os
import pty
import re
import select
import socket
import struct
import sys
import time
import traceback
from pathlib import Path

import attach as usbip

COMPUTER = "10.0.2.2"  # as QEMU's own network has it
_ADDRESS, _MASK = "10.0.2.15", "255.255.255.0"
_MOUNTS = {
    "/proc": "proc",
    "/sys": "sysfs",
    "/dev/pts": "devpts",
    "/dev/shm": "tmpfs",
    "/run": "tmpfs",
    "/tmp/vm": "tmpfs",
}
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS = 0x8916, 0x891C, 0x8914
_UP = 0x1 | 0x40


def main() -> None:
    _mount()
    _join_network()
    with socket.create_connection((COMPUTER, int(sys.argv[1]))) as stream, stream.makefile("r") as lines:
        for line in lines:
            asked = json.loads(line)
            try:
                answer = _ACTIONS[asked.pop("do")](**asked)
            except Exception:
                answer = {"error": traceback.format_exc()}
            stream.sendall(json.dumps(answer).encode() + b"\n")
    Path("/proc/sysrq-trigger").write_text("o")


def run(command: list[str], answers: list[list[str]], seconds: float) -> dict[str, object]:
    """Run a command in a terminal of its own.

    Args:
        command: Its words.
        answers: Pairs of a pattern and what to type each time that it is printed.
        seconds: How long it may take.
    """
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir("/tmp/vm")
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    said, seen = "", 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the terminal is nobody's any more
            break
        if not data:
            break
        said += data.decode("utf-8", "replace")
        for pattern, text in answers:
            found = re.search(pattern, said[seen:])
            if found:
                seen += found.end()
                os.write(terminal, text.encode() + b"\n")
    else:
        os.kill(child, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return {"status": status, "output": said.replace("\r\n", "\n")}


def attach(port: int, bus_id: str) -> dict[str, object]:
    """Attach a device that the computer serves."""
    return {"place": usbip.attach(COMPUTER, port, bus_id)}


def detach(place: int) -> dict[str, object]:
    """Detach it."""
    usbip.detach(place)
    return {}


def wait(patterns: list[str], count: int, seconds: float) -> dict[str, object]:
    """Wait until so many files match the patterns; answer which do then."""
    end = time.monotonic() + seconds
    while True:
        found = sorted(str(path) for pattern in patterns for path in Path("/").glob(pattern))
        if len(found) == count or time.monotonic() > end:
            return {"found": found}
        time.sleep(0.02)


_ACTIONS = {"run": run, "attach": attach, "detach": detach, "wait": wait}


def _mount() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for place, kind in _MOUNTS.items():
        os.makedirs(place, exist_ok=True)
        if libc.mount(kind.encode(), place.encode(), kind.encode(), 0, None):
            raise OSError(ctypes.get_errno(), f"cannot mount {place}")
    os.environ.update(
        PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/tmp/vm", LANG="C.UTF-8"
    )


def _join_network() -> None:
    network = next(path.name for path in Path("/sys/class/net").iterdir() if path.name != "lo")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for name, address, mask in (("lo", "127.0.0.1", "255.0.0.0"), (network, _ADDRESS, _MASK)):
            for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, mask)):
                where = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(control, request, struct.pack("16s16s", name.encode(), where))
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), _UP))


main()
