"""What one test plays in: a world, the devices that are handed over, and the time that they have.

A server under test looks at the clock on the wall, so the world has its time too. A code must not be of a step that
the server has not reached: RFC 6238 section 5.2 lets a server take a code that is late, not one that is early. So near
the end of a step, where a device would wait for the next one, the world's time stays behind a little, in that step.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Literal, overload

from segl.otpauth import Key
from segl_sim.boards import BOARDS, Board
from segl_sim.testing.owned import Keyed, Owned, OwnedChip, OwnedDisplay, OwnedReader
from segl_sim.world import NS, World

if TYPE_CHECKING:
    from segl_sim.parts.flash import FlashSnapshot

_KEY_NAME = "Example"
_STEP_S = 30
_LEFT_S = 14  # of a step when a device is handed over: a reader that has 11 s left speaks at once
_KINDS: dict[str, type[Owned]] = {kind.short_name: kind for kind in (OwnedDisplay, OwnedReader, OwnedChip)}


class Scene:
    """One test's world.

    Args:
        seed: Of the world.
        engine: "micropython" or "cpython".
        utc: Unix time at which it begins, exactly; None: now.
        pin: Of chips, None for none.

    Attributes:
        world: The world.
        devices: Hands devices over.
        pin: As above.
        utc: Unix time at which the world began.
        pinned: Whether somebody said when it was to begin.
    """

    def __init__(self, seed: int, engine: str, utc: int | None, pin: str | None) -> None:
        self.pinned = utc is not None
        self.utc = _now() if utc is None else utc
        self.world = World(seed, engine, self.utc)
        self.pin = pin
        self.devices = Devices(self)

    def catch_up(self) -> None:
        """Let the world's time be that of the wall if it has fallen behind; never where it is pinned."""
        if not self.pinned:
            self.world.run_until(max(self.world.now, (_now() - self.utc) * NS))

    def close(self) -> None:
        """End.

        Raises:
            DeviceFailure: A device has failed, and nobody was told of it yet.
        """
        with self.world:
            self.world.advance(0)


class Devices:
    """Hands over devices that are set up, each with a key of its own.

    Args:
        scene: Where they live.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    @overload
    def __call__(
        self, count: int = 1, kind: Literal["display"] = "display", board: str = "pico2"
    ) -> list[OwnedDisplay]: ...
    @overload
    def __call__(self, count: int, kind: Literal["reader"], board: str = "pico2") -> list[OwnedReader]: ...
    @overload
    def __call__(self, count: int, kind: Literal["chip"], board: str = "pico2") -> list[OwnedChip]: ...
    def __call__(self, count: int = 1, kind: str = "display", board: str = "pico2") -> list[Any]:
        """Hand some over, with the time of the wall: displays and readers switched off, chips plugged in.

        Args:
            count: How many.
            kind: "display", "reader" or "chip".
            board: "pico2", or "pico", which has no room for a reader.

        Raises:
            ValueError: No such kind or board.
        """
        if kind not in _KINDS or board not in BOARDS:
            raise ValueError(f"No {kind} on {board}: use {', '.join(_KINDS)} and {', '.join(BOARDS)}.")
        scene, world = self._scene, self._scene.world
        what, on = _KINDS[kind], BOARDS[board]
        first = len(world.devices)
        found = [self._made(what, on, f"{kind}{number}") for number in range(first, first + count)]
        # Those that are the first of their name take their time; only then the world catches up, and begins a second:
        # from there on clock chips count.
        flashes = [
            _set_up(what, on, device.name, world.seed, world.engine, chosen) for device, chosen in found
        ]
        scene.catch_up()
        world.run_until(-(-world.now // NS) * NS)
        for (device, _), flash in zip(found, flashes, strict=True):
            device.begin(flash)
        return [device for device, _ in found]

    def _made(self, kind: type[Owned], board: Board, name: str) -> tuple[Owned, Key | str | None]:
        world = self._scene.world
        keyed = issubclass(kind, Keyed)
        chosen = Key(_KEY_NAME, world.random(f"{name} account").randbytes(20)) if keyed else self._scene.pin
        device: Owned = kind(world, name, board, chosen)
        world.devices.append(device)
        if isinstance(device, Keyed):
            device.catch_up = self._scene.catch_up
        return device, chosen


@functools.cache
def _set_up(
    kind: type[Owned], board: Board, name: str, seed: int, engine: str, chosen: Key | str | None
) -> FlashSnapshot:
    """Have a device set up, once in this process: every test's device of that name begins so."""
    return kind.set_up(board, name, seed, engine, chosen)


def _now() -> int:
    """Return the Unix time of the wall, or an earlier one of the same step with enough of it left."""
    now = int(time.time())
    return now - max(0, now % _STEP_S - (_STEP_S - _LEFT_S))
