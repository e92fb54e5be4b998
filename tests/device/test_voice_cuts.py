"""Power fails while a reader takes a voice: it has the old one or the new one, whole, and speaks."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from segl.errors import SeglError
from segl.otpauth import Key
from segl.voice.pack import parse_pack
from segl_sim import AudioReader, World
from segl_sim.parts.flash import FlashSnapshot
from tests.device.kinds import READER
from tests.device.support import FAULTS, Fault, broken, code_of, cut_by, files, provision, pull
from tests.reader.voices import path_of, small

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

KEY = Key("Gate", b"12345678901234567890", kind="hotp")
FOLDER = "/audio_reader/voices/"

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]


@cache
def whole(language: str, version: str) -> bytes:
    """Return a voice of another version."""
    return replace(parse_pack(path_of(language).read_bytes()), version=version).to_bytes()


class Install(NamedTuple):
    """A reader that is off, and the voice that it will be sent.

    Args:
        device: The reader.
        flash: Its flash.
        old: The voice of that language that it has.
        new: The one to be sent.
    """

    device: AudioReader
    flash: FlashSnapshot
    old: bytes
    new: bytes

    def run(self, operation: int, fault: Fault) -> tuple[bool, bool]:
        """Send the voice, with a cut at an operation; say whether it came to that, and whether it was acknowledged."""
        acknowledged = False

        def act() -> None:
            nonlocal acknowledged
            try:
                session.install_voice(self.new)
                acknowledged = True
            except SeglError:
                pass

        self.device.flash.restore(self.flash)
        self.device.restore_power()
        self.device.plug()
        READER.open_setup(self.device)
        with self.device.connect() as session:
            cut = cut_by(self.device, act, operation, fault)
        pull(self.device)
        return cut, acknowledged

    def held(self) -> bytes:
        """Return the voice that the reader has."""
        return files(self.device)[FOLDER + parse_pack(self.new).language + ".pack"]

    def check(self) -> None:
        """Start the reader: it speaks, and a voice that is sent again is taken."""
        self.device.restore_power()
        began = self.device.world.now
        self.device.press()
        assert self.device.code == code_of(KEY, 0)
        assert self.device.codec.speaker.first_sound(began) is not None
        self.device.plug()
        READER.open_setup(self.device)
        with self.device.connect() as session:
            assert session.install_voice(self.new) == parse_pack(self.new).language
            assert session.info().storage == "good"
        pull(self.device)
        assert self.held() == self.new


def install(old: bytes | None, new: bytes, overrides: dict[str, str] | None = None) -> Install:
    device = World(seed=8, engine="cpython").audio_reader(overrides=overrides)
    provision(device, KEY)
    language = parse_pack(new).language
    if old is not None:
        with device.connect() as session:
            session.install_voice(old)
    pull(device)
    held = files(device)[f"{FOLDER}{language}.pack"]
    return Install(device, device.flash.snapshot(), held, new)


def small_one(overrides: dict[str, str] | None = None) -> Install:
    """A small Greenlandic voice in the place of another one; English is spoken all the time."""
    return install(small("kl", 1), small("kl", 2), overrides)


def cuts(where: Install, faults: int, stride: int) -> int:
    """Cut operations of an installation, check what is left, and return the number of cuts."""
    number = operation = 0
    while True:
        operation += stride
        for way in range(faults):
            cut, acknowledged = where.run(operation, FAULTS[(operation + way) % len(FAULTS)])
            if not cut:
                assert acknowledged
                assert where.held() == where.new
                return number
            assert where.held() == where.new if acknowledged else where.held() in (where.old, where.new)
            where.check()
            number += 1


def last_operations(where: Install, number: int) -> range:
    """Say which are the last operations of an installation."""
    before = where.device.flash.operations
    assert where.run(10**9, FAULTS[0]) == (False, True)
    # Of the start and the way to set-up too, but those have none.
    last = where.device.flash.operations - before
    return range(last - number + 1, last + 1)


def test_a_cut_at_every_operation_of_an_installation(count: Count, record_property: Record) -> None:
    number = cuts(small_one(), count(1, 5), count(23, 1))
    record_property("cuts", number)
    print(f"\ninstalling a voice: {number} cuts")
    assert number >= count(7, 500)


def test_a_cut_while_the_voice_that_is_spoken_is_replaced(count: Count) -> None:
    where = install(None, whole("en", "2"))
    # The last but one leaves the whole new voice behind, which must not take up the room of the next.
    for operation in last_operations(where, 40)[:: count(19, 1)]:
        cut, acknowledged = where.run(operation, FAULTS[operation % len(FAULTS)])
        assert cut
        assert where.held() == where.new if acknowledged else where.held() in (where.old, where.new)
        where.check()


def test_a_firmware_that_removes_the_old_voice_first_is_found_out() -> None:
    rename = 'os.rename(self._path("new"), self._path(self._language + ".pack"))'
    careless = f'os.remove(self._path(self._language + ".pack"))\n        {rename}'
    where = small_one(broken("audio_reader/requests.py", rename, careless, package=READER.package))
    with pytest.raises(KeyError):  # noqa: PT012 - which of the cuts is caught does not matter
        for operation in last_operations(where, 12):
            where.run(operation, FAULTS[0])
            where.held()
