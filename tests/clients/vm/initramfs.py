"""The first file system of the virtual machine: loads modules, mounts the computer's own root below an overlay."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from tests.clients.vm.kernel import Kernel, module

# For the root over virtio, a network to the computer, and USB devices that come over it.
_MODULES = [
    "virtio_pci",
    "9pnet_virtio",
    "9p",
    "overlay",
    "virtio_net",
    "vhci_hcd",
    "hid_generic",
    "usbhid",
    "cdc_acm",
]
_PROGRAMS = ["sh", "mkdir", "mount", "insmod", "switch_root"]
_INIT = """#!/bin/sh -e
export PATH=/bin
mount -n -t devtmpfs dev /dev
for one in /modules/*; do insmod "$one"; done
mount -n -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=512000 host /host
mount -n -t tmpfs changes /changes
mkdir /changes/upper /changes/work
mount -n -t overlay -o lowerdir=/host,upperdir=/changes/upper,workdir=/changes/work overlay /new
mount -n -t devtmpfs dev /new/dev
exec switch_root /new {command}
"""


def initramfs(kernel: Kernel, command: str) -> bytes:
    """Make it.

    Args:
        kernel: Whose modules are loaded.
        command: What runs in the end, on the overlay, as the only process.
    """
    archive = _Cpio()
    for folder in ("bin", "dev", "host", "changes", "new", "modules"):
        archive.folder(folder)
    archive.file("init", _INIT.format(command=command).encode(), 0o755)
    for number, path in enumerate(kernel.load_order(_MODULES)):
        archive.file(f"modules/{number:02}-{path.name.partition('.')[0]}.ko", module(path))
    for name in _PROGRAMS:
        program = _found(name)
        archive.file(f"bin/{name}", program.read_bytes(), 0o755)
        for library in _libraries(program):
            archive.file(str(library).lstrip("/"), library.read_bytes(), 0o755)
    return archive.end()


class _Cpio:
    """An archive as the kernel unpacks it.

    Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._names: set[str] = set()

    def folder(self, name: str) -> None:
        if name not in self._names:
            parent = os.path.dirname(name)
            if parent:
                self.folder(parent)
            self._add(name, b"", stat.S_IFDIR | 0o755)

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        if name not in self._names:
            if os.path.dirname(name):
                self.folder(os.path.dirname(name))
            self._add(name, data, stat.S_IFREG | mode)

    def end(self) -> bytes:
        self._add("TRAILER!!!", b"", 0)
        return bytes(self._data)

    def _add(self, name: str, data: bytes, mode: int) -> None:
        self._names.add(name)
        path = name.encode() + b"\0"
        numbers = (len(self._names), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
        self._data += b"070701" + b"".join(b"%08x" % number for number in numbers) + path
        self._align()
        self._data += data
        self._align()

    def _align(self) -> None:
        self._data += bytes(-len(self._data) % 4)


def _found(name: str) -> Path:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert found, f"{name} is missing: every Debian has it"
    return Path(found).resolve()


def _libraries(program: Path) -> list[Path]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [Path(word) for line in said.splitlines() for word in line.split() if word.startswith("/")]
