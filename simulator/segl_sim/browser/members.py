"""A page's dictionary, whose members are read as the types that Web IDL gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from fido2.utils import websafe_decode

from segl_sim.browser.errors import DomError

_T = TypeVar("_T")


class Members:
    """A dictionary of the options, as JSON; data are base64url in it.

    Args:
        value: What the page sent.
        path: How errors call it.

    Raises:
        DomError: TypeError: it is none.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(path, "a dictionary")
        self._value = cast("Mapping[str, object]", value)
        self._path = path

    def text(self, name: str) -> str:
        """Read a string that must be there."""
        return self._required(name, self.optional_text(name))

    def data(self, name: str) -> bytes:
        """Read data that must be there."""
        return self._required(name, self.optional_data(name))

    def number(self, name: str) -> int:
        """Read a whole number that must be there."""
        return self._required(name, self.optional_number(name))

    def dictionary(self, name: str) -> Members:
        """Read a dictionary that must be there."""
        return self._required(name, self.optional_dictionary(name))

    def optional_text(self, name: str) -> str | None:
        """Read a string."""
        value = self._value.get(name)
        if value is not None and not isinstance(value, str):
            raise _wrong(self._of(name), "a string")
        return value

    def optional_data(self, name: str) -> bytes | None:
        """Read data."""
        value = self.optional_text(name)
        try:
            return None if value is None else websafe_decode(value)
        except ValueError:
            raise _wrong(self._of(name), "base64url") from None

    def optional_number(self, name: str) -> int | None:
        """Read a whole number."""
        value = self._value.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise _wrong(self._of(name), "a whole number")
        return value

    def flag(self, name: str) -> bool:
        """Read a truth value; what is not there is false."""
        value = self._value.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong(self._of(name), "true or false")
        return bool(value)

    def optional_dictionary(self, name: str) -> Members | None:
        """Read a dictionary."""
        value = self._value.get(name)
        return None if value is None else Members(value, self._of(name))

    def sequence(self, name: str) -> list[Members]:
        """Read a sequence of dictionaries; what is not there is empty."""
        value = self._value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _wrong(self._of(name), "a sequence")
        items = cast("list[object]", value)
        return [Members(item, f"{self._of(name)}[{index}]") for index, item in enumerate(items)]

    def entries(self) -> list[tuple[str, Members]]:
        """Read it as a record of dictionaries."""
        return [(name, Members(value, self._of(name))) for name, value in self._value.items()]

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return self._value.get(name) is not None

    def _required(self, name: str, value: _T | None) -> _T:
        if value is None:
            raise DomError("TypeError", f"{self._of(name)} is missing.")
        return value

    def _of(self, name: str) -> str:
        return f"{self._path}.{name[:40]}"


def _wrong(path: str, kind: str) -> DomError:
    return DomError("TypeError", f"{path} is not {kind}.")
