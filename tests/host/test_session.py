"""The session: one request, one answer; late answers are passed over, silence and garbage have names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import segl
from segl.errors import REMEDIES
from segl_wire import cbor, frame, schema
from tests.host.fake_device import FakeDevice

KEY = segl.Key("Bank: æøå", b"12345678901234567890")


def session(device: FakeDevice, first_id: int | None = 7) -> segl.Display:
    return segl.Display(device, first_id=first_id, clock=device.clock)


def test_every_method_against_a_device() -> None:
    device = FakeDevice()
    with session(device) as display:
        info = display.info()
        assert (info.serial, info.battery, info.clock, info.storage) == (
            "SGCD 0000 0123",
            2950,
            "good",
            "good",
        )
        assert display.keys() == [segl.KeyInfo(0, "Bank: æøå", "totp", "SHA1", 6, 30)]
        assert display.code(0) == segl.Code("012345", 21)
        assert display.provision(KEY, 1_800_000_000, 6, language="da", replace=True) == 3
        display.set_time(-5, 7)
        display.wipe()
        display.cancel()
    assert device.closed
    provision = device.requests[device.sent().index(schema.PROVISION)][1]
    assert provision == {
        "name": "Bank: æøå", "kind": 2, "algorithm": 1, "digits": 6, "period": 30, "secret": KEY.secret,
        "utc": 1_800_000_000, "sequence": 6, "language": "da", "replace": True,
    }  # fmt: skip


def test_a_counter_key_goes_with_its_counter_and_no_period() -> None:
    device = FakeDevice()
    session(device).provision(segl.Key("x", b"y", "hotp", "SHA512", 8, counter=9), 0, 6)
    fields = device.requests[0][1]
    assert (fields["kind"], fields["algorithm"], fields["counter"]) == (1, 3, 9)
    assert "period" not in fields


def test_a_lost_clock_and_a_damaged_store_are_said() -> None:
    device = FakeDevice()
    device.info.update(clock=1, storage=1)
    del device.info["utc"]
    info = session(device).info()
    assert (info.utc, info.clock, info.storage) == (None, "lost", "damaged")


@pytest.mark.parametrize("code", range(1, 18))
def test_each_error_of_the_device_is_raised_with_a_remedy(code: int) -> None:
    device = FakeDevice()
    device.errors[schema.KEY] = (code, 1)
    with pytest.raises(segl.DeviceError) as caught:
        session(device).key(3)
    assert (caught.value.code, caught.value.field) == (code, "index")
    assert getattr(schema, caught.value.name) == code
    assert str(caught.value) == REMEDIES[caught.value.name][:-1] + " (index)."


def test_errors_that_this_version_does_not_know() -> None:
    device = FakeDevice()
    device.errors[schema.KEY] = (99, 42)
    with pytest.raises(segl.DeviceError, match="error 99") as caught:
        session(device).key(3)
    assert (caught.value.name, caught.value.field) == ("ERROR_99", "field 42")


def test_late_answers_to_others_are_passed_over() -> None:
    device = FakeDevice()
    for number in (6, 8, 65535):
        device.before += frame.encode(schema.encode_reply(schema.CODE, number, {"code": "999999"}))
    device.before += frame.encode(schema.encode_reply(schema.KEY, 7, {"index": 1, **device.key}))
    device.before += frame.encode(schema.encode_error(schema.INFO, 7, schema.BUSY))
    assert session(device).code().code == "012345"


def test_identifiers_start_anywhere_and_wrap() -> None:
    device = FakeDevice()
    display = session(device, 65535)
    assert display.code().code == display.code().code == "012345"
    assert session(FakeDevice(), None).info().keys == 1


def test_noise_around_an_answer_does_no_harm() -> None:
    device = FakeDevice()
    device.before = b"MicroPython v1.29\r\n>>> \0\0" + frame.encode(b"x")[:-2] + b"\0"
    assert session(device).info().keys == 1


def test_silence_is_a_transport_error_after_the_time_out() -> None:
    device = FakeDevice()
    device.pressed = False
    with pytest.raises(segl.TransportError, match="did not answer within 3 s"):
        session(device).code(timeout=3)
    assert device.time == 3
    assert device.sent() == [schema.CODE, schema.CANCEL]


def test_only_noise_is_a_protocol_error() -> None:
    device = FakeDevice()
    device.pressed = False
    device.before = b"login: \0" * 3
    with pytest.raises(segl.ProtocolError, match="not a Segl device"):
        session(device).code()


@pytest.mark.parametrize("message", [7, [], [1, 7, 0, {}], [1, 7, 0, {1: 5}], [40, 7, 0, {}], [1, 7, 0]])
def test_a_frame_that_is_no_answer_is_a_protocol_error(message: object) -> None:
    device = FakeDevice()
    device.before = frame.encode(cbor.encode(message))
    with pytest.raises(segl.ProtocolError):
        session(device).info()


def test_a_request_that_the_device_could_not_read_is_said_at_once() -> None:
    device = FakeDevice()
    device.before = frame.encode(schema.encode_error(0, 0, schema.MALFORMED))
    with pytest.raises(segl.DeviceError) as caught:
        session(device).info()
    assert caught.value.code == schema.MALFORMED


def test_what_cannot_be_sent_is_refused_before_it_is() -> None:
    device = FakeDevice()
    with pytest.raises(segl.DeviceError) as caught:
        session(device).key(16)
    assert (caught.value.code, caught.value.field) == (schema.BAD_FIELD, "index")
    assert device.requests == []


def test_ctrl_c_cancels_on_the_device_and_goes_on() -> None:
    device = FakeDevice()
    device.pressed = False

    def interrupt() -> None:
        device.on_read = lambda: None
        raise KeyboardInterrupt

    device.on_read = interrupt
    with pytest.raises(KeyboardInterrupt):
        session(device).code()
    assert device.sent() == [schema.CODE, schema.CANCEL]


def test_ctrl_c_of_a_short_request_cancels_nothing() -> None:
    device = FakeDevice()

    def interrupt() -> None:
        raise KeyboardInterrupt

    device.on_read = interrupt
    with pytest.raises(KeyboardInterrupt):
        session(device).info()
    assert device.sent() == [schema.INFO]


def test_idle_lets_the_time_of_the_connection_pass() -> None:
    device = FakeDevice()
    session(device).idle(2.5)
    assert device.time == 2.5


@given(st.binary(max_size=200))
def test_any_bytes_give_expected_errors_only(noise: bytes) -> None:
    device = FakeDevice()
    device.pressed = False
    device.before = noise + b"\0"
    with pytest.raises((segl.ProtocolError, segl.TransportError)):
        session(device).code(timeout=1)
