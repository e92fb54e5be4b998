"""A device that has been used for a while, and everything secret that was ever on it."""

import random
import string
import struct
from base64 import b32encode
from collections.abc import Iterator, Mapping
from typing import Any

from segl.otpauth import Key
from segl_sim import Board, World
from segl_sim.parts.flash import SECTOR
from tests.device.kinds import Kind
from tests.device.support import files, provision, pull

_MAX_KEYS = 16
_PIECE = 8  # bytes of a secret that nobody meets by chance
_WINDOW = 16
_KEY_RECORD = 1
_HEADER = struct.Struct("<HH")  # a frame of the store: length, complement, records, CRC-32
_RECORD = struct.Struct("<BBH")  # kind, key, size
_CRC = 4
_DELETED = 0xFFFF


class UsedDevice:
    """The device, at a computer, and what its flash must not show.

    Args:
        kind: What it is.
        board: Which board.
        seed: Of the world and of what its owner does.
        overrides: Firmware that is broken on purpose.
    """

    def __init__(
        self, kind: Kind[Any], board: Board, seed: int = 9, overrides: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self.world = World(seed=seed)
        self.device = kind.make(self.world, board, overrides=overrides)
        self.plain: set[bytes] = set()
        self.sealed: set[bytes] = set()
        self.frames: set[bytes] = set()
        self.compactions = 0
        self._chance = random.Random(f"{seed} {board.name}")
        self._keys: dict[str, Key] = {}
        self._log = b""
        self._looked_at: dict[int, bytes] = {}
        self.device.plug()

    # --- use ---

    def fill(self, keys: int) -> Iterator[None]:
        """Put so many keys on it, old ones again when it is full: the quickest way to a log that is compacted."""
        for _ in range(keys):
            self._provision()
            self._note()
            yield

    def use(self, operations: int) -> Iterator[None]:
        """Do something, so many times; after each the ledger holds what was in the flash."""
        actions = [self._provision] * 4 + [self._press] * 8 + [self._set_time, self._restart]
        for _ in range(operations):
            self._chance.choice(actions)()
            self._note()
            yield

    def _provision(self) -> None:
        if len(self._keys) < _MAX_KEYS:
            name = "".join(self._chance.choices(string.ascii_letters, k=self._chance.randint(16, 32)))
        else:
            name = self._chance.choice(list(self._keys))
        kind = self._chance.choice(("totp", "hotp"))
        secret = self._chance.randbytes(self._chance.randint(20, 64))
        key = Key(name, secret, "hotp" if kind == "hotp" else "totp")
        for text in (secret, name.encode(), b32encode(secret), *(f(secret.hex()) for f in (_lower, _upper))):
            self.plain.update(text[at : at + _PIECE] for at in range(0, len(text) - _PIECE + 1, _PIECE))
        self._keys[name] = key
        provision(self.device, key)
        self.world.advance(3)

    def _press(self) -> None:
        self.kind.play(self.device, self._chance)
        self.world.advance(self._chance.choice((0.1, 2, 35)))

    def _set_time(self) -> None:
        with self.device.connect() as session:
            if not session.info().open:
                self.kind.open_setup(self.device)
            session.set_time(round(self.world.utc), session.info().sequence + 1)

    def _restart(self) -> None:
        pull(self.device)
        self.device.restore_power()
        self.device.plug()

    # --- the ledger ---

    def _note(self) -> None:
        """Write down what the log holds."""
        log = files(self.device).get("/store/log", b"")
        if log == self._log:
            return
        self.compactions += not log.startswith(self._log)
        self._log = log
        at = 0
        while at < len(log):
            length, _ = _HEADER.unpack_from(log, at)
            end = at + _HEADER.size + length
            self.frames.add(log[at : end + _CRC])
            at += _HEADER.size
            while at < end:
                kind, _, size = _RECORD.unpack_from(log, at)
                at += _RECORD.size
                if size != _DELETED:
                    if kind == _KEY_RECORD:
                        self.sealed.add(log[at : at + size])
                    at += size
            at = end + _CRC

    # --- what a laboratory finds ---

    def plain_in_flash(self) -> bool:
        """Say whether a piece of a secret (also in hexadecimal or Base32) lies where the flash has changed since."""
        image = self.device.flash.image()
        changed: list[int] = []
        for sector, data in self.device.flash.snapshot().sectors.items():
            if self._looked_at.get(sector) is not data:
                self._looked_at[sector] = data
                changed.append(sector)
        return any(_meets(image, sector, self.plain, _PIECE) for sector in changed)

    def anything_in_flash(self) -> bool:
        """Say whether a piece of a secret, plain or sealed, or a frame of the log lies anywhere in the flash."""
        image = self.device.flash.image()
        windows = {
            secret[at : at + _WINDOW] for secret in self.sealed for at in range(len(secret) - _WINDOW + 1)
        }
        sectors = self.device.flash.snapshot().sectors  # all others are as the factory left them
        return (
            any(_meets(image, sector, windows, _WINDOW) for sector in sectors)
            or any(_meets(image, sector, self.plain, _PIECE) for sector in sectors)
            or any(frame in image for frame in self.frames)
        )


def _lower(text: str) -> bytes:
    return text.encode()


def _upper(text: str) -> bytes:
    return text.upper().encode()


def _meets(image: bytes, sector: int, pieces: set[bytes], size: int) -> bool:
    """Say whether any piece begins in, or reaches into, a sector."""
    start = max(0, sector * SECTOR - size)
    part = image[start : (sector + 1) * SECTOR + size]
    if part.count(0xFF) == len(part):
        return False
    return not pieces.isdisjoint({part[at : at + size] for at in range(len(part) - size + 1)})
