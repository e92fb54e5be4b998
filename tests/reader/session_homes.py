"""Readers that have been set up, as flash images: sessions begin with them, and the owner's choices are put in.

Setting up takes a while, so a reader is set up for real once for each set of keys. What its owner has chosen since is
then appended to its log of records (firmware/common/store.py), as the reader itself would have.
"""

import struct
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from zlib import crc32

from segl.otpauth import Key
from segl_sim import AudioReader, World
from segl_sim.firmware import Firmware
from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import NorFlash
from tests.device.kinds import READER
from tests.parts.fake import FakeContext

SEED = 7  # of the world in which readers are set up, and of those in which they are used: it is one board
MIDDAY = 1_790_000_010  # the first second of a step of 30 s and of 60 s; readers are set up then
DAWN = MIDDAY + 3000  # and used from then on
BANK = Key("Bank", b"12345678901234567890")
GATE = Key("Gate", b"09876543210987654321", kind="hotp", counter=5)
KEYS: Mapping[str, tuple[Key, ...]] = {
    "none": (),
    "totp": (BANK,),
    "hotp": (GATE,),
    "several": (
        Key("Work", b"abcdefghijabcdefghij", digits=8, algorithm="SHA256"),
        GATE,
        Key("Ærø", b"zyxwvutsrqzyxwvutsrq", digits=7, period=60),
        BANK,
    ),
}
_CLOCK_STATUS = 0x0F
_COUNTER, _STEP, _TIME, _LANGUAGE, _SETTINGS = 2, 3, 4, 5, 6
_DELETED = 0xFFFF
_LOG = "/store/log"


class Choices(NamedTuple):
    """What an owner has chosen, as firmware/audio_reader/settings.py stores it; the language is beside it."""

    aloud: int = 2
    speed: int = 2
    single: int = 0
    volume: int = 3
    key: int = 0
    language: str = "en"


class Home(NamedTuple):
    """A reader that was put away.

    Args:
        flash: The image of its file region.
        offset: What its clock chip's seconds lack to be Unix time.
    """

    flash: bytes
    offset: int

    def chip(self, utc: int) -> int:
        """Return what the clock chip shows at a Unix time."""
        return utc - self.offset


class Records(NamedTuple):
    """What a reader's log holds.

    Args:
        choices: See `Choices`; `aloud` is 0 until the first question was answered.
        offset: Of its clock, see `Home`; None while it does not know the time.
        counters: Of each HOTP key, by index.
    """

    choices: Choices
    offset: int | None
    counters: Mapping[int, int]


@cache
def home(keys: str) -> Home:
    """Set a new reader up with one of `KEYS`, and put it away."""
    with World(seed=SEED, utc=MIDDAY) as world:
        reader = world.audio_reader()
        READER.open_setup(reader)
        reader.plug()
        with reader.connect() as session:
            for key in KEYS[keys]:
                session.provision(key, round(world.utc), session.info().sequence + 1)
        reader.unplug()
        READER.close_setup(reader)
        world.advance(60)
        assert not reader.running
        return Home(reader.flash.image(), records(reader).offset or 0)


def chosen(
    flash: bytes,
    choices: Choices,
    shown: Mapping[int, int] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> bytes:
    """Return a home's image with other choices.

    Args:
        flash: The home's.
        choices: What the owner chose.
        shown: Of TOTP keys, by index, the last step of which a code was shown.
        overrides: Firmware sources to replace, by their path on the board.
    """
    written, disk = _disk(flash)
    body = struct.pack("<BBHBBBBB", _SETTINGS, 0, 5, *choices[:5])
    body += struct.pack("<BBH", _LANGUAGE, 0, 2) + choices.language.encode()
    for index, step in (shown or {}).items():
        body += struct.pack("<BBHQ", _STEP, index, 8, step)
    frame = struct.pack("<HH", len(body), len(body) ^ 0xFFFF) + body
    _write(disk, _LOG, "a", frame + struct.pack("<I", crc32(frame)))
    if overrides:
        before, after = (Firmware.load("audio_reader", overrides=each).files for each in (None, overrides))
        for path, data in after.items():
            if before.get(path) != data:
                _write(disk, f"/{path}", "w", data)
    disk.unmount()
    return written.image()


def records(reader: AudioReader) -> Records:
    """Read what a reader has stored, without touching it."""
    return _records(_log(reader.flash.image()))


def start_clock(reader: AudioReader, seconds: int) -> None:
    """Let a new reader's clock chip have run for long, and show so many seconds now."""
    reader.clock.write(bytes([_CLOCK_STATUS, 0]))
    reader.clock.set_seconds(seconds)


# --- inside ---


def _disk(image: bytes) -> tuple[NorFlash, Littlefs]:
    flash = NorFlash(FakeContext(), len(image), image)
    disk = Littlefs(flash, 0, flash.size)
    disk.mount()
    return flash, disk


def _write(disk: Littlefs, path: str, mode: str, data: bytes) -> None:
    handle = disk.open(path, mode)
    disk.write(handle, data)
    disk.close(handle)


def _log(image: bytes) -> bytes:
    _, disk = _disk(image)
    try:
        return disk.read(disk.open(_LOG, "r")) if _exists(disk) else b""
    finally:
        disk.unmount()


def _exists(disk: Littlefs) -> bool:
    return any(entry.name == "store" for entry in disk.listdir("/")) and any(
        entry.name == "log" for entry in disk.listdir("/store")
    )


def _records(log: bytes) -> Records:
    values: dict[tuple[int, int], bytes] = {}
    at = 0
    while at + 4 <= len(log):
        (length,) = struct.unpack_from("<H", log, at)
        at += 4
        end = at + length
        while at < end:
            kind, key, size = struct.unpack_from("<BBH", log, at)
            at += 4
            if size == _DELETED:
                values.pop((kind, key), None)
            else:
                values[kind, key] = log[at : at + size]
                at += size
        at = end + 4
    choices = struct.unpack("<BBBBB", values.get((_SETTINGS, 0), bytes([0, 2, 0, 3, 0])))
    valid, _, offset = struct.unpack("<BQq", values.get((_TIME, 0), bytes(17)))
    language = values.get((_LANGUAGE, 0), b"en").decode()
    counters = {
        key: struct.unpack("<Q", value)[0]
        for (kind, key), value in values.items()
        if kind == _COUNTER and value
    }
    return Records(Choices(*choices, language), offset if valid else None, counters)
