"""Opening set-up takes time: on a new reader somebody listens to a question and to eleven items first."""

import pytest

from segl.cli.context import Context
from segl.cli.setup import wait_until_open
from segl_sim import AudioReader, World

_LOOK_S = 0.25
_THINK_NS = 3_000_000_000  # from what was heard to the next key
_READ_NS = 10_000_000_000  # until what the computer asks for has been read out


class Listener:
    """Somebody who hears a sentence to its end, thinks, and presses the key that leads on."""

    def __init__(self, reader: AudioReader) -> None:
        self._reader = reader
        self._quiet = reader.world.now + _READ_NS - _THINK_NS  # since when
        self.pressed: list[str] = []
        self._wait()

    def _wait(self) -> None:
        self._reader.world.at(self._reader.world.now + round(_LOOK_S * 1e9), self._look)

    def _look(self) -> None:
        now, codec = self._reader.world.now, self._reader.codec
        since = now - round(_LOOK_S * 1e9)
        if any(one.first_sound(since) is not None for one in (codec.speaker, codec.headphones)):
            self._quiet = now
        if now - self._quiet >= _THINK_NS:
            self._quiet = now
            key = self._next_key(" ".join(self._reader.text.split()))
            self._reader.finger(key)
            self.pressed.append(key)
        if self.pressed[-1:] != ["speak"]:
            self._wait()

    def _next_key(self, words: str) -> str:
        if "For yes, press Louder." in words:
            return "louder"
        return "speak" if words == "Set-up. Press Speak." else "menu"


def test_a_blind_first_user_has_time_to_hear_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    """A minute was too short for a reader, and nothing told of its first question."""
    with World(seed=1) as world:
        reader = world.audio_reader()
        device = reader.connect()
        listener = Listener(reader)
        before = world.now
        assert wait_until_open(Context(accessible=True), device).open
        assert "listen to its end and press the key it names" in capsys.readouterr().err
        assert listener.pressed == ["menu", "louder", *["menu"] * 11, "speak"]
        assert world.now - before > 60e9
