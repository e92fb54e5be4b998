"""authenticatorLargeBlobs: bytes that are kept for platforms, written in parts, and whole or not at all."""

import pytest

from tests.chip.support import (
    BLOBS,
    CM,
    INFO,
    INTEGRITY_FAILURE,
    INVALID_LENGTH,
    INVALID_PARAMETER,
    INVALID_SEQ,
    LBW,
    MISSING_PARAMETER,
    OK,
    PIN_AUTH_INVALID,
    PIN_TEXT,
    PUAT_REQUIRED,
    STORAGE_FULL,
    Platform,
    Token,
    section,
    sha256,
)

EMPTY = b"\x80" + sha256(b"\x80")[:16]


def whole(size: int, fill: bytes = b"x") -> bytes:
    """An array as long as asked for, whatever is in it, with its check."""
    content = fill * (size - 16)
    return content + sha256(content)[:16]


def put(
    key: Platform, part: bytes, offset: int = 0, length: int | None = None, token: Token | None = None
) -> int:
    """Write a part; return the status."""
    sent = {2: part, 3: offset, 4: length}
    if token:
        message = b"\xff" * 32 + b"\x0c\x00" + offset.to_bytes(4, "little") + sha256(part)
        sent |= {5: token.sign(message), 6: token.version}
    return key.status(BLOBS, sent)


def put_all(key: Platform, data: bytes, size: int = 1024, token: Token | None = None) -> None:
    for at in range(0, len(data), size):
        assert put(key, data[at : at + size], at, None if at else len(data), token) == OK


def take(key: Platform, count: int = 3000, offset: int = 0) -> bytes:
    return key.ok(BLOBS, {1: count, 3: offset})[1]


@section("6.10.1")
def test_a_new_chip_has_an_empty_array(fresh: Platform) -> None:
    assert take(fresh) == EMPTY
    assert take(fresh, 0) == b""
    assert take(fresh, 5, 15) == EMPTY[15:]
    assert take(fresh, 5, 17) == b""


@section("6.10.2")
@pytest.mark.parametrize("size", [17, 18, 1024, 4096])
def test_what_was_written_is_read(key: Platform, size: int) -> None:
    put_all(key, whole(size))
    read = b"".join(take(key, 1500, at) for at in range(0, size, 1500))
    assert read == whole(size)
    assert take(key, 7, 3) == whole(size)[3:10]


@section("6.10.2")
def test_it_stays_when_the_power_goes(key: Platform) -> None:
    put_all(key, whole(100, b"power"[:1]))
    key.power_cycle()
    assert take(key) == whole(100, b"p")


@section("6.10.2")
@pytest.mark.parametrize("change", [{4: 17}, {5: bytes(32)}, {6: 2}])
def test_reading_takes_no_proof_and_no_length(key: Platform, change: dict[int, object]) -> None:
    assert key.status(BLOBS, {1: 10, 3: 0, **change}) == INVALID_PARAMETER


@section("6.10.2")
def test_either_is_read_or_written_from_somewhere(key: Platform) -> None:
    assert key.status(BLOBS, {3: 0}) == INVALID_PARAMETER
    assert key.status(BLOBS, {1: 1, 2: b"x", 3: 0, 4: 17}) == INVALID_PARAMETER
    assert key.status(BLOBS, {1: 1}) == INVALID_PARAMETER
    assert key.status(BLOBS, {2: b"x", 4: 17}) == INVALID_PARAMETER


@section("6.10.2")
def test_nothing_is_read_beyond_the_end(key: Platform) -> None:
    put_all(key, whole(50))
    assert take(key, 100, 50) == b""
    assert key.status(BLOBS, {1: 100, 3: 51}) == INVALID_PARAMETER
    assert key.status(BLOBS, {1: 1, 3: 1 << 40}) == INVALID_PARAMETER


@section("6.10.2")
def test_a_part_is_64_bytes_shorter_than_a_message(key: Platform) -> None:
    longest = key.info()[5] - 64
    assert key.status(BLOBS, {1: longest, 3: 0}) == OK
    assert key.status(BLOBS, {1: longest + 1, 3: 0}) == INVALID_LENGTH
    data = whole(4096)
    assert put(key, data[:longest], 0, 4096) == OK
    assert put(key, data[longest:], longest) == OK
    assert put(key, data[: longest + 1], 0, 4096) == INVALID_LENGTH


@section("6.10.2")
@pytest.mark.parametrize(
    ("length", "status"),
    [(None, INVALID_PARAMETER), (0, INVALID_PARAMETER), (16, INVALID_PARAMETER), (4097, STORAGE_FULL)],
)
def test_a_length_must_be_said_and_possible(key: Platform, length: int | None, status: int) -> None:
    assert put(key, bytes(10), 0, length) == status


@section("6.10.2")
def test_a_length_is_said_once(key: Platform) -> None:
    data = whole(100)
    assert put(key, data[:50], 0, 100) == OK
    assert put(key, data[50:], 50, 100) == INVALID_PARAMETER


@section("6.10.2")
def test_parts_come_one_after_the_other(key: Platform) -> None:
    put_all(key, whole(30))
    data = whole(100, b"y")
    assert put(key, data[50:], 50) == INVALID_SEQ
    assert put(key, data[:50], 0, 100) == OK
    assert put(key, data[51:], 51) == INVALID_SEQ
    assert take(key) == whole(30)


@section("6.10.2")
def test_more_than_was_said_is_not_taken(key: Platform) -> None:
    put_all(key, whole(30))
    assert put(key, bytes(101), 0, 100) == INVALID_PARAMETER
    assert put(key, bytes(50), 0, 100) == OK
    assert put(key, bytes(51), 50) == INVALID_PARAMETER
    assert take(key) == whole(30)


@section("6.10.2")
def test_what_its_check_does_not_fit_is_not_kept(key: Platform) -> None:
    put_all(key, whole(30))
    data = bytearray(whole(100, b"z"))
    data[3] ^= 1
    assert put(key, bytes(data), 0, 100) == INTEGRITY_FAILURE
    assert take(key) == whole(30)


@section("6.10.2")
def test_a_new_beginning_is_one(key: Platform) -> None:
    assert put(key, bytes(50), 0, 100) == OK
    put_all(key, whole(40))
    assert take(key) == whole(40)


@section("6, stateful commands")
def test_any_other_command_ends_a_writing(key: Platform) -> None:
    data = whole(100)
    assert put(key, data[:50], 0, 100) == OK
    key.ok(INFO)
    assert put(key, data[50:], 50) == INVALID_SEQ


@section("6, stateful commands")
def test_a_writing_ends_with_its_token(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, LBW)
    data = whole(100)
    assert put(locked, data[:50], 0, 100, token) == OK
    locked.world.advance(601)
    assert put(locked, data[50:], 50, None, token) in (INVALID_SEQ, PIN_AUTH_INVALID)
    assert take(locked) == EMPTY or take(locked)[:84] != data[:84]


@section("6.10.2")
@pytest.mark.parametrize("version", [1, 2])
def test_with_a_pin_each_part_needs_its_proof(locked: Platform, version: int) -> None:
    token = locked.token(PIN_TEXT, LBW, version=version)
    put_all(locked, whole(200, b"v"), 64, token)
    assert take(locked) == whole(200, b"v")
    data = whole(100, b"w")
    assert put(locked, data, 0, 100) == PUAT_REQUIRED
    assert locked.status(BLOBS, {2: data, 3: 0, 4: 100, 5: bytes(32)}) == MISSING_PARAMETER
    assert locked.status(BLOBS, {2: data, 3: 0, 4: 100, 5: bytes(32), 6: 2}) == PIN_AUTH_INVALID
    assert put(locked, data[:50], 0, 100, token) == OK
    assert put(locked, data[50:], 50) == PUAT_REQUIRED
    assert take(locked) == whole(200, b"v")


@section("6.10.2")
def test_a_proof_is_for_one_place(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, LBW)
    part = whole(100)[:50]
    message = b"\xff" * 32 + b"\x0c\x00" + (50).to_bytes(4, "little") + sha256(part)
    assert locked.status(BLOBS, {2: part, 3: 0, 4: 100, 5: token.sign(message), 6: 2}) == PIN_AUTH_INVALID


@section("6.10.2")
def test_another_permission_is_none(locked: Platform) -> None:
    assert put(locked, whole(30), 0, 30, locked.token(PIN_TEXT, CM)) == PIN_AUTH_INVALID


@section("6.10.2")
def test_with_always_uv_writing_needs_a_proof_also_without_a_pin(fresh: Platform) -> None:
    assert fresh.status(13, {1: 2}) == OK
    assert put(fresh, whole(30), 0, 30) == PUAT_REQUIRED
    assert take(fresh) == EMPTY


@section("6.10.2")
def test_reading_needs_no_pin(locked: Platform) -> None:
    assert len(take(locked)) >= 17
