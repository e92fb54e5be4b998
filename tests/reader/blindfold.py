"""Somebody who sees nothing and has nobody to help, and the bank at the other end of the cable."""

import re
import wave
from pathlib import Path

import numpy as np
from pyotp.totp import TOTP

from segl.otpauth import Key
from segl_sim import AudioReader, World
from tests.reader.ears import NAME, Ears, code_in, number_in
from tests.voice.recognize import RATE, Samples

_PATIENCE_S = 60
_OVER_S = 1.2  # longer than any silence within what is said
_LEAVE_S = 12  # the menu leaves after ten
_MOST_ITEMS = 20
_SPEAKER_DB = 12.0
_HEADPHONES_DB = 20.0


class Person:
    """Presses keys, and knows what was heard. Has no way to look.

    Args:
        world: Where.
        reader: In the hand.

    Attributes:
        heard: All that was heard, one stretch of speech after the other.
        overheard: Whether anything left the loudspeaker while headphones were on, for those who sit near.
    """

    def __init__(self, world: World, reader: AudioReader) -> None:
        self.heard: list[str] = []
        self.overheard = False
        self._world = world
        self._reader = reader
        self._ears = Ears()
        self._headphones = False
        self._sounds: list[Samples] = []
        self._since = 0

    # --- hands and ears ---

    def press(self, key: str) -> str:
        """Press a key, and return what was heard."""
        self._since = self._world.now
        self._reader.press(key)
        return self.hear()

    def hear(self) -> str:
        """Listen until it is silent, and return what was heard since the last press, or the last time."""
        self._reader.listen(_PATIENCE_S, _OVER_S)
        codec = self._reader.codec
        outlet, gain = codec.speaker, _SPEAKER_DB
        if self._headphones:
            outlet, gain = codec.headphones, _HEADPHONES_DB
            self.overheard |= codec.speaker.first_sound(self._since) is not None
        samples = np.array(outlet.samples(self._since, self._world.now, RATE, gain), np.int16)
        codec.recording.forget()
        self._since = self._world.now
        self._sounds.append(samples)
        self.heard.append(self._ears.hear(samples, len(self._sounds)))
        return self.heard[-1]

    def wait(self, seconds: float) -> None:
        """Do nothing."""
        self._world.advance(seconds)

    def put_headphones_on(self) -> None:
        """Plug them in; from now on only they are heard."""
        self._reader.insert_plug()
        self.wait(1)
        self._since = self._world.now
        self._headphones = True

    def connect(self) -> None:
        """Put the cable in, which has one end that fits."""
        self._reader.plug()

    def disconnect(self) -> None:
        """Pull the cable."""
        self._reader.unplug()

    def save(self, path: Path) -> None:
        """Write all that was heard as a WAV file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.concatenate(self._sounds).tobytes())

    # --- what can be done with them ---

    def walk_to(self, item: str) -> str:
        """Go through the menu until it says this; return all that it said there."""
        for _ in range(_MOST_ITEMS):
            said = self.press("menu")
            if said.startswith(item):
                return said
        raise AssertionError(f"never heard {item!r}: {self.heard[-_MOST_ITEMS:]}")

    def change_to(self, wanted: int, said: str) -> str:
        """Press Louder or Quieter until the number that is said is the wanted one; return what was said then."""
        for _ in range(_MOST_ITEMS):
            number = number_in(said)
            assert number is not None, f"no number in {said!r}"
            if number == wanted:
                return said
            said = self.press("louder" if number < wanted else "quieter")
        raise AssertionError(f"never heard {wanted}: {self.heard[-_MOST_ITEMS:]}")

    def leave(self) -> None:
        """Leave the menu, as it says in the key help: wait."""
        self.wait(_LEAVE_S)

    def code(self) -> str:
        """Have the code said, again if it was not understood, and wait for a new one if that is what is said."""
        said = self.press("speak")
        for _ in range(3):
            if code := code_in(said):
                return code
            seconds = number_in(said) if said.startswith("new code in") else None
            if seconds is None:
                said = self.press("speak")
            else:
                self.wait(seconds)
                said = self.hear()
        raise AssertionError(f"no code was understood: {self.heard[-3:]}")


def named(pattern: str, said: str) -> str:
    """Return the key that a sentence names, such as the one behind "for yes press"."""
    found = re.search(pattern + r" (speak|louder|quieter|menu)", said)
    assert found, f"no key behind {pattern!r} in {said!r}"
    return found[1]


class Bank:
    """Puts a key onto whatever reader is connected, as a program of the bank's would, and later checks a code.

    Args:
        world: Whose time it is.
        reader: What its port leads to.
    """

    def __init__(self, world: World, reader: AudioReader) -> None:
        self._world = world
        self._reader = reader
        self._key = Key(NAME, world.random("bank").randbytes(20))

    def provision(self) -> None:
        """Store the key and the time."""
        with self._reader.connect() as session:
            info = session.info()
            assert info.open
            session.provision(self._key, round(self._world.utc), info.sequence + 1)

    def accepts(self, code: str) -> bool:
        """Return whether pyotp takes the code at this very moment, without any tolerance."""
        uri = re.search(r"secret=(\w+)", self._key.uri())
        assert uri
        return TOTP(uri[1]).verify(code, for_time=int(self._world.utc))
