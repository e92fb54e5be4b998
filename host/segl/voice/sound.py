"""Samples: reading and writing them, cleaning them up, and measuring what a listener would notice.

Sound is a numpy array of float64 with full scale at 1.0, one channel, until `to_pcm` makes 16-bit numbers of it.
Every filter works on the whole clip through its spectrum, which numpy does fast and without a further package.

Source: ITU-R BS.1770-5 (loudness); R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients" (high shelf).
"""

import math
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segl.voice import RATE
from segl.voice.errors import VoiceError

Sound = NDArray[np.float64]
Pcm = NDArray[np.int16]

_SILENCE = -120.0
_PAD_S = 0.05  # what a filter may ring before and after a clip


class Measures(NamedTuple):
    """What `segl voice preview` prints about a clip.

    Args:
        seconds: how long it lasts.
        loudness: integrated loudness in LUFS.
        peak: its highest sample in dB of full scale.
        start: the largest sample or step in its first millisecond, in dB of full scale.
        end: the same for its last millisecond.
    """

    seconds: float
    loudness: float
    peak: float
    start: float
    end: float


def read_wav(path: Path) -> tuple[Sound, int]:
    """Read a PCM WAV file of any rate, 8 to 32 bits; several channels become their mean.

    Args:
        path: the file.

    Returns:
        The samples and their rate in Hz.

    Raises:
        VoiceError: the file is missing or is no PCM WAV.
    """
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(f"{path}: not a WAV file with PCM sound ({error}); save it as 16-bit WAV") from error
    raw = raw[: len(raw) // (width * channels) * width * channels].reshape(-1, width)
    if width == 1:
        values = (raw[:, 0].astype(np.float64) - 128) / 128
    else:
        wide = np.zeros((len(raw), 4), np.uint8)
        wide[:, 4 - width :] = raw
        values = wide.view("<i4")[:, 0].astype(np.float64) / 2**31
    return values.reshape(-1, channels).mean(axis=1), rate


def write_wav(path: Path, samples: Pcm, rate: int = RATE) -> None:
    """Write 16-bit samples as a WAV file with one channel.

    Args:
        path: the file.
        samples: the samples.
        rate: their rate in Hz.
    """
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def to_pcm(sound: Sound) -> Pcm:
    """Round to 16-bit numbers.

    Args:
        sound: samples, at most full scale.
    """
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def from_pcm(samples: Pcm) -> Sound:
    """Give 16-bit numbers as samples with full scale at 1.

    Args:
        samples: 16-bit numbers.
    """
    return samples.astype(np.float64) / 32768


def resample(sound: Sound, rate: int, wanted: int = RATE) -> Sound:
    """Give the same sound at another rate, cut off smoothly below half of the lower one.

    Args:
        sound: samples.
        rate: their rate in Hz.
        wanted: the rate to give, in Hz.
    """
    if rate == wanted:
        return sound
    unit = rate // math.gcd(rate, wanted)
    pad = -(-round(_PAD_S * rate) // unit) * unit  # so that it is a whole number of samples at both rates
    size = -(-(len(sound) + 2 * pad) // unit) * unit
    spectrum = np.fft.rfft(np.concatenate([np.zeros(pad), sound, np.zeros(size - pad - len(sound))]))
    out = size // unit * (wanted // math.gcd(rate, wanted))
    edge = min(rate, wanted) / 2
    frequencies = np.arange(len(spectrum)) * rate / size
    spectrum *= np.cos(np.clip((frequencies - 0.92 * edge) / (0.08 * edge), 0, 1) * (np.pi / 2)) ** 2
    short = np.zeros(out // 2 + 1, np.complex128)
    count = min(len(short), len(spectrum))
    short[:count] = spectrum[:count]
    start = pad * wanted // rate
    return np.fft.irfft(short, out)[start : start + round(len(sound) * wanted / rate)] * (out / size)


def trim(sound: Sound, rate: int = RATE, before: float = 0.012, after: float = 0.025) -> Sound:
    """Cut off the silence at both ends, or what is no louder than a recording's own noise.

    Args:
        sound: samples.
        rate: their rate in Hz.
        before: seconds to keep before the first sound, so that a weak consonant is not cut.
        after: seconds to keep after the last one.

    Raises:
        VoiceError: nothing is to be heard.
    """
    step = rate // 200
    count = len(sound) // step
    power = np.square(sound[: count * step]).reshape(count, step).mean(axis=1) if count else np.zeros(1)
    top = float(power.max())
    if top < 1e-6:
        raise VoiceError("nothing is to be heard")
    noise = float(np.percentile(power, 5))
    loud = np.flatnonzero(power > max(top * 10**-4.6, min(noise * 4, top * 1e-3)))
    first = max(0, int(loud[0]) * step - round(before * rate))
    last = min(len(sound), (int(loud[-1]) + 1) * step + round(after * rate))
    return sound[first:last]


def squeeze(sound: Sound, rate: int = RATE, longest: float = 0.12) -> Sound:
    """Shorten every silence inside a clip, such as that between two sentences: silence costs flash like speech.

    Args:
        sound: samples.
        rate: their rate in Hz.
        longest: how many seconds of a silence stay.
    """
    step = rate // 200
    count = len(sound) // step
    power = np.square(sound[: count * step]).reshape(count, step).mean(axis=1)
    quiet = power < float(power.max(initial=0)) * 10**-5
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    keep = np.ones(len(sound), bool)
    half = round(longest * rate / 2)
    for first, last in zip(edges[::2] * step, edges[1::2] * step, strict=True):
        if last - first > 2 * half:
            keep[first + half : last - half] = False
    return sound[keep]


def fade(sound: Sound, rate: int = RATE, start: float = 0.008, end: float = 0.02) -> Sound:
    """Let a clip begin and end at nothing, along half a cosine.

    Args:
        sound: samples.
        rate: their rate in Hz.
        start: seconds of the rise.
        end: seconds of the fall.
    """
    faded = sound.copy()
    for seconds, part in ((start, faded), (end, faded[::-1])):
        count = min(len(sound) // 2, round(seconds * rate))
        part[:count] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)
    return faded


def shelf(sound: Sound, gain: float, corner: float, rate: int = RATE) -> Sound:
    """Lift what lies above a corner: consonants, which a small loudspeaker and old ears lose first.

    Args:
        sound: samples.
        gain: the lift in dB.
        corner: the middle of the slope in Hz.
        rate: the samples' rate in Hz.
    """
    a = 10 ** (gain / 40)
    w = 2 * math.pi * corner / rate
    c = math.cos(w)
    root = 2 * math.sqrt(a) * math.sin(w) / 2 * math.sqrt(2)
    top = (a * (a + 1 + (a - 1) * c + root), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - root))
    low = (a + 1 - (a - 1) * c + root, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - root)
    return _filter(sound, rate, [(top, low)])


def high_pass(sound: Sound, corner: float, rate: int = RATE) -> Sound:
    """Take away rumble and any constant offset, 12 dB an octave.

    Args:
        sound: samples.
        corner: where 3 dB are lost, in Hz.
        rate: the samples' rate in Hz.
    """
    w = 2 * math.pi * corner / rate
    c, alpha = math.cos(w), math.sin(w) / math.sqrt(2)
    return _filter(sound, rate, [(((1 + c) / 2, -1 - c, (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha))])


def limit(sound: Sound, top: float, rate: int = RATE) -> Sound:
    """Keep every sample below a level by turning the gain down for some milliseconds around it.

    Args:
        sound: samples.
        top: the level in dB of full scale.
        rate: the samples' rate in Hz.
    """
    ceiling = 10 ** (top / 20)
    gain = np.minimum(1, ceiling / np.maximum(np.abs(sound), 1e-9))
    reach = round(0.004 * rate)
    held = np.lib.stride_tricks.sliding_window_view(np.pad(gain, reach, constant_values=1.0), 2 * reach + 1)
    window = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(np.pad(held.min(axis=1), reach, mode="edge"), window / window.sum(), "valid")
    return sound * smooth


def loudness(sound: Sound, rate: int = RATE) -> float:
    """Measure the integrated loudness in LUFS, as BS.1770 with its two gates.

    A clip shorter than the standard's block of 0.4 s is measured as one block of its own length, so that a fast digit
    is compared with a slow one by how loud it is, not by how long.

    Args:
        sound: samples.
        rate: their rate in Hz.
    """
    weighted = _filter(sound, rate, _k_weighting(rate))
    size = min(len(weighted), round(0.4 * rate))
    if not size:
        return _SILENCE
    sums = np.concatenate([[0.0], np.cumsum(np.square(weighted))])
    starts = np.arange(0, len(weighted) - size + 1, max(1, round(0.1 * rate)))
    power = (sums[starts + size] - sums[starts]) / size
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(power):
        return _SILENCE
    power = power[power > power.mean() / 10]
    return -0.691 + 10 * math.log10(float(power.mean()))


def measure(samples: Pcm, rate: int = RATE) -> Measures:
    """Measure a finished clip.

    Args:
        samples: its samples.
        rate: their rate in Hz.
    """
    sound = from_pcm(samples)
    size = rate // 1000
    return Measures(
        len(sound) / rate,
        loudness(sound, rate),
        _db(float(np.abs(sound).max(initial=0))),
        _click(sound[:size]),
        _click(sound[-size:][::-1]),
    )


def _click(edge: Sound) -> float:
    # Silence lies before the first sample, so that one is a step too.
    return _db(float(max(np.abs(edge).max(initial=0), np.abs(np.diff(edge, prepend=0.0)).max(initial=0))))


def _db(value: float) -> float:
    return 20 * math.log10(value) if value > 1e-6 else _SILENCE


_Section = tuple[tuple[float, float, float], tuple[float, float, float]]


def _filter(sound: Sound, rate: int, sections: list[_Section]) -> Sound:
    size = 1 << (len(sound) + round(2 * _PAD_S * rate)).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    spectrum = np.fft.rfft(sound, size)
    for top, low in sections:
        spectrum *= (top[0] + top[1] * z + top[2] * z * z) / (low[0] + low[1] * z + low[2] * z * z)
    return np.fft.irfft(spectrum, size)[: len(sound)]


def _k_weighting(rate: int) -> list[_Section]:
    # The standard gives coefficients for 48 kHz; these analogue values behind them give the same curve at any rate.
    k = math.tan(math.pi * 1681.974450955533 / rate)
    high, band, q = (
        10 ** (3.999843853973347 / 20),
        10 ** (3.999843853973347 * 0.4996667741545416 / 20),
        0.7071752369554196,
    )
    top = (high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k)
    low = (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k)
    k = math.tan(math.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    return [(top, low), ((1.0, -2.0, 1.0), (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k))]
