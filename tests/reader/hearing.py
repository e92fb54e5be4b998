"""An audio reader that was set up for real, the codes that leave its outlets, and what they are taken for.

Setting up takes a few seconds of computing, so it is done once for each language; every reader here is that one,
later: the same board, the same flash, the same clock chip. Then its key, time and speed are its own.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from segl.otpauth import Key
from segl.voice.pack import SPEEDS, Speed
from segl_sim import AudioReader, World
from tests.device.kinds import READER
from tests.device.support import broken, code_of
from tests.voice.codes import BEFORE, SEED, Digits, Noise
from tests.voice.confusion import Confusion
from tests.voice.matching import Other
from tests.voice.recognize import RATE, Listener, Samples, in_noise, speak

QUIET = ("pink", 45)  # what hardly disturbs the search for silences
PERIOD_S = 30
_EPOCH = 1_790_000_010  # the first second of a step
_PUT_AWAY_S = 143  # so long after it a reader was set up and is off
_LANGUAGE, _SPEED = 4, 3  # presses of Menu beyond the first one, to these items
_NORMAL = 2  # the speed that a reader starts with
_CLOCK_STATUS = 0x0F
_LEVEL_DB = 12.0  # brings the loudspeaker's middle volume back to about where the clips were
_HEADPHONES_DB = 20.0


class Said(NamedTuple):
    """A code that a reader spoke.

    Args:
        code: By pyotp, for this key and this time.
        samples: What left the outlet, 16 kHz.
    """

    code: str
    samples: Samples


@dataclass(frozen=True)
class Owned:
    """A reader that its owner has put away: what is in it, and when that was.

    Args:
        flash: The image of its file region.
        clock: What its clock chip's calendar shows.
        utc: The world's time then, in s.
        key: What is stored on it.
    """

    flash: bytes
    clock: int
    utc: int
    key: Key


@cache
def owned(language: str, changes: tuple[tuple[str, str], ...] = ()) -> Owned:
    """Answer a new reader's first question, open set-up in its menu, store a random key, and put it away.

    Args:
        language: What it shall speak.
        changes: Firmware that is broken on purpose, path and text each.
    """
    with World(seed=SEED, utc=_EPOCH) as world:
        reader = world.audio_reader(overrides=dict(changes))
        key = Key("Bank", random.Random(f"{SEED} {language}").randbytes(20))
        READER.open_setup(reader)
        reader.plug()
        with reader.connect() as session:
            session.provision(key, round(world.utc), session.info().sequence + 1, language=language)
        reader.unplug()
        READER.close_setup(reader)
        # Whatever set-up took, the codes to come are the same; and the chip's seconds begin with the world's there too.
        world.advance(_EPOCH + _PUT_AWAY_S - world.utc)
        assert not reader.running
        return Owned(reader.flash.image(), reader.clock.seconds, round(world.utc), key)


class Speaker:
    """A reader in somebody's hand, on its battery.

    Args:
        language: What it speaks.
        speed: How fast; chosen in its menu, key by key.
        overrides: Firmware that is broken on purpose.
        headphones: Whether they are plugged in, and listened to.
    """

    def __init__(
        self,
        language: str,
        speed: Speed,
        overrides: Mapping[str, str] | None = None,
        headphones: bool = False,
    ) -> None:
        self._owned = owned(language, tuple((overrides or {}).items()))
        self.world = World(seed=SEED, utc=self._owned.utc)
        self.reader: AudioReader = self.world.audio_reader(flash=self._owned.flash)
        self.reader.clock.write(bytes([_CLOCK_STATUS, 0]))
        self.reader.clock.set_seconds(self._owned.clock)
        self._headphones = headphones
        if headphones:
            self.reader.insert_plug()
        self._at = _NORMAL
        self.choose(speed)

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def choose(self, speed: Speed) -> None:
        """Walk the menu to the speed, and change it."""
        steps = SPEEDS.index(speed) - self._at
        self._at += steps
        self.reader.press("menu")
        self.world.advance(1)  # it was off
        for _ in range(_SPEED):
            self.reader.press("menu")
        for _ in range(abs(steps)):
            self.reader.press("louder" if steps > 0 else "quieter")
        assert str(self._at + 1) in self.reader.text
        self.world.advance(20)  # nothing is said any more, and the menu is left

    def codes(self, count: int) -> Iterator[Said]:
        """Press Speak in one step of time after the other, and give what was heard."""
        for _ in range(count):
            # A second into a step, so that the code can be said twice.
            self.world.advance(PERIOD_S + 1 - self.world.utc % PERIOD_S)
            code = code_of(self._owned.key, int(self.world.utc) // PERIOD_S)
            yield Said(code, self._said(code))

    def _said(self, code: str) -> Samples:
        reader = self.reader
        reader.codec.recording.forget()
        began = self.world.now
        reader.press("speak")
        self.world.advance(PERIOD_S - 4 - self.world.utc % PERIOD_S)
        assert reader.code == code
        outlet, gain = reader.codec.speaker, _LEVEL_DB
        if self._headphones:
            assert not reader.codec.speaker.sounds(began)
            outlet, gain = reader.codec.headphones, _HEADPHONES_DB
        assert reader.audio.underruns == reader.audio.faults == reader.codec.complaints == []
        _, (first, _), *_ = outlet.sounds(began)  # before a new code comes a tone
        return np.array(outlet.samples(first, rate=RATE, gain_db=gain), np.int16)


# --- who listens ---


@dataclass(frozen=True)
class Score:
    """How many codes were understood whole.

    Args:
        spoken: The codes.
        understood: Those that were.
        before: Those that were when the clips before ADPCM said them, in the same noise.
    """

    spoken: list[str]
    understood: list[str]
    before: list[str]

    @property
    def codes(self) -> int:
        """How many were spoken."""
        return len(self.spoken)

    @property
    def percent(self) -> float:
        """How many percent the device was understood."""
        return 100 * len(self.understood) / self.codes

    @property
    def percent_before(self) -> float:
        """How many percent were understood of the clips before ADPCM."""
        return 100 * len(self.before) / self.codes


def heard(
    speed: Speed,
    count: int,
    noise: Noise,
    overrides: Mapping[str, str] | None = None,
    headphones: bool = False,
) -> Score:
    """Let an English reader speak codes to pocketsphinx.

    Args:
        speed: How fast.
        count: How many codes.
        noise: The room.
        overrides: As for `Speaker`.
        headphones: As for `Speaker`.
    """
    listener, clips = Listener(), Digits.before(BEFORE).clips[speed.rate]
    score = Score([], [], [])
    with Speaker("en", speed, overrides, headphones) as speaker:
        for number, said in enumerate(speaker.codes(count)):
            score.spoken.append(said.code)
            room = noise.kind, noise.below, SEED * 1000 + number
            if listener.hear(said.samples, *room) == said.code:
                score.understood.append(said.code)
            before = speak(clips, said.code, speed.gap_ms, speed.pause_ms)
            if listener.hear(before, *room) == said.code:
                score.before.append(said.code)
    return score


def matched(language: str, count: int) -> Confusion:
    """Let a reader speak codes, at every speed in turn, and match each digit with the other voice.

    Args:
        language: "da" or "kl".
        count: How many codes, shared out among the speeds.
    """
    found = Confusion(Other.of(language))
    with Speaker(language, SPEEDS[_NORMAL]) as speaker:
        for place, speed in enumerate(SPEEDS):
            speaker.choose(speed)
            for said in speaker.codes((count + place) // len(SPEEDS)):
                found.add(in_noise(said.samples, *QUIET, found.codes), said.code)
    return found


# --- firmware that is broken on purpose ---


def swapped(one: str, other: str) -> dict[str, str]:
    """Give firmware that says one digit for another, and the other for the one, and shows what is right."""
    return broken(
        "audio_reader/clips.py",
        'out.append(char + "@" + rate)',
        f'out.append({{"{one}": "{other}", "{other}": "{one}"}}.get(char, char) + "@" + rate)',
        package=READER.package,
    )
