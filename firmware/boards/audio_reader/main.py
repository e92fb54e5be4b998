"""Joins the audio code reader's application to a board. A board runs `while True: turn()`."""

import os
import time

import machine

from audio_reader.app import App
from boards import board, turns
from boards import parts as shared
from boards.audio_reader import boot
from boards.button import Button
from boards.power import power
from boards.sound import Sound
from boards.ssd1309 import SSD1309
from boards.tlv320dac3100 import TLV320DAC3100

_VOICES = "/audio_reader/voices"
# While sound runs the processor must not sleep deeply; so late, at most, a turn may be.
_NAP_MS = 5


class Parts(shared.Parts):
    """What every device has, and what makes this one speak."""

    def __init__(self, bus):
        codec = TLV320DAC3100(bus)
        codec.setup()
        self.sound = Sound(
            codec, board.I2S_BUS, board.I2S_SCK, board.I2S_SD, board.CODEC_INTERRUPT, turns.wake
        )
        super().__init__(bus, SSD1309(bus), self.sound.settle)
        self.voices = _VOICES
        self.voices_size = board.VOICES

    def languages(self):
        """Return the languages of all voice packs that are there, in order."""
        return sorted([entry[0][:-5] for entry in os.ilistdir(_VOICES) if entry[0].endswith(".pack")])


def turn():
    """Take what has come in, let the application run, feed the sound, and sleep until there is more to do."""
    global _played
    now, events = _turns.begin()
    if _played and not _sound.playing:
        _played = False
        events.append(("quiet", None))
    until = _app.step(now, events)
    _played = _played or _sound.playing
    sound = _sound.step(now)
    if _played and not _sound.playing:
        until = now  # it fell silent in this turn: the next one tells
    elif until is None or (sound is not None and sound < until):
        until = sound
    sleep = _turns.sleep(until)
    if _sound.running:
        time.sleep_ms(min(sleep, _NAP_MS))
        sleep = 0
    machine.lightsleep(sleep)


_turns = turns.Turns([Button(pin, turns.wake) for pin in boot.KEYS])
_parts = Parts(shared.i2c())
_sound = _parts.sound
_played = False
_app = App(_parts)
_app.start(_turns.pressed(power.usb, boot.seen))
