"""Build a folder that holds exactly what is to lie on a board, and a manifest of it."""

import hashlib
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from segl_sim.firmware.compiler import MPY_VERSION, compiler_version, write_packaged
from segl_sim.firmware.errors import BuildError
from segl_sim.firmware.load import Firmware, boards_of, devices, firmware_root

MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One file of a build.

    Args:
        size: in bytes.
        sha256: of the content, 64 hexadecimal digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a build consists of; equal firmware gives an equal manifest, byte for byte.

    Args:
        device: the device's package, for example "code_display".
        board: "pico2" or "pico".
        version: the firmware's version.
        compiler: the version of mpy-cross, for example "1.29.0".
        mpy: the version of the byte code, for example "6.3".
        files: path on the board to size and hash.
    """

    device: str
    board: str
    version: str
    compiler: str
    mpy: str
    files: dict[str, Entry]

    @property
    def total(self) -> int:
        """The bytes of all files together."""
        return sum(entry.size for entry in self.files.values())

    @classmethod
    def of(cls, firmware: Firmware) -> "Manifest":
        """Return the manifest of loaded firmware.

        Args:
            firmware: what is to be described.
        """
        found = re.search(r"\bv(\d\S*)", compiler_version())
        files = {path: Entry(len(data), _sha256(data)) for path, data in firmware.files.items()}
        compiler = found.group(1) if found else compiler_version()
        return cls(firmware.device, firmware.board, firmware.version, compiler, MPY_VERSION, files)

    def as_dict(self) -> dict[str, Any]:
        """Return the manifest as values that JSON can hold."""
        return {
            "format": _FORMAT,
            "device": self.device,
            "board": self.board,
            "version": self.version,
            "compiler": self.compiler,
            "mpy": self.mpy,
            "total": self.total,
            "files": {path: {"size": e.size, "sha256": e.sha256} for path, e in sorted(self.files.items())},
        }

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        return json.dumps(self.as_dict(), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read the text of a manifest.json.

        Args:
            text: as `to_json` made it.

        Raises:
            ValueError: it is not a manifest of this format.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            if fields["format"] != _FORMAT:
                raise ValueError(f"unknown format {fields['format']}")
            entries = cast("dict[str, dict[str, Any]]", fields["files"])
            files = {path: Entry(int(entry["size"]), str(entry["sha256"])) for path, entry in entries.items()}
            return cls(
                device=str(fields["device"]),
                board=str(fields["board"]),
                version=str(fields["version"]),
                compiler=str(fields["compiler"]),
                mpy=str(fields["mpy"]),
                files=files,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a firmware manifest: {error}") from error


def build(device: str, board: str, out: Path, root: Path | None = None) -> Manifest:
    """Compile a device's firmware into a folder, with a manifest.

    The folder is complete or absent, never half: it is written beside its place and then renamed.

    Args:
        device: the device's package, for example "code_display".
        board: "pico2" or "pico".
        out: the folder; a former build there is replaced.
        root: the firmware's folder, as in `Firmware.load`.

    Raises:
        BuildError: the firmware does not compile, or `out` is something else than a former build.
    """
    firmware = Firmware.load(device, board, root=root)
    manifest = Manifest.of(firmware)
    try:
        _refuse_foreign(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
            new = Path(temporary) / "new"
            for path, data in [*firmware.files.items(), (MANIFEST, manifest.to_json().encode())]:
                target = new / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            if out.exists():
                out.rename(Path(temporary) / "old")
            new.rename(out)
    except OSError as error:
        raise BuildError(f"{out} cannot be written: {error.strerror or error}") from error
    return manifest


def read_build(folder: Path) -> Manifest:
    """Return the manifest of a built folder after checking every file against it.

    Args:
        folder: what `build` wrote.

    Raises:
        BuildError: the folder is not a build, or a file is missing, changed or foreign.
    """
    manifest = _manifest_in(folder)
    if manifest is None:
        raise BuildError(f"{folder} is not a firmware build; make one with: segl firmware build")
    foreign = _files_in(folder) - set(manifest.files)
    for path, entry in manifest.files.items():
        file = folder / path
        if not file.is_file() or _sha256(file.read_bytes()) != entry.sha256:
            raise BuildError(f"{file} is not as its manifest says; build the firmware again")
    if foreign:
        raise BuildError(f"{folder / min(foreign)} does not belong to the build; build the firmware again")
    return manifest


def package(data: Path, root: Path | None = None) -> None:
    """Write what a wheel carries: the firmware's sources and voices, and byte code of every device for its boards.

    Args:
        data: the folder that becomes `segl_sim/_data`; `firmware` and `compiled` in it are replaced.
        root: the firmware's folder, as in `Firmware.load`.
    """
    source = root or firmware_root()
    for name in ("firmware", "compiled"):
        shutil.rmtree(data / name, ignore_errors=True)
    shutil.copytree(source, data / "firmware", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pairs = {
        pair: None
        for device in devices(source)
        for board in boards_of(device, source)
        for pair in Firmware.load(device, board, root=source).sources.items()
        if "/" in pair[0]
    }
    write_packaged(pairs, data / "compiled")


def _refuse_foreign(out: Path) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or out.is_symlink():
        raise BuildError(f"{out} exists and is not a folder; choose another one with --out")
    if not any(out.iterdir()):
        return
    manifest = _manifest_in(out)
    if manifest is None or _files_in(out) - set(manifest.files):
        raise BuildError(f"{out} is not a firmware build; choose another folder with --out")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _manifest_in(folder: Path) -> Manifest | None:
    try:
        return Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _files_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()} - {MANIFEST}
