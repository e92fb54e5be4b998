"""Speaking a code on this computer, through pyttsx3 and the speech engine of the system.

A process of its own speaks each group of digits (`python -m segl.speech RATE LANGUAGE`, the digits on its standard
input, where nobody can list them): pyttsx3 says dependably only what its process said first, prints where it likes, and
tells of a missing sound device nowhere else. The code goes to the engine on this computer only.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
import threading
from importlib import import_module
from typing import Any

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
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder),
        }
        for group in (code[:half], code[half:]):
            _say(" ".join(group), [str(rate), language or ""], environment)


def _say(digits: str, arguments: list[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "segl.speech", *arguments],  # -P: no module of the working folder
            input=digits,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpeechError(
            "This computer's speech engine did not come to an end; check its sound settings."
        ) from None
    if done.returncode == _NO_PACKAGE:
        raise SpeechError("Speaking needs the extra `speech`; install it with: pip install 'segl[speech]'")
    if done.returncode:
        said = (done.stdout.strip().splitlines() or ["no reason given"])[-1]
        raise SpeechError(
            f"This computer's speech engine failed ({said}); on Linux install espeak-ng, elsewhere check the "
            "system's speech settings."
        )
    if _NOT_PLAYED.search(done.stdout):
        raise SpeechError(
            "This computer could not play the sound; check that it has a sound device and, on Linux, "
            "the command aplay (package alsa-utils)."
        )


def _main(rate: int, language: str) -> None:
    digits = sys.stdin.read().split()
    if sys.platform == "linux":
        _find_espeak()
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


def _find_espeak() -> None:
    # The extra brings a library that pyttsx3 would not find by itself; without it the system's own may do.
    try:
        loader: Any = import_module("espeakng_loader")
    except ModuleNotFoundError:
        return
    os.environ["ESPEAK_DATA_PATH"] = loader.get_data_path()
    ctypes.CDLL(loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)


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
