"""Runs first inside MicroPython: puts the simulated board's modules where `import` finds them.

`_files` (file name to source text) and `_order` (names of modules) are set by engines/micropython.py before.
"""

import sys

sys.path[:] = []  # without the build's frozen extras, which stock boards lack

import gc
import hashlib
import io
import os

import vfs
from js import host as _host
from uctypes import addressof


class _Host:
    """The one way out: six integers, the last two saying where a buffer lies."""

    @staticmethod
    def call(op, a=0, b=0, c=0, buf=None):
        if buf is None:
            return _host(op, a, b, c, 0, 0)
        return _host(op, a, b, c, addressof(buf), len(buf))

    @staticmethod
    def take(length):
        if length <= 0:
            return b""
        buf = bytearray(length)
        _host(0, 0, 0, 0, addressof(buf), length)
        return bytes(buf)


class _SourceFiles:
    """A read-only file system of the simulated modules, mounted while they load."""

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        if path.strip("/") not in _files:
            raise OSError(2)
        return (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def open(self, path, mode):
        return io.BytesIO(_files[path.strip("/")])


sys.modules["_host"] = _Host
sys.modules["_os_board"] = os
sys.modules["_vfs_board"] = vfs
sys.modules["_hashlib_board"] = hashlib
vfs.umount("/")
vfs.mount(_SourceFiles(), "/board")
sys.path[:] = ["/board"]
for _name in _order:
    # Under another file name, because built-in modules win over files of the same name.
    sys.modules[_name] = __import__("board_" + _name)
    del sys.modules["board_" + _name]
vfs.umount("/board")
sys.path[:] = ["", "/lib"]
gc.threshold(48 * 1024)


def boot(device):
    """Do what the stock image does at power-up, up to the point where `main.py` would loop for ever."""
    exec(_boot_py, {"__name__": "__main__"})
    try:
        boot_py = open("boot.py").read()
    except OSError:
        boot_py = ""
    exec(boot_py, {"__name__": "__main__"})
    global turn
    turn = __import__("boards." + device + ".main", None, None, ("turn",)).turn


_boot_py = compile(_files["boot.py"], "_boot.py", "exec")
del _files, _order, _name, _SourceFiles
gc.collect()
