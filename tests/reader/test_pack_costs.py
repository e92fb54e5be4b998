"""What a voice costs a Pico 2 on MicroPython: time to open it, time to the first block, and memory."""

from collections.abc import Callable, Iterator

import pytest

from segl_sim.boards import PICO2
from segl_sim.device import Device
from segl_sim.firmware import Firmware
from segl_sim.world import World
from tests.reader.voices import LANGUAGES

OPEN_MS = 20
FIRST_BLOCK_MS = 20  # of the 150 that lie between a key and its sound
BLOCK_MS = 1  # of the 31 that a block lasts
CHECK_MS = 1000  # in which no key is heard, once a voice: far from the watchdog's 8 s (decision 12)
HEAP = 12_000

START = """
import time
import machine
from audio_reader import clips
from audio_reader.pack import Pack


def timed(name, action):
    start = time.ticks_us()
    result = action()
    print(name, time.ticks_diff(time.ticks_us(), start))
    return result


def turn():
    machine.lightsleep(4000)


"""
OPEN = "pack = timed('open', lambda: Pack('/audio_reader/voices/%s.pack'))\n"
SPEAK = """
def first():
    utterance = clips.sentence(pack, 'ask_aloud')
    clips.length(pack, utterance)
    source = clips.source(pack, utterance)
    next(source)
    return source


source = timed('first', first)
timed('next', lambda: next(source))
"""
CHECK = "timed('check', pack.check)\ntimed('missing', lambda: print('lacks', clips.missing(pack)))\n"


class Probe(Device):
    """A board that does what `main` says and nothing else."""

    def __init__(self, world: World, main: str) -> None:
        overrides = {"boards/audio_reader/main.py": START + main}
        firmware = Firmware.load("audio_reader", PICO2.name, overrides)
        super().__init__(world, "probe", PICO2, firmware, None)
        self.supply(True)
        world.advance(30)

    def adc(self, pin: int) -> int:
        return 40_000

    def figures(self) -> dict[str, str]:
        """Give what was printed, by the first word of each line."""
        lines = "".join(self.console).splitlines()
        return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}


@pytest.fixture(name="probe")
def probe_fixture() -> Iterator[Callable[[str], Probe]]:
    with World(seed=1) as world:
        yield lambda main: Probe(world, main)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_voice_is_open_and_speaks_at_once(probe: Callable[[str], Probe], language: str) -> None:
    took = probe(OPEN % language + SPEAK).figures()
    assert int(took["open"]) < OPEN_MS * 1000
    assert int(took["first"]) < FIRST_BLOCK_MS * 1000
    assert int(took["next"]) < BLOCK_MS * 1000


def test_an_open_voice_needs_little_memory(probe: Callable[[str], Probe]) -> None:
    without = probe("").live_heap()
    assert probe(OPEN % "en" + SPEAK).live_heap() - without < HEAP


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_board_finds_a_whole_voice_whole(probe: Callable[[str], Probe], language: str) -> None:
    found = probe(OPEN % language + CHECK).figures()
    assert found["lacks"] == "None"
    assert int(found["check"]) + int(found["missing"]) < CHECK_MS * 1000
