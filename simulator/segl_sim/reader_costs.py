"""What it costs an audio reader to start, to decode and to speak: fuel as in costs.py, and how long a key waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segl.otpauth import Key
from segl_sim.boards import PICO2, Board
from segl_sim.devices import AudioReader
from segl_sim.engines.micropython import MicroPythonEngine
from segl_sim.world import World

_MS = 1_000_000
_KEY = Key(name="Costs", kind="totp", secret=b"12345678901234567890")
_UTC = 1_790_000_010  # at the start of a step, so that no code has to be waited for
_STEP_S = 30
_BLOCKS = 20
# Random bytes take as long as any others: every branch of the decoder is taken by all.
_DECODE = """
from array import array
from common.adpcm import decode
block = memoryview(bytes([0, 0, 40, 0] + [number * 37 & 255 for number in range(252)]))
out = array("h", bytes(1008))
def measured():
    for _ in range({0}):
        decode(block, out)
def empty():
    for _ in range({0}):
        pass
"""


@dataclass(frozen=True)
class ReaderCosts:
    """What an audio reader with one key, allowed to speak aloud, needs on one board.

    Args:
        boot_fuel: From power-on over USB until the voice is open and nothing is left to do; enumeration included.
        block_fuel: To decode a block of 31.5 ms.
        code_fuel: From Speak to the end of the code of six digits at normal speed; screens included.
        menu_fuel: From Menu to the end of what the menu's first item says.
        cold_ms: From power-on by Speak to the first sample of the code.
        code_ms: From Speak to the first sample of a new code; the board was awake.
        again_ms: From Speak to the first sample of the same code said again.
        menu_ms: From Menu to the first sample of the next item.
        block_ms: Board time to decode a block.
        heap: Bytes of live heap after a collection, with the code on the screen.
        speaking_heap: The same while it speaks.
    """

    boot_fuel: int
    block_fuel: int
    code_fuel: int
    menu_fuel: int
    cold_ms: float
    code_ms: float
    again_ms: float
    menu_ms: float
    block_ms: float
    heap: int
    speaking_heap: int


def measure_reader(board: Board = PICO2, overrides: Mapping[str, str | None] | None = None) -> ReaderCosts:
    """Measure on the MicroPython engine; always the same figures for the same sources.

    Args:
        board: Which board.
        overrides: Firmware sources to replace, by their path on the board.
    """
    with World(seed=1, utc=_UTC) as world:
        reader = world.audio_reader(board, overrides=overrides)
        set_up(reader)
        fuel = reader.fuel
        reader.plug()
        world.advance(2)
        boot_fuel = reader.fuel - fuel
        block_fuel = decode_fuel(reader)
        reader.unplug()
        _next_step(world)
        cold_ms = _press(reader)
        heap = reader.live_heap()
        _next_step(world, 0)
        fuel = reader.fuel
        code_ms = _press(reader)
        code_fuel = reader.fuel - fuel
        again_ms = _press(reader, listen=False)
        speaking_heap = reader.live_heap()
        reader.listen()
        fuel = reader.fuel
        menu_ms = _press(reader, "menu")
        menu_fuel = reader.fuel - fuel
    return ReaderCosts(
        boot_fuel,
        block_fuel,
        code_fuel,
        menu_fuel,
        cold_ms,
        code_ms,
        again_ms,
        menu_ms,
        block_fuel * board.fuel_ps / 1e9,
        heap,
        speaking_heap,
    )


def set_up(reader: AudioReader) -> None:
    """Answer its first question, put a key on it, and leave it switched off."""
    reader.walk_to(r"Set-up\.")
    reader.press()
    with reader.connect() as session:
        session.provision(_KEY, utc=round(reader.world.utc), sequence=1)
    reader.power_cut()
    reader.world.advance(1)
    reader.restore_power()


def decode_fuel(reader: AudioReader, blocks: int = _BLOCKS) -> int:
    """Return the work of decoding one block, measured on so many beside the firmware, which must run."""
    engine = reader.engine
    assert isinstance(engine, MicroPythonEngine)
    engine.execute(_DECODE.format(blocks))
    return round((engine.execute("measured()") - engine.execute("empty()")) / blocks)


def _next_step(world: World, dark_s: float = 60) -> None:
    """Wait until so long after the last key a new step has just begun."""
    world.advance(dark_s)
    world.advance(_STEP_S - world.utc % _STEP_S + 1)


def _press(reader: AudioReader, key: str = "speak", listen: bool = True) -> float:
    """Press a key, perhaps hear to the end what it says, and return the ms to its first sample."""
    began = reader.world.now
    reader.press(key)
    heard = reader.codec.speaker.first_sound(began)
    if heard is None:
        raise AssertionError(f"nothing is said, but shown: {reader.text}")
    if listen:
        reader.listen()
    return (heard - began) / _MS
