"""What a program that manages devices learns over the serial port: which chip this is and how it stands."""

from common.dispatch import Dispatcher
from segl_wire import schema


class Management:
    """Answers requests on the serial port.

    Args:
        parts: What the chip needs from outside.
    """

    def __init__(self, parts):
        self._parts = parts
        dispatcher = Dispatcher(parts.link.write, {schema.INFO: self._info})
        self.feed = dispatcher.feed
        self.forget = dispatcher.forget

    def _info(self, fields):
        parts = self._parts
        return {
            "model": parts.model,
            "serial": parts.serial,
            "version": parts.version,
            "board": parts.board,
            "protocol": schema.PROTOCOL,
            "developer": parts.developer,
            # A chip has neither battery nor clock, no screen, and no keys of one-time codes.
            "battery": 0,
            "clock": 1,
            "keys": 0,
            "open": 0,
            "language": "en",
            "sequence": 0,
            "storage": 1 if parts.damaged else 0,
        }
