"""What a reader refuses of a voice that a computer sends: afterwards its voices are as they were, and it speaks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from segl.voice.pack import parse_pack
from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import NorFlash
from segl_wire import schema
from tests.device.kinds import READER
from tests.device.scene import Computer
from tests.device.support import files
from tests.parts.fake import FakeContext
from tests.reader.desk import Desk
from tests.reader.session_homes import home
from tests.reader.voices import path_of, small

FOLDER = "/audio_reader/voices/"
ROOM = 2048 * 1024  # bytes for all voices together, as docs/voices.md says
PIECE = 768


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as one:
        yield one


def open_setup(desk: Desk) -> Computer:
    READER.open_setup(desk.reader)
    return desk.computer


def voices(desk: Desk) -> dict[str, bytes]:
    """Read what lies in the folder of the voices."""
    return {path: data for path, data in files(desk.reader).items() if path.startswith(FOLDER)}


def left(desk: Desk) -> Mapping[str, bytes]:
    """Read what lies there when the next program has opened the port, which ends what the last one began."""
    desk.computer.port.close()
    desk.computer.open()
    return voices(desk)


def send(computer: Computer, language: str, data: bytes, more: int = 0) -> None:
    """Send a whole voice, up to its end, and announce so many bytes more."""
    assert computer.ask(schema.VOICE, language=language, size=len(data) + more) == (0, {})
    for offset in range(0, len(data), PIECE):
        piece = data[offset : offset + PIECE]
        assert computer.ask(schema.PIECE, within=0.1, offset=offset, data=piece) == (0, {})


def speaks(desk: Desk) -> bool:
    """Say whether the English voice is heard, after the end of set-up."""
    READER.close_setup(desk.reader)
    desk.reader.listen()
    return desk.press("louder").endswith("Volume 5.") and desk.said()[-1].language == "en"


BEGIN = (schema.VOICE, {"language": "da", "size": 10})
FIRST = (schema.PIECE, {"offset": 0, "data": b"12345"})
END = (schema.VOICE_END, {})
Request = tuple[int, dict[str, Any]]


@pytest.mark.parametrize("request_", [BEGIN, FIRST, END], ids=["voice", "piece", "end"])
def test_no_voice_is_taken_outside_of_set_up(desk: Desk, request_: Request) -> None:
    before = voices(desk)
    command, fields = request_
    assert desk.computer.ask(command, **fields) == (schema.CLOSED, {})
    assert voices(desk) == before
    assert desk.press("louder") == "Volume 5."


def test_a_voice_that_is_not_whole_when_set_up_ends_is_not_taken(desk: Desk) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    for command, fields in (BEGIN, FIRST):
        assert computer.ask(command, **fields) == (0, {})
    READER.close_setup(desk.reader)
    for command, fields in ((schema.PIECE, {"offset": 5, "data": b"67890"}), END):
        assert computer.ask(command, **fields) == (schema.CLOSED, {})
    assert desk.press("louder") == "Volume 5."
    assert left(desk) == before


# What is sent in set-up, the error that answers the last of it, and the field that this names.
REFUSED: Mapping[str, tuple[list[Request], int, int | None]] = {
    "a language that is no name": ([(schema.VOICE, {"language": "./", "size": 10})], schema.BAD_FIELD, 1),
    "a language with a sign": ([(schema.VOICE, {"language": "d.", "size": 10})], schema.BAD_FIELD, 1),
    "more than there is room for": ([(schema.VOICE, {"language": "da", "size": ROOM})], schema.FULL, 2),
    "a piece of nothing": ([FIRST], schema.BAD_FIELD, 1),
    "a first piece from the middle": (
        [BEGIN, (schema.PIECE, {"offset": 1, "data": b"1"})],
        schema.BAD_FIELD,
        1,
    ),
    "the same piece twice": ([BEGIN, FIRST, FIRST], schema.BAD_FIELD, 1),
    "a piece left out": ([BEGIN, FIRST, (schema.PIECE, {"offset": 6, "data": b"7"})], schema.BAD_FIELD, 1),
    "a piece that is too long": (
        [BEGIN, FIRST, (schema.PIECE, {"offset": 5, "data": b"678901"})],
        schema.BAD_FIELD,
        2,
    ),
    "an end of nothing": ([END], schema.BAD_FIELD, None),
    "an end that comes too soon": ([BEGIN, FIRST, END], schema.BAD_FIELD, None),
    "no voice at all": (
        [BEGIN, FIRST, (schema.PIECE, {"offset": 5, "data": b"67890"}), END],
        schema.BAD_FIELD,
        None,
    ),
    "the rest of a voice that another one has replaced": (
        [BEGIN, FIRST, BEGIN, (schema.PIECE, {"offset": 5, "data": b"67890"})],
        schema.BAD_FIELD,
        1,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_in_set_up_it_refuses(desk: Desk, what: str) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    *good, (command, fields) = REFUSED[what][0]
    for each, values in good:
        assert computer.ask(each, **values) == (0, {})
    _, error, field = REFUSED[what]
    assert computer.ask(command, **fields) == (error, {} if field is None else {"field": field})
    assert speaks(desk)
    assert left(desk) == before


def foreign() -> bytes:
    return small("kl")


def flipped() -> bytes:
    return small("da")[:-1] + bytes([small("da")[-1] ^ 1])


def incomplete() -> bytes:
    pack = parse_pack(small("da"))
    return replace(
        pack, clips={name: clip for name, clip in pack.clips.items() if name != "battery"}
    ).to_bytes()


@pytest.mark.parametrize("make", [foreign, flipped, incomplete])
def test_at_its_end_it_refuses_a_voice_that_is(desk: Desk, make: Callable[[], bytes]) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    send(computer, "da", make())
    assert computer.ask(schema.VOICE_END, within=5) == (schema.BAD_FIELD, {})
    assert voices(desk) == before
    assert speaks(desk)


def test_at_its_end_it_refuses_a_voice_that_is_shorter_than_announced(desk: Desk) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    send(computer, "da", small("da"), 256)
    assert computer.ask(schema.VOICE_END, within=5) == (schema.BAD_FIELD, {})
    assert speaks(desk)
    assert left(desk) == before


def test_what_is_refused_otherwise_is_taken(desk: Desk) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    send(computer, "da", small("da"))
    assert computer.ask(schema.VOICE_END, within=5) == (0, {})
    assert voices(desk) == before | {f"{FOLDER}da.pack": small("da")}
    assert speaks(desk)


def test_the_room_is_for_all_voices_together(desk: Desk) -> None:
    room = ROOM - sum(path_of(other).stat().st_size for other in ("en", "kl"))
    computer = open_setup(desk)
    assert computer.ask(schema.VOICE, language="da", size=room + 1) == (schema.FULL, {"field": 2})
    assert computer.ask(schema.VOICE, language="da", size=room) == (0, {})


def test_while_the_user_is_asked_something_it_is_busy(desk: Desk) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    computer.send(schema.CODE, index=0)
    desk.world.advance(1)
    for command, fields in (BEGIN, FIRST, END):
        assert computer.ask(command, **fields) == (schema.BUSY, {})
    assert voices(desk) == before


def test_the_next_program_finds_nothing_of_a_half_voice(desk: Desk) -> None:
    before = voices(desk)
    computer = open_setup(desk)
    for command, fields in (BEGIN, FIRST):
        assert computer.ask(command, **fields) == (0, {})
    assert left(desk) == before
    assert computer.ask(schema.PIECE, offset=5, data=b"67890") == (schema.BAD_FIELD, {"field": 1})
    assert speaks(desk)


def test_a_flash_that_is_full_is_said_and_leaves_no_half_voice() -> None:
    with Desk(flash=filled(home("totp").flash)) as desk:
        before = voices(desk)
        computer = open_setup(desk)
        assert computer.ask(schema.VOICE, language="da", size=100 * PIECE) == (0, {})
        for offset in range(0, 100 * PIECE, PIECE):
            answer = computer.ask(schema.PIECE, offset=offset, data=bytes(PIECE))
            if answer != (0, {}):
                break
        assert answer == (schema.FULL, {})
        assert voices(desk) == before
        assert speaks(desk)
        assert desk.press() == f"{desk.code()}."


def filled(image: bytes) -> bytes:
    """Leave room for a few dozen KB beside a file that nobody needs."""
    flash = NorFlash(FakeContext(), len(image), image)
    disk = Littlefs(flash, 0, flash.size)
    disk.mount()
    size, _, blocks, free, *_ = disk.statvfs()
    assert blocks > free
    handle = disk.open("/filler", "w")
    disk.write(handle, bytes((free - 12) * size))
    disk.close(handle)
    disk.unmount()
    return flash.image()
