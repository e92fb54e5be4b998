"""Joins the code display's application to a board. A board runs `while True: turn()`."""

import machine

from boards import board, parts, turns
from boards.button import Button
from boards.power import power
from boards.ssd1306 import SSD1306
from code_display.app import App


def _start():
    pressed = _turns.pressed(power.usb)
    _app.start(pressed is not None, pressed is not None and pressed[1])


def turn():
    """Take what has come in, let the application run, and sleep until there is more to do."""
    now, events = _turns.begin()
    machine.lightsleep(_turns.sleep(_app.step(now, events)))


_turns = turns.Turns((Button(board.KEY, turns.wake),))
_bus = parts.i2c()
_app = App(parts.Parts(_bus, SSD1306(_bus)))
_start()
