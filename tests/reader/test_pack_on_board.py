"""The board's reader of packs: the same clips as the host's, and damage of any kind is one of two errors."""

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio_reader import clips, pack
from audio_reader.pack import Pack
from segl.voice import pack as host
from segl.voice.texts import DIGITS, RATES, clip_id
from segl_wire import cbor
from tests.reader.voices import LANGUAGES, board, whole, written

ROW = 32
FIRST_ROW = 36


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pack_is_what_the_host_reads(language: str) -> None:
    ours, theirs = board(language), whole(language)
    assert (ours.language, ours.name, ours.version) == (theirs.language, theirs.name, theirs.version)
    assert ours.numbers == theirs.numbers
    assert ours.speeds == [[s.words, s.rate, s.gap_ms, s.pause_ms] for s in theirs.speeds]
    ours.check()
    for name, clip in theirs.clips.items():
        assert ours.has(name)
        assert ours.text(name) == clip.text
        assert ours.samples(name) == clip.samples
        parts = [(bytes(block), samples) for block, samples in ours.blocks(name)]
        assert b"".join(block for block, _ in parts) == clip.blocks
        assert sum(samples for _, samples in parts) == clip.samples
        assert {samples for _, samples in parts[:-1]} <= {504}


@pytest.mark.parametrize("clip", ["", "a", "zz", "tone_", "key_speakk", "x" * 40, "æ"])
def test_a_clip_that_is_not_there(clip: str) -> None:
    found = board("en")
    assert not found.has(clip)
    for ask in (found.samples, found.text, lambda name: list(found.blocks(name))):
        with pytest.raises(ValueError, match="no clip"):
            ask(clip)


def test_texts_may_be_read_while_a_clip_plays() -> None:
    found, clip = board("en"), whole("en").clips["what_i_am"]
    played = b""
    for block, _ in found.blocks("what_i_am"):
        played += bytes(block)
        assert found.text("key_menu") == "Menu"
    assert played == clip.blocks


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        Pack(str(tmp_path / "none.pack"))


# --- damage ---


@pytest.fixture(name="small", scope="module")
def small_fixture() -> bytes:
    """A pack of 50 short clips."""
    clip = host.Clip("a word", 700, bytes([1, 0, 3, 0] + [17] * 252) * 2)
    tone = host.Clip("", 400, bytes([1, 0, 3, 0] + [17] * 252))
    every = dict.fromkeys(("and", "press", "connect"), clip)
    every |= {clip_id(digit, rate): clip for rate in RATES for digit in DIGITS}
    every |= dict.fromkeys(("tone_ask", "tone_done", "tone_item", "tone_wrong"), tone)
    words = ("xx", "X", "1", "0BSD", "no", "digits")
    return host.Pack(*words, {"tool": "1"}, host.SPEEDS, every).to_bytes()


def _use(opened: Pack) -> None:
    opened.check()
    clips.missing(opened)
    said = clips.sentence(opened, "voice_missing") + clips.code(opened, "123456", 0)
    written(opened, said)
    clips.length(opened, said)
    for block, samples in clips.source(opened, said):
        assert 1 <= samples <= 504
        assert block is None or (block[2] <= 88 and not block[3])  # what the decoder relies on


Opens = Callable[[bytes], Pack]
Survives = Callable[[bytes], None]


@pytest.fixture(name="opens")
def opens_fixture(monkeypatch: pytest.MonkeyPatch) -> Opens:
    def opens(data: bytes) -> Pack:
        """Open these bytes as if they were a file."""
        file = Counting(data)
        monkeypatch.setattr(pack, "open", lambda *_: file, raising=False)
        return Pack("any.pack")

    return opens


@pytest.fixture(name="survives")
def survives_fixture(opens: Opens) -> Survives:
    def survives(data: bytes) -> None:
        """Open and use these bytes: it works, or it is one of the two errors, after not too many reads."""
        with suppress(ValueError, OSError):
            opened = opens(data)
            for part in (_use, lambda found: [found.text(name) for name in ("press", "tone_ask", "5@slow")]):
                with suppress(ValueError, OSError):
                    part(opened)

    return survives


class Counting(io.BytesIO):
    """A file that is not read for ever."""

    reads = 0

    def readinto(self, buffer: object) -> int:
        self.reads += 1
        assert self.reads < 3000
        return super().readinto(buffer)  # type: ignore[arg-type]


def mend(data: bytearray) -> bytes:
    """Make all checksums of the front fit again, as far as its sizes lie within the pack."""
    rows, about, texts = struct.unpack_from("<HHI", data, 16)
    texts_at = FIRST_ROW + ROW * rows + about
    struct.pack_into(
        "<II", data, 24, crc32(data[FIRST_ROW:texts_at]), crc32(data[texts_at : texts_at + texts])
    )
    struct.pack_into("<I", data, 32, crc32(data[:32]))
    return bytes(data)


harmless = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@harmless
@given(data=st.data())
def test_random_changes_do_no_harm(small: bytes, survives: Survives, data: st.DataObject) -> None:
    changed = bytearray(small)
    front = FIRST_ROW + ROW * 37 + 400
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, front) | st.integers(0, len(small) - 1))] = data.draw(
            st.integers(0, 255)
        )
    survives(bytes(changed))
    survives(mend(changed))  # as somebody would who means harm


@harmless
@given(data=st.data())
def test_a_pack_that_was_cut_off_does_no_harm(small: bytes, survives: Survives, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(small) - 1))
    survives(small[:length])
    survives(data.draw(st.binary(max_size=300)))
    survives(small[: length // 2] + data.draw(st.binary(max_size=64)) + small[length // 2 :])


ABOUT = st.dictionaries(
    st.sampled_from(("language", "name", "version", "numbers", "speeds")) | st.text(max_size=3),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**64), 2**64 - 1)
        | st.text(max_size=9)
        | st.binary(max_size=9),
        lambda inner: st.lists(inner, max_size=5),
        max_leaves=12,
    ),
)
GOOD: dict[str, object] = {
    "language": "xx",
    "name": "X",
    "version": "1",
    "numbers": "digits",
    "speeds": [[80, "slow", 490, 980]],
}


@harmless
@given(about=ABOUT)
def test_any_description_is_taken_or_refused(
    small: bytes, survives: Survives, about: dict[str, object]
) -> None:
    for each in (about, GOOD | about):
        survives(described(small, cbor.encode(each)))


def described(small: bytes, raw: bytes) -> bytes:
    """Replace what a pack says about itself; the clips then lie elsewhere than the table says."""
    rows, about, texts = struct.unpack_from("<HHI", small, 16)
    at = FIRST_ROW + ROW * rows
    data = bytearray(small[:at] + raw + small[at + about :])
    data += bytes(-len(data) % 256)
    struct.pack_into("<IHHI", data, 12, len(data), rows, len(raw), texts)
    return mend(data)


def row(number: int, at: int, value: int, size: int = 4) -> Callable[[bytearray], None]:
    """Put a number into a row of the table."""
    place = FIRST_ROW + ROW * number + at

    def change(data: bytearray) -> None:
        data[place : place + size] = value.to_bytes(size, "little")

    return change


def speeds_fall(data: bytearray) -> None:
    """Make the second speed as slow as the first."""
    raw = cbor.encode(host.SPEEDS[1].words)
    at = data.index(raw + cbor.encode("slow"), FIRST_ROW)
    data[at : at + len(raw)] = cbor.encode(host.SPEEDS[0].words)


def rows_swapped(data: bytearray) -> None:
    """Exchange two ids of equal clips, so that only the order is wrong."""
    one, other = FIRST_ROW, FIRST_ROW + ROW
    data[one : one + 16], data[other : other + 16] = data[other : other + 16], data[one : one + 16]


def first_block(at: int, value: int) -> Callable[[bytearray], None]:
    """Change a byte of the first clip's first block, and its checksum with it."""

    def change(data: bytearray) -> None:
        _, offset = struct.unpack_from("<II", data, FIRST_ROW + 16)
        data[offset + at] = value
        struct.pack_into("<I", data, FIRST_ROW + 16, crc32(data[offset : offset + 512]))

    return change


def longer(data: bytearray) -> None:
    """Put a block that no clip plays behind the last one."""
    data += bytes(256)
    struct.pack_into("<I", data, 12, len(data))


# What the checksums do not show, since they have been made to fit.
FORGED = {
    "a step that is none": first_block(2, 89),
    "a block that begins wrongly": first_block(3, 1),
    "a text beyond the texts": row(0, 30, 255, 2),
    "a clip without samples": row(0, 24, 0),
    "a clip beyond the end": row(0, 24, 1 << 20),
    "a clip that begins within a block": row(0, 20, 10 * 256 + 1),
    "a clip among the texts": row(0, 20, 256),
    "ids out of order": rows_swapped,
    "speeds that do not rise": speeds_fall,
    "a block for nothing": longer,
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_pack_is_refused(small: bytes, opens: Opens, forged: str) -> None:
    changed = bytearray(small)
    FORGED[forged](changed)
    with pytest.raises(ValueError, match=r"not a whole voice pack|no clip"):
        opens(mend(changed)).check()
    if forged.startswith("a clip"):
        with pytest.raises(ValueError, match="not a whole voice pack"):
            opens(mend(changed)).samples("0@fast")  # the first row


@pytest.mark.parametrize("place", [0, 20, FIRST_ROW, FIRST_ROW + 40 * ROW])
def test_a_changed_front_is_refused_at_once(small: bytes, opens: Opens, place: int) -> None:
    changed = bytearray(small)
    changed[place] ^= 1
    with pytest.raises(ValueError, match="not a whole voice pack"):
        opens(bytes(changed))


def test_every_changed_bit_of_a_clip_is_found(small: bytes, opens: Opens) -> None:
    changed = bytearray(small)
    changed[-1] ^= 1
    opened = opens(bytes(changed))
    with pytest.raises(ValueError, match="not a whole voice pack"):
        opened.check()


def test_clips_that_overlap_or_leave_gaps_are_found(small: bytes, opens: Opens) -> None:
    # Else 512 claims of the whole file's length would keep a board busy for hours.
    for row in (0, 20):
        changed = bytearray(small)
        at = FIRST_ROW + ROW * row
        changed[at + 16 : at + 28] = changed[at + ROW + 16 : at + ROW + 28]
        opened = opens(mend(changed))
        with pytest.raises(ValueError, match="not a whole voice pack"):
            opened.check()


def test_a_pack_of_another_format_is_refused(small: bytes, opens: Opens) -> None:
    changed = bytearray(small)
    changed[8] = 2
    with pytest.raises(ValueError, match="another format"):
        opens(mend(changed))


def test_a_pack_without_a_needed_clip_is_noticed(small: bytes, opens: Opens) -> None:
    opened = opens(small)
    assert clips.missing(opened) is not None
    assert clips.sentence(opened, "no_key") == ["tone_wrong"]


def test_no_file_stays_open(small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    refused, whole_file = io.BytesIO(small[:300]), io.BytesIO(small)
    monkeypatch.setattr(pack, "open", lambda *_: refused, raising=False)
    with pytest.raises(ValueError, match="not a whole voice pack"):
        Pack("any.pack")
    assert refused.closed
    monkeypatch.setattr(pack, "open", lambda *_: whole_file)
    Pack("any.pack").close()
    assert whole_file.closed
