# THE table of messages: encoder, decoder, validation and docs/protocol.md all come from it.
# The comment behind a constant or a row is its documentation, in [] the unit; it costs a board no memory, and
# tools/gen_protocol.py prints it.
from segl_wire import cbor

PROTOCOL = 1
MAX_KEYS = 16

# Commands
INFO = 1  # Says which device this is and how it stands.
KEY = 2  # Describes one key, without its secret.
CODE = 3  # Asks for a code. The answer comes only after the user has said yes with a key of the device.
PROVISION = 4  # Stores a key and sets the clock, inside the window that the user opens on the device.
TIME = 5  # Sets the clock, inside the same window.
WIPE = 6  # Erases every key. The answer comes only after the user has confirmed with a key of the device.
CANCEL = 7  # Ends a pending CODE, WIPE or SPEAK, which then answers CANCELLED. Never an error.
SPEAK = 8  # Reader only: speaks a code, after a yes as for CODE. The answer comes when it has been spoken or cut short.
VOICE = 9  # Reader only: begins to store a voice, inside the provisioning window. What another VOICE began is dropped.
PIECE = 10  # Reader only: carries the next part of the voice.
VOICE_END = 11  # Reader only: checks the whole voice, then puts it in the place of the old one, all at once.

# Errors
MALFORMED = 1  # The payload is not a request: not canonical CBOR, or not [command, id, fields].
UNKNOWN_COMMAND = 2  # This firmware does not know the command.
MISSING_FIELD = 3  # A required field is not there.
BAD_FIELD = 4  # A field has the wrong type, is out of range, does not belong here, or is unknown.
CLOSED = 5  # The provisioning window is not open.
FULL = 6  # The device holds all the keys it can, or has no room for a voice of this size.
EXISTS = 7  # A key of this name is there already and `replace` was not set.
NOT_FOUND = 8  # There is no key at this index.
REFUSED = 9  # The user said no on the device.
TIMEOUT = 10  # The user did not answer in time.
BUSY = 11  # Another request waits for the user.
STALE = 12  # `sequence` is not greater than the last one that the device accepted.
NO_TIME = 13  # The clock is lost or was ahead, so that a code would be wrong.
DAMAGED = 14  # The storage does not read back what was written.
INTERNAL = 15  # The firmware failed where it should not have.
CANCELLED = 16  # A CANCEL ended the request.
LOW_BATTERY = 17  # The battery is too low to store anything safely.

HOTP = 1
TOTP = 2

# One row a field: (name, type, needed, low, high) and, if only some values will do, a tuple of them.
# The first row is field 1, the second field 2; a row that retires stays, renamed: no number is used again.
# type: uint, int, bool, text (UTF-8), bytes. low, high: of the number, or of the length in characters or bytes.
# needed: "yes", "no", "totp" (there if, and only if, kind is TOTP), "hotp" (may be there if kind is HOTP).
REQUESTS = {
    INFO: (),
    KEY: (
        ("index", "uint", "yes", 0, 15),  # Which key; the first is 0.
    ),
    CODE: (
        ("index", "uint", "yes", 0, 15),  # Which key; the first is 0.
    ),
    PROVISION: (
        ("name", "text", "yes", 1, 32),  # What the device calls the key.
        ("kind", "uint", "yes", 1, 2),  # 1 HOTP (RFC 4226), 2 TOTP (RFC 6238).
        ("algorithm", "uint", "yes", 1, 3),  # 1 SHA-1, 2 SHA-256, 3 SHA-512.
        ("digits", "uint", "yes", 6, 8),  # Length of a code.
        ("period", "uint", "totp", 30, 60, (30, 60)),  # [s] How long a code lasts.
        ("counter", "uint", "hotp", 0, (1 << 64) - 1),  # Counter of the first code; 0 if absent.
        ("secret", "bytes", "yes", 1, 64),  # The key of the RFC, as it is (not Base32).
        ("utc", "int", "yes", -(1 << 63), (1 << 63) - 1),  # [s] Now, since 1970-01-01 00:00 UTC.
        ("sequence", "uint", "yes", 0, (1 << 64) - 1),  # Greater than INFO's `sequence`.
        ("language", "text", "no", 2, 2),  # What it shows and speaks in from now on: an ISO 639-1 code.
        ("replace", "bool", "no", 0, 1),  # Replace a key of the same name; false if absent.
    ),
    TIME: (
        ("utc", "int", "yes", -(1 << 63), (1 << 63) - 1),  # [s] Now, since 1970-01-01 00:00 UTC.
        ("sequence", "uint", "yes", 0, (1 << 64) - 1),  # Greater than INFO's `sequence`.
    ),
    WIPE: (),
    CANCEL: (),
    SPEAK: (
        ("index", "uint", "yes", 0, 15),  # Which key; the first is 0.
    ),
    VOICE: (
        ("language", "text", "yes", 2, 2),  # Which voice: an ISO 639-1 code.
        ("size", "uint", "yes", 1, 0xFFFFFF),  # [bytes] Length of the whole voice pack.
    ),
    PIECE: (
        ("offset", "uint", "yes", 0, 0xFFFFFF),  # [bytes] Where the part begins: where the last one ended.
        ("data", "bytes", "yes", 1, 960),  # The part.
    ),
    VOICE_END: (),
}
REPLIES = {
    INFO: (
        ("model", "text", "yes", 1, 32),  # "Segl code display", "Segl audio reader" or "Segl chip".
        ("serial", "text", "yes", 1, 32),  # SGCD (display), SGAR (reader) or SGCH (chip) and eight digits.
        ("version", "text", "yes", 1, 32),  # Version of the firmware.
        ("board", "text", "yes", 1, 32),  # Such as "pico2".
        ("protocol", "uint", "yes", 0, 0xFFFF),  # 1: this document.
        ("developer", "bool", "yes", 0, 1),  # True: whoever opens the board can read its secrets.
        ("battery", "uint", "yes", 0, 0xFFFF),  # [mV] Battery voltage; 0 when there is no battery.
        ("utc", "int", "no", -(1 << 63), (1 << 63) - 1),  # [s] The clock; absent when it is lost.
        ("clock", "uint", "yes", 0, 1),  # 0 good, 1 lost or none.
        ("keys", "uint", "yes", 0, 16),  # How many keys are stored; their indexes run from 0.
        ("open", "uint", "yes", 0, 0xFFFF),  # [s] The provisioning window closes in; 0 when it is closed.
        ("language", "text", "yes", 2, 2),  # What it shows and speaks in: an ISO 639-1 code.
        ("sequence", "uint", "yes", 0, (1 << 64) - 1),  # The last one accepted.
        ("storage", "uint", "yes", 0, 1),  # 0 good, 1 damaged.
    ),
    KEY: (
        ("index", "uint", "yes", 0, 15),  # As asked.
        ("name", "text", "yes", 1, 32),  # What the device calls it.
        ("kind", "uint", "yes", 1, 2),  # 1 HOTP, 2 TOTP.
        ("algorithm", "uint", "yes", 1, 3),  # 1 SHA-1, 2 SHA-256, 3 SHA-512.
        ("digits", "uint", "yes", 6, 8),  # Length of a code.
        ("period", "uint", "totp", 30, 60, (30, 60)),  # [s] How long a code lasts.
    ),
    CODE: (
        ("code", "text", "yes", 6, 8),  # The digits, leading zeros included.
        ("remaining", "uint", "no", 0, 60),  # [s] How long it lasts; TOTP only.
    ),
    PROVISION: (
        ("index", "uint", "yes", 0, 15),  # Where the key was stored.
    ),
    TIME: (),
    WIPE: (),
    CANCEL: (),
    SPEAK: (),
    VOICE: (),
    PIECE: (),
    VOICE_END: (),
}

_TYPES = {"uint": int, "int": int, "bool": bool, "text": str, "bytes": bytes}


class WireError(Exception):
    # What is wrong with a message: an error code, the number of the field to blame, and whom to answer.

    def __init__(self, code: int, field: int | None = None, command: int = 0, number: int = 0) -> None:
        self.code = code
        self.field = field
        self.command = command
        self.id = number


def decode_request(payload: bytes) -> tuple[int, int, dict[str, int | str | bytes]]:
    command, number, fields = _envelope(payload, 3)
    rows = REQUESTS.get(command)
    if rows is None:
        raise WireError(UNKNOWN_COMMAND, None, command, number)
    try:
        return command, number, _named(rows, fields, True)
    except WireError as error:
        error.command = command
        error.id = number
        raise


def encode_reply(command: int, number: int, fields: dict[str, int | str | bytes]) -> bytes:
    return cbor.encode([command, number, 0, _numbered(REPLIES[command], fields)])


def encode_error(command: int, number: int, code: int, field: int | None = None) -> bytes:
    return cbor.encode([command, number, code, {} if field is None else {0: field}])


def encode_request(command: int, number: int, fields: dict[str, int | str | bytes]) -> bytes:
    return cbor.encode([command, number, _numbered(REQUESTS[command], fields)])


def decode_reply(payload: bytes) -> tuple[int, int, int, dict[str, int | str | bytes]]:
    # The fields of an error reply are {"field": number}, or {} when no field is to blame.
    command, number, code, fields = _envelope(payload, 4)
    if code:
        field = fields.get(0)
        return command, number, code, {} if field is None else {"field": field}
    if command not in REPLIES:
        raise WireError(UNKNOWN_COMMAND, None, command, number)
    # a host skips what newer firmware adds
    return command, number, code, _named(REPLIES[command], fields, False)


def _envelope(payload: bytes, size: int) -> list:
    try:
        message = cbor.decode(payload)
    except ValueError:
        message = None
    if type(message) is not list or len(message) != size or type(message[-1]) is not dict:
        raise WireError(MALFORMED)
    for number in message[:-1]:
        if type(number) is not int or number < 0:
            raise WireError(MALFORMED)
    for number in message[-1]:
        if type(number) is not int or number < 0:
            raise WireError(MALFORMED)
    if message[1] > 0xFFFF:
        raise WireError(MALFORMED)
    return message


def _named(rows: tuple, fields: dict, strict: bool) -> dict:
    # Checks run in the order of the table, since a board's dict has none: every engine blames the same field.
    found = {}
    known = 0
    for number in range(1, len(rows) + 1):
        row = rows[number - 1]
        need = row[2]
        if number in fields:
            known += 1
            value = fields[number]
            if not _fits(row, value) or not _belongs(need, found):
                raise WireError(BAD_FIELD, number)
            found[row[0]] = value
        elif need == "yes" or (need == "totp" and found["kind"] == TOTP):
            raise WireError(MISSING_FIELD, number)
    if strict and known != len(fields):
        raise WireError(BAD_FIELD, min([number for number in fields if not 1 <= number <= len(rows)]))
    return found


def _numbered(rows: tuple, fields: dict) -> dict:
    out = {}
    for number in range(1, len(rows) + 1):
        name = rows[number - 1][0]
        if name in fields:
            out[number] = fields[name]
    if len(out) != len(fields):
        raise WireError(BAD_FIELD)
    _named(rows, out, True)
    return out


def _belongs(need: str, found: dict) -> bool:
    if need == "totp":
        return found["kind"] == TOTP
    if need == "hotp":
        return found["kind"] == HOTP
    return True


def _fits(row: tuple, value: object) -> bool:
    kind = row[1]
    if type(value) is not _TYPES[kind]:
        return False
    if len(row) > 5:
        return value in row[5]
    size = len(value) if kind == "text" or kind == "bytes" else value
    return row[3] <= size <= row[4]
