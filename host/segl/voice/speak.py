"""Texts to sound by pyttsx3 with espeak-ng, each batch in a process of its own (`segl.espeak`).

Within one process settings changed later are now and then not heeded, and a file now and then is not written. A fresh
process for each voice and rate, one look at every file, and a second process for what is missing make it dependable.
`python -m segl.voice.speak VOICE RATE` is that process; it reads lines `file TAB text`.
"""

import contextlib
import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from segl import espeak
from segl.voice.errors import VoiceError
from segl.voice.sound import Sound, read_wav

_ATTEMPTS = 3
_SHORTEST_S = 0.1
_LONGEST_S = 120.0


def tools() -> dict[str, str]:
    """Name the packages that make speech, with their versions.

    Raises:
        VoiceError: they are not installed.
    """
    try:
        found = {name: version(name) for name in ("pyttsx3", "espeakng-loader")}
    except PackageNotFoundError as error:
        raise VoiceError(espeak.MISSING) from error
    loader: Any = import_module("espeakng_loader")
    about = ctypes.CDLL(loader.get_library_path()).espeak_Info
    about.restype = ctypes.c_char_p
    return found | {"espeak-ng": about(None).decode()}


def synthesize(texts: Mapping[str, str], voice: str, rate: int) -> dict[str, tuple[Sound, int]]:
    """Say texts.

    Args:
        texts: what to say, by name.
        voice: espeak-ng's name of a voice, such as "en-us+f2".
        rate: words a minute, as espeak-ng counts them, 80 to 450.

    Returns:
        Samples and their rate in Hz, by name.

    Raises:
        VoiceError: the speech packages are missing, the voice is unknown, or a text stayed without sound.
    """
    tools()
    found: dict[str, tuple[Sound, int]] = {}
    with tempfile.TemporaryDirectory(prefix="segl-voice-") as folder:
        said = ""
        for _ in range(_ATTEMPTS):
            left = {name: text for name, text in texts.items() if name not in found}
            if not left:
                return found
            files = {name: Path(folder) / f"{number}.wav" for number, name in enumerate(left)}
            lines = "".join(f"{files[name]}\t{text}\n" for name, text in left.items())
            said = _run(voice, rate, lines)
            for name, file in files.items():
                with contextlib.suppress(VoiceError):
                    sound, hertz = read_wav(file)
                    if len(sound) > _SHORTEST_S * hertz and float(abs(sound).max()) > 0.01:
                        found[name] = sound, hertz
                file.unlink(missing_ok=True)
    missing = [name for name in texts if name not in found]
    if missing:
        raise VoiceError(
            f"espeak-ng said nothing for {', '.join(missing)} in the voice {voice}: {said or 'no reason given'}"
        )
    return found


def _run(voice: str, rate: int, lines: str) -> str:
    try:
        code, printed = espeak.child("segl.voice.speak", voice, str(rate), said=lines, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired:
        return "it did not come to an end"
    return espeak.reason(printed) if code else ""


def _main(voice: str, rate: int) -> None:
    espeak.load()
    engine: Any = import_module("pyttsx3").init("espeak")  # comes without type information
    # pyttsx3 lists only plain voices, and an unknown one would be replaced without a word.
    plain = voice.partition("+")[0].lower()
    listed = {str(each.id) for each in engine.getProperty("voices")}
    if not any(name == plain or name.endswith("/" + plain) for name in listed):
        sys.exit(f"espeak-ng has no voice {plain}")
    engine.setProperty("voice", voice)
    engine.setProperty("rate", rate)
    for line in sys.stdin.buffer.read().decode().splitlines():
        path, _, text = line.partition("\t")
        engine.save_to_file(text, path)
        engine.runAndWait()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
