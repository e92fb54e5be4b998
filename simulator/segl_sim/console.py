"""Lines on standard input that do what a person would do to a simulated device."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segl_sim.chip import Chip
from segl_sim.devices import AudioReader
from segl_sim.handheld import Handheld
from segl_sim.view import braille

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segl.cli.output import Output
    from segl_sim.pluggable import Pluggable
    from segl_sim.runner import Runner

_HELP = "press [SECONDS], hold SECONDS, wait SECONDS, screen, plug, unplug, help, quit"
_READER_HELP = (
    "press [KEY] [SECONDS], hold [KEY] SECONDS, wait SECONDS, screen, jack in, jack out, wav FILE, plug, unplug, "
    "help, quit; KEY is speak, louder, quieter or menu"
)
_CHIP_HELP = "touch [SECONDS], wait SECONDS, light, plug, unplug, help, quit"
_LONGEST_S = 120


def obey(runner: Runner, devices: Sequence[Pluggable], out: Output) -> None:
    """Take commands until the input ends or says quit.

    Args:
        runner: It owns the devices' world.
        devices: A command that begins with one's name is for it; others are for the first.
        out: Where answers go.
    """
    named = {device.name: device for device in devices}
    sys.stdout.flush()
    for line in sys.stdin:
        words = line.split()
        device = named[words.pop(0)] if words and words[0] in named else devices[0]
        words = words or ["touch" if isinstance(device, Chip) else "press"]
        if words[0] == "quit":
            return
        try:
            if words[0] == "wait":
                time.sleep(_seconds(words[1:]))
                continue
            answer = runner.call(_command(device, words, out))
        except ValueError as error:
            out.note(f"{error}: say {help_for(device)}.")
            continue
        if answer:
            click.echo(answer)
        sys.stdout.flush()


def _command(device: Pluggable, words: list[str], out: Output) -> Callable[[], str | None]:
    name, arguments = words[0], words[1:]
    if name == "touch" and isinstance(device, Chip) and len(arguments) <= 1:
        touch_s = _seconds(arguments or ["0.2"])
        return lambda: device.touch(touch_s)
    if name == "light" and isinstance(device, Chip) and not arguments:
        return lambda: _light(device)
    if name in ("press", "hold") and not isinstance(device, Chip):
        key = arguments.pop(0) if arguments and arguments[0] in device.keys else next(iter(device.keys))
        if len(arguments) <= 1:
            seconds = _seconds(arguments or ["0.2"])
            return lambda: device.press_key(key, seconds)
    if isinstance(device, AudioReader):
        if words == ["jack", "in"]:
            return device.insert_plug
        if words == ["jack", "out"]:
            return device.pull_plug
        if name == "wav" and len(arguments) == 1:
            return lambda: _save(device, Path(arguments[0]))
    if name == "screen" and isinstance(device, Handheld) and not arguments:
        return lambda: _screen(device, out)
    if name == "plug" and not arguments:
        return device.plug_in
    if name == "unplug" and not arguments:
        return device.unplug
    if name == "help":
        return lambda: help_for(device)
    raise ValueError(f'"{" ".join(words)}" is no command')


def help_for(device: Pluggable) -> str:
    """Return which commands a device knows."""
    if isinstance(device, Chip):
        return _CHIP_HELP
    return _READER_HELP if isinstance(device, AudioReader) else _HELP


def _save(reader: AudioReader, path: Path) -> str:
    """Write what was heard so far: from the headphones when anything was, else from the loudspeaker."""
    heard = reader.codec.headphones
    if heard.first_sound() is None:
        heard = reader.codec.speaker
    try:
        heard.wav(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror})") from error
    return f"saved: {path}"


def _seconds(arguments: list[str]) -> float:
    seconds = float(arguments[0]) if len(arguments) == 1 else 0
    if not 0 < seconds <= _LONGEST_S:
        raise ValueError(f"A time is given in seconds, up to {_LONGEST_S}")
    return seconds


def _light(chip: Chip) -> str:
    names = [name for name, on in zip(("red", "green", "blue"), chip.light.color, strict=True) if on]
    asks = {"touch": ", asks for a touch", "hold": ", asks for a long touch", "": ""}[chip.asks]
    return f"light: {' and '.join(names) or 'dark'}{asks}"


def _screen(device: Handheld, out: Output) -> str:
    if out.accessible:
        code = device.code
        return f"screen: {f'code {out.code(code)}. ' if code else ''}{device.text or 'dark'}"
    return braille(device.screen.pixels())
