"""Files that a command is given: what is wrong with one is said in a sentence."""

from pathlib import Path
from typing import IO

import click

from segl.errors import InputError

__all__ = ["STREAM", "open_input", "read_text", "write_bytes"]

STREAM = "-"  # standard input, or output


def open_input(name: str) -> IO[bytes]:
    """Open a file for reading; - is standard input.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return click.open_file(name, "rb")
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}); check its name.") from error


def read_text(path: Path) -> str:
    """Read a whole file of text.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError:
        raise InputError(f"{path} holds no text; check its name.") from None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, in the place of an old one.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another place.") from error
