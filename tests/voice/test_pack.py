"""Packs: whatever is written comes back, and whatever is damaged is refused with one clear error."""

import struct
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segl.voice import REGION, bundled
from segl.voice.adpcm import BLOCK, SAMPLES
from segl.voice.errors import VoiceError
from segl.voice.pack import SPEEDS, Clip, Pack, Speed, parse_pack, read_pack
from segl.voice.texts import DIGITS, NUMBERS, RATES, clip_id, read_texts

LANGUAGES = ("en", "da", "kl")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
clips = st.builds(
    lambda text, count, seed: Clip(text, count, bytes([seed, 0, 3, 0] + [seed] * 252) * -(-count // SAMPLES)),
    texts,
    st.integers(1, 3 * SAMPLES),
    st.integers(0, 255),
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)
speeds = st.lists(
    st.builds(Speed, st.integers(40, 400), st.sampled_from(RATES), st.integers(0, 900), st.integers(0, 2000)),
    min_size=1,
    max_size=8,
    unique_by=lambda speed: speed.words,
).map(lambda found: tuple(sorted(found, key=lambda speed: speed.words)))


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    numbers = draw(st.sampled_from(sorted(NUMBERS)))
    needed = [clip_id(digit, rate) for rate in RATES for digit in DIGITS] + list(NUMBERS[numbers])
    clip = draw(clips)
    every = dict.fromkeys(needed, clip) | draw(st.dictionaries(names, clips, max_size=4))
    tools = draw(st.dictionaries(texts, texts, max_size=3))
    words = [draw(texts) for _ in range(5)]
    return Pack(words[0], words[1], words[2], words[3], words[4], numbers, tools, draw(speeds), every)


@settings(max_examples=60, deadline=None)
@given(packs())
def test_a_pack_comes_back_as_it_was_written(pack: Pack) -> None:
    data = pack.to_bytes()
    assert len(data) % BLOCK == 0
    again = parse_pack(data)
    assert again == pack
    assert {name: clip.text for name, clip in again.clips.items()} == {
        n: c.text for n, c in pack.clips.items()
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_changed_bit_anywhere_that_counts_is_refused(small: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(small) * 8 - 1))
    changed = bytearray(small)
    changed[place // 8] ^= 1 << place % 8
    if small[place // 8] == 0xFF and _in_filling(small, place // 8):
        return
    with pytest.raises(VoiceError) as error:
        parse_pack(bytes(changed))
    assert "\n" not in str(error.value)
    assert "again" in str(error.value) or "update" in str(error.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_pack_that_was_cut_off_or_is_something_else_is_refused(small: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(small) - 1))
    for wrong in (small[:length], small + bytes(BLOCK), data.draw(st.binary(max_size=600))):
        with pytest.raises(VoiceError, match="not a whole voice pack"):
            parse_pack(wrong)


def test_a_pack_of_a_later_format_says_to_update(small: bytes) -> None:
    head = small[:8] + struct.pack("<H", 2) + small[10:32]
    with pytest.raises(VoiceError, match="format 2, this program reads 1; update this program"):
        parse_pack(head + struct.pack("<I", crc32(head)) + small[36:])


def test_a_pack_without_a_digit_can_be_neither_written_nor_read(small: bytes) -> None:
    pack = parse_pack(small)
    fewer = {name: clip for name, clip in pack.clips.items() if name != "7@fast"}
    with pytest.raises(VoiceError, match="7@fast is missing"):
        replace(pack, clips=fewer).to_bytes()
    with pytest.raises(VoiceError, match="speeds do not rise"):
        replace(pack, speeds=SPEEDS[::-1]).to_bytes()


def test_clips_out_of_their_place_are_refused(small: bytes) -> None:
    table = 36 + 32  # the second row
    for changed, message in (
        (small + bytes(BLOCK), "something lies behind its last clip"),
        (small[: table + 20] + struct.pack("<I", BLOCK) + small[table + 24 :], "does not lie in its place"),
    ):
        with pytest.raises(VoiceError, match=message):
            parse_pack(_signed(changed))


def test_more_than_a_board_can_hold_cannot_be_written(small: bytes) -> None:
    pack = parse_pack(small)
    clip = pack.clips["0@slow"]
    for wrong in (
        {"clips": {**pack.clips, **{f"x{number}": clip for number in range(512)}}},
        {"speeds": tuple(replace(SPEEDS[0], words=40 + number) for number in range(17))},
        {"speeds": (replace(SPEEDS[0], gap_ms=5001),)},
        {"tools": {"tool": "1" * 3000}},
        {"clips": {**pack.clips, "a_name_of_17_char": clip}},
        {"clips": {**pack.clips, "long": replace(clip, text="\u00e6" * 128)}},
        {"clips": {**pack.clips, "tone_ask": clip}},
    ):
        with pytest.raises(VoiceError):
            replace(pack, **wrong).to_bytes()


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"none.pack: cannot be read \(No such file"):
        read_pack(tmp_path / "none.pack")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_committed_pack_says_what_its_list_of_texts_says(language: str) -> None:
    pack = read_pack(bundled.packs()[language])
    wanted = read_texts(bundled.texts(language))
    assert {name: clip.text for name, clip in pack.clips.items()} == wanted.every()
    assert (pack.language, pack.name, pack.version) == (language, wanted.name, wanted.version)
    assert pack.license == wanted.license
    assert set(pack.tools) == {"pyttsx3", "espeakng-loader", "espeak-ng", "voice", "segl"}


def test_all_packs_fit_a_reader_together_with_room_for_a_word() -> None:
    assert set(bundled.packs()) == set(LANGUAGES)
    assert sum(path.stat().st_size for path in bundled.packs().values()) <= REGION - 24 * 1024


def test_six_speeds_lie_between_80_and_280_words_a_minute() -> None:
    words = [speed.words for speed in SPEEDS]
    assert len(words) >= 5
    assert (words[0], words[-1]) == (80, 280)
    assert 130 in words


@pytest.fixture(scope="module")
def small() -> bytes:
    clip = Clip("a word", 700, bytes([1, 0, 3, 0] + [17] * 252) * 2)
    every = {clip_id(digit, rate): clip for rate in RATES for digit in DIGITS}
    return Pack("xx", "X", "1", "0BSD", "no", "digits", {"tool": "1"}, SPEEDS, every).to_bytes()


def _signed(data: bytes) -> bytes:
    """The same pack with the size and the checksums that go with it."""
    rows, about, texts = struct.unpack_from("<HHI", data, 16)
    end = 36 + 32 * rows + about
    crcs = crc32(data[36:end]), crc32(data[end : end + texts])
    head = data[:12] + struct.pack("<IHHIII", len(data), rows, about, texts, *crcs)
    return head + struct.pack("<I", crc32(head)) + data[36:]


def _in_filling(data: bytes, place: int) -> bool:
    rows, about, texts = struct.unpack_from("<HHI", data, 16)
    end = 36 + 32 * rows + about + texts
    return end <= place < -(-end // BLOCK) * BLOCK
