"""Messages: one encoding for each, and what a command takes; tried on every command and all its parameters."""

import struct
from typing import Any

import pytest

from segl_wire import cbor
from tests.chip.support import (
    BLOBS,
    CONFIG,
    ES256,
    GET,
    HASH,
    INFO,
    INVALID_CBOR,
    INVALID_LENGTH,
    MAKE,
    MANAGE,
    MISSING_PARAMETER,
    NEXT,
    NO_CREDENTIALS,
    OK,
    PIN,
    PIN_NOT_SET,
    PUAT_REQUIRED,
    RESET,
    SELECT,
    UNEXPECTED_TYPE,
    UNSUPPORTED_ALGORITHM,
    Platform,
    descriptor,
    section,
)

# A value of each type that CBOR has here; whoever wants one of them wants none of the others.
VALUES: dict[str, Any] = {
    "uint": 7,
    "negative": -7,
    "bytes": b"x",
    "text": "x",
    "array": [],
    "map": {},
    "bool": True,
    "null": None,
}

# Each command: a request that is well formed and does nothing, the types of its parameters, its status.
REQUESTS: dict[int, tuple[dict[Any, Any], dict[int, str], int]] = {
    MAKE: (
        {
            1: HASH,
            2: {"id": "encoding.example", "name": "x"},
            3: {"id": b"u", "name": "x", "displayName": "x"},
            4: [{"alg": -257, "type": "public-key"}],
        },
        {
            1: "bytes",
            2: "map",
            3: "map",
            4: "array",
            5: "array",
            6: "map",
            7: "map",
            8: "bytes",
            9: "uint",
            10: "uint",
            11: "array",
        },
        UNSUPPORTED_ALGORITHM,
    ),
    GET: (
        {1: "encoding.example", 2: HASH},
        {1: "text", 2: "bytes", 3: "array", 4: "map", 5: "map", 6: "bytes", 7: "uint"},
        NO_CREDENTIALS,
    ),
    PIN: (
        {1: 2, 2: 1},
        {1: "uint", 2: "uint", 3: "map", 4: "bytes", 5: "bytes", 6: "bytes", 9: "uint", 10: "text"},
        PIN_NOT_SET,
    ),
    MANAGE: ({1: 1}, {1: "uint", 2: "map", 3: "uint", 4: "bytes"}, PUAT_REQUIRED),
    BLOBS: (
        {1: 0, 3: 0},
        {1: "uint", 2: "bytes", 3: "uint", 4: "uint", 5: "bytes", 6: "uint"},
        OK,
    ),
    CONFIG: ({1: 3}, {1: "uint", 2: "map", 3: "uint", 4: "bytes"}, OK),
}
NEEDED = {MAKE: (1, 2, 3, 4), GET: (1, 2), PIN: (2,), MANAGE: (1,), CONFIG: (1,)}
COMMANDS = list(REQUESTS)


def send(key: Platform, command: int, encoded: bytes) -> int:
    """Send a command with parameters that are encoded already; return its status."""
    status, _ = key.raw(bytes([command]) + encoded)
    assert key.asked == 0
    return status


def pairs(command: int) -> list[bytes]:
    """The encoded pairs of a command's request, in their order."""
    found = REQUESTS[command][0]
    return [cbor.encode(label) + cbor.encode(found[label]) for label in sorted(found)]


def mapped(entries: list[bytes]) -> bytes:
    """Pairs as a map."""
    return bytes([0xA0 | len(entries)]) + b"".join(entries)


# --- types


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_good_request_is_one(key: Platform, command: int) -> None:
    assert send(key, command, mapped(pairs(command))) == REQUESTS[command][2]
    assert mapped(pairs(command)) == cbor.encode(REQUESTS[command][0])


@section("8")
@pytest.mark.parametrize(
    ("command", "label"), [(command, label) for command in COMMANDS for label in REQUESTS[command][1]]
)
def test_a_parameter_of_another_type_is_an_unexpected_one(key: Platform, command: int, label: int) -> None:
    request, types, _ = REQUESTS[command]
    for name, value in VALUES.items():
        if name != types[label]:
            assert send(key, command, cbor.encode({**request, label: value})) == UNEXPECTED_TYPE, name


@section("8")
@pytest.mark.parametrize(
    ("command", "label"), [(command, label) for command, labels in NEEDED.items() for label in labels]
)
def test_a_parameter_that_is_needed_is_missed(key: Platform, command: int, label: int) -> None:
    request = {at: value for at, value in REQUESTS[command][0].items() if at != label}
    assert send(key, command, cbor.encode(request)) == MISSING_PARAMETER


@section("8")
@pytest.mark.parametrize("command", list(NEEDED))
def test_no_parameters_are_an_empty_map(key: Platform, command: int) -> None:
    assert send(key, command, b"") == send(key, command, b"\xa0") == MISSING_PARAMETER


INNER = [
    *((MAKE, 2, name, "text") for name in ("id", "name")),
    (MAKE, 3, "id", "bytes"),
    *((MAKE, 3, name, "text") for name in ("name", "displayName")),
    *((MAKE, 7, name, "bool") for name in ("rk", "up", "uv")),
    *((GET, 5, name, "bool") for name in ("up", "uv")),
    *((CONFIG, 2, label, kind) for label, kind in ((1, "uint"), (2, "array"), (3, "bool"))),
]


@section("8")
@pytest.mark.parametrize(("command", "label", "name", "kind"), INNER)
def test_what_is_in_a_parameter_has_its_type_too(
    key: Platform, command: int, label: int, name: str | int, kind: str
) -> None:
    request = dict(REQUESTS[command][0])
    if label == 7:
        request[4] = [{"alg": ES256, "type": "public-key"}]
    inner = request.get(label, {})
    for other, value in VALUES.items():
        if other != kind:
            sent = cbor.encode({**request, label: {**inner, name: value}})
            assert send(key, command, sent) == UNEXPECTED_TYPE, other


@section("6.11.4")
def test_names_in_a_list_are_texts(key: Platform) -> None:
    for name, value in VALUES.items():
        if name != "text":
            assert send(key, CONFIG, cbor.encode({1: 3, 2: {2: ["good.example", value]}})) == UNEXPECTED_TYPE


@section("6.1.1")
@pytest.mark.parametrize("label", [2, 3])
def test_a_relying_party_and_a_user_have_ids(key: Platform, label: int) -> None:
    request = dict(REQUESTS[MAKE][0])
    request[label] = {"name": "x"}
    assert send(key, MAKE, cbor.encode(request)) == MISSING_PARAMETER


# --- what is unknown


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("extra", [{0x60: 1}, {-9: [1, {"a": None}]}, {"x": b"y"}, {b"z": True}])
def test_what_nobody_knows_is_passed_over(key: Platform, command: int, extra: dict[Any, Any]) -> None:
    request, _, status = REQUESTS[command]
    assert send(key, command, cbor.encode({**request, **extra})) == status


@section("8")
def test_what_nobody_knows_in_a_parameter_is_passed_over(key: Platform) -> None:
    request = dict(REQUESTS[MAKE][0])
    request[2] = {**request[2], "icon": "https://x"}
    request[3] = {**request[3], "icon": 5, 5: "x"}
    request[4] = [{**request[4][0], "more": []}]
    request[5] = [{**descriptor(b"x"), "transports": ["usb"]}]
    assert send(key, MAKE, cbor.encode(request)) == UNSUPPORTED_ALGORITHM


# --- the encoding


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("value", [[], [1], 1, -1, b"x", "x", True, None])
def test_parameters_come_in_a_map(key: Platform, command: int, value: object) -> None:
    assert send(key, command, cbor.encode(value)) == UNEXPECTED_TYPE


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_message_that_ends_too_soon_is_none(key: Platform, command: int) -> None:
    good = mapped(pairs(command))
    for size in range(1, len(good)):
        assert send(key, command, good[:size]) == INVALID_CBOR, size


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_comes_after_the_end(key: Platform, command: int) -> None:
    for rest in (b"\0", b"\xa0", b"\xff", bytes(30)):
        assert send(key, command, mapped(pairs(command)) + rest) == INVALID_CBOR


@section("8")
@pytest.mark.parametrize("command", COMMANDS)
def test_no_key_comes_twice_and_none_too_late(key: Platform, command: int) -> None:
    entries = pairs(command)
    assert send(key, command, mapped([entries[0], *entries])) == INVALID_CBOR
    assert send(key, command, mapped([*entries, entries[-1]])) == INVALID_CBOR
    text = b"\x61a\x01"
    assert send(key, command, mapped([text, *entries])) == INVALID_CBOR
    assert send(key, command, mapped([*entries, b"\x62aa\x01", text])) == INVALID_CBOR
    if len(entries) > 1:
        assert send(key, command, mapped(entries[::-1])) == INVALID_CBOR


BAD = {
    "a number in two bytes that fits one": b"\x18\x17",
    "a number in three bytes that fits two": b"\x19\x00\xff",
    "a number in five bytes that fits three": b"\x1a\x00\x00\xff\xff",
    "a number in nine bytes that fits five": b"\x1b" + struct.pack(">Q", 0xFFFFFFFF),
    "a negative number that is too long": b"\x38\x00",
    "bytes with too long a length": b"\x58\x01x",
    "a text with too long a length": b"\x78\x01x",
    "an array with too long a length": b"\x98\x01\x00",
    "a map with too long a length": b"\xb8\x00",
    "bytes without a length": b"\x5f\x41x\xff",
    "a text without a length": b"\x7f\x61x\xff",
    "an array without a length": b"\x9f\x00\xff",
    "a map without a length": b"\xbf\xff",
    "a tag": b"\xc0\x61x",
    "half a float": b"\xf9\x00\x00",
    "a float": b"\xfa\x00\x00\x00\x00",
    "a double": b"\xfb" + bytes(8),
    "undefined": b"\xf7",
    "a simple value": b"\xe0",
    "a simple value in two bytes": b"\xf8\x20",
    "false in two bytes": b"\xf8\x14",
    "a break": b"\xff",
    "a reserved length": b"\x1c",
    "no UTF-8": b"\x61\xff",
    "a letter in too many bytes": b"\x62\xc0\xaf",
    "a surrogate": b"\x63\xed\xa0\x80",
    "a map whose key is an array": b"\xa1\x80\x00",
    "a map whose key is a bool": b"\xa1\xf5\x00",
    "a map with a key twice": b"\xa2\x01\x00\x01\x00",
    "a map out of order": b"\xa2\x02\x00\x01\x00",
    "a map whose short key comes late": b"\xa2\x62aa\x00\x61b\x00",
    "arrays nine deep": b"\x81" * 9 + b"\x00",
    "arrays a thousand deep": b"\x81" * 1000 + b"\x00",
    "bytes that claim four billion": b"\x5a\xff\xff\xff\xff",
    "an array that claims four billion": b"\x9a\xff\xff\xff\xff",
    "a map that claims four billion": b"\xba\xff\xff\xff\xff",
}


@section("8")
@pytest.mark.parametrize("what", list(BAD))
def test_what_is_not_encoded_in_the_one_way_is_invalid_wherever_it_is(key: Platform, what: str) -> None:
    for command in COMMANDS:
        unknown = b"\x18\x60" + BAD[what]
        assert send(key, command, mapped([*pairs(command), unknown])) == INVALID_CBOR, command


@section("8")
@pytest.mark.parametrize("command", [INFO, RESET, SELECT, NEXT])
@pytest.mark.parametrize("rest", [b"\xa0", b"\0", b"\xff" * 10])
def test_a_command_without_parameters_takes_none(key: Platform, command: int, rest: bytes) -> None:
    assert send(key, command, rest) == INVALID_LENGTH


@section("8")
def test_four_maps_in_one_another_are_understood(key: Platform) -> None:
    request, _, status = REQUESTS[GET]
    assert send(key, GET, cbor.encode({**request, 4: {"x": {"y": {"z": [1]}}}})) == status
