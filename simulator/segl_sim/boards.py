"""The boards: what a stock MicroPython image gives on each, and how fast it is."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True)
class Board:
    """One board under its stock MicroPython image.

    Args:
        name: As `segl firmware build --board` knows it.
        machine: What `os.uname().machine` says.
        files_size: Bytes of flash that the image gives to littlefs.
        heap_budget: Bytes of live heap that a device's firmware may hold, its byte code included.
        fuel_ps: Picoseconds of board time that one unit of wasmtime's fuel stands for. Calibrated with 256-bit
            modular multiplications (0.196 ms on RP2040, modelled 0.11 ms on RP2350); calibration.py tells how
            far other work is off: up to twice too slow, at most a little too fast.
        start_ns: From power-up to the first line of `_boot.py`.
        otp_secret: Whether a page of one-time-programmable memory holds the root secret.
    """

    name: str
    machine: str
    files_size: int
    heap_budget: int
    fuel_ps: int
    start_ns: int
    otp_secret: bool


PICO2 = Board("pico2", "Raspberry Pi Pico 2 with RP2350", 3072 * KIB, 400 * KIB, 3100, 80_000_000, True)
PICO = Board("pico", "Raspberry Pi Pico with RP2040", 1408 * KIB, 180 * KIB, 5500, 80_000_000, False)

BOARDS = {board.name: board for board in (PICO2, PICO)}
