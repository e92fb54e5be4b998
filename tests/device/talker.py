"""A board with the codec and a firmware that does nothing but play: for tests of the player, without an application.

Keys: 14 plays the clip twice with a pause, 17 stops, 18 prints the player's count of underruns, 19 hushes and writes a
file, 20 writes it without.
"""

import math
import struct

from segl_sim.boards import PICO2, Board
from segl_sim.device import Device
from segl_sim.firmware import Firmware
from segl_sim.parts.tlv320dac3100 import TLV320DAC3100
from segl_sim.pins import Pin
from segl_sim.world import World

MS = 1_000_000
PLAY, STOP, COUNT, HUSH, WRITE = 14, 17, 18, 19, 20
PAUSE = 500  # frames
_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)

MAIN = """
import time

import machine
from machine import I2C, Pin

from boards.sound import Sound
from boards.tlv320dac3100 import TLV320DAC3100
from clip import BUSY_MS, CLIP, LOUDSPEAKER, REST_MS

presses = []


def on_key(pin):
    presses.append(keys.index(pin))
    wake()


def wake():
    global woken
    woken = True


woken = False
keys = [Pin(number, Pin.IN, Pin.PULL_UP) for number in (14, 17, 18, 19, 20)]
for key in keys:
    key.irq(on_key, Pin.IRQ_FALLING)
codec = TLV320DAC3100(I2C(0, sda=Pin(4), scl=Pin(5), freq=400000))
codec.setup()
codec.volume = 7
sound = Sound(codec, 0, 10, 12, 13, wake)
sound.loudspeaker = LOUDSPEAKER
view = memoryview(CLIP)


def clip():
    for at in range(0, len(CLIP), 256):
        yield view[at : at + 256], 504


def twice():
    yield from clip()
    yield None, 500
    yield from clip()


def turn():
    global woken
    woken = False
    now = time.ticks_ms()
    while presses:
        press = presses.pop(0)
        if press == 0:
            sound.play(twice())
        elif press == 1:
            sound.stop()
        elif press > 2:
            if press == 3:
                sound.settle()
            with open("note", "wb") as file:
                file.write(bytes(6000))
        else:
            print("underruns", sound.underruns)
    due = sound.step(now)
    if sound.playing and BUSY_MS:
        time.sleep_ms(BUSY_MS)
    rest = 4000 if due is None else max(0, due - time.ticks_ms())
    if woken or presses:
        rest = 0
    if sound.running:
        # machine.lightsleep() would stop the bit clock.
        time.sleep_ms(min(rest, REST_MS))
        rest = 0
    machine.lightsleep(rest)
"""


class Talker(Device):
    """Args: world, engine's; board; busy_ms: what each turn wastes; rest_ms: the longest rest while the clock runs;
    loudspeaker: whether it may sound; main: the firmware's main file; codec: options of the codec.
    """

    def __init__(
        self,
        world: World,
        board: Board = PICO2,
        busy_ms: int = 0,
        rest_ms: int = 8,
        loudspeaker: bool = True,
        main: str = MAIN,
        **codec: bool,
    ) -> None:
        clip = f"CLIP = {CLIP!r}\nBUSY_MS = {busy_ms}\nREST_MS = {rest_ms}\nLOUDSPEAKER = {loudspeaker}\n"
        overrides = {"boards/code_display/main.py": main, "clip.py": clip}
        super().__init__(world, "talker", board, Firmware.load("code_display", board.name, overrides), None)
        self.codec = TLV320DAC3100(self, **codec)
        self.codec.connect(self.audio, 10, 11, 12)
        self.i2c[0, 0x18] = self.codec
        self.heard = self.codec.recording
        self.pins[13] = Pin(source=lambda: self.codec.gpio1)
        self.codec.listen(lambda level: self.edge(13, level))
        self.supply(True)
        world.advance(1)

    def adc(self, pin: int) -> int:
        return 40_000

    def press(self, key: int, seconds: float = 0) -> int:
        """Press a key, let time pass, and return when it was."""
        begin = self.world.now
        self.edge(key, 0)
        self.world.advance(seconds)
        return begin

    def ask(self) -> str:
        """Return the player's counts."""
        self.press(COUNT, 0.1)
        return "".join(self.console).splitlines()[-1]


# --- a clip, encoded with the nearest code for each sample ---

# fmt: off
STEPS = (
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818,
    18500, 20350, 22385, 24623, 27086, 29794, 32767,
)
# fmt: on


def difference(index: int, code: int) -> int:
    step = STEPS[index]
    size = (step >> 3) + sum(step >> shift for bit, shift in ((4, 0), (2, 1), (1, 2)) if code & bit)
    return -size if code & 8 else size


def encode(samples: list[int]) -> tuple[bytes, list[int]]:
    """Return blocks, and what they sound like."""
    blocks, decoded = b"", []
    sample = index = 0
    for at in range(0, len(samples), 504):
        blocks += struct.pack("<hBB", sample, index, 0)
        codes: list[int] = []
        for wanted in samples[at : at + 504]:
            code = min(range(16), key=lambda code: abs(sample + difference(index, code) - wanted))
            sample += difference(index, code)
            index = min(88, max(0, index + _MOVES[code & 7]))
            codes.append(code)
            decoded.append(sample)
        blocks += bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))
    return blocks, decoded


def tone(count: int, frequency: float = 500, size: int = 16_000, fade: int = 80) -> list[int]:
    """A sine that fades in and out."""
    return [
        round(size * min(1, k / fade, (count - 1 - k) / fade) * math.sin(math.tau * frequency * k / 16_000))
        for k in range(count)
    ]


CLIP, DECODED = encode(tone(16 * 504))
