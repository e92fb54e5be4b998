"""The pieces that OpenSSH's formats are made of. Source: RFC 4251, section 5."""

import base64
import binascii
import textwrap

from segl.errors import InputError

__all__ = ["Pieces", "armored", "mpint", "string", "unarmored"]

_COLUMNS = 70  # as ssh-keygen writes


class Pieces:
    """Takes pieces off a blob, one after the other.

    Args:
        blob: what they lie in.
        what: what it shall be, for the error.
    """

    def __init__(self, blob: bytes, what: str) -> None:
        self._rest = blob
        self._what = what

    def take(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            InputError: there are not so many.
        """
        if len(self._rest) < size:
            raise self.broken()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def number(self, size: int = 4) -> int:
        """An unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        """A string: its length, then its bytes."""
        return self.take(self.number())

    def text(self) -> str:
        """A string that holds UTF-8."""
        try:
            return self.string().decode()
        except UnicodeDecodeError:
            raise self.broken() from None

    def mpint(self) -> int:
        """A number that is not negative, of any size."""
        value = int.from_bytes(self.string(), "big", signed=True)
        if value < 0:
            raise self.broken()
        return value

    def end(self) -> None:
        """Nothing follows.

        Raises:
            InputError: something does.
        """
        if self._rest:
            raise self.broken()

    def rest(self) -> bytes:
        """All that follows."""
        return self.take(len(self._rest))

    def broken(self) -> InputError:
        """The error for a blob that is not what it shall be."""
        return InputError(f"This is no {self._what} of OpenSSH, or it is damaged; restore it from a copy.")


def string(data: bytes | str) -> bytes:
    """A string: its length, then its bytes."""
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(4, "big") + data


def mpint(value: int) -> bytes:
    """A number that is not negative, of any size."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")


def armored(blob: bytes, label: str) -> str:
    """A blob as text, between lines that say what it is."""
    lines = textwrap.wrap(base64.b64encode(blob).decode(), _COLUMNS)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def unarmored(text: str, label: str, what: str) -> bytes:
    """The blob in such a text.

    Args:
        text: the whole text.
        label: what its first and last line say.
        what: what it shall be, for the error.

    Raises:
        InputError: it is no such text.
    """
    body = text.strip()
    first, last = f"-----BEGIN {label}-----", f"-----END {label}-----"
    if body.startswith(first) and body.endswith(last):
        try:
            return base64.b64decode("".join(body[len(first) : -len(last)].split()), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise Pieces(b"", what).broken()
