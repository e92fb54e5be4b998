"""The board's `vfs`: littlefs lies on the other side, on the very flash that power can be cut from."""

from io import BytesIO

from _host import call, take
from _ops import (
    FS_CLOSE,
    FS_FLUSH,
    FS_FORMAT,
    FS_LIST,
    FS_LOAD,
    FS_MKDIR,
    FS_MOUNT,
    FS_OPEN,
    FS_READ,
    FS_REMOVE,
    FS_RENAME,
    FS_RMDIR,
    FS_SEEK,
    FS_STAT,
    FS_STATVFS,
    FS_UMOUNT,
    FS_WRITE,
)
from _vfs_board import mount

_OPENED = 1 << 30  # in the answer to FS_LOAD: the file is too large to be loaded, and is now open
_MODES = {"r": 0, "w": 1, "a": 2, "x": 3}


def _checked(result):
    if result < 0:
        raise OSError(-result)
    return result


class _File:
    """A file open for writing, or a large one for reading; a small one is its content (see `VfsLfs2.open`)."""

    def __init__(self, handle):
        self._handle = handle

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, data):
        return _checked(call(FS_WRITE, self._handle, 0, 0, data)) if data else 0

    def readinto(self, buf):
        return _checked(call(FS_READ, self._handle, 0, 0, buf))

    def read(self, size=-1):
        if size < 0:
            place = self.tell()
            size = self.seek(0, 2) - place
            self.seek(place)
        buf = bytearray(size)
        return bytes(buf[: self.readinto(buf)])

    def seek(self, offset, whence=0):
        return _checked(call(FS_SEEK, self._handle, offset, whence))

    def tell(self):
        return self.seek(0, 1)

    def flush(self):
        _checked(call(FS_FLUSH, self._handle))

    def close(self):
        if self._handle is not None:
            handle = self._handle
            self._handle = None
            _checked(call(FS_CLOSE, handle))


class VfsLfs2:
    def __init__(self, block_dev, readsize=32, progsize=32, lookahead=32, mtime=True):
        _checked(call(FS_MOUNT))

    @staticmethod
    def mkfs(block_dev, readsize=32, progsize=32, lookahead=32):
        _checked(call(FS_FORMAT))

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        call(FS_UMOUNT)

    def open(self, path, mode):
        if "r" in mode and "+" not in mode:
            found = _checked(call(FS_LOAD, 0, 0, 0, path.encode()))
            if found & _OPENED:
                return _File(found ^ _OPENED)
            return BytesIO(take(found))
        flags = _MODES[mode[0]] | (4 if "+" in mode else 0)
        return _File(_checked(call(FS_OPEN, flags, 0, 0, path.encode())))

    def stat(self, path):
        size = _checked(call(FS_STAT, 0, 0, 0, (path or "/").encode()))
        folder = size == 0x7FFFFFFF
        return (0x4000 if folder else 0x8000, 0, 0, 0, 0, 0, 0 if folder else size, 0, 0, 0)

    def ilistdir(self, path):
        names = str(take(_checked(call(FS_LIST, 0, 0, 0, (path or "/").encode()))), "utf-8")
        for line in names.split("\n"):
            if line:
                size, name = line.split(" ", 1)
                folder = size == "d"
                yield (name, 0x4000 if folder else 0x8000, 0, 0 if folder else int(size))

    def statvfs(self, path):
        blocks = _checked(call(FS_STATVFS, 2))
        free = _checked(call(FS_STATVFS, 3))
        return (4096, 4096, blocks, free, free, 0, 0, 0, 0, 255)

    def mkdir(self, path):
        _checked(call(FS_MKDIR, 0, 0, 0, path.encode()))

    def rmdir(self, path):
        _checked(call(FS_RMDIR, 0, 0, 0, path.encode()))

    def remove(self, path):
        _checked(call(FS_REMOVE, 0, 0, 0, path.encode()))

    def rename(self, old, new):
        _checked(call(FS_RENAME, 0, 0, 0, old.encode() + b"\0" + new.encode()))

    def chdir(self, path):
        pass

    def getcwd(self):
        return "/"
