"""Building a voice: say or read every clip, clean it, bring all to one loudness, encode, and look at the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segl import __version__
from segl.voice import sound
from segl.voice.encode import encode
from segl.voice.errors import VoiceError
from segl.voice.pack import SPEEDS, Clip, Pack
from segl.voice.sound import Measures, Pcm, Sound
from segl.voice.speak import synthesize, tools
from segl.voice.texts import DIGITS, PROMPT, RATES, Texts, clip_id
from segl.voice.tones import tones

LOUDNESS = -18.0
LOUDNESS_WITHIN = 1.0
PEAK = -2.0
CLICK = -45.0
_SHELF_DB, _SHELF_HZ = 10.0, 2500.0
_RUMBLE_HZ = 70.0

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """A new pack and what it was made from.

    Args:
        pack: the pack.
        before: every clip's samples before ADPCM.
    """

    pack: Pack
    before: Mapping[str, Pcm]


def build(texts: Texts, recordings: Path | None = None, progress: Progress = lambda text: None) -> Built:
    """Make a voice.

    Args:
        texts: what it says.
        recordings: a folder with one WAV file for each clip, named after its id (`5@slow.wav`, `no_key.wav`);
            without it espeak-ng speaks through pyttsx3.
        progress: is told what happens.

    Raises:
        VoiceError: something is missing or came out wrong; says which clip.
    """
    if recordings is None:
        raw, made_by = _spoken(texts, progress), {**tools(), "voice": texts.voice}
    else:
        raw, made_by = _recorded(texts, recordings), {"recordings": recordings.name}
    before = {name: level(sound.fade(tone)) for name, tone in tones().items()}
    for name, (samples, rate) in raw.items():
        try:
            before[name] = finish(samples, rate)
        except VoiceError as error:
            raise VoiceError(f"clip {name}: {error}; record or build it again") from error
    progress("encoding")
    words = texts.every()
    clips = {name: Clip(words[name], len(pcm), encode(pcm)) for name, pcm in before.items()}
    made_by["segl"] = __version__
    pack = Pack(
        texts.language,
        texts.name,
        texts.version,
        texts.license,
        texts.checked,
        texts.numbers,
        made_by,
        SPEEDS,
        clips,
    )
    inspect(pack)
    return Built(pack, before)


def finish(samples: Sound, rate: int) -> Pcm:
    """Make a clip of raw sound: 16 kHz, trimmed, consonants lifted, one loudness, soft ends.

    Args:
        samples: the sound.
        rate: its rate in Hz.

    Raises:
        VoiceError: nothing is to be heard.
    """
    clip = sound.high_pass(sound.resample(samples, rate), _RUMBLE_HZ)
    return level(sound.fade(sound.squeeze(sound.trim(sound.shelf(clip, _SHELF_DB, _SHELF_HZ)))))


def level(clip: Sound) -> Pcm:
    """Bring a clip to the loudness that all clips have.

    Args:
        clip: 16 kHz.
    """
    for _ in range(8):
        clip = sound.limit(clip * 10 ** ((LOUDNESS - sound.loudness(clip)) / 20), PEAK)
    return sound.to_pcm(clip)


def measures(pack: Pack) -> dict[str, Measures]:
    """Measure every clip as a board would play it, that is after decoding.

    Args:
        pack: the voice.
    """
    return {name: sound.measure(np.array(clip.pcm(), np.int16)) for name, clip in pack.clips.items()}


def summary(found: Mapping[str, Measures]) -> str:
    """Put the measures of a pack into one line.

    Args:
        found: measures by clip, at least one.
    """
    loud = [each.loudness for each in found.values()]
    return (
        f"{len(found)} clips, {sum(each.seconds for each in found.values()):.0f} s, "
        f"loudness {min(loud):.2f} to {max(loud):.2f} LUFS (within {max(loud) - min(loud):.2f} dB), "
        f"highest peak {max(each.peak for each in found.values()):.2f} dB, "
        f"loudest start or end {max(max(each.start, each.end) for each in found.values()):.1f} dB"
    )


def inspect(pack: Pack) -> dict[str, Measures]:
    """Measure a pack and insist on what a listener would notice.

    Args:
        pack: the voice.

    Raises:
        VoiceError: a clip is too loud or too soft, clicks or clips, or the recorded rates do not differ.
    """
    found = measures(pack)
    # ADPCM takes up to half a decibel from hissing clips, so the pack's own middle is what counts.
    middle = float(np.median([values.loudness for values in found.values()]))
    for name, values in found.items():
        if abs(values.loudness - middle) > LOUDNESS_WITHIN / 2:
            raise VoiceError(
                f"clip {name}: {values.loudness:.1f} LUFS, the others have {middle:.1f}; record it less unevenly"
            )
        if values.peak > -0.1:
            raise VoiceError(f"clip {name}: clips at full volume; record it less unevenly")
        if max(values.start, values.end) > CLICK:
            raise VoiceError(f"clip {name}: clicks at its start or end; leave silence around it")
    for digit in DIGITS:
        lengths = [found[clip_id(digit, rate)].seconds for rate in RATES]
        if not lengths[0] > lengths[1] > lengths[2]:
            raise VoiceError(
                f"digit {digit}: slow, normal and fast do not get shorter; record or build it again"
            )
    return found


def _spoken(texts: Texts, progress: Progress) -> dict[str, tuple[Sound, int]]:
    found: dict[str, tuple[Sound, int]] = {}
    for rate in RATES:
        progress(f"digits, {rate}")
        said = {digit: texts.respell.get(digit, text) for digit, text in texts.digits.items()}
        spoken = synthesize(said, texts.voice, texts.rates[rate])
        found |= {clip_id(digit, rate): spoken[digit] for digit in DIGITS}
    progress("prompts")
    said = {name: texts.respell.get(name, text) for name, text in texts.clips.items()}
    return found | synthesize(said, texts.voice, texts.rates[PROMPT])


def _recorded(texts: Texts, folder: Path) -> dict[str, tuple[Sound, int]]:
    missing = [name for name in texts.spoken() if not (folder / f"{name}.wav").is_file()]
    if missing:
        raise VoiceError(
            f"{folder}: {len(missing)} recordings are missing; record {', '.join(missing[:5])}.wav first"
        )
    return {name: sound.read_wav(folder / f"{name}.wav") for name in texts.spoken()}
