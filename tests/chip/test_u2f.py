"""U2F, which CTAP calls CTAP1: commands that are repeated until the user touches.

Sections are those of "FIDO U2F Raw Message Formats" 1.2, if they name no other document.
"""

import struct

import pytest
from fido2.ctap1 import RegistrationData, SignatureData

from segl_wire import ctaphid
from tests.chip.support import (
    EDDSA,
    EXCLUDED,
    GET,
    HASH,
    MAKE,
    MC,
    OK,
    PIN_TEXT,
    RP,
    Platform,
    asking,
    making,
    section,
    sha256,
)

APP = sha256(RP.encode())
CHALLENGE = bytes(range(100, 132))
NO_ERROR, WRONG_LENGTH, NOT_SATISFIED, NOT_ALLOWED = 0x9000, 0x6700, 0x6985, 0x6986
WRONG_DATA, NO_INSTRUCTION, NO_CLASS = 0x6A80, 0x6D00, 0x6E00
REGISTER, AUTHENTICATE, VERSION = 1, 2, 3
ENFORCE, CHECK, DO_NOT_ENFORCE = 3, 7, 8


def apdu(code: int, data: bytes = b"", p1: int = 0) -> bytes:
    """A command in extended length, as platforms send it over USB."""
    return bytes([0, code, p1, 0]) + b"\0" + len(data).to_bytes(2, "big") + data + b"\0\0"


def send(key: Platform, message: bytes) -> tuple[int, bytes]:
    """Send a message; return the status word and the data."""
    answer = key.call(ctaphid.MSG, message)
    return struct.unpack(">H", answer[-2:])[0], answer[:-2]


def touched(key: Platform, message: bytes) -> bytes:
    """Send a message until it is answered, with a touch in between."""
    status, data = send(key, message)
    assert status == NOT_SATISFIED
    assert data == b""
    key.touch()
    key.world.advance(0.3)
    status, data = send(key, message)
    assert status == NO_ERROR, hex(status)
    return data


def register(key: Platform, application: bytes = APP) -> RegistrationData:
    return RegistrationData(touched(key, apdu(REGISTER, CHALLENGE + application)))


def authentication(handle: bytes, application: bytes = APP, p1: int = ENFORCE) -> bytes:
    return apdu(AUTHENTICATE, CHALLENGE + application + bytes([len(handle)]) + handle, p1)


@pytest.fixture(name="handle", scope="module")
def handle_fixture(open_chip: Platform) -> bytes:
    """Register once."""
    return register(open_chip).key_handle


@section("6.1")
def test_it_says_its_version(key: Platform) -> None:
    assert send(key, apdu(VERSION)) == (NO_ERROR, b"U2F_V2")


@section("6.1")
def test_a_version_takes_no_data(key: Platform) -> None:
    assert send(key, apdu(VERSION, b"x")) == (WRONG_LENGTH, b"")


@section("3.1")
@pytest.mark.parametrize(
    "message",
    [
        bytes([0, VERSION, 0, 0]),
        bytes([0, VERSION, 0, 0, 0]),
        bytes([0, VERSION, 0, 0, 6]),
        bytes([0, VERSION, 0, 0, 0, 0, 0]),
        bytes([0, VERSION, 0, 0, 0, 1, 0]),
    ],
)
def test_lengths_come_short_and_extended(key: Platform, message: bytes) -> None:
    assert send(key, message) == (NO_ERROR, b"U2F_V2")


@section("3.1")
def test_data_come_short_too(key: Platform) -> None:
    message = bytes([0, REGISTER, 0, 0, 64]) + CHALLENGE + APP
    assert send(key, message) == (NOT_SATISFIED, b"")
    assert send(key, message + b"\0") == (NOT_SATISFIED, b"")


@section("3.3")
@pytest.mark.parametrize(
    ("message", "status"),
    [
        (bytes([0, VERSION, 0]), WRONG_LENGTH),
        (bytes([0x80, VERSION, 0, 0]), NO_CLASS),
        (apdu(0x00), NO_INSTRUCTION),
        (apdu(0x10), NO_INSTRUCTION),
        (apdu(0xC0), NO_INSTRUCTION),
        (bytes([0, REGISTER, 0, 0, 0, 0]), WRONG_LENGTH),
        (bytes([0, REGISTER, 0, 0, 0, 0, 64]) + CHALLENGE, WRONG_LENGTH),
        (bytes([0, REGISTER, 0, 0, 0, 0, 64]) + CHALLENGE + APP + b"\0\0\0", WRONG_LENGTH),
        (bytes([0, REGISTER, 0, 0, 64]) + CHALLENGE, WRONG_LENGTH),
        (apdu(REGISTER), WRONG_LENGTH),
        (apdu(REGISTER, CHALLENGE + APP + b"x"), WRONG_LENGTH),
        (apdu(REGISTER, CHALLENGE + APP[:-1]), WRONG_LENGTH),
        (apdu(AUTHENTICATE, b"", ENFORCE), WRONG_LENGTH),
        (apdu(AUTHENTICATE, CHALLENGE + APP, ENFORCE), WRONG_LENGTH),
        (apdu(AUTHENTICATE, CHALLENGE + APP + b"\x02x", ENFORCE), WRONG_LENGTH),
        (apdu(AUTHENTICATE, CHALLENGE + APP + b"\x01xx", ENFORCE), WRONG_LENGTH),
        (apdu(AUTHENTICATE, CHALLENGE + APP + b"\x00", ENFORCE), WRONG_DATA),
    ],
)
def test_what_is_malformed_gets_its_error(key: Platform, message: bytes, status: int) -> None:
    assert send(key, message) == (status, b"")


@section("4.3")
def test_a_registration_is_signed_by_its_certificate_s_key(key: Platform) -> None:
    found = register(key)
    found.verify(APP, CHALLENGE)
    assert len(found.key_handle) < 256
    assert found.public_key[0] == 4


@section("4.2")
def test_without_a_touch_nothing_is_registered(key: Platform) -> None:
    message = apdu(REGISTER, CHALLENGE + APP)
    for _ in range(5):
        assert send(key, message) == (NOT_SATISFIED, b"")
        key.world.advance(0.2)


@section("5.4")
def test_an_authentication_is_signed_with_the_registered_key(key: Platform) -> None:
    found = register(key)
    signed = SignatureData(touched(key, authentication(found.key_handle)))
    signed.verify(APP, CHALLENGE, found.public_key)
    assert signed.user_presence == 1


@section("5.4")
def test_the_counter_rises(key: Platform, handle: bytes) -> None:
    message = authentication(handle, p1=DO_NOT_ENFORCE)
    counters = [SignatureData(send(key, message)[1]).counter for _ in range(3)]
    assert counters == [counters[0], counters[0] + 1, counters[0] + 2]


@section("5.1")
def test_a_check_says_yes_by_asking_for_a_touch_and_takes_none(key: Platform, handle: bytes) -> None:
    message = authentication(handle, p1=CHECK)
    assert send(key, message) == (NOT_SATISFIED, b"")
    key.touch()
    key.world.advance(0.3)
    assert send(key, message) == (NOT_SATISFIED, b"")


@section("5.1")
def test_a_check_says_no_to_what_is_not_its_own(key: Platform, handle: bytes) -> None:
    for message in (
        authentication(bytes(96), p1=CHECK),
        authentication(b"x", p1=CHECK),
        authentication(handle, application=bytes(32), p1=CHECK),
        authentication(handle[:-1] + bytes([handle[-1] ^ 1]), p1=CHECK),
    ):
        assert send(key, message) == (WRONG_DATA, b"")


@section("5.1")
def test_what_is_not_its_own_is_refused_without_a_touch(key: Platform, handle: bytes) -> None:
    assert send(key, authentication(bytes(96))) == (WRONG_DATA, b"")
    assert send(key, authentication(handle, application=bytes(32))) == (WRONG_DATA, b"")


@section("5.1")
def test_nobody_needs_to_be_there_where_the_platform_wants_nobody(key: Platform, handle: bytes) -> None:
    status, data = send(key, authentication(handle, p1=DO_NOT_ENFORCE))
    assert status == NO_ERROR
    assert SignatureData(data).user_presence == 0


@section("5.1")
@pytest.mark.parametrize("p1", [0, 1, 0xFF])
def test_another_control_byte_is_refused(key: Platform, handle: bytes, p1: int) -> None:
    assert send(key, authentication(handle, p1=p1)) == (WRONG_DATA, b"")


@section("5.2")
def test_a_touch_before_the_first_message_does_not_count(key: Platform, handle: bytes) -> None:
    key.touch()
    key.world.advance(0.5)
    message = authentication(handle)
    assert send(key, message) == (NOT_SATISFIED, b"")
    assert send(key, message) == (NOT_SATISFIED, b"")


@section("5.2")
def test_a_touch_counts_once(key: Platform, handle: bytes) -> None:
    message = authentication(handle)
    touched(key, message)
    assert send(key, message) == (NOT_SATISFIED, b"")


@section("5.2")
def test_a_touch_for_one_message_is_none_for_another(key: Platform, handle: bytes) -> None:
    assert send(key, authentication(handle)) == (NOT_SATISFIED, b"")
    key.touch()
    key.world.advance(0.3)
    assert send(key, apdu(REGISTER, CHALLENGE + APP)) == (NOT_SATISFIED, b"")
    assert send(key, authentication(handle)) == (NOT_SATISFIED, b"")


@section("5.2")
def test_a_touch_for_somebody_who_has_gone_is_none(key: Platform, handle: bytes) -> None:
    message = authentication(handle)
    assert send(key, message) == (NOT_SATISFIED, b"")
    key.touch()
    key.world.advance(5)
    assert send(key, message) == (NOT_SATISFIED, b"")


@section("5.2")
def test_a_touch_for_ctap2_is_none_for_u2f(key: Platform, handle: bytes) -> None:
    message = authentication(handle)
    assert send(key, message) == (NOT_SATISFIED, b"")
    assert key.status(11) == OK  # authenticatorSelection, with a touch
    assert send(key, message) == (NOT_SATISFIED, b"")


@section("CTAP 2.1, 7.2")
def test_its_credentials_sign_in_with_ctap2_and_the_other_way(key: Platform) -> None:
    found = register(key)
    _, answer = key.get(allow=[found.key_handle])
    assert answer[1]["id"] == found.key_handle
    assert key.status(MAKE, making(exclude=[found.key_handle])) == EXCLUDED
    made = key.make()
    point = b"\x04" + made.public[-2] + made.public[-3]
    SignatureData(touched(key, authentication(made.id))).verify(APP, CHALLENGE, point)


@section("CTAP 2.1, 7.2")
def test_what_ctap2_protects_or_signs_otherwise_is_none_of_u2f_s(key: Platform) -> None:
    for made in (key.make(extensions={"credProtect": 3}), key.make(algorithm=EDDSA)):
        assert send(key, authentication(made.id)) == (WRONG_DATA, b"")


@section("CTAP 2.1, 7.2")
def test_what_ctap2_has_stored_signs_in_until_it_is_overwritten(key: Platform) -> None:
    made = key.make(rk=True, user=b"u2f")
    assert send(key, authentication(made.id, p1=DO_NOT_ENFORCE))[0] == NO_ERROR
    assert key.make(rk=True, user=b"u2f").id != made.id
    assert send(key, authentication(made.id, p1=DO_NOT_ENFORCE)) == (WRONG_DATA, b"")


@section("CTAP 2.1, 7.2")
def test_a_counter_is_shared_with_ctap2(key: Platform, handle: bytes) -> None:
    first = SignatureData(send(key, authentication(handle, p1=DO_NOT_ENFORCE))[1]).counter
    assert key.get(allow=[handle], up=False)[0].counter == first + 1


@section("CTAP 2.1, 7.2.4")
def test_with_always_uv_there_is_no_u2f(fresh: Platform) -> None:
    made = fresh.make()
    assert fresh.status(13, {1: 2}) == OK
    assert send(fresh, apdu(REGISTER, CHALLENGE + APP)) == (NOT_ALLOWED, b"")
    for p1 in (ENFORCE, DO_NOT_ENFORCE, CHECK):
        assert send(fresh, authentication(made.id, p1=p1)) == (NOT_ALLOWED, b"")


@section("CTAP 2.1, 7.2")
def test_a_pin_makes_no_difference(locked: Platform) -> None:
    found = register(locked)
    found.verify(APP, CHALLENGE)
    made = locked.make(token=locked.token(PIN_TEXT, MC, RP))
    assert locked.status(GET, asking(allow=[made.id, found.key_handle])) == OK


@section("4.3")
def test_every_registration_has_another_certificate_and_handle(key: Platform) -> None:
    one, other = register(key), register(key)
    assert one.key_handle != other.key_handle
    assert one.certificate != other.certificate
    assert one.key_handle[:32] != HASH
