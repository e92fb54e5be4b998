"""A simulated device on disk: what a real one keeps without power, so that a program finds it as another left it."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segl.errors import InputError

if TYPE_CHECKING:
    from segl_sim.handheld import Handheld
    from segl_sim.world import World

_FORMAT = 1
_STATUS = 0x0F  # the clock chip's register with the oscillator-stop flag


def save(device: Handheld, path: Path) -> None:
    """Write a device's state; the file is either the old one or the new one, whatever happens meanwhile.

    Args:
        device: The device.
        path: The file.
    """
    facts = {
        "format": _FORMAT,
        "device": device.package,
        "board": device.board.name,
        "version": device.firmware.version,
        "seed": device.world.seed,
        "utc": device.world.utc,
        "clock": None if device.clock.stopped else device.clock.seconds,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        # Not compressed: a voice that is installed arrives in hundreds of pieces, each saved before the next comes.
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("device.json", json.dumps(facts))
            archive.writestr("flash.bin", device.flash.image())
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def seed_of(path: Path) -> int | None:
    """Return the seed of the world that a saved device belongs to, None if there is no such file.

    Raises:
        InputError: It is no state of a device.
    """
    return _facts(path)["seed"] if path.exists() else None


def load(world: World, path: Path) -> Handheld:
    """Add a saved device to a world made with its seed; its clock has run on meanwhile.

    Raises:
        InputError: The file is no state of a device, or of other firmware.
    """
    facts = _facts(path)
    with zipfile.ZipFile(path) as archive:
        flash = archive.read("flash.bin")
    device = world.add(facts.get("device", "code_display"), facts["board"], flash=flash)
    if facts["version"] != device.firmware.version:
        raise InputError(
            f"{path} holds firmware {facts['version']}, and this is {device.firmware.version}; delete the file."
        )
    if facts["clock"] is not None:
        device.clock.write(bytes([_STATUS, 0]))
        device.clock.set_seconds(facts["clock"] + max(0, round(world.utc - facts["utc"])))
    return device


def _facts(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            facts = json.loads(archive.read("device.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a saved device; name another file, or delete it.") from error
    if facts.get("format") != _FORMAT:
        raise InputError(f"{path} was saved by another version; delete the file.")
    return facts
