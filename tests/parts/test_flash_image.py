"""Images of a file region: the same bytes for the same files, and littlefs finds them there."""

import pytest

from segl_sim.flash_image import make_image
from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import SECTOR, NorFlash
from tests.parts.fake import FakeContext

OFFSET = 2 * SECTOR
SIZE = 16 * SECTOR


def test_an_image_holds_the_files_and_is_the_same_each_time():
    files = {"/main.py": b"import x", "lib/a/b.mpy": bytes(9000), "/lib/c.mpy": b"", "/lib/a/é": b"2"}
    image = make_image(files, SIZE)
    assert image == make_image(dict(reversed(files.items())), SIZE)
    assert len(image) == SIZE
    disk = Littlefs(NorFlash(FakeContext(), OFFSET + SIZE, b"\xff" * OFFSET + image), OFFSET, SIZE)
    disk.mount()
    assert {path: disk.read(disk.open(path)) for path in files} == files
    assert [entry.name for entry in disk.listdir("/lib")] == ["a", "c.mpy"]
    handle = disk.open("/more", "w")
    disk.write(handle, b"1")
    disk.close(handle)


def test_an_image_that_is_too_small_says_so():
    with pytest.raises(OSError, match="NOSPC") as caught:
        make_image({"/f": bytes(SIZE)}, SIZE)
    assert caught.value.errno == 28
