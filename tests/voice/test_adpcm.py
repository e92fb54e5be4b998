"""The codec: what comes out is close to what went in, every block stands alone, and no sample leaves 16 bits."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segl.voice.adpcm import BLOCK, HEADER, SAMPLES, STEPS, decode
from segl.voice.encode import encode
from segl.voice.errors import VoiceError
from tests.device.talker import STEPS as IMA_STEPS

clips = arrays(np.int16, st.integers(0, 3 * SAMPLES), elements=st.integers(-32768, 32767))


@settings(max_examples=40, deadline=None)
@given(clips)
def test_any_samples_come_back_in_number_and_within_16_bits(samples: np.ndarray) -> None:
    blocks = encode(samples, 2)
    back = decode(blocks, len(samples))
    assert len(back) == len(samples)
    assert len(blocks) % BLOCK == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(60, 3000), st.integers(500, 30000), st.integers(300, 4000))
def test_a_tone_comes_back_nearly_the_same(hertz: int, height: int, count: int) -> None:
    tone = np.rint(height * np.sin(2 * np.pi * hertz * np.arange(count) / 16000)).astype(np.int16)
    noise = np.array(decode(encode(tone), count)) - tone.astype(float)
    assert np.sqrt(np.mean(noise**2)) < max(60, height * 0.16)  # high, short and loud: the hardest


def test_any_block_can_be_decoded_alone() -> None:
    samples = (np.random.default_rng(1).standard_normal(5 * SAMPLES) * 4000).astype(np.int16)
    blocks = encode(samples)
    whole = decode(blocks, len(samples))
    for number in range(5):
        alone = decode(blocks[number * BLOCK : (number + 1) * BLOCK], SAMPLES)
        assert alone == whole[number * SAMPLES : (number + 1) * SAMPLES]


def test_a_decoder_written_as_the_source_writes_it_gives_the_same_samples() -> None:
    samples = (np.random.default_rng(2).standard_normal(2 * SAMPLES) * 6000).astype(np.int16)
    # and a block that begins with each step, so that a wrong one anywhere is found
    starts = [struct.pack("<hBB", -32768, index, 0) + b"\x84" + b"\x80" * 251 for index in range(STEPS)]
    blocks = encode(samples) + b"".join(starts)
    expected: list[int] = []
    for start in range(0, len(blocks), BLOCK):
        block = blocks[start : start + BLOCK]
        sample, index = int.from_bytes(block[:2], "little", signed=True), block[2]
        for byte in block[HEADER:]:
            for code in (byte & 15, byte >> 4):
                step = IMA_STEPS[index]
                move = step >> 3
                move += step if code & 4 else 0
                move += step >> 1 if code & 2 else 0
                move += step >> 2 if code & 1 else 0
                sample = max(-32768, min(32767, sample - move if code & 8 else sample + move))
                index = max(0, min(88, index + (-1, -1, -1, -1, 2, 4, 6, 8)[code & 7]))
                expected.append(sample)
    assert len(IMA_STEPS) == STEPS
    assert decode(blocks, len(expected)).tolist() == expected


def test_the_search_is_better_than_taking_the_nearest_code() -> None:
    time = np.arange(8 * SAMPLES) / 16000
    voice = np.sign(np.sin(2 * np.pi * 120 * time)) * np.exp(-((time * 120) % 1) * 6) * 12000
    samples = voice.astype(np.int16)

    def noise(width: int) -> float:
        return float(np.mean((np.array(decode(encode(samples, width), len(samples))) - voice) ** 2))

    assert noise(12) < noise(1)


def test_noise_lies_where_the_sound_is_strong() -> None:
    hertz = np.fft.rfftfreq(8 * SAMPLES, 1 / 16000)
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(8 * SAMPLES))
    for low, high in ((4500, 7500), (200, 2500)):  # an "s", a vowel
        band = (hertz > low) & (hertz < high)
        rough = np.fft.irfft(spectrum * band)
        samples = np.rint(rough * 3000 / rough.std()).astype(np.int16)
        noise = np.array(decode(encode(samples), len(samples)), float) - samples
        power = np.square(np.abs(np.fft.rfft(noise)))
        assert power[band].mean() > 3 * power[~band].mean()


def test_damaged_blocks_are_refused_with_what_to_do() -> None:
    good = encode(np.zeros(10, np.int16))
    with pytest.raises(VoiceError, match="build the pack again"):
        decode(good[:-1], 10)
    with pytest.raises(VoiceError, match="build the pack again"):
        decode(good, SAMPLES + 1)
    with pytest.raises(VoiceError, match="does not begin like one"):
        decode(good[:2] + bytes([STEPS, 0]) + good[4:], 10)
    with pytest.raises(VoiceError, match="leaves 16 bits"):
        decode(b"\xff\x7f\x58\x00" + b"\x77" * 252, 10)
