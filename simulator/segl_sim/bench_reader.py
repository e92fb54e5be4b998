"""The audio reader's part of `make bench`: decoding, memory, and how long a key waits for sound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from segl.voice import REGION
from segl_sim.bench_rows import MODELLED, Row, timed
from segl_sim.boards import PICO, PICO2
from segl_sim.devices import AudioReader
from segl_sim.firmware import Firmware
from segl_sim.reader_costs import decode_fuel, measure_reader, set_up
from segl_sim.world import World

_MS = 1_000_000
_BLOCKS = 500
_BLOCK_MS = 31.5  # of speech
_SPEECH_S = 60
_LONG_ITEM = 2  # of the menu: the key's, before the speed's, whose change is stored


def reader_rows() -> Iterator[Row]:
    """Measure everything."""
    yield from _costs()
    yield from _decoding()
    yield from _interruptions()
    yield from _speech()
    yield from _flash()


def _ready(world: World) -> AudioReader:
    reader = world.audio_reader()
    set_up(reader)
    return reader


def _costs() -> Iterator[Row]:
    costs = measure_reader(PICO2)
    for chip, fuel_ps in (("RP2350", PICO2.fuel_ps), ("RP2040, which has no reader", PICO.fuel_ps)):
        block_ms = costs.block_fuel * fuel_ps / 1e9
        yield f"decoding a block, {chip}", f"{block_ms:.2f}", "ms", f"{_BLOCK_MS} ms of speech; {MODELLED}"
        yield f"decoder's share, {chip}", f"{block_ms / _BLOCK_MS:.0%}", "of the processor", "while it speaks"
    for heap, when in ((costs.speaking_heap, "while it speaks"), (costs.heap, "a code on the screen")):
        budget = f"{heap:,} of {PICO2.heap_budget:,}"
        yield f"reader's live heap, {when}", budget, "bytes", "after a collection, byte code included"
    for ms, when in (
        (costs.again_ms, "awake, codec on: the same code again"),
        (costs.menu_ms, "awake, codec on: the menu's first item"),
        (costs.code_ms, "awake, codec off: a new code"),
        (costs.cold_ms, "off: a code"),
    ):
        yield f"key to sound, {when}", f"{ms:.0f}", "ms", f"first sample at the loudspeaker; {MODELLED}"


def _decoding() -> Iterator[Row]:
    with World(seed=1) as world:
        reader = world.audio_reader()
        reader.plug()
        rate = _BLOCKS / timed(partial(decode_fuel, reader, _BLOCKS)) * 1000
    yield (
        "decoding, micropython",
        f"{rate:.0f}",
        "blocks per real second",
        f"{_BLOCKS} blocks of {_BLOCK_MS} ms",
    )


def _interruptions() -> Iterator[Row]:
    """Press while it speaks: what was said fades, and flash is only written in silence."""
    with World(seed=1) as world:
        reader = _ready(world)
        for _ in range(1 + _LONG_ITEM):
            reader.press("menu")
        yield _interruption(reader, "menu", "the menu's next item")
        yield _interruption(reader, "louder", "a change, which is stored")


def _interruption(reader: AudioReader, key: str, what: str) -> Row:
    world, speaker = reader.world, reader.codec.speaker
    while speaker.first_sound(world.now - _MS) is None:
        world.advance(0.01)
    began, operations = world.now, reader.flash.operations
    reader.press(key)
    (_, silent), (heard, _), *_ = speaker.sounds(began, gap_ms=5)
    silent, heard = (silent - began) / _MS, (heard - began) / _MS
    writes = reader.flash.operations - operations
    how = f"the old sound is gone after {silent:.0f} ms; flash operations: {writes}; {MODELLED}"
    return f"key to sound, while it speaks: {what}", f"{heard:.0f}", "ms", how


def _speech() -> Iterator[Row]:
    for engine in ("micropython", "cpython"):
        with World(seed=1, engine=engine) as world:
            reader = _ready(world)
            reader.press()
            began, fuel = world.now, reader.fuel
            took = timed(partial(reader.listen, _SPEECH_S))
            lasted = (world.now - began) / _MS
            share = (reader.fuel - fuel) * PICO2.fuel_ps / 1e9 / lasted
        yield (
            f"speech, {engine}",
            f"{lasted / took:.0f}",
            "virtual seconds per real second",
            "a code is spoken",
        )
        if share:
            yield (
                "processor while it speaks, RP2350",
                f"{share:.0%}",
                "of its time",
                f"everything; {MODELLED}",
            )


def _flash() -> Iterator[Row]:
    files = Firmware.load("audio_reader", PICO2.name).files
    packs = {PurePath(path).stem: len(data) for path, data in files.items() if path.endswith(".pack")}
    for language, size in packs.items():
        yield f"voice {language}", f"{size / 1024:.0f}", "KiB of flash", "its pack"
    total = sum(packs.values())
    share = f"{total / REGION:.0%} of the region"
    yield "voices together", f"{total / 1024:.0f}", f"KiB of {REGION // 1024} KiB", share
