"""What a failed test tells of its devices: how to repeat it, what was shown, said and sent, and files of that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segl_sim.chip import Chip
from segl_sim.devices import AudioReader
from segl_sim.handheld import Handheld
from segl_sim.hearing.transcript import transcribe
from segl_sim.testing.ctaphid_log import log
from segl_sim.view import braille
from segl_sim.world import NS

if TYPE_CHECKING:
    from segl_sim.parts.outlet import Outlet
    from segl_sim.pluggable import Pluggable
    from segl_sim.testing.scene import Scene

Section = tuple[str, str]

_LOUD_DB = 12  # makes a file as loud as the reader at its loudest step
_HEARD_S = 120  # so much of the end of a long test is put into a file
_COLORS = {(0, 0, 0): "dark", (1, 1, 1): "white", (0, 1, 0): "green", (1, 0, 0): "red", (0, 0, 1): "blue"}


def sections(scene: Scene, command: str, folder: Path) -> list[Section]:
    """Return title and text of each section.

    Args:
        scene: What the test played in.
        command: The command-line that runs the test again, without the world's time.
        folder: For files; it exists.
    """
    found = [("segl: how to repeat it", _repeat(scene, command))]
    for device in scene.world.devices:
        found.append((f"segl: {device.name}", "\n".join(_lines(device, folder))))
    return found


def _repeat(scene: Scene, command: str) -> str:
    world = scene.world
    began = datetime.fromtimestamp(scene.utc, UTC)
    pinned = f"{command} --segl-utc={scene.utc}"
    return "\n".join(
        [
            f"Seed {world.seed}, engine {world.engine}. The world began at {began:%Y-%m-%d %H:%M:%S} UTC; "
            f"{world.now / NS:.3f} s have passed.",
            pinned if scene.pinned else f"{command}\nWith the same time too: {pinned}",
        ]
    )


def _lines(device: Pluggable, folder: Path) -> Iterator[str]:
    if device.failure:
        yield f"It has failed: {device.failure}"
    if device.console:
        yield "It printed: " + "".join(device.console).rstrip()
    if isinstance(device, Handheld):
        yield from _screen(device, folder)
    if isinstance(device, AudioReader):
        yield from _sound(device, folder)
    if isinstance(device, Chip):
        yield from _chip(device)


def _screen(device: Handheld, folder: Path) -> Iterator[str]:
    if device.screen.lit:
        code = f"code {device.code}; " if device.code else ""
        yield f"Screen: {code}{' / '.join(device.lines)}"
        if os.environ.get("ACCESSIBLE", "0") in ("", "0"):
            yield braille(device.screen.pixels())
    else:
        yield "Screen: dark"
    path = folder / f"{device.name}.png"
    device.screen.png(path, scale=4)
    yield f"Picture: {path}"


def _sound(reader: AudioReader, folder: Path) -> Iterator[str]:
    said = transcribe(reader)
    yield "What it said:" if said else "It said nothing."
    for one in said:
        where = " and ".join(sorted(one.outlets)) or "muted"
        cut = "" if one.whole else " (cut off)"
        yield f'{one.begin / NS:10.3f} s {where}: "{one.text}"{cut}'
    for name, outlet in (("speaker", reader.codec.speaker), ("headphones", reader.codec.headphones)):
        yield from _file(outlet, folder / f"{reader.name}-{name}.wav")
    for trouble in (*reader.audio.faults, *reader.audio.underruns, *reader.codec.complaints):
        yield f"Wrong with its sound: {trouble}"


def _file(outlet: Outlet, path: Path) -> Iterator[str]:
    end = outlet.silent_since()
    if end is None:
        return
    start = outlet.first_sound(max(0, end - _HEARD_S * NS))
    outlet.wav(path, start or 0, end, gain_db=_LOUD_DB)
    yield f"Sound: {path}"


def _chip(chip: Chip) -> Iterator[str]:
    plugged = "plugged in" if chip.powered else "not plugged in"
    yield f"It is {plugged}; its light is {_COLORS.get(chip.light.color, str(chip.light.color))}."
    trace = chip.world.trace.last
    lines = log(trace, chip.name)
    yield "CTAPHID, computer -> chip, computer <- chip:" if lines else "Nobody used its security key."
    if len(trace) == trace.maxlen:
        yield f"(what was before {trace[0].time / NS:.3f} s is no longer in the trace)"
    yield from lines
