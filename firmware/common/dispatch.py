"""From bytes to requests and back: each good frame is answered once, now or after the user has spoken."""

from common.store import StoreError
from common.vault import VaultError
from segl_wire import schema
from segl_wire.frame import Decoder, encode


class Later(Exception):
    """A handler raises this when the user must speak first, after it has called `Dispatcher.later`."""


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
        self._request = None  # command and number of what is being handled
        self.forget()

    def feed(self, data):
        """Take what arrived."""
        for payload in self._decoder.feed(data):
            self._answer(payload)

    def forget(self):
        """Forget half a frame, and the request that waits."""
        self._decoder = Decoder()
        self._pending = None

    def later(self):
        """Let the request that is being handled wait for the user.

        Returns answer(fields=None, code=0), which answers it with fields or an error code: once, and not when it was
        cancelled or forgotten meanwhile, whatever has been asked since.
        """
        request = self._pending = self._request

        def answer(fields=None, code=0):
            if self._pending is request:
                self._finish(fields, code)

        return answer

    def refuse(self, code):
        """Answer the request that waits, if there is one, with an error code."""
        if self._pending is not None:
            self._finish(None, code)

    @property
    def waiting(self):
        """Whether a request waits for the user."""
        return self._pending is not None

    def _answer(self, payload):
        command = number = 0
        try:
            command, number, fields = schema.decode_request(payload)
            self._request = (command, number)
            if command not in self._handlers:
                raise schema.WireError(schema.UNKNOWN_COMMAND)
            reply = self._handlers[command](fields)
        except Later:
            pass
        except (OSError, StoreError, VaultError):
            self._send(schema.encode_error(command, number, schema.DAMAGED))
        except schema.WireError as error:
            self._send(
                schema.encode_error(error.command or command, error.id or number, error.code, error.field)
            )
        else:
            self._send(schema.encode_reply(command, number, reply or {}))

    def _finish(self, fields, code):
        command, number = self._pending
        self._pending = None
        if code:
            self._send(schema.encode_error(command, number, code))
        else:
            self._send(schema.encode_reply(command, number, fields or {}))

    def _send(self, payload):
        self._write(encode(payload))
