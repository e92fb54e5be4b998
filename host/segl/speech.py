"""Speaking a code on this computer, through pyttsx3 and the speech engine of the system.

A process of its own speaks each group of digits (`python -m segl.speech RATE LANGUAGE`, the digits on its standard
input, where nobody can list them): see `segl.espeak`. pyttsx3 tells of a missing sound device only by what it prints.
The code goes to the engine on this computer only.
"""

import re
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

from segl import espeak
from segl.errors import SeglError

__all__ = ["FASTEST", "SLOWEST", "USUAL", "SpeechError", "say_code"]

# Words a minute.
SLOWEST, USUAL, FASTEST = 80, 130, 280

_LONGEST_S = 60.0
_SPOKEN_S = 20.0
_NO_PACKAGE = 3  # exit code of the process
# What pyttsx3, the shell and the player say when a sound could not be played; none of them gives an exit code for it.
_NOT_PLAYED = re.compile(r"Playback error|aplay|afplay")


class SpeechError(SeglError):
    """This computer cannot speak; says what is missing."""


def say_code(code: str, rate: int = USUAL, language: str | None = None) -> None:
    """Speak a code digit by digit in two groups, and return when it has been spoken.

    Args:
        code: the digits.
        rate: words a minute, SLOWEST to FASTEST.
        language: speak in a voice of this language if there is one, such as "da".

    Raises:
        SpeechError: this computer cannot speak.
    """
    half = (len(code) + 1) // 2
    # The engine keeps each sound in a file for a moment: in a folder of this user's own, which goes away.
    with tempfile.TemporaryDirectory(prefix="segl-") as folder:
        for group in (code[:half], code[half:]):
            _say(" ".join(group), str(rate), language or "", folder)


def _say(digits: str, rate: str, language: str, folder: str) -> None:
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    try:
        code, printed = espeak.child(
            "segl.speech", rate, language, said=digits, timeout=_LONGEST_S, **temporary
        )
    except subprocess.TimeoutExpired:
        raise SpeechError(
            "This computer's speech engine did not come to an end; check its sound settings."
        ) from None
    if code == _NO_PACKAGE:
        raise SpeechError(espeak.MISSING)
    if code:
        raise SpeechError(
            f"This computer's speech engine failed ({espeak.reason(printed)}); on Linux install espeak-ng, "
            "elsewhere check the system's speech settings."
        )
    if _NOT_PLAYED.search(printed):
        raise SpeechError(
            "This computer could not play the sound; check that it has a sound device and, on Linux, "
            "the command aplay (package alsa-utils)."
        )


def _main(rate: int, language: str) -> None:
    digits = sys.stdin.read().split()
    if sys.platform == "linux":
        with suppress(ModuleNotFoundError):  # the system's own may do
            espeak.load()
    try:
        engine: Any = import_module("pyttsx3").init()
    except ModuleNotFoundError as error:
        sys.exit(_NO_PACKAGE if error.name == "pyttsx3" else str(error))
    engine.setProperty("rate", rate)
    voice = _voice(engine, language)
    if voice is not None:
        engine.setProperty("voice", voice)
    spoken = threading.Event()

    def finished(name: str | None, completed: bool) -> None:  # by these names pyttsx3 calls it
        spoken.set()

    engine.connect("finished-utterance", finished)
    engine.say(", ".join(digits))  # a comma: every engine makes a pause of it, none a number or an ordinal
    engine.runAndWait()
    # With espeak that returns at once now and then, and to leave now would be to say nothing.
    if not spoken.wait(_SPOKEN_S):
        sys.exit("it said nothing")


def _voice(engine: Any, language: str) -> str | None:
    """The identity of a voice that speaks the language; None if the usual one does, or none."""
    usual = engine.getProperty("voice")
    able = [voice.id for voice in engine.getProperty("voices") if language and language in _languages(voice)]
    return None if usual in able or not able else able[0]


def _languages(voice: Any) -> set[str]:
    tags: list[object] = voice.languages or [voice.id.rpartition("/")[2]]
    return {re.split("[-_]", str(tag).lower())[0] for tag in tags}


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
