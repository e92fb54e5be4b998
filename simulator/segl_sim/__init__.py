"""Segl's simulator: the devices' own firmware in the real MicroPython interpreter, on simulated hardware."""

from segl_sim.boards import PICO, PICO2, Board
from segl_sim.devices import CodeDisplay
from segl_sim.failures import DeviceFailure, FirmwareError, MemoryBudgetError, RunawayError
from segl_sim.world import World

__all__ = [
    "PICO",
    "PICO2",
    "Board",
    "CodeDisplay",
    "DeviceFailure",
    "FirmwareError",
    "MemoryBudgetError",
    "RunawayError",
    "World",
]
