"""A simulated device on disk: what a real one keeps without power, so that a program finds it as another left it.

A file holds the device whole. Beside it may lie a log: what changed since then, a line for each answer that a program
was given, as far as it came before it was killed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segl.errors import InputError
from segl_sim.devices import DEVICES
from segl_sim.handheld import Handheld
from segl_sim.parts.flash import SECTOR
from segl_sim.pluggable import Pluggable

if TYPE_CHECKING:
    from segl_sim.world import World

_FORMAT = 1


class Saver:
    """Keeps up with a device, at a cost that goes with what has changed.

    A program that is killed loses nothing of what was saved. When the whole computer fails, what came since `save` may
    be lost: only that waits for the disk.

    Args:
        device: The device.
        path: The file.
    """

    def __init__(self, device: Pluggable, path: Path) -> None:
        self._device = device
        self._path = path
        self._id = ""
        self._saved = device.flash.snapshot()
        self._left = 0  # so many bytes more, and the log is longer than the file

    def save(self) -> None:
        """Write the whole file; its log ends."""
        self._id = save(self._device, self._path)
        self._saved = self._device.flash.snapshot()
        self._left = self._device.flash.size

    def update(self) -> None:
        """Save what has changed in the flash, if anything has; the first time everything."""
        if self._left <= 0:
            self.save()
        elif self._device.flash.operations != self._saved.operations:
            before = self._saved.sectors
            self._saved = self._device.flash.snapshot()
            changed = {
                sector: base64.b64encode(data).decode()
                for sector, data in self._saved.sectors.items()
                if data is not before.get(sector)
            }
            line = json.dumps({"of": self._id, "sectors": changed, **_time(self._device)}) + "\n"
            with _log(self._path).open("a", encoding="ascii") as file:
                self._left -= file.write(line)


def save(device: Pluggable, path: Path) -> str:
    """Write a device's state; the file is either the old one or the new one, whatever happens meanwhile.

    Args:
        device: The device.
        path: The file.

    Returns:
        What tells this file from every other.
    """
    name = secrets.token_hex(8)
    facts = {
        "format": _FORMAT,
        "id": name,
        "device": device.package,
        "board": device.board.name,
        "version": device.firmware.version,
        "seed": device.world.seed,
        **_time(device),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("device.json", json.dumps(facts))
            archive.writestr("flash.bin", device.flash.image())
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    _log(path).unlink(missing_ok=True)
    return name


def seed_of(path: Path) -> int | None:
    """Return the seed of the world that a saved device belongs to, None if there is no such file.

    Raises:
        InputError: It is no state of a device.
    """
    return _facts(path)["seed"] if path.exists() else None


def load(world: World, path: Path, kind: type[Pluggable] | None = None) -> Pluggable:
    """Add a saved device to a world made with its seed; its clock has run on meanwhile.

    Args:
        world: Where it is to live.
        path: The file.
        kind: What it has to be; None: whatever it is.

    Raises:
        InputError: The file is no state of a device, or of another kind of device, or of other firmware.
    """
    facts = _facts(path)
    package = facts.get("device", "code_display")
    if kind and package != kind.package:
        saved = DEVICES[package].short_name
        raise InputError(f"{path.name} holds a {saved}, not a {kind.short_name}; choose another name.")
    with zipfile.ZipFile(path) as archive:
        flash = bytearray(archive.read("flash.bin"))
    for changes in _changes(path, facts.get("id")):
        facts |= {"utc": changes["utc"], "clock": changes["clock"]}
        for sector, data in changes["sectors"].items():
            flash[int(sector) * SECTOR : (int(sector) + 1) * SECTOR] = base64.b64decode(data)
    device = world.add(package, facts["board"], flash=bytes(flash))
    if facts["version"] != device.firmware.version:
        raise InputError(
            f"{path} holds firmware {facts['version']}, and this is {device.firmware.version}; delete the file."
        )
    if facts["clock"] is not None and isinstance(device, Handheld):
        device.clock.run_on(facts["clock"] + max(0, round(world.utc - facts["utc"])))
    return device


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.log")


def _changes(path: Path, name: str | None) -> Iterator[dict[str, Any]]:
    """Give the lines of a file's log, up to one that was not finished; those of an earlier file mean nothing."""
    if not _log(path).exists():
        return
    for line in _log(path).read_bytes().splitlines():
        try:
            changes = json.loads(line)
        except ValueError:
            return
        if changes["of"] == name:
            yield changes


def _time(device: Pluggable) -> dict[str, float | None]:
    clock = None
    if isinstance(device, Handheld) and not device.clock.stopped:
        clock = device.clock.seconds
    return {"utc": device.world.utc, "clock": clock}


def _facts(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            facts = json.loads(archive.read("device.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a saved device; name another file, or delete it.") from error
    if facts.get("format") != _FORMAT:
        raise InputError(f"{path} was saved by another version; delete the file.")
    return facts
