"""Real littlefs on the simulated flash, set up as MicroPython's rp2 port sets it up.

Source: micropython/micropython v1.29: ports/rp2/modules/_boot.py (`VfsLfs2(bdev, progsize=256)`),
extmod/vfs_lfs.c and extmod/vfs_lfsx.c (read size 32, look-ahead 32, block cycles 100, cache of four times the
larger of read and program size), ports/rp2/rp2_flash.c (blocks of one 4 KiB flash sector; sync does nothing).
Both sides compile littlefs 2.11, on-disk version 2.1.

Not modelled: MicroPython keeps each file's modification time in an attribute of 8 bytes, for which
littlefs-python has no way. So a commit is 12 bytes shorter here (it is rounded up to 256 anyway), and a file
that is opened for writing and closed with nothing written costs a commit on a board and none here.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar, cast

from littlefs import lfs
from littlefs.errors import LittleFSError

from segl_sim.parts.flash import SECTOR, NorFlash, PowerCut

READ_SIZE = 32
PROGRAM_SIZE = 256
CACHE_SIZE = min(SECTOR, 4 * max(READ_SIZE, PROGRAM_SIZE))
LOOKAHEAD_SIZE = 32
BLOCK_CYCLES = 100
NAME_MAX = 255

MODE_FILE = 0x8000
MODE_DIR = 0x4000

_READ_ONLY = 0x1
_WRITE_ONLY = 0x2
_READ_WRITE = 0x3
_CREATE = 0x100
_EXCLUSIVE = 0x200
_TRUNCATE = 0x400
_APPEND = 0x800

_MODES = {
    "r": _READ_ONLY,
    "w": _WRITE_ONLY | _CREATE | _TRUNCATE,
    "x": _WRITE_ONLY | _CREATE | _EXCLUSIVE,
    "a": _WRITE_ONLY | _CREATE | _APPEND,
}

# littlefs' own error numbers, which MicroPython hands to the firmware as they are (they are Linux's).
_ERR_IO = -5
_ERR_BAD_FILE = 9

_P = ParamSpec("_P")
_T = TypeVar("_T")

# The stubs of these three leave arguments without a type.
_file_read = cast(
    "Callable[[lfs.LFSFilesystem, lfs.LFSFile, int], bytes]",
    lfs.file_read,  # pyright: ignore[reportUnknownMemberType]
)
_file_write = cast(
    "Callable[[lfs.LFSFilesystem, lfs.LFSFile, bytes], int]",
    lfs.file_write,  # pyright: ignore[reportUnknownMemberType]
)
_file_seek = cast(
    "Callable[[lfs.LFSFilesystem, lfs.LFSFile, int, int], int]",
    lfs.file_seek,  # pyright: ignore[reportUnknownMemberType]
)


class Entry(NamedTuple):
    """A name in a directory: MODE_FILE or MODE_DIR, and the size in bytes (0 for a directory)."""

    name: str
    mode: int
    size: int


class _OpenFile(NamedTuple):
    file: lfs.LFSFile
    flags: int


class _Medium:
    """The block device that littlefs calls back.

    littlefs-python's C call-backs cannot raise: an exception in one is printed and taken for success, and a
    read takes any memory that it is given. So nothing may leave these methods: the first problem is kept,
    littlefs gets an input/output error (or blank bytes), and `Littlefs` raises the problem once littlefs has
    returned.
    """

    def __init__(self, flash: NorFlash, offset: int) -> None:
        self._flash = flash
        self._offset = offset
        self.problem: BaseException | None = None
        self.dead = False

    def read(self, cfg: lfs.LFSConfig, block: int, off: int, size: int) -> bytes:
        if not self.dead and not self.problem:
            try:
                return self._flash.read(self._offset + block * SECTOR + off, size)
            except BaseException as problem:
                self.problem = problem
        return b"\xff" * size

    def prog(self, cfg: lfs.LFSConfig, block: int, off: int, data: bytes) -> int:
        return self._change(self._flash.program, self._offset + block * SECTOR + off, data)

    def erase(self, cfg: lfs.LFSConfig, block: int) -> int:
        return self._change(self._flash.erase, self._offset + block * SECTOR)

    def sync(self, cfg: lfs.LFSConfig) -> int:
        return _ERR_IO if self.dead or self.problem else 0

    def _change(self, operation: Callable[_P, None], *args: _P.args, **kwargs: _P.kwargs) -> int:
        if self.dead or self.problem:
            return _ERR_IO
        try:
            operation(*args, **kwargs)
        except BaseException as problem:
            self.problem = problem
            return _ERR_IO
        return 0


class Littlefs:
    """One mounting of a littlefs region: the methods that MicroPython's VfsLfs2 and its files need.

    Errors are OSError with the number that the firmware sees on a board. When the power is cut, PowerCut
    comes out of the call in which it happened and of every later one; power the flash on and make a new
    Littlefs to go on.

    Args:
        flash: The flash part.
        offset: First byte of the region, at the start of a sector.
        size: Bytes of the region, whole sectors.

    Raises:
        ValueError: The region is not made of whole sectors of this flash.
    """

    def __init__(self, flash: NorFlash, offset: int, size: int) -> None:
        self._files: dict[int, _OpenFile] = {}
        self._mounted = False
        if offset % SECTOR or size % SECTOR or offset < 0 or size <= 0 or offset + size > flash.size:
            raise ValueError(f"{size} bytes at {offset:#x} are not whole sectors of this flash")
        self._blocks = size // SECTOR
        self._medium = _Medium(flash, offset)
        self._config = lfs.LFSConfig(
            self._medium,
            block_size=SECTOR,
            block_count=self._blocks,
            read_size=READ_SIZE,
            prog_size=PROGRAM_SIZE,
            block_cycles=BLOCK_CYCLES,
            cache_size=CACHE_SIZE,
            lookahead_size=LOOKAHEAD_SIZE,
            name_max=NAME_MAX,
        )
        self._fs = lfs.LFSFilesystem()
        self._next_handle = 1
        self._cut = False

    def __del__(self) -> None:
        # littlefs allocates in C, and a device that loses its power closes nothing.
        self._abandon()

    # --- the whole ---

    def mkfs(self) -> None:
        """Format the region. Unmounts first."""
        self.unmount()
        self._call(lfs.format, lfs.LFSFilesystem(), self._config)

    def mount(self) -> None:
        """Mount the region.

        Raises:
            OSError: Not a littlefs, or a damaged one.
        """
        self.unmount()
        self._fs = lfs.LFSFilesystem()
        self._call(lfs.mount, self._fs, self._config)
        self._mounted = True

    def unmount(self) -> None:
        """Leave the file system. As on a board, what open files have not flushed is lost."""
        self._abandon()
        self._medium.dead = self._cut

    def statvfs(self) -> tuple[int, ...]:
        """Return the ten numbers of `os.statvfs`: block size (twice), blocks, free (twice), zeros, name
        length.
        """
        self._check_mounted()
        free = self._blocks - self._call(lfs.fs_size, self._fs)
        return (SECTOR, SECTOR, self._blocks, free, free, 0, 0, 0, 0, NAME_MAX)

    # --- names ---

    def stat(self, path: str) -> Entry:
        """Return what a path names."""
        self._check_mounted()
        return _entry(self._call(lfs.stat, self._fs, path))

    def listdir(self, path: str = "/") -> list[Entry]:
        """Return a directory's entries, without "." and ".."."""
        self._check_mounted()
        directory = self._call(lfs.dir_open, self._fs, path)
        entries: list[Entry] = []
        try:
            while (found := self._call(lfs.dir_read, self._fs, directory)) is not None:
                if found.name not in (".", ".."):
                    entries.append(_entry(found))
        finally:
            if self._mounted:
                self._call(lfs.dir_close, self._fs, directory)
        return entries

    def mkdir(self, path: str) -> None:
        """Make a directory."""
        self._check_mounted()
        self._call(lfs.mkdir, self._fs, path)

    def rmdir(self, path: str) -> None:
        """Remove an empty directory (or, as on a board, a file)."""
        self.remove(path)

    def remove(self, path: str) -> None:
        """Remove a file (or, as on a board, an empty directory)."""
        self._check_mounted()
        self._call(lfs.remove, self._fs, path)

    def rename(self, old: str, new: str) -> None:
        """Rename or move, replacing a file that is there, in one step."""
        self._check_mounted()
        self._call(lfs.rename, self._fs, old, new)

    # --- files ---

    def open(self, path: str, mode: str = "r") -> int:
        """Open a file and return its handle.

        Args:
            path: From the root of the region.
            mode: One of "r", "w", "x", "a", then "+" for both ways; "b" and "t" change nothing here.

        Raises:
            OSError: ENOENT, EEXIST, EISDIR, ENOSPC ...
            ValueError: No such mode.
        """
        self._check_mounted()
        flags = _flags(mode)
        file = self._call(lfs.file_open, self._fs, path, lfs.LFSFileFlag(flags))
        handle = self._next_handle
        self._next_handle += 1
        self._files[handle] = _OpenFile(file, flags)
        return handle

    def read(self, handle: int, size: int = -1) -> bytes:
        """Return up to `size` bytes; below zero: all the rest."""
        opened = self._opened(handle, _READ_ONLY)
        if size < 0:
            end = self._call(lfs.file_size, self._fs, opened.file)
            size = max(0, end - self._call(lfs.file_tell, self._fs, opened.file))
        return self._call(_file_read, self._fs, opened.file, size)

    def write(self, handle: int, data: bytes | bytearray | memoryview) -> int:
        """Write all of `data` and return its length; nothing is safe before `flush` or `close`."""
        opened = self._opened(handle, _WRITE_ONLY)
        return self._call(_file_write, self._fs, opened.file, bytes(data))

    def seek(self, handle: int, offset: int, whence: int = 0) -> int:
        """Move to `offset` from the start (0), the present place (1) or the end (2); return the place."""
        return self._call(_file_seek, self._fs, self._opened(handle).file, offset, whence)

    def tell(self, handle: int) -> int:
        """Return the place in the file."""
        return self._call(lfs.file_tell, self._fs, self._opened(handle).file)

    def flush(self, handle: int) -> None:
        """Commit what was written: after this it survives a power cut."""
        self._call(lfs.file_sync, self._fs, self._opened(handle).file)

    def close(self, handle: int) -> None:
        """Commit and forget a file; a handle that is closed already is left alone, as on a board."""
        self._check_mounted()
        # Out of the list first: littlefs forgets the file even when closing fails.
        opened = self._files.pop(handle, None)
        if opened is not None:
            self._call(lfs.file_close, self._fs, opened.file)

    # --- inside ---

    def _check_mounted(self) -> None:
        if self._cut:
            raise PowerCut
        if not self._mounted:
            raise OSError(errno.ENODEV, "littlefs is not mounted")

    def _opened(self, handle: int, way: int = 0) -> _OpenFile:
        self._check_mounted()
        opened = self._files.get(handle)
        if opened is None:
            raise ValueError("closed file")
        # The board's littlefs is built without this check and would carry on; ours would end the process.
        if opened.flags & way != way:
            raise OSError(_ERR_BAD_FILE, "file is not open for this")
        return opened

    def _call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        if self._cut:
            raise PowerCut
        number = 0
        result: _T | None = None
        try:
            result = function(*args, **kwargs)
        except LittleFSError as error:
            number = -error.code
        problem = self._medium.problem
        if problem is not None:
            self._cut = isinstance(problem, PowerCut)
            self._abandon()
            self._medium.problem = None
            raise problem
        if number:
            raise OSError(number, LittleFSError(-number).name)
        return result  # pyright: ignore[reportReturnType]  # the call succeeded, so this is its result

    def _abandon(self) -> None:
        """Free what littlefs holds in memory, without touching the flash again."""
        if not self._mounted:
            return
        self._mounted = False
        self._medium.dead = True
        for opened in self._files.values():
            # Some want to write and fail; their memory is free all the same.
            with contextlib.suppress(LittleFSError):
                lfs.file_close(self._fs, opened.file)
        self._files.clear()
        lfs.unmount(self._fs)


def _entry(found: lfs.LFSStat) -> Entry:
    is_file = found.type == lfs.LFSStat.TYPE_REG
    return Entry(found.name, MODE_FILE if is_file else MODE_DIR, found.size if is_file else 0)


def _flags(mode: str) -> int:
    """Read a mode as MicroPython does: unknown letters are skipped, two different ones are an error."""
    flags = 0
    for letter in mode:
        if letter == "+":
            flags |= _READ_WRITE
        elif letter in _MODES:
            if flags:
                raise ValueError(f"no such mode: {mode!r}")
            flags = _MODES[letter]
    return flags or _READ_ONLY
