"""Plays clips through I2S and the codec without a gap, and falls silent at once when told to.

Three stages, each with its own rhythm:

* `step`, in the main loop, decodes one block (31.5 ms of speech) into a free buffer, and asks to be called again
  while there are free ones. A turn is thus never longer than one block takes.
* I2S's handler hands over the next full buffer; it runs between two byte codes of whatever the main loop does.
* The driver's ring feeds DMA from its interrupts.

Three full buffers hold 94 ms, the ring 32 to 48 ms: so long the main loop may be busy. The ring alone covers what
keeps handlers waiting (a collection, one long transfer to the screen). Before flash is written comes `hush`, and
`machine.lightsleep` stops the bit clock: see `running`.

`stop` mutes the codec, which fades within 34 ms, and replaces what was to come by silence; what the ring still holds
goes by unheard, and then the codec is opened again.
"""

import time
from array import array

from machine import I2S, Pin
from micropython import const

from boards.tlv320dac3100 import (
    DETECT_MS,
    HEADPHONES,
    MUTED_MS,
    NOWHERE,
    READY_MS,
    SPEAKER,
)
from common.adpcm import SAMPLES, decode

_RATE = const(16000)
_RING = const(1536)  # bytes: 48 ms
_DRAIN_MS = const(60)  # until all that the ring held has passed through DMA and codec
_BUFFERS = const(4)  # one is I2S's, three are full or free
_FULL = const(3)
_FIRST = const(2)  # buffers that `play` fills at once; the first one goes before the second is decoded
_STARVED_MS = const(26)  # after the last buffer went, this long nothing is missing
_IDLE_MS = const(2000)  # then the codec is switched off


class Sound:
    """A player.

    Args:
        codec: The codec's driver, set up.
        bus: Number of the I2S bus.
        sck: Number of the pin of the bit clock; the word clock is on the next one.
        sd: Number of the data pin.
        interrupt: Number of the pin that the codec raises when a plug comes or goes.
        wake: Called from interrupts when `step` has something to do.
    """

    def __init__(self, codec, bus, sck, sd, interrupt, wake):
        self.underruns = 0
        self.loudspeaker = False  # whether sound may leave the loudspeaker when no plug is in
        self.codec = codec
        self._pins = (bus, Pin(sck), Pin(sck + 1), Pin(sd))
        self._wake = wake
        self._i2s = None
        self._silence = array("h", bytes(2 * SAMPLES))
        self._buffers = [array("h", bytes(2 * SAMPLES)) for _ in range(_BUFFERS)]
        self._queue = [None] * _BUFFERS
        self._put = self._taken = 0
        self._source = None
        self._going = False  # I2S has a buffer of ours
        self._sounded = False  # it got something since the last stop
        self._round = 0
        self._since = time.ticks_ms()  # of the last sound
        self._muted = False
        self._muted_at = 0
        self._hushed = False  # and to stay so until there is something to play
        self._ready = 0
        self._last = 0
        self._starved = False
        self._closing = False
        self._moved = False
        self._routed = False
        self._known = time.ticks_ms()
        self._plug = Pin(interrupt, Pin.IN)
        self._plug.irq(self._on_plug, Pin.IRQ_RISING)

    @property
    def running(self):
        """Whether the bit clock runs: it would stop in `machine.lightsleep`."""
        return self._i2s is not None

    @property
    def playing(self):
        """Whether something sounds or is about to."""
        return self._source is not None or self._going or self._put != self._taken

    def open(self):
        """Switch the codec on, as soon as it is likely that something will be said."""
        if self._i2s is None:
            bus, sck, ws, sd = self._pins
            self._i2s = I2S(
                bus, sck=sck, ws=ws, sd=sd, mode=I2S.TX, bits=16, format=I2S.MONO, rate=_RATE, ibuf=_RING
            )
            self._listen()
            self._going = False
            self.codec.start()
            self._ready = time.ticks_ms()
        elif self._closing:
            self.codec.start()
            self._ready = time.ticks_ms()
        self._closing = False
        self._touch()

    @property
    def plugged(self):
        """Whether a plug is in the jack; so soon after another came or went this waits until it is known."""
        time.sleep_ms(max(0, DETECT_MS - self._passed(self._known)))
        return self.codec.headphones()

    def play(self, source):
        """Stop what plays, and play what `source` yields: (block, samples) pairs, a block of None being silence.

        A block is read before the next is asked for, so that all may share one buffer. Without an outlet that
        may sound, the source is dropped.
        """
        self.stop()
        self.open()
        self._hushed = False
        self._source = iter(source)
        self._routed = False
        # Enough to begin with, before the caller goes on to what takes longer, such as drawing.
        for _ in range(_FIRST):
            self.step(0)
        self._wake()

    def stop(self):
        """Fall silent: 34 ms from here to the last sample, most of it gone in 10."""
        if not self.playing:
            return
        self._source = None
        self._taken = self._put
        if not self._sounded:
            return  # nothing of it has gone yet, or silence already follows what has
        self._sounded = False
        self._mute()
        self._touch()
        # This drops the rest of the buffer that I2S has; the silence also pushes out what the ring keeps back. Should
        # that buffer end just now, its call goes to nobody: the silence needs two interrupts, 2 ms, for its own.
        self._i2s.irq(None)
        self._i2s.irq(_ignore)
        self._i2s.write(self._silence)
        self._listen()
        self._going = True

    def hush(self):
        """Stop, and mute until the next `play`; return for how many ms something may still sound."""
        self.stop()
        if self._i2s is None or self.codec.outlet == NOWHERE:
            return 0
        self._hushed = True
        if not self._muted:
            self._mute()
        return max(0, _DRAIN_MS - self._passed(self._muted_at))

    def settle(self):
        """Hush, and return when nothing sounds any more: before flash is written.

        Interrupts are off then: the ring stands still, and DMA reads on into whatever lies behind its buffer.
        """
        time.sleep_ms(self.hush())

    def step(self, now):
        """Do what is due; return when to be called again, in ms of `now`'s count, or None: when `wake` was called."""
        if self._moved:
            self._moved = False
            self._plug_moved()
        if self._i2s is None:
            return None
        wake = self._open_again(now)
        if self._source is not None and not self._routed:
            unknown = DETECT_MS - self._passed(self._known)
            if unknown > 0:
                return _sooner(wake, now + unknown)
            self._routed = True
            self._route()
            if self.codec.outlet == NOWHERE:
                self._source = None
        if self._source is not None and self._put - self._taken < _FULL:
            self._fill()
            wake = now
        if not self._going and self._put != self._taken:
            waiting = READY_MS[self.codec.outlet] - self._passed(self._ready)
            if self._starved:
                self._next()  # in mid-speech nothing is waited for
            elif waiting > 0:
                wake = _sooner(wake, now + waiting)
            else:
                self._next()
        if not self.playing and wake is None:
            wake = self._rest(now)
        return wake

    def close(self):
        """Switch off at the next steps, without a click."""
        self.stop()
        self._since = time.ticks_add(time.ticks_ms(), -_IDLE_MS)

    # From interrupts

    def _on_empty(self, number):
        """I2S took all of a buffer."""
        if number != self._round:
            return  # of a buffer that was dropped meanwhile
        self._last = time.ticks_ms()
        if self._put != self._taken:
            self._next()
        else:
            self._going = False
            self._starved = self._sounded and self._source is not None
        self._wake()

    def _on_plug(self, _):
        self._moved = True
        self._wake()

    # In the main loop

    def _listen(self):
        self._round += 1
        number = self._round
        self._i2s.irq(lambda _: self._on_empty(number))

    def _next(self):
        """Hand over the next full buffer."""
        if self._starved and self._passed(self._last) > _STARVED_MS:
            self.underruns += 1
        self._starved = False
        self._going = self._sounded = True
        chunk = self._queue[self._taken % _BUFFERS]
        self._taken += 1
        self._touch()
        self._i2s.write(chunk)

    def _fill(self):
        """Decode one block, or take silence; behind the last one comes silence to push it out of the ring."""
        place = self._put % _BUFFERS
        try:
            block, samples = next(self._source)
        except StopIteration:
            self._source = None
            block, samples = None, SAMPLES
        out = self._silence
        if block is not None:
            out = self._buffers[place]
            decode(block, out)
        self._queue[place] = out if samples == SAMPLES else memoryview(out)[:samples]
        self._put += 1

    def _open_again(self, now):
        """Let the codec sound again when what `stop` left in the ring has gone by."""
        if not self._muted or self._hushed:
            return None
        left = _DRAIN_MS - self._passed(self._muted_at)
        if left > 0:
            return now + left
        self._muted = False
        self.codec.unmute()
        return None

    def _rest(self, now):
        """Switch off after a while: first the DACs fade, then the clocks stop."""
        passed = self._passed(self._since)
        if not self._closing:
            if passed < _IDLE_MS:
                return now + _IDLE_MS - passed
            self._closing = True
            self._touch()
            self.codec.stop()
            return now + MUTED_MS
        if passed < MUTED_MS:
            return now + MUTED_MS - passed
        self.codec.off()
        self._i2s.deinit()
        self._i2s = None
        self._closing = False
        return None

    def _mute(self):
        self.codec.mute()
        self._muted = True
        self._muted_at = time.ticks_ms()

    def _route(self):
        """Choose the outlet; what must not sound is closed first."""
        if self.codec.headphones():
            outlet = HEADPHONES
        else:
            outlet = SPEAKER if self.loudspeaker else NOWHERE
        if outlet != self.codec.outlet:
            self.codec.route(outlet)
            self._ready = time.ticks_ms()

    def _plug_moved(self):
        self.codec.clear_interrupt()
        if self._i2s is None:
            return
        if not self.codec.headphones() and self.codec.outlet == HEADPHONES:
            # What was said into the headphones must not come out of the loudspeaker.
            self.stop()
            self.codec.route(NOWHERE)
        elif self.codec.headphones():
            self._route()

    def _touch(self):
        self._since = time.ticks_ms()

    def _passed(self, since):
        passed = time.ticks_diff(time.ticks_ms(), since)
        return passed if passed >= 0 else 1 << 29  # longer ago than the counter reaches


def _ignore(_):
    pass


def _sooner(one, other):
    return other if one is None else min(one, other)
