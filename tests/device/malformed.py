"""Frames that no right program sends, of every kind that we could think of, by chance from one seed."""

import random
from binascii import crc32
from collections.abc import Callable, Mapping

from segl_wire import cbor, frame, schema

Answer = tuple[int, int, int, Mapping[str, object]]  # command, number, error, fields

_REQUESTS = {
    schema.INFO: {},
    schema.KEY: {"index": 0},
    schema.CODE: {"index": 0},
    schema.PROVISION: {
        "name": "Malory",
        "kind": schema.TOTP,
        "algorithm": 1,
        "digits": 6,
        "period": 30,
        "secret": b"12345678901234567890",
        "utc": 1_800_000_000,
        "sequence": 1_000,
    },
    schema.TIME: {"utc": 0, "sequence": 1_001},
    schema.WIPE: {},
    schema.CANCEL: {},
    # A display knows none of these, but finds the same fault with them.
    schema.SPEAK: {"index": 0},
    schema.VOICE: {"language": "kl", "size": 1_000},
    schema.PIECE: {"offset": 0, "data": bytes(range(256)) * 3},
    schema.VOICE_END: {},
}


def answers(stream: bytes) -> list[Answer] | None:
    """Give the error replies that these bytes ask for, by the host's own reading; None if a request is right."""
    found: list[Answer] = []
    for payload in frame.Decoder().feed(stream):
        try:
            schema.decode_request(payload)
        except schema.WireError as error:
            field = {} if error.field is None else {"field": error.field}
            found.append((error.command, error.id, error.code, field))
        else:
            return None
    return found


def malformed(chance: random.Random) -> bytes:
    """Return bytes that hold nothing right; a zero at their end keeps them apart from what follows."""
    while True:
        data = chance.choice(_KINDS)(chance) + b"\0"
        if answers(data) is not None:
            return data


def _payload(chance: random.Random) -> bytes:
    command = chance.choice(list(_REQUESTS))
    return schema.encode_request(command, chance.randrange(0x10000), _REQUESTS[command])


def _mutated(chance: random.Random) -> bytes:
    data = bytearray(frame.encode(_payload(chance)))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _truncated(chance: random.Random) -> bytes:
    data = frame.encode(_payload(chance))
    start = chance.choice((0, 0, 1, chance.randrange(len(data))))
    return data[start : chance.randrange(len(data))]


def _too_long(chance: random.Random) -> bytes:
    size = chance.choice((1, 2, 5, 100, 1000, 4000))
    if chance.random() < 0.5:
        return bytes([chance.randint(1, 255)]) * (frame.MAX_PAYLOAD + 9 + size)
    return _stuffed(chance.randbytes(frame.MAX_PAYLOAD + size))


def _wrong_crc(chance: random.Random) -> bytes:
    payload = _payload(chance)
    crc = crc32(payload) ^ chance.choice((1, 1 << 31, 0xFFFFFFFF, chance.randrange(1, 1 << 32)))
    return _cobs(payload + crc.to_bytes(4, "little"))


def _byte_order(chance: random.Random) -> bytes:
    payload = _payload(chance)
    return _cobs(payload + crc32(payload).to_bytes(4, "big"))


def _random_bytes(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((1, 2, 3, 5, 20, 64, 65, 300)))


def _random_payload(chance: random.Random) -> bytes:
    return _stuffed(chance.randbytes(chance.choice((0, 1, 2, 3, 4, 7, 30, 200, frame.MAX_PAYLOAD))))


def _mutated_payload(chance: random.Random) -> bytes:
    data = bytearray(_payload(chance))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(3):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                data[at:at] = chance.randbytes(1)
            case _:
                del data[at : at + 1]
    return _stuffed(bytes(data))


def _wrong_field(chance: random.Random) -> bytes:
    command, number, fields = _parts(chance)
    key = chance.choice([*fields, *range(12), 255, (1 << 64) - 1])
    match chance.randrange(4):
        case 0:
            fields.pop(key, None)
        case _:
            fields[key] = _value(chance)
    return _stuffed(cbor.encode([command, number, fields]))


def _wrong_envelope(chance: random.Random) -> bytes:
    message: list[object] = list(_parts(chance))
    match chance.randrange(4):
        case 0:
            message[chance.randrange(3)] = _value(chance)
        case 1:
            message.insert(chance.randrange(4), _value(chance))
        case 2:
            del message[chance.randrange(3)]
        case _:
            return _stuffed(cbor.encode(_value(chance)))
    return _stuffed(cbor.encode(message))


def _nested(chance: random.Random) -> bytes:
    depth = chance.choice((1, 7, 8, 9, 20, 100, 1000))
    opening = chance.choice((b"\x81", b"\xa1\x00", b"\xa1\x01", b"\x83\x01\x02", b"\x9f", b"\xbf", b"\xc1"))
    return _stuffed((opening * depth)[: frame.MAX_PAYLOAD - 1] + b"\x00")


def _huge_length(chance: random.Random) -> bytes:
    size = chance.choice((0x18, 0x19, 0x1A, 0x1B))
    head = chance.randrange(8) << 5 | size
    length = chance.choice((b"\xff", b"\x7f", b"\0")) * (1 << size - 0x18)
    prefix = chance.choice((b"", b"\x83\x01\x02", b"\x83\x04\x02\xa2\x01"))
    return _stuffed(prefix + bytes([head]) + length + chance.randbytes(chance.randrange(8)))


def _not_canonical(chance: random.Random) -> bytes:
    return _stuffed(
        chance.choice(
            (
                b"\x83\x18\x01\x02\xa0",  # 1 in two bytes
                b"\x83\x01\x19\x00\x02\xa0",
                b"\x98\x03\x01\x02\xa0",
                b"\x9f\x01\x02\xa0\xff",
                b"\x83\x01\x02\xbf\xff",
                b"\x83\x02\x02\xa2\x01\x00\x01\x00",  # a key twice
                b"\x83\x04\x02\xa2\x02\x01\x01\x61a",  # keys out of order
                b"\x83\x01\x02\xa0\x00",  # a byte too many
                b"\x83\x01\x02\xa1\xf5\x00",
                b"\x83\x01\x02\xa1\x80\x00",
                b"\x83\xf9\x3c\x00\x02\xa0",  # 1.0
                b"\x83\xfb\x3f\xf0\0\0\0\0\0\0\x02\xa0",
                b"\x83\x04\x02\xa1\x01\x62\xc0\x80",  # UTF-8 too long, a surrogate, a byte alone
                b"\x83\x04\x02\xa1\x01\x63\xed\xa0\x80",
                b"\x83\x04\x02\xa1\x01\x61\xff",
                b"\x83\x01\x02\xc2\x41\x01",
                b"\x83\x01\x02\xf7",
            )
        )
    )


def _parts(chance: random.Random) -> tuple[int, int, dict[object, object]]:
    command, number, fields = cbor.decode(_payload(chance))  # pyright: ignore[reportGeneralTypeIssues]
    return command, number, fields


def _value(chance: random.Random) -> object:
    size = chance.choice((0, 1, 33, 65, 200))
    return chance.choice(
        (
            None,
            True,
            False,
            0,
            3,
            9,
            16,
            0x10000,
            (1 << 64) - 1,
            -1,
            -(1 << 63) - 1,
            -(1 << 64),
            chance.randbytes(size),
            "x" * size,
            "\u20ac\U0001f511" * size,
            [],
            [1] * size,
            {},
            {1: {2: [3, b"", "", None]}},
            {"name": 0, b"\0": 1},
        )
    )


def _stuffed(payload: bytes) -> bytes:
    return _cobs(payload + crc32(payload).to_bytes(4, "little"))


def _cobs(data: bytes) -> bytes:
    """Stuff bytes of any length, without the zero at the end (Cheshire and Baker, 1999)."""
    out = bytearray()
    for block in (data + b"\0").split(b"\0")[:-1]:
        rest = block
        while len(rest) >= 254:
            out += b"\xff" + rest[:254]
            rest = rest[254:]
        out += bytes([len(rest) + 1]) + rest
    return bytes(out)


_KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    *(_wrong_field,) * 6,
    *(_mutated, _truncated, _wrong_crc, _mutated_payload, _wrong_envelope) * 3,
    *(_byte_order, _random_bytes, _random_payload, _nested, _huge_length, _not_canonical) * 2,
    _too_long,
)
