"""Writes docs/protocol.md from firmware/segl_wire/schema.py; with --check says whether it is stale."""

import io
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "host")]

from segl.errors import REMEDIES  # noqa: E402 - the tree need not be installed
from segl_wire import frame, schema  # noqa: E402

PAGE = ROOT / "docs" / "protocol.md"
SOURCE = ROOT / "firmware" / "segl_wire" / "schema.py"
FIELD_HEAD = ["| field | name | type | needed | allowed | unit | meaning |", "|---|---|---|---|---|---|---|"]
NEEDED = {"yes": "yes", "no": "no", "totp": "TOTP: yes; HOTP: never", "hotp": "HOTP: no; TOTP: never"}

INTRODUCTION = """\
<!-- Written by tools/gen_protocol.py from firmware/segl_wire/schema.py. Change those, not this page. -->
# Segl's serial protocol, version {protocol}

This page is all that one needs to write another host for a Segl device: bytes, frames, messages, errors.
The device shows itself as a USB serial port (CDC-ACM; vendor 0x1209, product 0x0001, a product name that
begins with "Segl"). Speed and parity do not matter. The host asks, the device answers, and it never
speaks unasked.

## Frames

A frame carries one message of at most {maximum} bytes:

    frame = COBS(message, CRC-32 of the message) 00

- The CRC is that of Ethernet, gzip and Python's `zlib.crc32`, four bytes, least significant first.
- COBS (consistent overhead byte stuffing, Cheshire and Baker 1999) writes those bytes without zeros:
  each block begins with a byte *n* and *n* - 1 bytes that are not zero; if *n* is below 255 and it is
  not the last block, a zero follows in the original.
- The byte 00 ends the frame. Nothing between two zeros is no frame and no error: a host may send a zero
  first, so that half a frame left by an earlier program ends there.

A frame with a wrong CRC, impossible stuffing or too many bytes is dropped without an answer. So a host
needs a time-out; 5 s is enough for every command that does not wait for the user.

## Messages

Messages are CBOR (RFC 8949) in the canonical form of CTAP2: integers and lengths in their shortest form,
definite lengths only, map keys in rising order without repeats, no tags, no floating point, valid UTF-8,
at most eight containers inside one another. Anything else is answered with MALFORMED.

| message | CBOR |
|---|---|
| request | `[command, id, {{field: value, ...}}]` |
| reply | `[command, id, 0, {{field: value, ...}}]` |
| error | `[command, id, error, {{}}]`, or `{{0: field}}` as the map when one field is to blame |

`command`, `id`, `error` and `field` are unsigned integers. The host chooses `id` (0 to 65535), the
device repeats it: choose another one for each request, and pass over answers to earlier ones. An error
answer to something that is no request is `[0, 0, 1, {{}}]`.

A request may carry the fields listed here and no others. A host must pass over fields of a reply that it
does not know, since later firmware may add some. Numbers of commands, fields and errors are never given
a second meaning.

While CODE, WIPE or SPEAK waits for the user, the device answers INFO, KEY and CANCEL; every other command
is answered with BUSY. CANCEL itself is answered first or second; the waiting request always gets its own
answer, CANCELLED.

A chip answers INFO, and every other command with UNKNOWN_COMMAND: it is a security key, which has an
interface of its own and speaks CTAPHID there (CTAP 2.2, section 11.2).

Commands 8 to 11 are the audio code reader's; another device answers them with UNKNOWN_COMMAND. A reader
makes no sound because a computer asked: its screen shows that one asks, the first press of any key makes it
say the question, and a second press answers it (CODE and SPEAK: the key Speak is yes; WIPE: the key Menu is
yes, once the question has been said whole; any other key is no). So a host that serves people who do not
see the screen tells them to press a key. The reader gives up after 60 s, a display after 30 s.

The numbers: a device holds at most {keys} keys. Times are UTC, without leap seconds, as 64-bit signed
seconds since 1970-01-01 00:00.

## Commands
"""

SEQUENCE = """\
## Time and sequence numbers

A device accepts a time only together with a sequence number greater than INFO's `sequence`, so that an
old message cannot set the clock back. The time itself may go either way. A good choice is the greater of
INFO's `sequence` + 1 and the computer's clock in milliseconds.

The user opens the provisioning window: on a display by holding the key for five seconds, until the screen
says so, and then letting go; on a reader by choosing set-up in its menu. It stays open for ten minutes.
`open` of INFO says for how long still; a host waits by asking for INFO twice a second.

## Installing a voice

VOICE names the language and the length of the voice pack, PIECE after PIECE carries it, VOICE_END checks it.
Until then the old voice of that language stays and speaks. A PIECE that does not begin where the last one
ended is answered with BAD_FIELD; the host then begins anew with VOICE. So is VOICE_END if what came is no
whole voice pack of that language. While the reader waits for its user or speaks for another request, it
answers BUSY: ask again half a second later. Its user may listen to it meanwhile; a part that comes silences it.
"""


def main() -> int:
    page = render()
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print("docs/protocol.md is stale: run `python tools/gen_protocol.py`", file=sys.stderr)
    return 1


def render() -> str:
    """The whole page as Markdown."""
    comments = read_comments(SOURCE.read_text(encoding="utf-8"))
    head = INTRODUCTION.format(protocol=schema.PROTOCOL, maximum=frame.MAX_PAYLOAD, keys=schema.MAX_KEYS)
    commands = [command(code, comments) for code in sorted(schema.REQUESTS)]
    return "\n".join([head, *commands, SEQUENCE, errors(comments), example()])


def read_comments(source: str) -> dict[str, list[str]]:
    """What the comment behind each constant or row says, by the first name or string of its line.

    The same row may stand in the table several times: the list has one comment for each, in order.
    """
    comments: dict[str, list[str]] = {}
    first = ""
    start_of_line = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NL, tokenize.NEWLINE):
            start_of_line = True
            first = ""
        elif token.type == tokenize.COMMENT and first:
            comments.setdefault(first, []).append(token.string.lstrip("# "))
        elif start_of_line and token.type in (tokenize.NAME, tokenize.STRING):
            first = token.string.strip('"')
            start_of_line = False
    return comments


def command(code: int, comments: dict[str, list[str]]) -> str:
    """The section of one command."""
    name = name_of(code, "Commands")
    lines = [f"### {code} {name}", "", comments[name][0], ""]
    for title, rows in (("Request", schema.REQUESTS[code]), ("Reply", schema.REPLIES[code])):
        if not rows:
            lines += [f"{title}: no fields.", ""]
            continue
        lines += [
            f"{title}:",
            "",
            "| field | name | type | needed | allowed | unit | meaning |",
            "|---|---|---|---|---|---|---|",
        ]
        for number, row in enumerate(rows, 1):
            unit, meaning = split_unit(nth_comment(comments, code, title, row[0]))
            cells = [str(number), f"`{row[0]}`", row[1], NEEDED[row[2]], allowed(row), unit, meaning]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def nth_comment(comments: dict[str, list[str]], code: int, title: str, field: str) -> str:
    """The comment behind one row: rows of a name count through the requests, then the replies."""
    tables = [(table, key) for table in ("Request", "Reply") for key in schema.REQUESTS]
    before = 0
    for table, key in tables:
        rows = schema.REQUESTS[key] if table == "Request" else schema.REPLIES[key]
        if (table, key) == (title, code):
            return comments[field][before]
        before += sum(row[0] == field for row in rows)
    raise LookupError(field)


def split_unit(comment: str) -> tuple[str, str]:
    """("mV", "Battery voltage.") from "[mV] Battery voltage."."""
    if not comment.startswith("["):
        return "", comment
    unit, _, meaning = comment[1:].partition("] ")
    return unit, meaning


def allowed(row: tuple) -> str:
    """The range of a row in words."""
    kind, low, high = row[1], row[3], row[4]
    if len(row) > 5:
        return " or ".join(f'"{value}"' if kind == "text" else str(value) for value in row[5])
    if kind == "bool":
        return "true, false"
    span = str(low) if low == high else f"{bound(low)} to {bound(high)}"
    return span + {"text": " characters", "bytes": " bytes"}.get(kind, "")


def bound(number: int) -> str:
    names = {(1 << 64) - 1: "2^64 - 1", (1 << 63) - 1: "2^63 - 1", -(1 << 63): "-2^63"}
    return names.get(number, str(number))


def name_of(code: int, block: str) -> str:
    """The constant of a command, by the block of the schema in which it stands."""
    text = SOURCE.read_text(encoding="utf-8").partition(f"# {block}\n")[2].partition("\n\n")[0]
    names = [line.split(" ", 1)[0] for line in text.splitlines()]
    return next(name for name in names if getattr(schema, name) == code)


def errors(comments: dict[str, list[str]]) -> str:
    """The table of errors."""
    lines = ["## Errors", "", "| error | name | meaning | what to tell the user |", "|---|---|---|---|"]
    for name, remedy in REMEDIES.items():
        lines.append(f"| {getattr(schema, name)} | {name} | {comments[name][0]} | {remedy} |")
    return "\n".join([*lines, ""])


def example() -> str:
    """A request and its answers, byte for byte, made by the code itself."""
    request = schema.encode_request(schema.CODE, 7, {"index": 0})
    reply = schema.encode_reply(schema.CODE, 7, {"code": "755224", "remaining": 21})
    refused = schema.encode_error(schema.CODE, 7, schema.NOT_FOUND, 1)
    provision = schema.encode_request(
        schema.PROVISION,
        8,
        {
            "name": "Example: alice",
            "kind": schema.TOTP,
            "algorithm": 1,
            "digits": 6,
            "period": 30,
            "secret": b"12345678901234567890",
            "utc": 1111111109,
            "sequence": 1,
        },
    )
    shown = [
        ("Ask for a code of key 0, as request 7: `[3, 7, {1: 0}]`", request),
        ('The answer after the press: `[3, 7, 0, {1: "755224", 2: 21}]`', reply),
        ("Or, if there is no key 0: `[3, 7, 8, {0: 1}]`", refused),
        ("Store the key of RFC 6238's test vectors, as request 8", provision),
    ]
    lines = ["## An example, byte for byte", ""]
    for title, payload in shown:
        lines += [f"{title}", "", *block("message", payload), *block("frame", frame.encode(payload)), ""]
    return "\n".join(lines).rstrip() + "\n"


def block(label: str, data: bytes) -> list[str]:
    """Hexadecimal, 24 bytes a line, as an indented block."""
    pieces = [data[at : at + 24].hex(" ") for at in range(0, len(data), 24)]
    return [f"    {label if not index else '':8}{piece}" for index, piece in enumerate(pieces)]


if __name__ == "__main__":
    sys.exit(main())
