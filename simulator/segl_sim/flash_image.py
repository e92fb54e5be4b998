"""Images of a board's file region, as a factory or an installer fills it."""

from __future__ import annotations

import random
from collections.abc import Callable

from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import NorFlash


def make_image(files: dict[str, bytes], size: int) -> bytes:
    """Return a formatted region that holds these files, the same bytes for the same files.

    Args:
        files: Contents by path; directories on the way are made.
        size: Bytes of the region, whole sectors.

    Raises:
        OSError: They do not fit (ENOSPC), or a path is no good.
        ValueError: The size is not made of whole sectors.
    """
    flash = NorFlash(_Workbench(), size)
    disk = Littlefs(flash, 0, size)
    disk.mkfs()
    disk.mount()
    made: set[str] = set()
    for path in sorted(files):
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts)):
            directory = "/" + "/".join(parts[:depth])
            if directory not in made:
                disk.mkdir(directory)
                made.add(directory)
        handle = disk.open(path, "w")
        disk.write(handle, files[path])
        disk.close(handle)
    disk.unmount()
    return flash.image()


class _Workbench:
    """The context of a flash that is filled in a factory: no time, no trace."""

    def __init__(self) -> None:
        self.random = random.Random(0)

    def now(self) -> int:
        return 0

    def charge(self, ns: int) -> None:
        pass

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        pass

    def at(self, when: int, action: Callable[[], None]) -> None:
        pass
