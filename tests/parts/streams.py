"""What tests of sound share: a codec wired to an I2S block, registers by name of page, and signals."""

import math
import struct
from collections.abc import Callable

from segl_sim.parts.i2s import MONO, I2sController
from segl_sim.parts.tlv320dac3100 import TLV320DAC3100
from tests.parts.fake import FakeContext

MS = 1_000_000
PINS = bytes([10, 11, 12])
FRAME = 62_500  # ns at 16 kHz
# From the start of a frame to its sample at the outlet: the frame itself and 21 more.
LAG = 22 * FRAME

# As a driver might write them: clocks from the bit clock for 16 kHz, both DACs on, everything routed and powered.
CLOCKS = ((0, 6, b"\x30\x00\x00"), (0, 11, b"\x8c\x82\x01\x00"), (0, 4, b"\x07\x94"))
DACS = ((0, 63, b"\xd4\x00"),)
HEADPHONES = (
    (1, 33, b"\x00"),
    (1, 35, b"\x44"),
    (1, 36, b"\x80\x80"),
    (1, 31, b"\xd4"),
    (1, 40, b"\x06\x06"),
)
SPEAKER = ((1, 35, b"\x44"), (1, 38, b"\x80"), (1, 32, b"\x86"), (1, 42, b"\x04"))


class Board:
    """A codec on an I2S block that plays a signal for ever.

    Args:
        rate: Of the stream, in Hz.
        signal: Gives the sample of a frame, 16 bits; None plays silence.
        codec: Arguments of the codec.
    """

    def __init__(self, rate: int = 16_000, signal: Callable[[int], int] | None = None, **codec: bool) -> None:
        self.context = FakeContext()
        self.codec = TLV320DAC3100(self.context, **codec)
        self.context.time = 10 * MS
        self.i2s = I2sController(self.context, self._more)
        self.codec.connect(self.i2s, *PINS)
        self.rate = rate
        self._signal = signal
        self._sent = 0

    def start(self) -> None:
        self.i2s.start(0, 16 | MONO << 8, self.rate, 4096, PINS)
        if self._signal:
            self.i2s.set_irq(0, 1)
            self._more(0)

    def set(self, *writes: tuple[int, int, bytes]) -> None:
        for page, register, values in writes:
            self.codec.write(bytes([0, page]))
            self.codec.write(bytes([register]) + values)

    def get(self, page: int, register: int) -> int:
        self.codec.write(bytes([0, page]))
        self.codec.write(bytes([register]))
        return self.codec.read(1)[0]

    def wait(self, ms: float) -> int:
        """Let time pass and return it."""
        self.context.advance(round(ms * MS))
        return self.context.time

    def playing(self) -> "Board":
        """Switch everything on and wait until it is up."""
        self.start()
        self.set(*CLOCKS, *DACS, *HEADPHONES, *SPEAKER)
        self.wait(100)
        return self

    def _more(self, _: int) -> None:
        assert self._signal
        chunk = [self._signal(frame) for frame in range(self._sent, self._sent + 504)]
        self._sent += 504
        self.i2s.write(0, words(chunk))


def words(samples: list[int]) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def sine(frame: int) -> int:
    """1 kHz at 16 kHz, as large as 16 bits allow."""
    return round(32767 * math.sin(math.tau * frame / 16))


def steady(_: int) -> int:
    return 16384
