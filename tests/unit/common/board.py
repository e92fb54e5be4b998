"""The flash and the files of a board without the rest of it, and what power cuts leave of them.

The flash records its operations. What a cut at operation n leaves is the flash as it was before n, with n
itself torn. So one run of a scenario serves all its cuts.
"""

import random
from collections.abc import Callable, Iterator

import common.salt as salt_module
import common.store as store_module
from common.store import Store
from segl_sim.littlefs import MODE_DIR, Entry, Littlefs
from segl_sim.parts.flash import SECTOR, FlashSnapshot, NorFlash, PowerCut, Tear

TEARS: tuple[Tear, ...] = ("none", "half", "random")

Operation = tuple[int, bytes | None]  # address, the page to program (None: erase)


class Context:
    """No time and no trace, just chance."""

    def __init__(self) -> None:
        self.random = random.Random(0)

    def now(self) -> int:
        return 0

    def charge(self, ns: int) -> None:
        pass

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        pass

    def at(self, when: int, action: Callable[[], None]) -> None:
        raise NotImplementedError


class Flash(NorFlash):
    """A flash that records its operations, with a snapshot before each."""

    def __init__(self, blocks: int) -> None:
        super().__init__(Context(), blocks * SECTOR)
        self.record: list[tuple[Operation, FlashSnapshot]] = []

    def program(self, address: int, data: bytes) -> None:
        for start in range(0, len(data), 256):
            page = bytes(data[start : start + 256])
            self.record.append(((address + start, page), self.snapshot()))
            super().program(address + start, page)

    def erase(self, address: int, length: int = SECTOR) -> None:
        self.record.append(((address, None), self.snapshot()))
        super().erase(address, length)

    def cuts(self, first: int = 0, unstable: tuple[bool, ...] = (False, True)) -> Iterator[int]:
        """Put the flash into the state that each cut of the recorded operations leaves, and yield its number.

        Args:
            first: The record's first operation to be cut.
            unstable: Whether undecided bits read steadily (False), by chance (True), or both are tried.

        Yields:
            How many operations, since the record began, were done whole.
        """
        record, self.record = self.record, []
        for done, (operation, before) in enumerate(record[first:], first):
            for tear in TEARS:
                for wavering in unstable if tear != "none" else (False,):
                    self.restore(before)
                    self.tear(operation, tear, wavering)
                    self.record = []
                    yield done

    def tear(self, operation: Operation, tear: Tear, unstable: bool) -> None:
        address, page = operation
        self.unstable = unstable
        self.cut_at(1, tear)
        try:
            self.erase(address) if page is None else self.program(address, page)
        except PowerCut:
            self.power_on()


class _File:
    def __init__(self, files: Littlefs, path: str, mode: str) -> None:
        self._files = files
        self._handle = files.open(path, mode)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, *size: int) -> bytes:
        return self._files.read(self._handle, *size)

    def write(self, data: bytes) -> int:
        return self._files.write(self._handle, data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._files.seek(self._handle, offset, whence)

    def flush(self) -> None:
        self._files.flush(self._handle)

    def close(self) -> None:
        self._files.close(self._handle)


class Board:
    """A board just powered: the flash is mounted (an error would format it; here the test fails)."""

    def __init__(self, flash: Flash) -> None:
        self.flash = flash
        self.files = Littlefs(flash, 0, flash.size)
        self.files.mount()
        for module in (store_module, salt_module):
            module.os = self  # pyright: ignore[reportAttributeAccessIssue]
            module.open = self.open  # pyright: ignore[reportAttributeAccessIssue]
        self.remove = self.files.remove
        self.rmdir = self.files.rmdir
        self.mkdir = self.files.mkdir
        self.rename = self.files.rename

    def store(self) -> Store:
        store = Store("/store")
        store.open()
        return store

    def open(self, path: str, mode: str) -> _File:
        return _File(self.files, path, mode)

    def write(self, path: str, data: bytes) -> None:
        with self.open(path, "wb") as file:
            file.write(data)

    def read(self, path: str) -> bytes:
        with self.open(path, "rb") as file:
            return file.read()

    def ilistdir(self, path: str) -> Iterator[tuple[str, int, int, int]]:
        return iter([(entry.name, entry.mode, 0, entry.size) for entry in self.files.listdir(path)])

    def names(self, path: str) -> set[str]:
        return {entry.name for entry in self.files.listdir(path)}

    def stat(self, path: str) -> Entry:
        return self.files.stat(path)

    def statvfs(self, _path: str) -> tuple[int, ...]:
        return self.files.statvfs()


def contents(store: Store) -> dict[tuple[int, int], bytes | None]:
    return {(kind, key): store.get(kind, key) for kind in range(256) for key in store.keys(kind)}


def code_files() -> dict[str, bytes]:
    """Return the code files of `fresh_board`, by path."""
    generator = random.Random(5)
    sizes = {"/boot.mpy": 90, "/main.mpy": 700, "/lib/a.mpy": 300, "/lib/b.mpy": 5000, "/lib/c.mpy": 2000}
    return {path: generator.randbytes(size) for path, size in sizes.items()}


def fresh_board(blocks: int = 24) -> Board:
    """Return a board with formatted flash and some code on it, large and small files."""
    flash = Flash(blocks)
    Littlefs(flash, 0, flash.size).mkfs()
    board = Board(flash)
    board.mkdir("/lib")
    for path, data in code_files().items():
        board.write(path, data)
    assert any(entry.mode == MODE_DIR for entry in board.files.listdir("/"))
    flash.record.clear()
    return board
