"""Find the firmware of one device for one board: its sources, and the files that lie on the board."""

import ast
import os
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from segl_sim.firmware.compiler import Compiled, Import, compile_source
from segl_sim.firmware.errors import BuildError
from segl_sim.firmware.voices import packs_of, voices_room

BOARDS = ("pico2", "pico")
# MicroPython's own start-up runs these two as source; every other file is byte code.
PLAIN = ("boot.py", "main.py")
# What a module reads from flash lies beside it under its name, and goes wherever the module goes.
_DATA = ".comb"
_BOARD_FILE = "boards/board.py"
_PACKAGE = Path(__file__).parents[1]
# Two writes within one tick of the file system's clock look alike, so younger files are always read again.
_SETTLED_NS = 1_000_000_000
_REMEMBERED = 64

_Key = tuple[str, str, Path, frozenset[tuple[str, str | None]], tuple[str, ...]]
_Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Firmware:
    """The firmware of one device, as it lies on one board.

    Args:
        device: the device's package, for example "code_display".
        board: the board's name, for example "pico2".
        version: the firmware's version.
        sources: path on the board ("common/store.py") to source text.
        paths: path on the board to the real file, or None for boot.py, main.py and overrides.
        files: path on the board ("common/store.mpy", "boot.py") to content: all that lies there, voices and other
            data too.
    """

    device: str
    board: str
    version: str
    sources: dict[str, str]
    paths: dict[str, Path | None]
    files: dict[str, bytes]

    @classmethod
    def load(
        cls,
        device: str = "code_display",
        board: str = "pico2",
        overrides: Mapping[str, str | None] | None = None,
        root: Path | None = None,
    ) -> "Firmware":
        """Load a device's firmware, following imports from its main file.

        Args:
            device: the device's package, for example "code_display".
            board: "pico2" or "pico".
            overrides: path on the board to a source that replaces or adds a file; None removes the file.
            root: the firmware's folder; by default the repository's, or the one inside this package.

        Raises:
            BuildError: no such device or board, no room for its voices on that board, an import of a file that
                is not there, or a syntax error.
        """
        root = root or firmware_root()
        overrides = dict(overrides or {})
        packs = packs_of(root, device)
        key = (device, board, root, frozenset(overrides.items()), tuple(packs))
        firmware = _recall(key)
        if firmware is None:
            tree = _Tree(root, board, overrides)
            firmware = _load(device, board, tree, packs)
            _remember(key, tree, firmware)
        copies = {name: dict(getattr(firmware, name)) for name in ("sources", "paths", "files")}
        return replace(firmware, **copies)  # nobody's change reaches the next one who loads


def firmware_root() -> Path:
    """Return the folder that holds the firmware's packages.

    Raises:
        BuildError: neither the repository's nor a packaged firmware folder exists.
    """
    # In a checkout the tree itself counts, never a copy that an earlier build left in _data.
    checkout = _PACKAGE.parents[1] / "firmware"
    if _PACKAGE.parent.name == "simulator" and checkout.is_dir():
        return checkout
    packaged = _PACKAGE / "_data" / "firmware"
    if packaged.is_dir():
        return packaged
    raise BuildError(f"no firmware found in {packaged}; install segl again")


def devices(root: Path | None = None) -> list[str]:
    """Return the names of all devices that have a main file, sorted.

    Args:
        root: the firmware's folder; by default as in `Firmware.load`.
    """
    return sorted(path.parent.name for path in ((root or firmware_root()) / "boards").glob("*/main.py"))


def boards_of(device: str, root: Path | None = None) -> list[str]:
    """Return the names of the boards that have room for a device's voices.

    Args:
        device: the device's package, for example "code_display".
        root: the firmware's folder; by default as in `Firmware.load`.
    """
    root = root or firmware_root()
    packs = packs_of(root, device)
    size = sum((root / pack).stat().st_size for pack in packs)
    return [board for board in BOARDS if not packs or size <= voices_room(_Tree(root, board, {}).source)]


# What was loaded, with the stamps of all files that were looked at: a hundred devices load the same firmware.
_loaded: dict[_Key, tuple[dict[str, _Stamp], Firmware]] = {}


def _stamp(path: str) -> _Stamp:
    """Return what changes when a file changes, or None if there is no such file."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _recall(key: _Key) -> Firmware | None:
    if key not in _loaded:
        return None
    stamps, firmware = _loaded[key]
    return firmware if all(_stamp(path) == stamp for path, stamp in stamps.items()) else None


def _remember(key: _Key, tree: "_Tree", firmware: Firmware) -> None:
    settled = time.time_ns() - _SETTLED_NS
    if any(stamp is not None and max(stamp[:2]) > settled for stamp in tree.stamps.values()):
        return
    if len(_loaded) >= _REMEMBERED:
        _loaded.clear()
    _loaded[key] = (tree.stamps, firmware)


def _load(device: str, board: str, tree: "_Tree", packs: list[str]) -> Firmware:
    if board not in BOARDS:
        raise BuildError(f"no board {board!r}; choose one of: {', '.join(BOARDS)}")
    main = f"boards/{device}/main.py"
    if not tree.exists(main):
        raise BuildError(f"no device {device!r}; choose one of: {', '.join(devices(tree.root))}")
    boot = f"boards/{device}/boot.py"
    if not tree.exists(boot):
        raise BuildError(f"{tree.root / boot} is missing")
    found: dict[str, tuple[str, Compiled]] = {}
    planted = [path for path, text in tree.overrides.items() if text is not None and path not in PLAIN]
    queue = [main, boot, *planted]
    while queue:
        path = queue.pop()
        source = None if path in found else tree.source(path)
        if source is None:
            continue
        compiled = compile_source(path, source)
        found[path] = (source, compiled)
        for item in compiled.imports:
            queue.extend(tree.files_of(item, path))
    plain = {name: text for name, text in _plain(device, tree.overrides).items() if text is not None}
    sources = {**{path: source for path, (source, _) in found.items()}, **plain}
    files = {path.removesuffix(".py") + ".mpy": compiled.code for path, (_, compiled) in found.items()}
    files.update({name: text.encode() for name, text in plain.items()})
    data = [path.removesuffix(".py") + _DATA for path in found]
    files.update({path: tree.data(path) for path in data if tree.exists(path)})
    files.update(_voices(device, board, tree, packs))
    return Firmware(
        device=device,
        board=board,
        version=_version(tree),
        sources=dict(sorted(sources.items())),
        paths={path: tree.path(path) for path in sorted(sources)},
        files=dict(sorted(files.items())),
    )


def _voices(device: str, board: str, tree: "_Tree", packs: list[str]) -> dict[str, bytes]:
    voices = {pack: tree.data(pack) for pack in packs}
    size = sum(map(len, voices.values()))
    room = voices_room(tree.source) if voices else 0
    if size > room:
        raise BuildError(
            f"{device} cannot be built for {board}: its voices have {size:,} bytes, and there is room for {room:,}"
        )
    return voices


def _plain(device: str, overrides: Mapping[str, str | None]) -> dict[str, str | None]:
    texts: dict[str, str | None] = {
        "boot.py": f"import boards.{device}.boot\n",
        "main.py": f"from boards.{device}.main import turn\n\nwhile True:\n    turn()\n",
    }
    texts.update({name: text for name, text in overrides.items() if name in PLAIN})
    return texts


class _Tree:
    """The firmware's folder as the board will see it: overrides on top, the board's file under one name."""

    def __init__(self, root: Path, board: str, overrides: Mapping[str, str | None]) -> None:
        self.root = root
        self.board = board
        self.overrides = overrides
        self.stamps: dict[str, _Stamp] = {}  # of every file that was looked for

    def path(self, name: str) -> Path | None:
        """Return the real file behind a path on the board, or None for an override."""
        if name in self.overrides or name in PLAIN:
            return None
        return self.root / (f"boards/{self.board}.py" if name == _BOARD_FILE else name)

    def source(self, name: str) -> str | None:
        """Return a file's text, or None if it is absent."""
        path = self.path(name)
        if path is None or not self.exists(name):
            return self.overrides.get(name)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BuildError(f"{path} cannot be read: {error}") from error

    def data(self, name: str) -> bytes:
        """Return a file's bytes, as they lie on the board too."""
        self.exists(name)
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise BuildError(f"{self.root / name} cannot be read: {error}") from error

    def exists(self, name: str) -> bool:
        """Return whether a file is there; one that an override removes counts: it is meant to be missed."""
        path = self.path(name)
        if path is None:
            return name in self.overrides
        real = str(path)
        if real not in self.stamps:  # stamped before it is read: a change in between is then noticed
            self.stamps[real] = _stamp(real)
        return self.stamps[real] is not None

    def files_of(self, item: Import, importer: str) -> list[str]:
        """Return the paths on the board of all files that an import loads."""
        parts = item.module.split(".")
        packages = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        parents = [path for package in packages if self.exists(path := f"{package}/__init__.py")]
        module = f"{packages[-1]}.py"
        if self.exists(module):
            return [*parents, module]
        inner = [f"{packages[-1]}/{item.name}{end}" for end in (".py", "/__init__.py")] if item.name else []
        inner = [path for path in inner if self.exists(path)]
        if not inner and (self.root / parts[0]).is_dir() and not self._defines(packages[-1], item.name):
            what = item.module if item.name is None else f"{item.module}.{item.name}"
            raise BuildError(f"{importer}, line {item.line}: imports {what}, which is not in the firmware")
        return [*parents, *inner]

    def _defines(self, package: str, name: str | None) -> bool:
        """Return whether a package's own file speaks of a name; None asks for the file only."""
        source = self.source(f"{package}/__init__.py")
        return source is not None and (name is None or bool(re.search(rf"\b{name}\b", source)))


def _version(tree: _Tree) -> str:
    source = tree.source("common/version.py")
    for node in ast.parse(source or "").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERSION":
            return str(ast.literal_eval(node.value))
    raise BuildError("common/version.py holds no VERSION")
