"""The reader's session: what every device can, speech that a key must allow, voices that arrive whole or not at all."""

from dataclasses import replace

import pytest

import segl
from segl.voice import bundled
from segl.voice.errors import VoiceError
from segl.voice.pack import parse_pack
from segl_wire import schema
from tests.host.fake_device import FakeDevice, FakeReader

PACK = bundled.packs()["da"].read_bytes()
KEY = segl.Key("Bank: æøå", b"12345678901234567890")


def session(device: FakeDevice) -> segl.Reader:
    return segl.Reader(device, first_id=7, clock=device.clock)


def test_a_reader_can_what_every_device_can() -> None:
    device = FakeReader()
    with session(device) as reader:
        assert reader.info().model == "Segl audio reader"
        assert reader.keys() == [segl.KeyInfo(0, "Bank: æøå", "totp", "SHA1", 6, 30)]
        assert reader.code() == segl.Code("012345", 21)
        assert reader.provision(KEY, 1_800_000_000, 6, language="kl") == 3
        reader.set_time(-5, 7)
        reader.wipe()
        reader.cancel()
    assert device.closed


@pytest.mark.parametrize(
    ("kind", "code", "wipe"), [(segl.Display, 40, 60), (segl.Reader, 75, 90)], ids=["display", "reader"]
)
def test_each_model_is_waited_for_a_little_longer_than_it_waits(kind: type, code: float, wipe: float) -> None:
    device = FakeDevice()
    device.pressed = False
    for method, longest in (("code", code), ("wipe", wipe)):
        start = device.time
        with pytest.raises(segl.TransportError):
            getattr(kind(device, clock=device.clock), method)()
        assert device.time - start == longest


def test_a_language_that_a_model_does_not_have_is_refused_before_anything_is_sent() -> None:
    device = FakeDevice()
    display = segl.Display(device)
    with pytest.raises(segl.InputError, match=r"code display does not have .*kl.*; choose en or da"):
        display.provision(KEY, 0, 6, language="kl")
    assert device.requests == []


def test_speak_waits_until_the_reader_has_spoken() -> None:
    device = FakeReader()
    session(device).speak(2)
    assert device.requests == [(schema.SPEAK, {"index": 2})]


def test_a_question_that_nobody_answers_is_cancelled_on_the_reader_too() -> None:
    device = FakeReader()
    device.pressed = False
    with pytest.raises(segl.TransportError):
        session(device).speak()
    assert device.time == 180
    assert device.sent() == [schema.SPEAK, schema.CANCEL]


@pytest.mark.parametrize("code", [schema.REFUSED, schema.TIMEOUT, schema.NO_TIME, schema.NOT_FOUND])
def test_why_a_reader_does_not_speak(code: int) -> None:
    device = FakeReader()
    device.errors[schema.SPEAK] = (code, None)
    with pytest.raises(segl.DeviceError) as caught:
        session(device).speak()
    assert caught.value.code == code


def test_a_voice_arrives_in_pieces_and_whole() -> None:
    device = FakeReader()
    told: list[tuple[int, int]] = []
    language = session(device).install_voice(PACK, lambda done, total: told.append((done, total)))
    assert language == "da"
    assert device.voices == {"da": PACK}
    pieces = [fields["data"] for command, fields in device.requests if command == schema.PIECE]
    assert {len(piece) for piece in pieces[:-1]} == {768}
    assert len(told) == len(pieces) == -(-len(PACK) // 768)
    assert told[-1] == (len(PACK), len(PACK))


@pytest.mark.parametrize("command", [schema.VOICE, schema.PIECE, schema.VOICE_END])
def test_while_the_reader_asks_the_same_part_is_sent_again(command: int) -> None:
    device = FakeReader()
    device.busy[command] = 5
    session(device).install_voice(PACK)
    assert device.voices == {"da": PACK}
    assert device.time == 2.5


def test_a_reader_that_never_comes_to_an_end_is_given_up() -> None:
    device = FakeReader()
    device.busy[schema.VOICE] = 10**6
    with pytest.raises(segl.DeviceError, match="still asking") as caught:
        session(device).install_voice(PACK)
    assert caught.value.code == schema.BUSY
    assert 80 < device.time < 100


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (schema.VOICE, schema.FULL, "no room for this voice"),
        (schema.VOICE, schema.CLOSED, "in set-up"),
        (schema.PIECE, schema.CLOSED, "keeps the voice it had"),
        (schema.VOICE_END, schema.BAD_FIELD, "lacks a clip that its firmware says. Build it anew"),
        (schema.VOICE_END, schema.DAMAGED, "storage is damaged"),
        (schema.VOICE, schema.UNKNOWN_COMMAND, "newer firmware"),
        (schema.VOICE, schema.LOW_BATTERY, "battery is too low"),
    ],
)
def test_why_a_voice_is_not_taken(command: int, code: int, words: str) -> None:
    device = FakeReader()
    device.errors[command] = (code, None)
    with pytest.raises(segl.DeviceError, match=words) as caught:
        session(device).install_voice(PACK)
    assert caught.value.code == code
    assert device.voices == {}
    assert device.sent()[-1] == command


@pytest.mark.parametrize("pack", [b"", b"x" * 1000, PACK[:-1], PACK[:5000] + b"?" + PACK[5001:]])
def test_what_is_no_whole_pack_is_not_sent(pack: bytes) -> None:
    device = FakeReader()
    with pytest.raises(VoiceError):
        session(device).install_voice(pack)
    assert device.requests == []


def test_a_language_that_no_reader_can_name_is_not_sent() -> None:
    device = FakeReader()
    with pytest.raises(segl.InputError, match="two letters"):
        session(device).install_voice(replace(parse_pack(PACK), language="deu").to_bytes())
    assert device.requests == []
