"""How much memory a full chip takes: what lives, what is garbage, and what is left of the flash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from segl_sim.boards import KIB, Board
from segl_sim.chip import Chip
from segl_sim.chip_use import SEED, User, used_chip
from segl_sim.engines.micropython import MicroPythonEngine
from segl_sim.firmware import firmware_root
from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import SECTOR
from segl_sim.world import World

CREDENTIALS = 100
LIMIT = 180 * KIB
"""What all that lives may take at most on a Pico, in bytes."""
_LOOK_NS = 3_000_000  # while it has work to do, about every second turn
_MAIN = "boards/chip/main.py"
# Garbage is only collected between turns, so what a turn has allocated can be told at its end.
_ACCOUNT = """

import gc
_inner = turn
_memory = getattr(gc, "mem_alloc", int)
_allocated = _highest = 0

def turn():
    global _allocated, _highest
    before = _memory()
    _inner()
    after = _memory()
    _allocated += after - before
    _highest = max(_highest, after)

def allocated():
    return _allocated

def highest():
    return _highest
"""


@dataclass(frozen=True)
class ChipMemory:
    """What a chip with a PIN, 100 stored credentials and all of its large blobs takes on one board, in bytes.

    Args:
        idle: Live heap after a collection, when nothing happens; byte code included, here and below.
        waiting: The same while makeCredential waits for the touch.
        most: The most that lives between two turns of checking the PIN, makeCredential and getAssertion.
        raw: The most that the heap held, garbage included, at the end of any of these turns.
        pin_garbage: What checking the PIN allocates.
        make_garbage: What makeCredential allocates, which stores the credential in another one's place.
        get_garbage: What getAssertion allocates, which looks through all 100 credentials.
        flash: Of the file region, what is taken.
        flash_left: What is free.
    """

    idle: int
    waiting: int
    most: int
    raw: int
    pin_garbage: int
    make_garbage: int
    get_garbage: int
    flash: int
    flash_left: int


def measure_memory(board: Board) -> ChipMemory:
    """Measure on the MicroPython engine; always the same figures for the same sources.

    Args:
        board: Which board.
    """
    main = (firmware_root() / _MAIN).read_text() + _ACCOUNT
    # To account takes long: this board does not feel it, or requests would time out. It judges nothing either.
    quick = replace(board, fuel_ps=1, heap_budget=1 << 30)
    with World(SEED) as world:
        chip = used_chip(world, quick, CREDENTIALS, True, {_MAIN: main})
        user = User(chip)
        platform = user.platform
        engine = chip.engine
        assert isinstance(engine, MicroPythonEngine)
        live = [engine.live_heap()]
        # What of the heap is not the firmware's but the simulated board's.
        foreign = engine.evaluate("gc", "mem_alloc") - live[0]

        def look() -> None:
            live.append(engine.live_heap())
            world.at(world.now + _LOOK_NS, look)

        def garbage(request: Callable[[], object]) -> int:
            before = engine.evaluate(_module(), "allocated")
            request()
            return engine.evaluate(_module(), "allocated") - before

        platform.prove_pin()
        pin_garbage = garbage(platform.prove_pin)
        proof = platform.prove_pin()
        waiting: list[int] = []
        user.waiting = lambda: waiting.append(engine.live_heap())
        make_garbage = garbage(lambda: platform.make(0, proof))
        user.waiting = None
        proof = platform.prove_pin()
        get_garbage = garbage(lambda: platform.sign_in((), proof))
        raw = engine.evaluate(_module(), "highest") - foreign
        look()
        platform.make(0, platform.prove_pin())
        platform.sign_in((), platform.prove_pin())
        chip.unplug()
        left = _free(chip)
    return ChipMemory(
        live[0],
        waiting[0],
        max(live),
        raw,
        pin_garbage,
        make_garbage,
        get_garbage,
        board.files_size - left,
        left,
    )


def _module() -> str:
    return _MAIN.removesuffix(".py").replace("/", ".")


def _free(chip: Chip) -> int:
    """Return how many bytes of an unplugged chip's flash are free."""
    chip.flash.power_on()
    disk = Littlefs(chip.flash, 0, chip.board.files_size)
    disk.mount()
    free = disk.statvfs()[3]
    disk.unmount()
    chip.flash.power_off()
    return free * SECTOR
