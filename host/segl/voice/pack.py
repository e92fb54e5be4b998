"""A voice pack: everything that the audio code reader says in one language, in one file that plays from flash.

    offset  bytes
    0       8      "SEGLVOX" and a zero
    8       2      version of this format, 1
    10      2      bytes in a block, 256
    12      4      bytes in the whole pack, a multiple of 256
    16      2      rows of the table: how many clips there are
    18      2      bytes of what the pack says about itself
    20      4      bytes of the texts
    24      4      CRC-32 of the table and what the pack says about itself
    28      4      CRC-32 of the texts
    32      4      CRC-32 of the 32 bytes before
    36             the table: a row of 32 bytes for each clip, sorted by id
                   what the pack says about itself, canonical CBOR
                   the texts of all clips, UTF-8, one behind the other
                   0xFF up to the next multiple of 256, then the clips, each in whole blocks (see adpcm)

A row, which a board finds by halving the table, without decoding any of it:

    0       16     id, ASCII, filled up with zeros
    16      4      CRC-32 of the clip's blocks
    20      4      offset of its first block from the pack's start, a multiple of 256
    24      4      samples
    28      2      offset of its text from the first text
    30      2      bytes of its text, up to 255; only a tone has none

The clips' blocks lie in the table's order without a gap and end the pack. A board also has its limits: 512 clips, 2048
bytes for what the pack says about itself, 16 speeds, and no figure of a speed above 5000.

Numbers are little endian. What the pack says about itself is a map:

    "language"  BCP 47 tag
    "name"      of the language, in itself
    "version"   of texts and clips
    "license"   SPDX expression
    "checked"   by a native speaker?
    "tools"     name: version, of what made the clips
    "numbers"   how numbers above 9 are put together: "digits", "tens_units", "units_and_tens"
    "speeds"    a list from slow to fast: [words a minute, recorded rate, ms after a digit, ms between the groups]

A digit's id is "5@slow", with the recorded rates slow, normal and fast. The tones "tone_ask", "tone_done", "tone_wrong"
and "tone_item" have the empty text, so that a screen which shows what is spoken shows nothing for them. Letters are
"letter_a" to "letter_z", and "letter_ae", "letter_oe", "letter_aa" for æ, ø and å.
"""

import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from zlib import crc32

from segl.voice.adpcm import BLOCK, SAMPLES, decode
from segl.voice.errors import VoiceError
from segl.voice.texts import DIGITS, LONGEST_ID, NUMBERS, RATES, TONES, clip_id
from segl_wire import cbor

MAGIC = b"SEGLVOX\0"
FORMAT = 1
_HEADER = struct.Struct("<8sHHIHHIII")  # and its own CRC-32
_FIRST_ROW = _HEADER.size + 4
_ROW = struct.Struct("<16sIIIHH")
_LARGEST = 16 << 20
_MOST_CLIPS, _MOST_ABOUT, _MOST_SPEEDS, _MOST = 512, 2048, 16, 5000
_LONGEST_TEXT = 255


@dataclass(frozen=True)
class Speed:
    """How a code is spoken at one speed.

    Args:
        words: words a minute.
        rate: which recorded digits: "slow", "normal" or "fast".
        gap_ms: silence after a digit.
        pause_ms: silence between the two groups of digits.
    """

    words: int
    rate: str
    gap_ms: int
    pause_ms: int


# A speed of N words a minute gives a digit 60 / N s, as running speech would, and a quarter of a second of silence
# more, because digits are copied one by one. The gaps are what English digits then leave, rounded to 10 ms; the pause
# is twice the gap. Other languages take the same table, so that a speed means the same rhythm everywhere.
SPEEDS = (
    Speed(80, "slow", 490, 980),
    Speed(110, "slow", 290, 580),
    Speed(130, "normal", 330, 660),
    Speed(170, "normal", 220, 440),
    Speed(220, "fast", 240, 480),
    Speed(280, "fast", 180, 360),
)


@dataclass(frozen=True)
class Clip:
    """One clip.

    Args:
        text: what it says.
        samples: how many samples are played.
        blocks: IMA ADPCM in whole blocks.
    """

    text: str
    samples: int
    blocks: bytes

    def pcm(self) -> "array[int]":
        """Decode it to the 16-bit samples that a board plays."""
        return decode(self.blocks, self.samples)


@dataclass(frozen=True)
class Pack:
    """A voice.

    Args:
        language: a BCP 47 tag.
        name: the language's name in itself.
        version: of the texts and clips.
        license: SPDX expression for the clips.
        checked: whether a native speaker has checked it.
        numbers: how numbers above 9 are put together.
        tools: what made the clips, with versions.
        speeds: from slow to fast.
        clips: by id.
    """

    language: str
    name: str
    version: str
    license: str
    checked: str
    numbers: str
    tools: Mapping[str, str]
    speeds: tuple[Speed, ...]
    clips: Mapping[str, Clip]

    def to_bytes(self) -> bytes:
        """Write the pack.

        Raises:
            VoiceError: a clip or a part that every pack must have is missing or makes no sense.
        """
        _check(self)
        names = sorted(self.clips)
        about = cbor.encode(self._about())
        if len(about) > _MOST_ABOUT:
            raise _damaged(f"what it says about itself has over {_MOST_ABOUT} bytes")
        texts = [self.clips[name].text.encode() for name in names]
        end = _FIRST_ROW + _ROW.size * len(names) + len(about) + sum(map(len, texts))
        start = -(-end // BLOCK) * BLOCK
        table, size, text_at = b"", start, 0
        for name, text in zip(names, texts, strict=True):
            clip = self.clips[name]
            table += _ROW.pack(
                name.encode("ascii"), crc32(clip.blocks), size, clip.samples, text_at, len(text)
            )
            size += len(clip.blocks)
            text_at += len(text)
        words = b"".join(texts)
        crcs = crc32(table + about), crc32(words)
        head = _HEADER.pack(MAGIC, FORMAT, BLOCK, size, len(names), len(about), len(words), *crcs)
        body = b"".join(self.clips[name].blocks for name in names)
        return b"".join(
            (head, struct.pack("<I", crc32(head)), table, about, words, b"\xff" * (start - end), body)
        )

    def _about(self) -> dict[str, object]:
        return {
            "language": self.language,
            "name": self.name,
            "version": self.version,
            "license": self.license,
            "checked": self.checked,
            "tools": dict(self.tools),
            "numbers": self.numbers,
            "speeds": [[each.words, each.rate, each.gap_ms, each.pause_ms] for each in self.speeds],
        }


def read_pack(path: Path) -> Pack:
    """Read and check a pack.

    Args:
        path: the file.

    Raises:
        VoiceError: the file is missing, or is no whole pack.
    """
    return read_both(path)[0]


def read_both(path: Path) -> tuple[Pack, bytes]:
    """Read and check a pack, and give its very bytes too.

    Args:
        path: the file.

    Raises:
        VoiceError: the file is missing, or is no whole pack.
    """
    try:
        data = path.read_bytes()
        return parse_pack(data), data
    except OSError as error:
        raise VoiceError(f"{path}: cannot be read ({error.strerror}); give a voice pack") from error
    except VoiceError as error:
        raise VoiceError(f"{path}: {error}") from error


def parse_pack(data: bytes) -> Pack:
    """Read and check a pack's bytes, every clip's checksum too.

    Args:
        data: the whole pack.

    Raises:
        VoiceError: this is no whole pack; says what is wrong.
    """
    table, about, texts, start = _parts(data)
    try:
        pack = Pack(
            str(about["language"]),
            str(about["name"]),
            str(about["version"]),
            str(about["license"]),
            str(about["checked"]),
            str(about["numbers"]),
            {name: str(value) for name, value in _map(about["tools"]).items()},
            tuple(Speed(int(w), str(r), int(g), int(p)) for w, r, g, p in cast(Any, about["speeds"])),
            _clips(data, table, texts, start),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged("its index is incomplete") from error
    _check(pack)
    return pack


def _parts(data: bytes) -> tuple[bytes, dict[str, object], bytes, int]:
    # Gives table, about, texts and where the clips begin once the header and all checksums fit.
    if len(data) < _FIRST_ROW or data[: len(MAGIC)] != MAGIC:
        raise _damaged("it does not begin like a voice pack")
    if crc32(data[: _HEADER.size]) != int.from_bytes(data[_HEADER.size : _FIRST_ROW], "little"):
        raise _damaged("its header is damaged")
    _, version, block, size, rows, about_size, texts_size, crc, texts_crc = _HEADER.unpack_from(data)
    if version != FORMAT or block != BLOCK:
        raise VoiceError(
            f"the voice pack has format {version}, this program reads {FORMAT}; update this program"
        )
    about_at = _FIRST_ROW + _ROW.size * rows
    texts_at = about_at + about_size
    end = texts_at + texts_size
    if size != len(data) or size % BLOCK or size > _LARGEST or end > size:
        raise _damaged(f"it has {len(data)} bytes and should have {size}")
    if crc32(data[_FIRST_ROW:texts_at]) != crc or crc32(data[texts_at:end]) != texts_crc:
        raise _damaged("its index is damaged")
    try:
        about = _map(cbor.decode(data[about_at:texts_at]))
    except (ValueError, TypeError) as error:
        raise _damaged("its index is damaged") from error
    return data[_FIRST_ROW:about_at], about, data[texts_at:end], -(-end // BLOCK) * BLOCK


def _clips(data: bytes, table: bytes, texts: bytes, start: int) -> dict[str, Clip]:
    clips: dict[str, Clip] = {}
    last = ""
    for raw, crc, offset, samples, text_at, text_size in _ROW.iter_unpack(table):
        name = raw.rstrip(b"\0").decode("ascii")
        text = texts[text_at : text_at + text_size]
        if name <= last or "\0" in name or len(text) != text_size:
            raise _damaged("its table is out of order")
        last = name
        size = -(-samples // SAMPLES) * BLOCK
        if offset != start or samples < 1 or offset + size > len(data):
            raise _damaged(f"the clip {name} does not lie in its place")
        start += size
        blocks = data[offset : offset + size]
        if crc32(blocks) != crc:
            raise _damaged(f"the clip {name} is damaged")
        clips[name] = Clip(text.decode(), samples, blocks)
    if start != len(data):
        raise _damaged("something lies behind its last clip")
    return clips


def _check(pack: Pack) -> None:
    # What writer and reader both insist on.
    missing = [
        clip_id(digit, rate) for rate in RATES for digit in DIGITS if clip_id(digit, rate) not in pack.clips
    ]
    missing += [name for name in NUMBERS.get(pack.numbers, ()) if name not in pack.clips]
    if missing:
        raise _damaged(f"the clip {missing[0]} is missing")
    if pack.numbers not in NUMBERS:
        raise _damaged(f"it puts numbers together as {pack.numbers}, which is unknown")
    words = [each.words for each in pack.speeds]
    if not words or words != sorted(set(words)):
        raise _damaged("its speeds do not rise")
    if any(each.rate not in RATES or each.gap_ms < 0 or each.pause_ms < 0 for each in pack.speeds):
        raise _damaged("one of its speeds makes no sense")
    figures = [value for each in pack.speeds for value in (each.words, each.gap_ms, each.pause_ms)]
    if len(pack.clips) > _MOST_CLIPS or len(words) > _MOST_SPEEDS or max(figures) > _MOST:
        raise _damaged("a board has no room for so many clips or such speeds")
    for name, clip in pack.clips.items():
        if not 1 <= len(name) <= LONGEST_ID or not name.isascii():
            raise _damaged(f"the id {name!r} is not one to {LONGEST_ID} characters of ASCII")
        if len(clip.text.encode()) > _LONGEST_TEXT:
            raise _damaged(f"the text of {name} is longer than {_LONGEST_TEXT} bytes")
        if bool(clip.text) == (name in TONES):
            raise _damaged(f"the clip {name} has no text, or is a tone and has one")
        if clip.samples < 1 or len(clip.blocks) != -(-clip.samples // SAMPLES) * BLOCK:
            raise _damaged(f"the clip {name} has the wrong length")


def _map(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not a map")
    return cast("dict[str, object]", value)


def _damaged(what: str) -> VoiceError:
    return VoiceError(f"not a whole voice pack: {what}; build it or copy it again")
