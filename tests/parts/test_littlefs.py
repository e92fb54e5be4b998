"""littlefs as MicroPython's rp2 port mounts it; parameters and errors from extmod/vfs_lfsx.c of v1.29."""

import contextlib
import errno
import random
import struct
from collections.abc import Callable

import littlefs as littlefs_python
import pytest

from segl_sim.littlefs import MODE_DIR, MODE_FILE, Entry, Littlefs
from segl_sim.parts.flash import SECTOR, NorFlash, PowerCut, Tear
from tests.parts.fake import FakeContext

OFFSET = 2 * SECTOR
SIZE = 16 * SECTOR


@pytest.fixture(name="flash")
def flash_fixture(context: FakeContext) -> NorFlash:
    return NorFlash(context, OFFSET + SIZE + SECTOR)


@pytest.fixture(name="disk")
def disk_fixture(flash: NorFlash) -> Littlefs:
    disk = Littlefs(flash, OFFSET, SIZE)
    disk.mkfs()
    disk.mount()
    return disk


def _again(flash: NorFlash) -> Littlefs:
    flash.power_on()
    disk = Littlefs(flash, OFFSET, SIZE)
    disk.mount()
    return disk


def _put(disk: Littlefs, path: str, data: bytes, mode: str = "wb") -> None:
    handle = disk.open(path, mode)
    disk.write(handle, data)
    disk.close(handle)


def _get(disk: Littlefs, path: str) -> bytes:
    handle = disk.open(path, "rb")
    data = disk.read(handle)
    disk.close(handle)
    return data


def _number(action: Callable[[], object]) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  # the number is what the caller looks at
        action()
    return caught.value.errno


# --- set up as on the board ---


def test_the_superblock_says_what_a_board_writes(flash: NorFlash, disk: Littlefs):
    # SPEC.md of littlefs, "LFS_TYPE_SUPERBLOCK": magic, then version 2.1, block size and count, three limits.
    block = flash.read(OFFSET, 64)
    place = block.index(b"littlefs") + 8 + 4
    limits = (255, 0x7FFFFFFF, 1022)
    assert struct.unpack_from("<6I", block, place) == (0x00020001, SECTOR, SIZE // SECTOR, *limits)
    assert littlefs_python.__LFS_VERSION__ == (2, 11)
    assert littlefs_python.__LFS_DISK_VERSION__ == (2, 1)
    assert disk.statvfs() == (SECTOR, SECTOR, 16, 14, 14, 0, 0, 0, 0, 255)


def test_only_the_region_is_touched_in_whole_pages(context: FakeContext, flash: NorFlash, disk: Littlefs):
    for number in range(8):
        _put(disk, f"/{number}", bytes(700))
    assert flash.read(0, OFFSET) == b"\xff" * OFFSET
    assert flash.read(OFFSET + SIZE, SECTOR) == b"\xff" * SECTOR
    programs = [effect for effect in context.effects if effect[0] == "flash.program"]
    assert {length for _, _, length in programs} == {256}
    assert context.time > 45_000_000


def test_the_region_must_be_whole_sectors(flash: NorFlash):
    for offset, size in ((1, SIZE), (0, SIZE + 1), (0, 0), (-SECTOR, SIZE), (OFFSET, SIZE + 2 * SECTOR)):
        with pytest.raises(ValueError, match="whole sectors"):
            Littlefs(flash, offset, size)


def test_a_blank_flash_does_not_mount(flash: NorFlash):
    assert _number(Littlefs(flash, OFFSET, SIZE).mount) == 84  # LFS2_ERR_CORRUPT, on which _boot.py formats


def test_before_mounting_nothing_works(flash: NorFlash):
    assert _number(Littlefs(flash, OFFSET, SIZE).listdir) == errno.ENODEV


# --- names and files ---


def test_files_last_over_mounts(flash: NorFlash, disk: Littlefs):
    _put(disk, "/small", b"x")
    _put(disk, "large", bytes(range(256)) * 50)
    disk.unmount()
    disk = _again(flash)
    assert (_get(disk, "/small"), _get(disk, "/large")) == (b"x", bytes(range(256)) * 50)


def test_directories(disk: Littlefs):
    disk.mkdir("/lib")
    _put(disk, "/lib/æ.mpy", b"123")
    assert disk.listdir() == [Entry("lib", MODE_DIR, 0)]
    assert disk.listdir("/lib") == [Entry("æ.mpy", MODE_FILE, 3)]
    assert disk.stat("/lib") == Entry("lib", MODE_DIR, 0)
    assert disk.stat("/lib/æ.mpy") == Entry("æ.mpy", MODE_FILE, 3)
    assert disk.stat("/").mode == MODE_DIR
    disk.rename("/lib/æ.mpy", "/b")
    disk.rmdir("/lib")
    assert disk.listdir() == [Entry("b", MODE_FILE, 3)]
    disk.remove("/b")
    assert disk.listdir() == []


def test_errors_have_the_numbers_that_firmware_sees(disk: Littlefs):
    disk.mkdir("/d")
    _put(disk, "/d/f", b"1")
    assert _number(lambda: disk.open("/none")) == 2
    assert _number(lambda: disk.stat("/none")) == 2
    assert _number(lambda: disk.listdir("/none")) == 2
    assert _number(lambda: disk.remove("/none")) == 2
    assert _number(lambda: disk.mkdir("/d")) == 17
    assert _number(lambda: disk.open("/d/f", "xb")) == 17
    assert _number(lambda: disk.listdir("/d/f")) == 20
    assert _number(lambda: disk.open("/d/f/g", "wb")) == 20
    assert _number(lambda: disk.open("/d")) == 21
    assert _number(lambda: disk.rmdir("/d")) == 39
    assert _number(lambda: disk.open("/" + "n" * 256, "wb")) == 36
    handle = disk.open("/d/f")
    assert _number(lambda: disk.seek(handle, -1)) == 22
    assert _number(lambda: disk.write(handle, b"x")) == 9
    writer = disk.open("/w", "wb")
    assert _number(lambda: disk.read(writer, 1)) == 9
    assert _number(lambda: _put(disk, "/big", bytes(SIZE))) == 28
    assert _get(disk, "/d/f") == b"1"


def test_modes_are_those_of_a_board(disk: Littlefs):
    _put(disk, "/f", b"abc", "xb")
    _put(disk, "/f", b"de", "ab")
    _put(disk, "/new", b"1", "a")
    assert (_get(disk, "/f"), _get(disk, "/new")) == (b"abcde", b"1")
    handle = disk.open("/f", "r+b")
    assert disk.seek(handle, 1) == 1
    disk.write(handle, b"X")
    assert disk.tell(handle) == 2
    assert disk.read(handle, 2) == b"cd"
    assert disk.seek(handle, -1, 2) == 4
    assert disk.seek(handle, -2, 1) == 2
    assert disk.read(handle) == b"cde"
    assert disk.read(handle) == b""
    disk.close(handle)
    assert _get(disk, "/f") == b"aXcde"
    for mode in ("rw", "+r"):
        with pytest.raises(ValueError, match="mode"):
            disk.open("/f", mode)
    disk.close(disk.open("/f", "b"))


def test_a_closed_handle_is_refused_but_can_be_closed_again(disk: Littlefs):
    handle = disk.open("/f", "wb")
    disk.close(handle)
    disk.close(handle)
    for action in (lambda: disk.read(handle, 1), lambda: disk.write(handle, b""), lambda: disk.flush(handle)):
        with pytest.raises(ValueError, match="closed"):
            action()


def test_flushed_content_lasts_without_close_and_unflushed_does_not(flash: NorFlash, disk: Littlefs):
    handle = disk.open("/f", "wb")
    disk.write(handle, b"safe")
    disk.flush(handle)
    disk.write(handle, b"lost")
    disk.unmount()
    with pytest.raises(OSError, match="not mounted"):
        disk.write(handle, b"x")
    assert _get(_again(flash), "/f") == b"safe"


def test_formatting_while_mounted_leaves_an_empty_region(flash: NorFlash, disk: Littlefs):
    _put(disk, "/f", b"1")
    disk.mkfs()
    disk.mount()
    assert disk.listdir() == []


# --- power cuts ---


def test_a_power_cut_comes_out_of_littlefs_and_of_every_later_call(flash: NorFlash, disk: Littlefs):
    handle = disk.open("/f", "wb")
    disk.write(handle, b"1")
    flash.cut_at(1)
    with pytest.raises(PowerCut):
        disk.flush(handle)
    flash.power_on()  # what was mounted is gone all the same
    later: list[Callable[[], object]] = [
        lambda: disk.close(handle),
        lambda: disk.read(handle),
        disk.listdir,
        disk.mount,
        disk.mkfs,
    ]
    for action in later:
        with pytest.raises(PowerCut):
            action()
    assert _get(_again(flash), "/f") == b""


def test_a_cut_while_reading_comes_out_too(flash: NorFlash, disk: Littlefs):
    _put(disk, "/f", bytes(5000))
    handle = disk.open("/f")
    flash.power_off()
    with pytest.raises(PowerCut):
        disk.read(handle)


def test_a_cut_in_formatting_comes_out_and_formatting_again_works(flash: NorFlash):
    operation = 0
    while True:
        operation += 1
        disk = Littlefs(flash, OFFSET, SIZE)
        flash.power_on()
        flash.cut_at(operation, "random")
        try:
            disk.mkfs()
        except PowerCut:
            continue
        break
    assert operation > 4
    assert _again(flash).listdir() == []


def test_any_error_inside_the_flash_comes_out(context: FakeContext, flash: NorFlash, disk: Littlefs):
    class Impatient(FakeContext):
        def charge(self, ns: int) -> None:
            raise KeyboardInterrupt

    handle = disk.open("/f", "wb")
    disk.write(handle, b"1")
    flash.context = Impatient()
    with pytest.raises(KeyboardInterrupt):
        disk.flush(handle)
    flash.context = context
    disk.mount()
    _put(disk, "/f", b"2")
    assert _get(disk, "/f") == b"2"


class Scenario:
    """Random file operations, and for every path what it may hold after a cut at this moment.

    A content of None means that there is no such file. `sure` is what was committed last; `maybe` is what the
    running operation would commit.
    """

    def __init__(self, seed: int) -> None:
        self.sure: dict[str, bytes | None] = {}
        self.maybe: dict[str, bytes | None] = {}
        self._chance = random.Random(seed)

    def run(self, disk: Littlefs, steps: int) -> None:
        for _ in range(steps):
            path = f"/{self._chance.choice('abcd')}"
            step = self._chance.choice((self._write, self._write, self._append, self._replace, self._remove))
            step(disk, path)

    def _data(self) -> bytes:
        return self._chance.randbytes(self._chance.choice((1, 40, 300, 1500, 5000)))

    def _commit(self, action: Callable[[], None], **paths: bytes | None) -> None:
        self.maybe = {f"/{name}": content for name, content in paths.items()}
        action()
        self.sure |= self.maybe
        self.maybe = {}

    def _write(self, disk: Littlefs, path: str, data: bytes | None = None) -> None:
        data = self._data() if data is None else data
        # Opening for writing makes the file, and cuts nothing off before the first commit.
        opened: list[int] = []
        old = self.sure.get(path)
        self._commit(lambda: opened.append(disk.open(path, "wb")), **{path[1:]: b"" if old is None else old})
        disk.write(opened[0], data[: len(data) // 2])
        self._commit(lambda: disk.flush(opened[0]), **{path[1:]: data[: len(data) // 2]})
        disk.write(opened[0], data[len(data) // 2 :])
        self._commit(lambda: disk.close(opened[0]), **{path[1:]: data})

    def _append(self, disk: Littlefs, path: str) -> None:
        old = self.sure.get(path)
        opened: list[int] = []
        self._commit(lambda: opened.append(disk.open(path, "ab")), **{path[1:]: b"" if old is None else old})
        content = self.sure[path] or b""
        for _ in range(3):
            data = self._data()
            disk.write(opened[0], data)
            content += data
            self._commit(lambda: disk.flush(opened[0]), **{path[1:]: content})
        disk.close(opened[0])

    def _replace(self, disk: Littlefs, path: str) -> None:
        data = self._data()
        self._write(disk, "/new", data)
        self._commit(lambda: disk.rename("/new", path), **{"new": None, path[1:]: data})

    def _remove(self, disk: Littlefs, path: str) -> None:
        if self.sure.get(path) is not None:
            self._commit(lambda: disk.remove(path), **{path[1:]: None})

    def check(self, disk: Littlefs) -> None:
        names = {f"/{entry.name}" for entry in disk.listdir()}
        found = {path: _get(disk, path) if path in names else None for path in self.sure | self.maybe}
        assert names == {path for path, content in found.items() if content is not None}
        before = {path: self.sure.get(path) for path in found}
        assert found in (before, before | self.maybe)
        # What is there now is what a later cut may fall back to.
        self.sure = found
        self.maybe = {}


def cut_everywhere(seed: int, tear: Tear, unstable: bool) -> int:
    """Cut a random scenario at each of its operations, and what follows once more; return how many cuts."""
    flash = NorFlash(FakeContext(seed), OFFSET + SIZE)
    disk = Littlefs(flash, OFFSET, SIZE)
    disk.mkfs()
    disk.mount()
    scenario = Scenario(seed)
    scenario.run(disk, 10)
    disk.unmount()
    flash.unstable = unstable
    start, sure = flash.snapshot(), scenario.sure
    cuts = 0
    while True:
        flash.restore(start)
        scenario = Scenario(seed + 1)
        scenario.sure = dict(sure)
        disk = _again(flash)
        flash.cut_at(1 + cuts, tear)
        try:
            scenario.run(disk, 5)
        except PowerCut:
            cuts += 1
        else:
            return cuts
        scenario.check(_again(flash))
        # Life goes on, with a second cut soon, and a third start.
        disk = _again(flash)
        flash.cut_at(1 + cuts % 7, tear)
        with contextlib.suppress(PowerCut):
            scenario.run(disk, 2)
        flash.cancel_cut()
        scenario.check(_again(flash))


@pytest.mark.parametrize("unstable", [False, True], ids=["stable", "unstable"])
@pytest.mark.parametrize("tear", ["none", "half", "random"])
def test_a_cut_at_every_operation_leaves_each_file_old_or_new(
    tear: Tear, unstable: bool, count: Callable[[int, int], int]
):
    assert sum(cut_everywhere(seed, tear, unstable) for seed in range(count(2, 200))) > 100
