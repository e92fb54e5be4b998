"""What boot, a press and a frame cost: fuel that is the same in every run, and the board time that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

from segl.otpauth import Key
from segl_sim.boards import Board
from segl_sim.devices import CodeDisplay
from segl_sim.world import World

_MS = 1_000_000
_KEY = Key(name="Costs", kind="totp", secret=b"12345678901234567890")
_UTC = 1_790_000_010  # at the start of a step, so that every code is shown at once
_STEP_S = 30


@dataclass(frozen=True)
class Costs:
    """What a code display with one key needs on one board.

    Args:
        boot_fuel: From power-on to the first sleep.
        press_fuel: From the release of the key to the sleep after the code was drawn.
        frame_fuel: From an INFO request to the sleep after its answer.
        boot_ms: From power-on to the first sleep, in ms of board time, all waiting for parts included.
        press_ms: From the release of the key to the last pixel of the code; the board was awake.
        cold_ms: From power-on by a press of 0.1 s to the last pixel of the code.
        frame_ms: From an INFO request to its answer, the way over USB included.
        heap: Bytes of live heap after a collection, with the code on the screen.
    """

    boot_fuel: int
    press_fuel: int
    frame_fuel: int
    boot_ms: float
    press_ms: float
    cold_ms: float
    frame_ms: float
    heap: int


def measure(board: Board, overrides: dict[str, str | None] | None = None) -> Costs:
    """Measure on the MicroPython engine; always the same figures for the same sources.

    Args:
        board: Which board.
        overrides: Firmware sources to replace, by their path on the board.
    """
    with World(seed=1, utc=_UTC) as world:
        display = world.code_display(board, overrides=overrides)
        display.press(6)
        with display.connect() as session:
            session.provision(_KEY, utc=round(world.utc), sequence=1)
            session.info()
            fuel, began = display.fuel, world.now
            session.info()
            frame_ms = (world.now - began) / _MS
            frame_fuel = display.fuel - fuel
        display.press()
        display.unplug()
        _next_step(world)
        fuel, began = display.fuel, world.now
        display.key.press()
        world.advance(0.6)
        boot_fuel = display.fuel - fuel
        boot_ms = (display.busy_until - began) / _MS
        fuel, began = display.fuel, world.now
        display.key.release()
        world.advance(0.3)
        press_fuel = display.fuel - fuel
        press_ms = (_last_pixel(world) - began) / _MS
        heap = display.live_heap()
        _next_step(world)
        began = world.now
        display.press(0.1)
        cold_ms = (_last_pixel(world) - began) / _MS
        _check(display)
    return Costs(boot_fuel, press_fuel, frame_fuel, boot_ms, press_ms, cold_ms, frame_ms, heap)


def _next_step(world: World) -> None:
    """Wait until the screen is dark and a new step has just begun."""
    world.advance(2 * _STEP_S)
    world.advance(_STEP_S - world.utc % _STEP_S + 1)


def _last_pixel(world: World) -> int:
    return max(effect.time for effect in world.trace.last if effect.kind == "oled.write")


def _check(display: CodeDisplay) -> None:
    if display.code is None:
        raise AssertionError(f"no code on the screen but: {display.text}")
