"""The board's `os`: the files of the mounted flash, the random source and the board's name."""

from _host import call, take
from _ops import MACHINE_NAME, URANDOM
from _os_board import chdir, getcwd, ilistdir, listdir, mkdir, remove, rename, rmdir, stat, statvfs, unlink


def urandom(n):
    buf = bytearray(n)
    call(URANDOM, 0, 0, 0, buf)
    return bytes(buf)


class _Uname(tuple):
    @property
    def machine(self):
        return self[4]


def uname():
    return _Uname(("rp2", "rp2", "1.29.0", "v1.29.0", str(take(call(MACHINE_NAME)), "utf-8")))
