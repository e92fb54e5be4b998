"""Joins the chip's application to a board and to USB. A board runs `while True: turn()`."""

import machine

from boards import board
from boards.button import Button
from boards.chip.parts import Parts
from boards.hid_turns import HidTurns
from boards.turns import wake
from chip import ctap
from chip.app import App
from segl_wire import ctaphid


def turn():
    """Take what has come in, let the application run, and sleep until there is more to do."""
    now, events = _turns.begin()
    others = []
    for kind, value in events:
        if kind == "report":
            request = _server.feed(value, now)
            if request is not None:
                _app.request(*request)
        elif kind == "reset":
            _server.forget()
            _app.request(ctaphid.CANCEL, b"")
        else:
            others.append((kind, value))
    _server.expire(now)
    _app.keep_alive(now)
    _parts.hid.send(_server.out)
    until = _app.step(now, others)
    _parts.hid.send(_server.out)
    if _server.until is not None:
        until = _server.until if until is None else min(until, _server.until)
    machine.lightsleep(_turns.sleep(until))


def _version():
    return tuple([int(part) for part in _parts.version.split(".")])


_parts = Parts()
_turns = HidTurns([Button(board.KEY, wake)], _parts.hid)
_server = ctaphid.Server(_parts.random, _version(), ctaphid.CAP_WINK | ctaphid.CAP_CBOR, ctap.MAX_MESSAGE)
_app = App(_parts, _server)
_app.start(_turns.now(), (_turns.pressed(True) or (0, False))[1])
