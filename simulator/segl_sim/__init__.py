"""Segl's simulator: the devices' own firmware in the real MicroPython interpreter, on simulated hardware."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_PLACES = {
    "boards": ("PICO", "PICO2", "Board"),
    "devices": ("AudioReader", "Chip", "CodeDisplay"),
    "failures": ("DeviceFailure", "FirmwareError", "MemoryBudgetError", "RunawayError"),
    "handheld": ("Handheld",),
    "world": ("World",),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load what is asked for: pytest loads the plugin in this package for everybody who has Segl installed."""
    if name in _MODULES:
        return getattr(import_module(f"segl_sim.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
