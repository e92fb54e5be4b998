"""What a computer can ask of every device with one-time codes, over an open connection."""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, cast

from segl.errors import DeviceError, InputError, ProtocolError, TransportError
from segl.otpauth import Algorithm, Key, Kind
from segl.transport import Connection
from segl_wire import frame, schema

__all__ = ["Code", "Info", "KeyInfo", "Session"]

_ANSWER_S = 5.0  # storing a key erases flash sectors, about 45 ms each
_CANCEL_S = 1.0
_KINDS: dict[str, int] = {"hotp": schema.HOTP, "totp": schema.TOTP}
_ALGORITHMS: dict[str, int] = {"SHA1": 1, "SHA256": 2, "SHA512": 3}


@dataclass(frozen=True)
class Info:
    """Which device this is and how it stands.

    Args:
        model: "Segl code display" or "Segl audio reader".
        serial: serial number.
        version: version of the firmware.
        board: such as "pico2".
        protocol: version of the protocol, 1.
        developer: True when the board cannot keep its secrets from someone who opens it.
        battery: battery voltage in mV.
        utc: the device's clock in s since 1970, None when it is lost.
        clock: "good" or "lost".
        keys: how many keys are stored.
        open: s until the provisioning window closes, 0 when it is closed.
        language: "en", "da" or "kl".
        sequence: sequence number of the last accepted time.
        storage: "good" or "damaged".
    """

    model: str
    serial: str
    version: str
    board: str
    protocol: int
    developer: bool
    battery: int
    utc: int | None
    clock: Literal["good", "lost"]
    keys: int
    open: int
    language: str
    sequence: int
    storage: Literal["good", "damaged"]


@dataclass(frozen=True)
class KeyInfo:
    """A stored key without its secret.

    Args:
        index: where it is stored.
        name: what the device calls it.
        kind: "totp" or "hotp".
        algorithm: "SHA1", "SHA256" or "SHA512".
        digits: length of a code.
        period: how long a TOTP code lasts in s, None for HOTP.
    """

    index: int
    name: str
    kind: Kind
    algorithm: Algorithm
    digits: int
    period: int | None


@dataclass(frozen=True)
class Code:
    """A code that the user released.

    Args:
        code: the digits, leading zeros included.
        remaining: s that it lasts, None for HOTP.
    """

    code: str
    remaining: int | None


class Session:
    """A session with one device, of which Display and Reader are the kinds; it owns the connection and closes it.

    Each method sends its requests and gives the answer, or raises DeviceError (the device said no), TransportError
    (it did not answer) or ProtocolError (what answers is not Segl). None is sent again unless the method says so.

    Args:
        connection: an open connection.
        first_id: number of the first request, 0 to 65535; random unless given, so that a late answer to
            an earlier program is not taken for ours.
        clock: monotonic time in s.
    """

    MODEL: ClassVar[str] = "device"  # what error messages call it
    LANGUAGES: ClassVar[tuple[str, ...]] = ()  # that all devices of a model have; () when each has its own
    # [s] How long to wait for the user: a little longer than the device does, which answers TIMEOUT then.
    CODE_S: ClassVar[float] = 75.0
    WIPE_S: ClassVar[float] = 90.0
    SETUP_S: ClassVar[float] = 60.0  # no request waits meanwhile: as long as it takes to open set-up

    def __init__(
        self,
        connection: Connection,
        *,
        first_id: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._next_id = secrets.randbelow(0x10000) if first_id is None else first_id
        self._clock = clock
        self._decoder = frame.Decoder()
        self._fresh = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def info(self) -> Info:
        """Ask which device this is and how it stands."""
        fields = self._ask(schema.INFO, {})
        fields["utc"] = fields.get("utc")
        fields["clock"] = "lost" if fields["clock"] else "good"
        fields["storage"] = "damaged" if fields["storage"] else "good"
        return Info(**fields)

    def keys(self) -> list[KeyInfo]:
        """Describe every stored key."""
        return [self.key(index) for index in range(self.info().keys)]

    def key(self, index: int) -> KeyInfo:
        """Describe one stored key."""
        fields = self._ask(schema.KEY, {"index": index})
        fields["kind"] = _name_of(_KINDS, fields["kind"])
        fields["algorithm"] = _name_of(_ALGORITHMS, fields["algorithm"])
        fields["period"] = fields.get("period")
        return KeyInfo(**fields)

    def code(self, index: int = 0, timeout: float | None = None) -> Code:
        """Ask for a code and wait until the user says yes on the device.

        Args:
            index: which key.
            timeout: s to wait, CODE_S unless given; the device itself gives up earlier. Whatever ends the
                wait on this side, Ctrl-C included, cancels the request on the device too.
        """
        fields = self._ask_user(schema.CODE, {"index": index}, timeout, self.CODE_S)
        return Code(fields["code"], fields.get("remaining"))

    def provision(
        self, key: Key, utc: int, sequence: int, *, language: str | None = None, replace: bool = False
    ) -> int:
        """Store a key and set the clock; the user has opened the provisioning window before.

        Args:
            key: what to store.
            utc: now, in s since 1970.
            sequence: greater than `info().sequence`.
            language: an ISO 639-1 code such as "da", None to leave the device's as it is.
            replace: replace a key of the same name.

        Returns:
            The index of the stored key.

        Raises:
            InputError: the device does not have the language.
        """
        self.check_language(language)
        fields: dict[str, Any] = {
            "name": key.name,
            "kind": _KINDS[key.kind],
            "algorithm": _ALGORITHMS[key.algorithm],
            "digits": key.digits,
            "secret": key.secret,
            "utc": utc,
            "sequence": sequence,
        }
        if key.kind == "totp":
            fields["period"] = key.period
        else:
            fields["counter"] = key.counter
        if language is not None:
            fields["language"] = language
        if replace:
            fields["replace"] = True
        return self._ask(schema.PROVISION, fields)["index"]

    def check_language(self, language: str | None) -> None:
        """Raise InputError if devices of this model do not have the language (None: nothing to check)."""
        if language is not None and self.LANGUAGES and language not in self.LANGUAGES:
            raise InputError(
                f'The {self.MODEL} does not have the language "{language}"; choose {" or ".join(self.LANGUAGES)}.'
            )

    def set_time(self, utc: int, sequence: int) -> None:
        """Set the clock; the user has opened the provisioning window before.

        Args:
            utc: now, in s since 1970.
            sequence: greater than `info().sequence`.
        """
        self._ask(schema.TIME, {"utc": utc, "sequence": sequence})

    def wipe(self, timeout: float | None = None) -> None:
        """Erase every key, once the user has confirmed on the device.

        Args:
            timeout: s to wait for the user and then for the flash, WIPE_S unless given.
        """
        self._ask_user(schema.WIPE, {}, timeout, self.WIPE_S)

    def cancel(self) -> None:
        """End a request that waits for the user, also another program's."""
        self._ask(schema.CANCEL, {})

    def idle(self, seconds: float) -> None:
        """Let time pass for the device and for this program; what comes in meanwhile is dropped.

        The time passes in the connection, so a simulated device sees it pass too.
        """
        end = self._clock() + seconds
        left = seconds
        while left > 0 and (data := self._connection.read(left)):
            self._decoder.feed(data)
            left = end - self._clock()

    def _ask_user(
        self, command: int, fields: dict[str, Any], timeout: float | None, usual: float
    ) -> dict[str, Any]:
        """Send a request that the user must answer; it is cancelled on the device when the wait ends early."""
        return self._ask(command, fields, usual if timeout is None else timeout, held=True)

    def _ask(
        self, command: int, fields: dict[str, Any], timeout: float = _ANSWER_S, *, held: bool = False
    ) -> dict[str, Any]:
        """Send one request and wait for its answer; `held` ones are cancelled when the wait ends early."""
        number = self._send(command, fields)
        try:
            return self._wait(command, number, timeout)
        except (DeviceError, ProtocolError):
            raise
        except BaseException:
            if held:
                self._give_up()
            raise

    def _send(self, command: int, fields: dict[str, Any]) -> int:
        number = self._next_id
        self._next_id = (number + 1) & 0xFFFF
        try:
            payload = schema.encode_request(command, number, fields)
        except schema.WireError as error:
            raise DeviceError(error.code, _field_name(command, error.field)) from None
        # a zero first ends whatever half a frame an earlier program left in the device
        self._connection.write((b"\0" if self._fresh else b"") + frame.encode(payload))
        self._fresh = False
        return number

    def _wait(self, command: int, number: int, timeout: float) -> dict[str, Any]:
        dropped = self._decoder.errors
        end = self._clock() + timeout
        left = timeout
        while left > 0 and (data := self._connection.read(left)):
            payloads = self._decoder.feed(data)
            for payload in payloads:
                fields = _answer(payload, command, number)
                if fields is not None:
                    return fields
            left = end - self._clock()
        if self._decoder.errors > dropped:
            raise ProtocolError("What answers is not a Segl device; choose another with `segl devices`.")
        raise TransportError(f"The device did not answer within {timeout:g} s; plug it in again and retry.")

    def _give_up(self) -> None:
        # whatever fails here: the reason for giving up is what the caller needs to hear
        with suppress(TransportError, ProtocolError, DeviceError):
            self._wait(schema.CANCEL, self._send(schema.CANCEL, {}), _CANCEL_S)


def _answer(payload: bytes, command: int, number: int) -> dict[str, Any] | None:
    """The fields of an answer to this request, None if it answers another, or its error raised."""
    try:
        answered, replied, code, fields = schema.decode_reply(payload)
    except schema.WireError as error:
        raise ProtocolError(
            "The device sent an answer that this program does not understand; update this program."
        ) from error
    unread = (answered, replied, code) == (0, 0, schema.MALFORMED)  # the device could not tell whose
    if (answered, replied) != (command, number) and not unread:
        return None
    if code:
        field = fields.get("field")
        raise DeviceError(code, _field_name(command, field if isinstance(field, int) else None))
    return dict(fields)


def _field_name(command: int, number: int | None) -> str | None:
    if number is None:
        return None
    table = cast("dict[int, tuple[tuple[str], ...]]", schema.REQUESTS)  # pyright: ignore[reportUnknownMemberType]
    rows = table[command]
    return rows[number - 1][0] if 1 <= number <= len(rows) else f"field {number}"


def _name_of(names: Mapping[str, int], number: int) -> str:
    return next(name for name, value in names.items() if value == number)
