"""What a computer can ask of every device with one-time codes: one function a command of segl_wire.schema."""

from micropython import const

from common.dispatch import Dispatcher, Later
from common.keyring import MAX_KEYS, TOTP, Key
from common.timekeeping import StaleError
from segl_wire import schema

_LANGUAGE = const(5)

CANCELED = ("cancel", None)  # the request that the screen shows waits no more: nothing is left to answer


def language_record(language):
    """Return the record that, once committed, makes this the device's language."""
    return (_LANGUAGE, 0, language.encode())


class Requests:
    """Answers requests; what needs the user goes to the application as an "ask" event, with what answers it.

    Args:
        app: The application.
    """

    def __init__(self, app):
        self._app = app
        self._parts = app.parts
        self._dispatcher = Dispatcher(self._parts.link.write, self._handlers())
        self.feed = self._dispatcher.feed
        self.refuse = self._dispatcher.refuse

    def _handlers(self):
        return {
            schema.INFO: self._info,
            schema.KEY: self._key,
            schema.CODE: self._code,
            schema.PROVISION: self._provision,
            schema.TIME: self._time,
            schema.WIPE: self._wipe,
            schema.CANCEL: self._cancel,
        }

    @property
    def language(self):
        return str(self._parts.store.get(_LANGUAGE, 0) or b"en", "utf-8")

    def closed(self):
        """The computer closed the port: half a frame, and a request that waited, are forgotten."""
        if self._dispatcher.waiting:
            self._app.loop.post("ask", CANCELED)
        self._dispatcher.forget()

    def _info(self, fields):
        parts = self._parts
        utc = parts.clock.utc()
        info = {
            "model": parts.model,
            "serial": parts.serial,
            "version": parts.version,
            "board": parts.board,
            "protocol": schema.PROTOCOL,
            "developer": parts.developer,
            "battery": parts.power.battery_mv(),
            "clock": 1 if utc is None else 0,
            "keys": len(parts.keyring),
            "open": self._app.open_seconds,
            "language": self.language,
            "sequence": parts.clock.sequence,
            "storage": 1 if parts.store.damaged else 0,
        }
        if utc is not None:
            info["utc"] = utc
        return info

    def _key(self, fields):
        index = self._index(fields)
        key = self._parts.keyring.key(index)
        reply = {
            "index": index,
            "name": key.name,
            "kind": key.kind,
            "algorithm": key.algorithm,
            "digits": key.digits,
        }
        if key.kind == TOTP:
            reply["period"] = key.period
        return reply

    def _code(self, fields):
        self._ask_for_key("code", fields)

    def _ask_for_key(self, what, fields):
        index = self._index(fields)
        self._alone()
        name = self._parts.keyring.key(index).name
        self._app.loop.post("ask", (what, (index, name, self._dispatcher.later())))
        raise Later

    def _provision(self, fields):
        self._writable()
        if fields.get("language", self.language) not in self._app.languages:
            raise schema.WireError(schema.BAD_FIELD, 10)
        keyring = self._parts.keyring
        index = keyring.find(fields["name"])
        if index is None:
            index = len(keyring)
            if index >= MAX_KEYS or self._parts.store.full:
                raise schema.WireError(schema.FULL)
        elif not fields.get("replace"):
            raise schema.WireError(schema.EXISTS, 1)
        key = Key(
            fields["name"],
            fields["kind"],
            fields["algorithm"],
            fields["digits"],
            fields.get("period", 0),
            fields["secret"],
        )
        records = keyring.records(index, key, fields.get("counter", 0))
        records.append(self._time_record(fields, 9))
        if "language" in fields:
            records.append(language_record(fields["language"]))
        self._parts.store.put_all(records)
        self._app.stored(index, key.name)
        return {"index": index}

    def _time(self, fields):
        self._writable()
        self._parts.store.put_all([self._time_record(fields, 2)])
        self._app.loop.post("ask", ("clock_set", None))

    def _wipe(self, fields):
        self._alone()
        self._app.loop.post("ask", ("wipe", self._dispatcher.later()))
        raise Later

    def _cancel(self, fields):
        if self._dispatcher.waiting:
            # The answer to the cancelled request comes first, as it was asked first.
            self.refuse(schema.CANCELLED)
            self._app.loop.post("ask", CANCELED)

    # Checks

    def _index(self, fields):
        if self._parts.store.damaged:
            raise schema.WireError(schema.DAMAGED)
        if fields["index"] >= len(self._parts.keyring):
            raise schema.WireError(schema.NOT_FOUND, 1)
        return fields["index"]

    def _alone(self):
        if self._dispatcher.waiting:
            raise schema.WireError(schema.BUSY)

    def _writable(self):
        if self._parts.store.damaged:
            raise schema.WireError(schema.DAMAGED)
        if not self._app.open_seconds:
            raise schema.WireError(schema.CLOSED)
        self._alone()
        if self._parts.power.empty:
            raise schema.WireError(schema.LOW_BATTERY)
        # A computer may write again and again without a press in between, which would keep the log small.
        self._parts.keep_house()

    def _time_record(self, fields, field):
        try:
            return self._parts.clock.record(fields["utc"], fields["sequence"])
        except StaleError:
            raise schema.WireError(schema.STALE, field)
