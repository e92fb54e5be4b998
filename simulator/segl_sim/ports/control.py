"""The control port: what people would do to simulated devices, for programs. One JSON object a line, one for answer.

    {"do": "press", "device": "display0", "seconds": 0.2}

What can be done, controls.py lists. An answer is {"ok": true, ...}, or {"ok": false, "error": "..."} when nothing was
done.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from segl_sim.failures import DeviceFailure
from segl_sim.ports.controls import Controls, Refused
from segl_sim.ports.sockets import Client, SocketPort

if TYPE_CHECKING:
    from segl_sim.pluggable import Pluggable

_LONGEST_LINE = 4096
_UNSENT = 4096


class ControlPort(SocketPort):
    """A port that carries commands.

    Args:
        devices: Whom they are for, of one world.
        address: As SocketPort has it.
        still: Whether time stands still between commands (a Runner that does not follow the clock).
    """

    def __init__(self, devices: Sequence[Pluggable], address: str, still: bool = False) -> None:
        super().__init__(address)
        self._controls = Controls(devices, still)

    def join(self, stream: socket.socket) -> Client:
        """Make what talks with a program that has come."""
        return _Program(stream, self._answer)

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            return {"ok": True, **self._controls.do(_parsed(line))}
        except Refused as refused:
            return _error(str(refused))
        except DeviceFailure as failure:
            return _error(f"the device stopped: {failure}")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refused('a command is a JSON object in one line, for example {"do": "time"}')
    return cast("dict[str, Any]", asked)


def _error(text: str) -> dict[str, Any]:
    return {"ok": False, "error": text}


_TOO_LONG = _error(f"a line has {_LONGEST_LINE} bytes at most")


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
