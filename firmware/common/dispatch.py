"""From bytes to requests and back: each good frame is answered once, now or after the user has spoken."""

from common.store import StoreError
from common.vault import VaultError
from segl_wire import schema
from segl_wire.frame import Decoder, encode


class Later(Exception):
    """A handler raises this when the user must speak first; `Dispatcher.finish` answers then."""


class Dispatcher:
    """Answers requests.

    Args:
        write: Takes the bytes of whole frames.
        handlers: Command to function; it takes the request's fields and returns the reply's, or raises
            schema.WireError, or Later.
    """

    def __init__(self, write, handlers):
        self._write = write
        self._handlers = handlers
        self._decoder = Decoder()
        self._pending = None

    def feed(self, data):
        """Take what arrived."""
        for payload in self._decoder.feed(data):
            self._answer(payload)

    def finish(self, fields=None, code=0):
        """Answer the request that waited for the user, with fields or an error code."""
        if self._pending is None:
            return
        command, number = self._pending
        self._pending = None
        if code:
            self._send(schema.encode_error(command, number, code))
        else:
            self._send(schema.encode_reply(command, number, fields or {}))

    @property
    def waiting(self):
        """Whether a request waits for the user."""
        return self._pending is not None

    def _answer(self, payload):
        command = number = 0
        try:
            command, number, fields = schema.decode_request(payload)
            if command not in self._handlers:
                raise schema.WireError(schema.UNKNOWN_COMMAND)
            reply = self._handlers[command](fields)
        except Later:
            self._pending = (command, number)
        except (OSError, StoreError, VaultError):
            self._send(schema.encode_error(command, number, schema.DAMAGED))
        except schema.WireError as error:
            self._send(
                schema.encode_error(error.command or command, error.id or number, error.code, error.field)
            )
        else:
            self._send(schema.encode_reply(command, number, reply or {}))

    def _send(self, payload):
        self._write(encode(payload))
