"""How good the modelled board time is: operations whose time on an RP2040 is known, run on the engine."""

from __future__ import annotations

from dataclasses import dataclass

from segl_sim.boards import PICO
from segl_sim.engines.micropython import MicroPythonEngine
from segl_sim.world import World

_PRIME = "P = 2**256 - 2**224 + 2**192 + 2**96 - 1\nx = P - 12345\ny = P - 98765"
_HASH = "from hashlib import sha256\nshort = bytes(64)\nlong = bytes(1024)"
_OTP = "from common.otp import hmac, hotp\nk = bytes(20)"

# What, set-up, statement, repetitions, ms on RP2040 at 125 MHz. The times come from the board's own image in a
# cycle-accurate emulator (MicroPython 1.28); HMAC, HOTP and SHA-512 were timed there in other programs of the same
# kind, so part of their difference is the programs'.
_OPERATIONS = (
    ("256-bit modular multiplication", _PRIME, "x * y % P", 500, 0.196),
    ("256-bit modular power", _PRIME, "pow(x, P - 2, P)", 2, 68.0),
    ("SHA-256 of 64 bytes", _HASH, "sha256(short).digest()", 200, 0.18),
    ("SHA-256 of 1 kB", _HASH, "sha256(long).digest()", 50, 1.2),
    ("HMAC-SHA-256", _OTP, "hmac(k, b'12345678')", 100, 0.63),
    ("HOTP, 6 digits, SHA-1", _OTP, "hotp(k, 1, 6)", 100, 0.56),
    ("HOTP, 6 digits, SHA-512 in Python", _OTP, "hotp(k, 1, 6, 3)", 2, 144.0),
)


@dataclass(frozen=True)
class Calibration:
    """One operation: modelled and measured time in ms, and by how much the model is over (+) or under (-)."""

    name: str
    modelled_ms: float
    board_ms: float

    @property
    def error_percent(self) -> float:
        """How far the model is off, in percent of the measured time."""
        return (self.modelled_ms / self.board_ms - 1) * 100


def calibrate() -> list[Calibration]:
    """Run every operation in a display's interpreter and compare."""
    with World(seed=1) as world:
        display = world.code_display(PICO)
        display.press()
        engine = display.engine
        assert isinstance(engine, MicroPythonEngine)
        return [
            Calibration(name, _fuel(engine, setup, statement, count) * PICO.fuel_ps / 1e9, board_ms)
            for name, setup, statement, count, board_ms in _OPERATIONS
        ]


def _fuel(engine: MicroPythonEngine, setup: str, statement: str, count: int) -> float:
    loop = "def {}():\n for _ in range({}):\n  {}\n"
    engine.execute(
        f"{setup}\n{loop.format('measured', count, statement)}{loop.format('empty', count, 'pass')}"
    )
    return (engine.execute("measured()") - engine.execute("empty()")) / count
