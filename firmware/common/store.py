"""The store: what must outlive the power, as an append-only log of records in one littlefs file.

A record is a value under a kind and a key (both 0 to 255). The latest one counts; all of them lie in RAM too.
One frame is one transaction: length and its complement (uint16 each, little-endian), records (kind, key, size
as uint16, value; size 65535 deletes), CRC-32 of all that. littlefs commits a file's bytes and its length at
once, on close, so a cut leaves the whole frame or nothing. Therefore, on replay:

* a file that ends inside a frame has a torn tail: it was never acknowledged, is dropped, and cut off by the
  next put;
* anything else that is wrong (CRC, a length too large or without its complement, an unreadable file) is
  damage, even in the last frame: it may have been acknowledged. What lies before it stays readable, and
  nothing more is written.
"""

import os
import struct
from binascii import crc32

from micropython import const

_DELETED = const(0xFFFF)
_MAX_BODY = const(4352)  # one record of 4 KiB and some small ones
_HEADER = const(4)
_RECORD = const(4)
_CRC = const(4)
_OVERHEAD = const(12)
_SECTOR = const(4096)
_INLINE = const(512)  # littlefs: an eighth of a block
_SPARE_BLOCKS = const(8)
_LONGEST = const(32768)  # what a log may have over what counts
_CHUNK = const(1024)
_PAGES = const(16)
_ENOENT = const(2)
_EEXIST = const(17)
_ENOSPC = const(28)
_IS_FOLDER = const(0x4000)


class StoreError(Exception):
    pass


class Store:
    # directory: absolute path of a directory that holds nothing else, such as "/store"
    # before_write: called before flash is written, during which no interrupt is served
    def __init__(self, directory: str, before_write=None):
        self._directory = directory
        self._before_write = before_write
        self._log = directory + "/log"
        self._new = directory + "/new"
        self._marker = directory + ".wiping"
        self._filler = directory + ".filler"
        self._forget()

    # Replay the log; never raises. Afterwards `damaged` and `wiping` (finish it: call `wipe`) tell the state.
    def open(self) -> None:
        self._forget()
        try:
            self.wiping = _exists(self._marker)
            if not self.wiping:
                unless(_EEXIST, os.mkdir, self._directory)
                if _exists(self._log):
                    with open(self._log, "rb") as file:
                        self._replay(file)
        except OSError:
            self.damaged = True

    def get(self, kind: int, key: int):
        return self._values.get(kind << 8 | key)

    def keys(self, kind: int) -> list:
        return sorted([code & 0xFF for code in self._values if code >> 8 == kind])

    # Returns when the flash has it. StoreError (damaged, wiping) and OSError mean that nothing has changed.
    def put(self, kind: int, key: int, value: bytes) -> None:
        self.put_all([(kind, key, value)])

    def delete(self, kind: int, key: int) -> None:
        self.put_all([(kind, key, None)])

    # All or none of the records; a value of None deletes.
    def put_all(self, records: list) -> None:
        for _ in self.putting(records):
            pass

    # The same in steps, between which it yields: in none of them is more than one sector erased. It has to be driven to
    # its end, and nothing else may be put meanwhile.
    def putting(self, records: list):
        frame = _frame(records)
        if self._torn:
            self.compact()
        self._prepare()
        # Closing commits, or raises: littlefs has nothing of it before. What lies in blocks of its own it copies to a
        # fresh one with the first byte, goes on to the next one where that is full, and moves the name last.
        beside = self._size + len(frame) <= _INLINE
        with open(self._log, "ab") as file:
            at = len(frame) if beside else 1
            file.write(frame[:at])
            while at < len(frame):
                yield
                file.write(frame[at : at + _CHUNK])
                at += _CHUNK
            if not beside:
                file.seek(0, 2)  # writes what is still held back
                yield
        self._size += len(frame)
        self._apply(frame, _HEADER, len(frame) - _CRC)

    # True when the log is about to outgrow what littlefs keeps beside a file's name, where writing needs no erase
    # (45 ms), and would fit there compacted; or has passed 3/4 of a sector, and a quarter could be won back.
    @property
    def wants_compaction(self) -> bool:
        live = self._live
        if live <= _INLINE * 3 // 4:
            return self._size > _INLINE * 7 // 8
        return self._size > max(_SECTOR * 3 // 4, live + _SECTOR // 4)

    # True when the log is so long that the next put should not wait for a quiet moment to compact it.
    @property
    def overgrown(self) -> bool:
        return self._size > self._live + _LONGEST

    @property
    def _live(self):
        return sum([len(value) + _OVERHEAD for value in self._values.values()])

    def compact(self) -> None:
        for _ in self.compacting():
            pass

    # The same, record by record: for a log that takes long, and a caller who closes this when there is other work.
    # Until it has ended nothing has changed, and nothing else may be put.
    def compacting(self):
        self._prepare()
        size = 0
        with open(self._new, "wb") as file:
            # Sorted, because a board's dict has no order and the flash should not depend on that.
            for code in sorted(self._values):
                frame = _frame([(code >> 8, code & 0xFF, self._values[code])])
                file.write(frame)
                size += len(frame)
                yield
        os.rename(self._new, self._log)
        self._size = size
        self._torn = False

    # True when so little flash is left that records should only be replaced, not added.
    @property
    def full(self) -> bool:
        return os.statvfs(self._directory)[3] < _SPARE_BLOCKS

    # Start anew without a record, in a moment: their bytes stay where they lay until littlefs takes the room again.
    def discard(self) -> None:
        for path in (self._log, self._new):
            unless(_ENOENT, os.remove, path)
        self._forget()

    # Leave no byte of any record in the flash, and an empty store; yields percent. After a cut, start again.
    def wipe(self):
        self._forget()
        self.wiping = True
        open(self._marker, "wb").close()
        yield 0
        if _exists(self._directory):
            for entry in list(os.ilistdir(self._directory)):
                os.remove(self._directory + "/" + entry[0])
            os.rmdir(self._directory)
        for percent in self._fill():
            yield percent
        for percent in _renew_folders():
            yield percent
        os.mkdir(self._directory)
        os.remove(self._marker)
        self._forget()
        yield 100

    # littlefs erases every block that it takes, so a file that takes all free blocks erases all free blocks.
    def _fill(self):
        blocks = os.statvfs("/")[3] + 1
        done = 0
        chunk = b"\xff" * _CHUNK
        with open(self._filler, "wb") as file:
            try:
                while True:
                    for _ in range(_SECTOR // _CHUNK):
                        file.write(chunk)
                    done += 1
                    yield min(90 * done // blocks, 90)
            except OSError as error:
                if error.errno != _ENOSPC:
                    raise
        os.remove(self._filler)

    def _forget(self):
        self._values = {}
        self._size = 0
        self._torn = self.damaged = self.wiping = False

    def _prepare(self):
        if self.damaged or self.wiping:
            raise StoreError
        if self._before_write:
            self._before_write()

    # Frame by frame: the log of many credentials and its values would not fit into memory together.
    def _replay(self, log):
        while True:
            head = log.read(_HEADER)
            if len(head) < _HEADER:
                self._torn = len(head) > 0
                return
            length, complement = struct.unpack("<HH", head)
            if length > _MAX_BODY or length ^ complement != 0xFFFF:
                self.damaged = True
                return
            rest = log.read(length + _CRC)
            if len(rest) < length + _CRC:
                self._torn = True
                return
            if crc32(rest[:length], crc32(head)) != int.from_bytes(rest[length:], "little"):
                self.damaged = True
                return
            self._apply(rest, 0, length)
            self._size += _HEADER + length + _CRC

    def _apply(self, log, at, end):
        while at < end:
            kind, key, size = struct.unpack_from("<BBH", log, at)
            at += _RECORD
            if size == _DELETED:
                self._values.pop(kind << 8 | key, None)
            else:
                self._values[kind << 8 | key] = log[at : at + size]
                at += size


def _frame(records):
    body = b""
    for kind, key, value in records:
        size = _DELETED if value is None else len(value)
        body += struct.pack("<BBH", kind, key, size) + (value or b"")
    if len(body) > _MAX_BODY:
        raise ValueError("too long")
    frame = struct.pack("<HH", len(body), len(body) ^ 0xFFFF) + body
    return frame + struct.pack("<I", crc32(frame))


# A directory's metadata lies in two blocks, one of them stale: taken from the free blocks without an erase,
# and erased when the other one is full. That stale block may hold records older than the directory. So each
# one is filled and changed over, by making and removing a file as often as a block has pages. A large
# directory is a chain of pairs ordered by name: a name just before each entry reaches all of them.
def _renew_folders():
    folders = [""]
    while folders:
        folder = folders.pop()
        names = ["~"]
        for entry in os.ilistdir(folder or "/"):
            names.append(_before(entry[0]))
            if entry[1] == _IS_FOLDER:
                folders.append(folder + "/" + entry[0])
        for name in names:
            turn_over(folder + "/" + name)
            yield 95


# Let the metadata of a path's directory move to their other block, which is erased first: each making and removing of
# the file is a page.
def turn_over(path: str) -> None:
    for _ in range(_PAGES // 2):
        open(path, "wb").close()
        os.remove(path)


def _before(name):
    last = chr(ord(name[-1]) - 1)
    return name[:-1] + ("." if last == "/" else last) + "~"


def _exists(path):
    return unless(_ENOENT, os.stat, path)


# Call; True when it worked, False when it failed with the error that is expected.
def unless(expected, function, path):
    try:
        function(path)
        return True
    except OSError as error:
        if error.errno != expected:
            raise
        return False
