"""Devices in memory that speak segl_wire: the other end of a Connection, with a time of its own."""

from collections.abc import Callable
from typing import Any

from segl_wire import frame, schema


class FakeDevice:
    """Answers requests from `answers` and its state; a held request waits for `press` or CANCEL."""

    def __init__(self) -> None:
        self.info: dict[str, Any] = {
            "model": "Segl code display", "serial": "SGCD 0000 0123", "version": "1.0", "board": "pico2",
            "protocol": 1, "developer": False, "battery": 2950, "utc": 1_800_000_000, "clock": 0, "keys": 1,
            "open": 0, "language": "en", "sequence": 5, "storage": 0,
        }  # fmt: skip
        self.key: dict[str, Any] = {"name": "Bank: æøå", "kind": 2, "algorithm": 1, "digits": 6, "period": 30}
        self.names: list[str] = []  # of keys that are not named as `key` says
        self.errors: dict[int, tuple[int, int | None]] = {}
        self.requests: list[tuple[int, dict[str, Any]]] = []
        self.time = 0.0
        self.closed = False
        self.pressed = True  # whether the user presses when asked
        self.before = b""  # bytes sent before the next answer
        self.on_read: Callable[[], None] = lambda: None
        self._out = bytearray()
        self._decoder = frame.Decoder()
        self._held: tuple[int, int] | None = None

    def write(self, data: bytes) -> None:
        for payload in self._decoder.feed(data):
            command, number, fields = schema.decode_request(payload)
            self.requests.append((command, dict(fields)))
            self._out += self.before
            self.before = b""
            self._answer(command, number, fields)

    def read(self, timeout_s: float) -> bytes:
        self.on_read()
        if not self._out:
            self.time += timeout_s
            return b""
        data = bytes(self._out)
        self._out.clear()
        return data

    def close(self) -> None:
        self.closed = True

    def clock(self) -> float:
        return self.time

    def sent(self) -> list[int]:
        """The commands received so far."""
        return [command for command, _ in self.requests]

    def _answer(self, command: int, number: int, fields: dict[str, Any]) -> None:
        if command in self.errors:
            self._send(schema.encode_error(command, number, *self.errors[command]))
            return
        if command in (schema.CODE, schema.WIPE, schema.SPEAK) and not self.pressed:
            self._held = (command, number)
            return
        if command == schema.CANCEL and self._held:
            self._send(schema.encode_error(*self._held, schema.CANCELLED))
            self._held = None
        index = fields.get("index", 0)
        named = {"name": self.names[index]} if index < len(self.names) else {}
        replies: dict[int, dict[str, Any]] = {
            schema.INFO: self.info,
            schema.KEY: {"index": index, **self.key, **named},
            schema.CODE: {"code": "012345", "remaining": 21},
            schema.PROVISION: {"index": 3},
        }
        self._send(schema.encode_reply(command, number, replies.get(command, {})))

    def _send(self, payload: bytes) -> None:
        self._out += frame.encode(payload)


class FakeReader(FakeDevice):
    """An audio code reader: takes voices, and answers BUSY as often as `busy` says of a command."""

    def __init__(self) -> None:
        super().__init__()
        self.info.update(model="Segl audio reader", serial="SGAR 0000 0123")
        self.voices: dict[str, bytes] = {}
        self.busy: dict[int, int] = {}
        self._language = ""
        self._size = 0
        self._parts = bytearray()

    def _answer(self, command: int, number: int, fields: dict[str, Any]) -> None:
        if self.busy.get(command):
            self.busy[command] -= 1
            self._send(schema.encode_error(command, number, schema.BUSY))
            return
        if command not in self.errors:
            self._store(command, fields)
        super()._answer(command, number, fields)

    def _store(self, command: int, fields: dict[str, Any]) -> None:
        if command == schema.VOICE:
            self._language, self._size = fields["language"], fields["size"]
            self._parts.clear()
        elif command == schema.PIECE:
            assert fields["offset"] == len(self._parts)
            self._parts += fields["data"]
        elif command == schema.VOICE_END:
            assert len(self._parts) == self._size
            self.voices[self._language] = bytes(self._parts)
