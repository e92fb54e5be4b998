"""Key files: the secret that `segl check` compares codes with, and which codes it has accepted.

A key file is an otpauth:// URI on its first line, or JSON: {"uri": .., "next_counter": .., "last_step": ..}.
Accepting a code writes the JSON form.
"""

import json
import os
import stat
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from segl.errors import InputError
from segl.otpauth import Key, parse

__all__ = ["KeyFile", "create", "exposed", "load", "locked", "save"]


@dataclass(frozen=True)
class KeyFile:
    """A key and how far it has been used.

    Args:
        key: the key.
        next_counter: the first HOTP counter that may still be accepted.
        last_step: the last accepted TOTP step, -1 for none.
    """

    key: Key
    next_counter: int = 0
    last_step: int = -1


def load(path: Path) -> KeyFile:
    """Read a key file.

    Raises:
        InputError: it cannot be read or is no key file.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(f"The key file {path} cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError:
        raise InputError(f"{path} is no key file; it must hold an otpauth URI or JSON.") from None
    if not text.startswith("{"):
        key = parse(text.partition("\n")[0])
        return KeyFile(key, key.counter)
    uri, next_counter, last_step = _members(path, text)
    key = parse(uri)
    return KeyFile(key, key.counter if next_counter is None else next_counter, last_step)


def save(path: Path, state: KeyFile) -> None:
    """Write a key file, readable by its owner only; a cut leaves the old one or the new one, never a mix."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(_text(state))
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise InputError(
            f"The key file {path} cannot be written ({error.strerror}); choose another place."
        ) from error


def create(path: Path, state: KeyFile) -> None:
    """Write a new key file with mode 0600.

    Raises:
        InputError: there is a file already, or it cannot be made.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InputError(f"{path} exists already; choose another name or remove it.") from error
    except OSError as error:
        raise InputError(
            f"The key file {path} cannot be made ({error.strerror}); choose another place."
        ) from error
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(_text(state))
        file.flush()
        os.fsync(file.fileno())


def exposed(path: Path) -> bool:
    """Whether others than the owner may read the file (always False where modes mean nothing)."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Keep other checks of the same file out, so that no two of them accept one code.

    Windows has no such lock: there the caller sees to it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    while True:
        try:
            file = path.open("rb")
        except OSError as error:
            raise InputError(
                f"The key file {path} cannot be read ({error.strerror}); check its name."
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # the check that held the lock before has put a new file in this one's place: lock that one
            if path.exists() and _same(file.fileno(), path):
                yield
                return


def _same(number: int, path: Path) -> bool:
    return os.path.samestat(os.fstat(number), path.stat())


def _members(path: Path, text: str) -> tuple[str, int | None, int]:
    try:
        parsed: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{path} is neither JSON nor an otpauth URI; restore it from a copy.") from None
    members = cast("dict[str, Any]", parsed)
    uri, next_counter, last_step = (
        members.get("uri"),
        members.get("next_counter"),
        members.get("last_step", -1),
    )
    for name, value in (("next_counter", next_counter), ("last_step", last_step)):
        if value is not None and (type(value) is not int or not -1 <= value <= 2**64):
            raise InputError(f'"{name}" in {path} is no such number; restore the file from a copy.')
    if not isinstance(uri, str):
        raise InputError(f'{path} has no "uri"; restore it from a copy.')
    return uri, next_counter, -1 if last_step is None else last_step


def _text(state: KeyFile) -> str:
    members: dict[str, str | int] = {"uri": state.key.uri()}
    if state.key.kind == "hotp":
        members["next_counter"] = state.next_counter
    elif state.last_step >= 0:
        members["last_step"] = state.last_step
    return json.dumps(members) + "\n"
