"""The mpremote commands that put a build on a stock MicroPython board.

The two files that MicroPython starts by itself go last, and an earlier pair is removed first, so that a
transfer broken at any point leaves a board that does nothing but wait for the next attempt.

Source: mpremote 1.29 (`connect`, `resume`, `exec`, `mkdir`, `cp`, `touch`, `sleep`, `reset`; several paths
may follow `mkdir` and `cp`; `sleep` counts seconds).
"""

import re
from pathlib import Path, PurePosixPath

from segl_sim.firmware.build import read_build
from segl_sim.firmware.errors import BuildError

# What `sys.implementation._machine` of the stock images holds.
CHIPS = {"pico2": "RP2350", "pico": "RP2040"}
# The presence of this file makes boards/boot.py keep the REPL.
DEVELOPER = "developer"
# A board comes back on USB about a second after a reset.
_SETTLE_SECONDS = "3"
# main.py before boot.py: between the two the board still has its REPL, so the attempt can be repeated.
_STARTERS = ("main.py", "boot.py")
# A larger file gets a command of its own, so that whoever waits sees how far it is.
_LARGE = 64 * 1024
# What the serial numbers of each model begin with, as boards/*/boot.py has it too.
_LETTERS = {"code_display": "SGCD", "audio_reader": "SGAR", "chip": "SGCH"}


def install_commands(
    build_folder: Path, port: str, developer: bool = False, serial: str | None = None
) -> list[list[str]]:
    """Return the commands that install a build, in order; each must succeed before the next is run.

    `resume` keeps mpremote from a soft reset, which would run what is installed so far.

    Args:
        build_folder: what `build` wrote; it is checked against its manifest.
        port: the board's serial port ("/dev/ttyACM0"), or another word that `mpremote connect` takes.
        developer: keep the REPL open (for development only).
        serial: serial number to write, the four letters of the model and eight digits; None keeps what is there.

    Raises:
        BuildError: the folder is not a whole build, is for an unknown board, or the serial number is none of the model.
    """
    manifest = read_build(build_folder)
    chip = CHIPS.get(manifest.board)
    if chip is None:
        raise BuildError(f"no board {manifest.board!r}; choose one of: {', '.join(CHIPS)}")
    if serial is not None:
        _check_serial(serial, manifest.device)
    code = {path: entry.sha256 for path, entry in manifest.files.items() if path not in _STARTERS}
    starters = {path: manifest.files[path].sha256 for path in _STARTERS}
    steps = [
        ["exec", _check(chip, manifest.board, manifest.mpy)],
        ["exec", _clear(sorted({path.split("/")[0] for path in manifest.files} | {DEVELOPER}))],
        ["reset"],
    ]
    after_reset = [["mkdir", *(f":{folder}" for folder in _folders(code))]]
    for folder in _folders(code):
        here = [path for path in sorted(code) if str(PurePosixPath(path).parent) == folder]
        large = [path for path in here if manifest.files[path].size > _LARGE]
        small = [path for path in here if path not in large]
        for group in [small, *([path] for path in large)]:
            if group:
                after_reset.append(["cp", *(str(build_folder / path) for path in group), f":{folder}/"])
    after_reset.append(["exec", _verify(code)])
    if serial is not None:
        after_reset.append(["exec", f"f=open('serial','w'); f.write('{serial}'); f.close()"])
    if developer:
        after_reset.append(["touch", f":{DEVELOPER}"])
    after_reset += [["cp", str(build_folder / path), f":{path}"] for path in _STARTERS]
    after_reset += [["exec", _verify(starters)], ["reset"]]
    head = ["mpremote", "connect", port, "resume"]
    commands = [[*head, *step] for step in [*steps, *after_reset]]
    commands[len(steps)][1:1] = ["sleep", _SETTLE_SECONDS]
    return commands


def _check_serial(serial: str, device: str) -> None:
    letters = _LETTERS[device]
    if not re.fullmatch(letters + r"\d{8}", serial, re.ASCII):
        raise BuildError(
            f"{serial!r} is no serial number of this model; write {letters} and eight digits: {letters}00000123"
        )


def _folders(paths: dict[str, str]) -> list[str]:
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}
    return sorted(folders)  # a folder sorts before what is inside it


# The scripts are single lines, so that every command can be printed, and copied, as one line.


def _check(chip: str, board: str, mpy: str) -> str:
    major = mpy.split(".")[0]
    return (
        "import sys; i=sys.implementation; "
        f"assert i.name=='micropython' and i.version>=(1,29), 'install MicroPython 1.29 or newer first'; "
        f"assert i._mpy&255=={major}, 'this MicroPython takes another byte code than {mpy}'; "
        f"assert '{chip}' in i._machine, 'this build is for the board {board}, this is a '+i._machine"
    )


def _clear(names: list[str]) -> str:
    starters_first = sorted(names, key=lambda name: (name not in _STARTERS, name))
    return (
        "import os; d=lambda p: [r(p+'/'+n) for n in os.listdir(p)]+[os.rmdir(p)]; "
        "r=lambda p: d(p) if os.stat(p)[0]&16384 else os.remove(p); "
        f"[r(n) for n in {starters_first!r} if n in os.listdir()]"
    )


def _verify(hashes: dict[str, str]) -> str:
    # By 4 KiB: a board has no memory for a whole voice.
    return (
        "import hashlib, binascii, os; "
        "h=lambda p,f,s: ([s.update(f.read(4096)) for _ in range(os.stat(p)[6]//4096+1)], "
        "binascii.hexlify(s.digest()).decode())[1]; "
        f"b=[p for p,x in {sorted(hashes.items())!r} if h(p,open(p,'rb'),hashlib.sha256())!=x]; "
        "assert not b, 'transfer failed, install again: '+str(b)"
    )
