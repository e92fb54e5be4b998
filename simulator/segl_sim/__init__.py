"""Segl's simulator: the devices' own firmware in the real MicroPython interpreter, on simulated hardware."""

from segl_sim.boards import PICO, PICO2, Board
from segl_sim.devices import AudioReader, Chip, CodeDisplay
from segl_sim.failures import DeviceFailure, FirmwareError, MemoryBudgetError, RunawayError
from segl_sim.handheld import Handheld
from segl_sim.world import World

__all__ = [
    "PICO",
    "PICO2",
    "AudioReader",
    "Board",
    "Chip",
    "CodeDisplay",
    "DeviceFailure",
    "FirmwareError",
    "Handheld",
    "MemoryBudgetError",
    "RunawayError",
    "World",
]
