"""The table: every message of it round-trips, and every departure from it is a coded error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_wire import cbor, frame, schema

COMMANDS = sorted(schema.REQUESTS)


def value_of(row: tuple) -> st.SearchStrategy:
    """A strategy for the values that a row of the table allows."""
    kind, low, high = row[1], row[3], row[4]
    if len(row) > 5:
        return st.sampled_from(row[5])
    if kind == "bool":
        return st.booleans()
    if kind == "text":
        return st.text(min_size=low, max_size=high)
    if kind == "bytes":
        return st.binary(min_size=low, max_size=high)
    return st.integers(low, high)


@st.composite
def fields_of(draw: st.DrawFn, rows: tuple) -> dict:
    """Fields by name that obey the rows, optional ones present or not."""
    fields: dict = {}
    for row in rows:
        name, need = row[0], row[2]
        wanted = {
            "yes": True,
            "no": draw(st.booleans()),
            "totp": fields.get("kind") == schema.TOTP,
            "hotp": fields.get("kind") == schema.HOTP and draw(st.booleans()),
        }[need]
        if wanted:
            fields[name] = draw(value_of(row))
    return fields


def good(command: int) -> dict:
    """The smallest good request of a command, by name."""
    sample = {"uint": 1, "int": 1, "text": "x", "bytes": b"x", "bool": True}
    needed = [row for row in schema.REQUESTS[command] if row[2] == "yes"]
    fields = {row[0]: row[5][0] if len(row) > 5 else sample[row[1]] for row in needed}
    return fields | {name: value for name, value in (("digits", 6), ("language", "en")) if name in fields}


def refusal(message: object) -> tuple:
    with pytest.raises(schema.WireError) as caught:
        schema.decode_request(cbor.encode(message))
    error = caught.value
    return error.code, error.field, error.command, error.id


@pytest.mark.parametrize("command", COMMANDS)
@given(st.data(), st.integers(0, 65535))
def test_every_message_round_trips(command: int, data: st.DataObject, number: int) -> None:
    fields = data.draw(fields_of(schema.REQUESTS[command]))
    assert schema.decode_request(schema.encode_request(command, number, fields)) == (command, number, fields)
    fields = data.draw(fields_of(schema.REPLIES[command]))
    assert schema.decode_reply(schema.encode_reply(command, number, fields)) == (command, number, 0, fields)


@given(st.integers(0, 65535), st.integers(1, 17), st.none() | st.integers(1, 14))
def test_every_error_round_trips(number: int, code: int, field: int | None) -> None:
    expected = {} if field is None else {"field": field}
    assert schema.decode_reply(schema.encode_error(schema.CODE, number, code, field)) == (
        schema.CODE,
        number,
        code,
        expected,
    )


PROVISION = "name kind algorithm digits period counter secret utc sequence language replace"
INFO = "model serial version board protocol developer battery utc clock keys open language sequence storage"


def test_numbers_of_the_fields_never_change() -> None:
    """A number, once given, keeps its meaning: other people's hosts depend on it."""
    assert [row[0] for row in schema.REQUESTS[schema.PROVISION]] == PROVISION.split()
    assert [row[0] for row in schema.REPLIES[schema.INFO]] == INFO.split()
    assert [row[0] for row in schema.REQUESTS[schema.VOICE]] == ["language", "size"]
    assert [row[0] for row in schema.REQUESTS[schema.PIECE]] == ["offset", "data"]
    assert COMMANDS == list(range(1, 12)) == sorted(schema.REPLIES)


def test_the_longest_messages_fit_into_a_frame() -> None:
    largest = {
        "name": "\U0001f511" * 32, "kind": 1, "algorithm": 3, "digits": 8, "counter": 2**64 - 1,
        "secret": bytes(64), "utc": -(2**63), "sequence": 2**64 - 1, "language": "da", "replace": True,
    }  # fmt: skip
    assert len(schema.encode_request(schema.PROVISION, 65535, largest)) <= frame.MAX_PAYLOAD
    piece = {"offset": 0xFFFFFF, "data": bytes(960)}
    assert len(schema.encode_request(schema.PIECE, 65535, piece)) <= frame.MAX_PAYLOAD


@pytest.mark.parametrize(
    "message",
    [
        None, 1, [], {}, [2, 1], [2, 1, {1: 0}, 0], [2, 1, []], ["2", 1, {}], [2, "1", {}], [True, 1, {}],
        [2, True, {}],
        [-1, 1, {}], [2, -1, {}], [2, 65536, {}], [2, 1, {"index": 0}], [2, 1, {-1: 0}],
        [2, 1, {b"": 0}], [2, 1, None],
    ],
)  # fmt: skip
def test_not_a_request(message: object) -> None:
    assert refusal(message) == (schema.MALFORMED, None, 0, 0)


def test_each_fault_has_its_code_and_its_field() -> None:
    assert refusal([99, 7, {}]) == (schema.UNKNOWN_COMMAND, None, 99, 7)
    assert refusal([2, 7, {}]) == (schema.MISSING_FIELD, 1, 2, 7)
    assert refusal([2, 7, {1: 16}]) == (schema.BAD_FIELD, 1, 2, 7)
    assert refusal([2, 7, {1: -1}]) == (schema.BAD_FIELD, 1, 2, 7)
    assert refusal([2, 7, {1: True}]) == (schema.BAD_FIELD, 1, 2, 7)
    assert refusal([2, 7, {1: "0"}]) == (schema.BAD_FIELD, 1, 2, 7)
    assert refusal([2, 7, {1: 0, 9: 0, 3: 0}]) == (schema.BAD_FIELD, 3, 2, 7)
    assert refusal([1, 7, {0: 0}]) == (schema.BAD_FIELD, 0, 1, 7)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, 1), ({"name": "x" * 33}, 1), ({"name": b"x"}, 1), ({"kind": 0}, 2), ({"kind": 3}, 2),
        ({"algorithm": 4}, 3), ({"digits": 5}, 4), ({"digits": 9}, 4), ({"period": 45}, 5),
        ({"kind": 1, "period": 30}, 5), ({"counter": 1}, 6), ({"secret": b""}, 7), ({"secret": bytes(65)}, 7),
        ({"utc": 2**63}, 8), ({"utc": -(2**63) - 1}, 8), ({"language": "deu"}, 10), ({"replace": 1}, 11),
    ],
)  # fmt: skip
def test_what_provision_refuses(change: dict, field: int) -> None:
    rows = schema.REQUESTS[schema.PROVISION]
    numbers = {row[0]: number for number, row in enumerate(rows, 1)}
    request = {**good(schema.PROVISION), "kind": 2, "period": 30, **change}
    message = [schema.PROVISION, 5, {numbers[name]: value for name, value in request.items()}]
    assert refusal(message) == (schema.BAD_FIELD, field, schema.PROVISION, 5)
    with pytest.raises(schema.WireError) as caught:
        schema.encode_request(schema.PROVISION, 5, request)
    assert (caught.value.code, caught.value.field) == (schema.BAD_FIELD, field)


@pytest.mark.parametrize(
    ("command", "change", "field"),
    [
        (schema.SPEAK, {"index": 16}, 1), (schema.VOICE, {"language": "deu"}, 1), (schema.VOICE, {"size": 0}, 2),
        (schema.VOICE, {"size": 1 << 24}, 2), (schema.PIECE, {"offset": -1}, 1), (schema.PIECE, {"data": b""}, 2),
        (schema.PIECE, {"data": bytes(961)}, 2), (schema.PIECE, {"data": "x"}, 2),
    ],
)  # fmt: skip
def test_what_the_commands_of_the_reader_refuse(command: int, change: dict, field: int) -> None:
    request = {**good(command), **change}
    numbers = {row[0]: number for number, row in enumerate(schema.REQUESTS[command], 1)}
    message = [command, 5, {numbers[name]: value for name, value in request.items()}]
    assert refusal(message) == (schema.BAD_FIELD, field, command, 5)


def test_a_totp_key_needs_its_period() -> None:
    with pytest.raises(schema.WireError) as caught:
        schema.encode_request(schema.PROVISION, 5, {**good(schema.PROVISION), "kind": 2})
    assert (caught.value.code, caught.value.field) == (schema.MISSING_FIELD, 5)


@pytest.mark.parametrize("command", [command for command in COMMANDS if schema.REQUESTS[command]])
def test_each_required_field_is_missed_by_name(command: int) -> None:
    for number, row in enumerate(schema.REQUESTS[command], 1):
        if row[2] == "yes":
            fields = good(command)
            del fields[row[0]]
            with pytest.raises(schema.WireError) as caught:
                schema.encode_request(command, 1, fields)
            assert (caught.value.code, caught.value.field) == (schema.MISSING_FIELD, number)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(schema.WireError):
        schema.encode_request(schema.KEY, 1, {"index": 0, "color": 1})


def test_a_host_skips_fields_that_newer_firmware_adds() -> None:
    reply = cbor.encode([2, 1, 0, {1: 0, 2: "x", 3: 1, 4: 1, 5: 6, 40: [None]}])
    assert schema.decode_reply(reply)[3] == {
        "index": 0, "name": "x", "kind": 1, "algorithm": 1, "digits": 6,
    }  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [[1, 1, 0, {}], [3, 1, 0, {1: 5}], [3, 1, 0, {}], [99, 1, 0, {}], [3, 1, {}], [3, 1, -1, {}], 7],
)
def test_a_bad_reply_is_a_wire_error(message: object) -> None:
    with pytest.raises(schema.WireError):
        schema.decode_reply(cbor.encode(message))


numbers = st.integers(0, 12) | st.integers(-(2**64), 2**64 - 1)
anything = st.recursive(
    st.one_of(numbers, st.text(max_size=4), st.binary(max_size=4), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(numbers, inner, max_size=12),
    max_leaves=20,
)
envelopes = st.tuples(st.integers(0, 13), numbers, st.dictionaries(numbers, anything, max_size=12)).map(list)


@given(st.binary(max_size=80) | (envelopes | anything).map(lambda value: cbor.encode(value)))
def test_malformed_input_gives_wire_errors_only(payload: bytes) -> None:
    for decode in (schema.decode_request, schema.decode_reply):
        try:
            decode(payload)
        except schema.WireError as error:
            code = error.code
        else:
            code = schema.MALFORMED
        assert 1 <= code <= 17
