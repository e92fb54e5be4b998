"""Debian's stock kernel: its image, unpacked so that it starts sooner, and modules in the order in which they load."""

import gzip
import lzma
import struct
from pathlib import Path

_BOOT, _MODULES = Path("/boot"), Path("/lib/modules")


class Kernel:
    """The newest kernel that is installed.

    Attributes:
        modules: The folder with its modules.

    Raises:
        FileNotFoundError: There is none.
    """

    def __init__(self) -> None:
        images = [path for path in _BOOT.glob("vmlinuz-*") if (_MODULES / _release(path)).is_dir()]
        if not images:
            raise FileNotFoundError("no kernel is installed: apt-get install linux-image-amd64")
        self._image = max(images, key=lambda path: path.stat().st_mtime)
        self.modules = _MODULES / _release(self._image)

    def unpack(self, folder: Path) -> Path:
        """Write the kernel that is packed in the image; where it is packed in an unknown way, give the image itself.

        Source: Linux, Documentation/arch/x86/boot.rst, "payload_offset".
        """
        image = self._image.read_bytes()
        sectors = image[0x1F1] or 4
        offset, length = struct.unpack_from("<II", image, 0x248)
        start = (sectors + 1) * 512 + offset
        payload = image[start : start + length]
        if payload.startswith(b"\xfd7zXZ"):
            kernel = lzma.LZMADecompressor().decompress(payload)
        elif payload.startswith(b"\x1f\x8b"):
            kernel = gzip.decompress(payload[:-4])
        else:
            return self._image
        target = folder / "vmlinux"
        target.write_bytes(kernel)
        return target

    def load_order(self, names: list[str]) -> list[Path]:
        """Return the files of modules, each behind those that it needs; what is built in has none."""
        needs: dict[str, list[str]] = {}
        for line in (self.modules / "modules.dep").read_text().splitlines():
            path, _, others = line.partition(":")
            needs[path] = others.split()
        by_name = {_name(path): path for path in needs}
        order: list[str] = []
        for name in names:
            if name in by_name:
                path = by_name[name]
                order += [one for one in (*reversed(needs[path]), path) if one not in order]
        return [self.modules / path for path in order]


def module(path: Path) -> bytes:
    """Return a module as the kernel loads it."""
    packed = path.read_bytes()
    return lzma.decompress(packed) if path.suffix == ".xz" else packed


def _release(image: Path) -> str:
    return image.name.partition("-")[2]


def _name(path: str) -> str:
    return Path(path).name.partition(".")[0].replace("-", "_")
