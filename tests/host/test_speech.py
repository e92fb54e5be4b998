"""Speaking a code on this computer: in two groups, through pyttsx3 only, and one clear sentence when it cannot be."""

import os
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from segl.speech import SpeechError, say_code
from tests.voice.recognize import RATE, Listener

ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere pyttsx3 plays without a program of its own"
)

# A pyttsx3 that writes down what it is told.
ENGINE = """
import os, sys, threading
from types import SimpleNamespace

class Engine:
    voice = "usual"
    def getProperty(self, name):
        if name == "voice":
            return "usual"
        return [
            SimpleNamespace(id="usual", languages=["en-US"]),
            SimpleNamespace(id="roa/fr", languages=[]),
            SimpleNamespace(id="other", languages=["da_DK"]),
        ]
    def setProperty(self, name, value):
        self.tell(name, value)
    def connect(self, topic, call):
        assert topic == "finished-utterance"
        self.finished = call
    def say(self, text):
        self.text = text
    def runAndWait(self):
        self.tell("run", os.environ["TMPDIR"])
        thread = threading.Timer({delay}, self.end)
        thread.daemon = True
        thread.start()
    def end(self):
        self.tell("heard", self.text)
        self.finished(name=None, completed=True)
    def tell(self, *words):
        with open({told!r}, "a") as file:
            print(*words, sep=": ", file=file)

def init():
    {init}
    return Engine()
"""


class Computer:
    """What this computer's speech engine is told, and how it fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.has("pass")
        (folder / "espeakng_loader.py").write_text("raise ModuleNotFoundError(name='espeakng_loader')")

    def has(self, init: str, delay: float = 0) -> None:
        text = ENGINE.replace("{told!r}", repr(str(self._folder / "told")))
        text = text.replace("{init}", init).replace("{delay}", str(delay))
        (self._folder / "pyttsx3.py").write_text(text)

    def lacks(self, module: str) -> None:
        (self._folder / "pyttsx3.py").write_text(f"raise ModuleNotFoundError('No {module}', name='{module}')")

    def told(self) -> list[str]:
        return (self._folder / "told").read_text().splitlines()


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.syspath_prepend(tmp_path)
    return Computer(tmp_path)


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        ("012345", "0, 1, 2", "3, 4, 5"),
        ("0123456", "0, 1, 2, 3", "4, 5, 6"),
        ("01234567", "0, 1, 2, 3", "4, 5, 6, 7"),
    ],
)
def test_digit_by_digit_in_two_groups(computer: Computer, code: str, first: str, second: str) -> None:
    say_code(code, 200)
    told = [line for line in computer.told() if not line.startswith("run: ")]
    assert told == ["rate: 200", f"heard: {first}", "rate: 200", f"heard: {second}"]


def test_what_the_engine_keeps_for_a_moment_goes_away(computer: Computer) -> None:
    say_code("012345")
    folders = {line.removeprefix("run: ") for line in computer.told() if line.startswith("run: ")}
    assert len(folders) == 1
    assert not os.path.exists(folders.pop())


@pytest.mark.parametrize(
    ("language", "voice"), [("en", None), ("da", "other"), ("fr", "roa/fr"), ("kl", None)]
)
def test_a_voice_of_the_language_if_the_usual_one_has_another(
    computer: Computer, language: str, voice: str | None
) -> None:
    say_code("012345", language=language)
    chosen = {line.removeprefix("voice: ") for line in computer.told() if line.startswith("voice: ")}
    assert chosen == ({voice} if voice else set())


def test_without_pyttsx3_the_remedy_is_named(computer: Computer) -> None:
    computer.lacks("pyttsx3")
    with pytest.raises(SpeechError, match=r"pip install 'segl\[speech\]'"):
        say_code("012345")


@pytest.mark.parametrize(
    ("init", "words"),
    [
        (
            "raise RuntimeError('eSpeak or eSpeak-ng not installed on your system')",
            "not installed on your system",
        ),
        ("import comtypes_of_nobody", "comtypes_of_nobody"),
        ("sys.exit(1)", "no reason given"),
        ("print('Playback error: no device')", "sound device"),
        ("os.system('echo aplay: main:831: audio open error >&2')", "sound device"),
    ],
)
def test_an_engine_that_fails_says_why(computer: Computer, init: str, words: str) -> None:
    computer.has(init)
    with pytest.raises(SpeechError, match=words) as caught:
        say_code("012345")
    assert "\n" not in str(caught.value)


def test_an_engine_that_returns_before_it_has_spoken_is_waited_for(computer: Computer) -> None:
    """With espeak runAndWait returns at once now and then: half of a code went missing."""
    computer.has("pass", delay=0.3)
    say_code("012345")
    assert [line for line in computer.told() if line.startswith("heard")] == [
        "heard: 0, 1, 2",
        "heard: 3, 4, 5",
    ]


def test_an_engine_that_does_not_end_is_stopped(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segl.speech._LONGEST_S", 0.2)
    computer.has("import threading; threading.Event().wait()")
    with pytest.raises(SpeechError, match="did not come to an end"):
        say_code("012345")


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a player of ours puts what the real pyttsx3 wants to be played: 0.wav, 1.wav."""
    player = tmp_path / "aplay"
    player.write_text(f'#!/bin/sh\ncd "{tmp_path}"; cp "$1" "$(ls | grep -c wav).wav"\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@ON_LINUX
def test_the_real_engine_heeds_the_rate(heard: Path) -> None:
    say_code("012345", 110)
    say_code("012345", 220)
    seconds = [length(heard / f"{number}.wav") for number in range(4)]
    assert all(1 < quick < slow < 5 for slow, quick in zip(seconds[:2], seconds[2:], strict=True))


@ON_LINUX
@pytest.mark.parametrize("code", ["012345", "678906", "550099"])
def test_the_real_engine_is_understood(heard: Path, code: str) -> None:
    say_code(code, language="en")
    groups = [np.frombuffer(frames(heard / f"{number}.wav")[0], np.int16) for number in (0, 1)]
    sound = np.concatenate([groups[0], np.zeros(8000, np.int16), groups[1]])
    hertz = frames(heard / "0.wav")[1]
    times = np.arange(0, len(sound) * RATE // hertz) * hertz / RATE
    samples = np.interp(times, np.arange(len(sound)), sound).astype(np.int16)
    assert Listener().hear(samples) == code


def length(path: Path) -> float:
    samples, hertz = frames(path)
    assert max(samples[1::2]) > 8  # upper bytes: not silence
    return len(samples) / 2 / hertz


def frames(path: Path) -> tuple[bytes, int]:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes()), file.getframerate()
