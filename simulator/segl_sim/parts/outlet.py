"""What somebody hears at an outlet: a recording's channels put together as ears, or a microphone, have them."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

from segl_sim.parts.audio import FOREVER, Recording

_MS = 1_000_000
_FULL = 32_768


class Outlet:
    """The loudspeaker, or the headphones with both their sides. All times are virtual ns.

    Args:
        recording: What the codec sent out.
        sides: Its channels; the first one counts where one is enough.
    """

    def __init__(self, recording: Recording, *sides: str) -> None:
        self.recording = recording
        self.sides = sides

    def samples(
        self, start: int = 0, end: int | None = None, rate: int = 16_000, gain_db: float = 0
    ) -> array[int]:
        """Return 16-bit samples, silence included; full scale is the codec's own before its analog volume.

        Args:
            start: Of the first sample.
            end: Before which the last one lies; None: until the last sound.
            rate: In Hz.
            gain_db: Makes quiet volumes louder; what is then too loud is clipped.
        """
        return self._words(self.sides[0], start, self._end(start, end), rate, gain_db)

    def wav(
        self,
        path: Path | str,
        start: int = 0,
        end: int | None = None,
        rate: int = 16_000,
        gain_db: float = 0,
    ) -> None:
        """Write the samples as a WAV file, of one channel or two; arguments as for `samples`."""
        stop = self._end(start, end)
        channels = [self._words(side, start, stop, rate, gain_db) for side in self.sides]
        frames = array("h", bytes(2 * len(channels) * len(channels[0])))
        for number, words in enumerate(channels):
            frames[number :: len(channels)] = words
        # Not by its name: when that cannot be opened, the wave module complains of itself.
        with Path(path).open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(len(channels))
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(frames.tobytes())

    def first_sound(self, after: int = 0, end: int = FOREVER) -> int | None:
        """Return when the first sample that is not zero left, None if none did."""
        found = (self.recording.first_sound(side, after, end) for side in self.sides)
        return min((when for when in found if when is not None), default=None)

    def silent_since(self, start: int = 0) -> int | None:
        """Return when the last sample that is not zero ended, None if there was none since `start`."""
        found = (self.recording.silent_since(side, start) for side in self.sides)
        return max((when for when in found if when is not None), default=None)

    def sounds(self, start: int = 0, end: int = FOREVER, gap_ms: float = 40) -> list[tuple[int, int]]:
        """Return when each sound began and ended; a silence shorter than `gap_ms` is part of a sound."""
        found: list[tuple[int, int]] = []
        for side in self.sides:
            for segment in self.recording.segments(side, start, end):
                begin = segment.start
                for index, value in enumerate(segment.values):
                    if not value:
                        continue
                    when = begin + index * segment.clock.num // segment.clock.den
                    after = begin + (index + 1) * segment.clock.num // segment.clock.den
                    if found and when - found[-1][1] < gap_ms * _MS:
                        found[-1] = (found[-1][0], max(after, found[-1][1]))
                    else:
                        found.append((when, after))
            if found:
                break  # the other side says the same
        return found

    def peak(self, start: int = 0, end: int = FOREVER) -> float:
        """Return the largest sample; 1.0 is full scale."""
        return max(self.recording.peak(side, start, end) for side in self.sides)

    def level_db(self, start: int, end: int) -> float:
        """Return the level in dB; 0 is a sine of full scale."""
        return max(self.recording.level_db(side, start, end) for side in self.sides)

    def pops(self, start: int = 0, end: int = FOREVER) -> list[int]:
        """Return when the gain jumped while there was a signal."""
        return sorted({when for side in self.sides for when in self.recording.pops(side, start, end)})

    def _end(self, start: int, end: int | None) -> int:
        return max(start, self.silent_since(start) or start) if end is None else end

    def _words(self, side: str, start: int, end: int, rate: int, gain_db: float) -> array[int]:
        scale = _FULL * 10 ** (gain_db / 20)
        values = self.recording.samples(side, start, end, rate)
        return array("h", [max(-_FULL, min(_FULL - 1, round(value * scale))) for value in values])
