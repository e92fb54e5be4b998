"""The control port of a simulated chip: what a person would do to it, one JSON object a line, and one line for answer.

    {"do": "touch", "seconds": 0.2, "after": 0}    a finger on the pad; both may be left out (0.1 and 0)
    {"do": "power", "on": false}                   pull it out of the computer, or plug it in
    {"do": "light"}                                color, [red, green, blue]; and what it asks for: touch, hold or ""
    {"do": "time"}                                 virtual seconds since the world began
    {"do": "advance", "seconds": 1}                let time pass, where it does not run by itself

An answer is {"ok": true, ...}, or {"ok": false, "error": "..."} when nothing was done.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from segl_sim.failures import DeviceFailure
from segl_sim.ports.sockets import Client, SocketPort

if TYPE_CHECKING:
    from segl_sim.chip import Chip

_NS = 1_000_000_000
_LONGEST_LINE = 4096
_LONGEST_S = 3600
_UNSENT = 4096
_TOO_LONG = {"ok": False, "error": f"a line has {_LONGEST_LINE} bytes at most"}


class ControlPort(SocketPort):
    """A port that carries commands.

    Args:
        chip: Whom they are for.
        address: As SocketPort has it.
        still: Whether time stands still between commands (a Runner that does not follow the clock).
    """

    def __init__(self, chip: Chip, address: str, still: bool = False) -> None:
        super().__init__(address)
        self._controls = _Controls(chip, still)

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a program that has come."""
        return _Program(stream, self._controls.answer)


class _Refused(Exception):
    """What was asked cannot be done; the text says why."""


class _Program(Client):
    def __init__(self, stream: socket.socket, answer: Callable[[bytes], dict[str, Any]]) -> None:
        super().__init__(stream)
        self._answer = answer
        self._line = bytearray()
        self._skips = False  # the rest of a line that was too long

    def received(self, data: bytes) -> None:
        self._line += data

    def pump(self) -> None:
        # Not when a line arrives: what other programs have sent before it comes first.
        super().pump()
        while self.here and b"\n" in self._line:
            line, _, rest = bytes(self._line).partition(b"\n")
            self._line = bytearray(rest)
            if not self._skips:
                self._tell(self._answer(line) if len(line) <= _LONGEST_LINE else _TOO_LONG)
            self._skips = False
        if len(self._line) > _LONGEST_LINE:
            self._line.clear()
            if not self._skips:
                self._skips = True
                self._tell(_TOO_LONG)
        # Programs that ask faster than they listen are made to wait.
        self.listen(len(self.unsent) < _UNSENT)

    def _tell(self, answer: dict[str, Any]) -> None:
        self.send(json.dumps(answer).encode() + b"\n")


class _Controls:
    """What can be done.

    Args:
        chip: To whom.
        still: Whether time stands still between commands.
    """

    def __init__(self, chip: Chip, still: bool) -> None:
        self._chip = chip
        self._still = still
        # Each with its arguments: name and default (None: it has to be given).
        self._commands: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, Any]]] = {
            "touch": (self._touch, {"seconds": 0.1, "after": 0}),
            "power": (self._power, {"on": None}),
            "light": (self._light, {}),
            "time": (self._time, {}),
            "advance": (self._advance, {"seconds": None}),
        }

    def answer(self, line: bytes) -> dict[str, Any]:
        """Do what a line asks for, and give the answer."""
        try:
            return {"ok": True, **self._do(_parsed(line))}
        except _Refused as refused:
            return _error(str(refused))
        except DeviceFailure as failure:
            return _error(f"the chip stopped: {failure}")

    def _do(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked.pop("do", None)
        if not isinstance(name, str) or name not in self._commands:
            raise _Refused(f'"do" is one of {", ".join(self._commands)}')
        action, arguments = self._commands[name]
        for argument in asked:
            if argument not in arguments:
                raise _Refused(f'"{name}" takes no "{argument}"')
        return action(**{**arguments, **asked})

    def _touch(self, seconds: object, after: object) -> dict[str, Any]:
        self._chip.touch(_seconds("seconds", seconds, 0.001), _seconds("after", after, 0))
        return {}

    def _power(self, on: object) -> dict[str, Any]:
        if not isinstance(on, bool):
            raise _Refused('"on" is true or false')
        if on != self._chip.powered:
            (self._chip.plug_in if on else self._chip.unplug)()
        return {"on": on}

    def _light(self) -> dict[str, Any]:
        return {"color": list(self._chip.light.color), "asks": self._chip.asks}

    def _time(self) -> dict[str, Any]:
        return {"time": self._chip.world.now / _NS}

    def _advance(self, seconds: object) -> dict[str, Any]:
        if not self._still:
            raise _Refused("time runs by itself here")
        self._chip.world.advance(_seconds("seconds", seconds, 0))
        return self._time()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise _Refused('a command is a JSON object in one line, for example {"do": "touch"}')
    return cast("dict[str, Any]", asked)


def _seconds(name: str, value: object, least: float) -> float:
    # NaN is in no range.
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= _LONGEST_S:
        return value
    raise _Refused(f'"{name}" is a number of seconds, {least:g} to {_LONGEST_S}')


def _error(text: str) -> dict[str, Any]:
    return {"ok": False, "error": text}
