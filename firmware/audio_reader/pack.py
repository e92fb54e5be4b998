"""A voice pack: all that the reader says in one language, in one file whose clips are played from flash.

The layout is said in host/segl/voice/pack.py. Only the table of clips is kept in memory, as it lies in the file, and
searched by halving; texts and sound are read when they are wanted.
"""

import struct
from binascii import crc32

from micropython import const

from common.adpcm import BLOCK, SAMPLES
from segl_wire import cbor

_HEADER = "<8sHHIHHIII"
_MAGIC = b"SEGLVOX\0"
_FORMAT = const(1)
_FIRST_ROW = const(36)
_ROW = const(32)
_ID = const(16)
_MOST_ROWS = const(512)  # memory ends before a file's claims do
_MOST_ABOUT = const(2048)
_MOST_SPEEDS = const(16)
_MOST = const(5000)  # words a minute, and ms of a gap
_LAST_STEP = const(88)
RATES = ("slow", "normal", "fast")
_NUMBERS = ("digits", "tens_units", "units_and_tens")
_ZEROS = bytes(_ID)


class Pack:
    """An open pack.

    Args:
        path: The file.

    Raises:
        OSError: The file is missing or cannot be read; reading on can raise it too.
        ValueError: It is no whole pack; reading on can raise it too.

    Attributes:
        language: BCP 47 tag.
        name: The language's name, in itself.
        version: Of texts and clips.
        numbers: How 25 is put together: "digits", "tens_units" or "units_and_tens".
        speeds: From slow to fast, [words a minute, recorded rate, ms after a digit, ms between the groups] each.
    """

    def __init__(self, path):
        self._buffer = memoryview(bytearray(BLOCK))
        self._full = (self._buffer, SAMPLES)
        self._file = open(path, "rb")  # closed by close()
        try:
            self._open()
        except Exception:
            self._file.close()
            raise

    def close(self):
        """Let the file go, before it is replaced."""
        self._file.close()

    def has(self, clip):
        """Tell whether there is such a clip."""
        return self._find(clip) >= 0

    def samples(self, clip):
        """Return how many samples a clip plays."""
        return self._place(clip)[2]

    def text(self, clip):
        """Return what a clip says: nothing, if it is a tone."""
        _, _, _, at, size = self._place(clip)
        if at + size > self._texts:
            raise _damaged()
        return str(self._read(self._texts_at + at, size), "utf-8")  # UnicodeError is a ValueError

    def blocks(self, clip):
        """Give a clip's blocks, each as (view of the one buffer that all share, samples in it)."""
        _, at, left, _, _ = self._place(clip)
        file = self._file
        buffer = self._buffer
        while left > 0:
            file.seek(at)  # a text may have been read in between
            if file.readinto(buffer) != BLOCK or buffer[2] > _LAST_STEP or buffer[3]:
                raise _damaged()
            if left >= SAMPLES:
                yield self._full
            else:
                yield buffer, left
            at += BLOCK
            left -= SAMPLES

    def check(self):
        """Check every bit that matters.

        Raises:
            OSError, ValueError: It is damaged.
        """
        at = self._texts_at
        end = at + self._texts
        crc = 0
        while at < end:
            crc = crc32(self._read(at, min(BLOCK, end - at)), crc)
            at += BLOCK
        if crc != self._texts_crc:
            raise _damaged()
        place = (end + BLOCK - 1) // BLOCK * BLOCK
        for row in range(0, len(self._table), _ROW):
            clip = str(self._table[row : row + _ID], "utf-8").rstrip("\0")
            wanted, at, samples, _, _ = self._place(clip)
            # Each clip lies right behind the one before: no claim makes this take longer than the file is. That each
            # was found where it stands shows that the table is sorted.
            if at != place:
                raise _damaged()
            place += (samples + SAMPLES - 1) // SAMPLES * BLOCK
            self.text(clip)
            crc = 0
            for block, _ in self.blocks(clip):
                crc = crc32(block, crc)
            if crc != wanted:
                raise _damaged()
        if place != self._end:
            raise _damaged()

    def _open(self):
        head = self._read(0, _FIRST_ROW)
        magic, version, block, size, rows, about, texts, crc, texts_crc = struct.unpack_from(_HEADER, head)
        if magic != _MAGIC or crc32(head[:-4]) != struct.unpack_from("<I", head, _FIRST_ROW - 4)[0]:
            raise _damaged()
        if version != _FORMAT or block != BLOCK:
            raise ValueError("a voice pack of another format")
        self._texts_at = _FIRST_ROW + rows * _ROW + about
        self._texts = texts
        self._texts_crc = texts_crc
        self._end = size
        whole = self._file.seek(0, 2) == size and not size % BLOCK and self._texts_at + texts <= size
        if not whole or rows > _MOST_ROWS or about > _MOST_ABOUT:
            raise _damaged()
        self._table = self._read(_FIRST_ROW, rows * _ROW)
        raw = self._read(self._texts_at - about, about)
        if crc32(raw, crc32(self._table)) != crc:
            raise _damaged()
        self._describe(cbor.decode(raw))

    def _describe(self, about):
        try:
            self.language = _string(about["language"])
            self.name = _string(about["name"])
            self.version = _string(about["version"])
            self.numbers = _string(about["numbers"])
            self.speeds = about["speeds"]
            last = 0
            for words, rate, gap, pause in self.speeds:
                for number in (words, gap, pause):
                    if type(number) is not int or not 0 <= number <= _MOST:
                        raise _damaged()
                if rate not in RATES or words <= last:
                    raise _damaged()
                last = words
        except (KeyError, TypeError):
            raise _damaged()
        if self.numbers not in _NUMBERS or not 1 <= len(self.speeds) <= _MOST_SPEEDS:
            raise _damaged()

    def _read(self, at, size):
        self._file.seek(at)
        data = self._file.read(size)
        if len(data) != size:
            raise _damaged()
        return data

    def _find(self, clip):
        """Return where a clip's row begins in the table, or -1."""
        wanted = clip.encode()
        wanted += _ZEROS[len(wanted) :]
        table = self._table
        low = 0
        high = len(table) // _ROW
        while low < high:
            middle = (low + high) >> 1
            at = middle * _ROW
            found = table[at : at + _ID]
            if found == wanted:
                return at
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return -1

    def _place(self, clip):
        """Return a clip's CRC, offset, samples, and its text's offset and size."""
        at = self._find(clip)
        if at < 0:
            raise ValueError("no clip " + clip)
        place = struct.unpack_from("<IIIHH", self._table, at + _ID)
        _, offset, samples, _, _ = place
        if offset % BLOCK or offset < self._texts_at + self._texts or samples < 1:
            raise _damaged()
        if offset + (samples + SAMPLES - 1) // SAMPLES * BLOCK > self._end:
            raise _damaged()
        return place


def _string(value):
    if type(value) is not str:
        raise _damaged()
    return value


def _damaged():
    return ValueError("not a whole voice pack")
