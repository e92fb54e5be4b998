"""The codec against TI's data sheets; sections are those of SLAS666B unless said otherwise."""

import itertools
import math
import wave
from pathlib import Path

import pytest

from segl_sim.parts.context import Nack
from tests.parts.streams import CLOCKS, DACS, FRAME, HEADPHONES, LAG, MS, SPEAKER, Board, sine, steady

OUTLETS = ("speaker", "left", "right")


# --- registers ---


@pytest.mark.parametrize(
    ("page", "register", "value"),
    # Also in the table of Linux's tlv320aic31xx driver.
    [
        (0, 4, 0),
        (0, 5, 17),
        (0, 6, 4),
        (0, 11, 1),
        (0, 12, 1),
        (0, 13, 0),
        (0, 14, 128),
        (0, 27, 0),
        (0, 63, 20),
        (0, 64, 12),
        (0, 65, 0),
        (1, 31, 4),
        (1, 32, 6),
        (1, 35, 0),
        (1, 36, 127),
        (1, 37, 127),
        (1, 38, 127),
        (1, 42, 0),
        (3, 16, 129),
    ],
)
def test_reset_values(page: int, register: int, value: int):
    # D0 of page 1 / registers 40 to 42 tells of volumes that have settled.
    assert Board().get(page, register) & (0xFE if (page, register) == (1, 42) else 0xFF) == value


def test_registers_step_on_within_their_page_and_read_back():
    board = Board()
    board.set((0, 65, b"\xf0\xe0"))
    board.codec.write(b"\x41")
    assert board.codec.read(2) == b"\xf0\xe0"


def test_a_software_reset_clears_all_pages_and_returns_to_the_first():
    board = Board()
    board.set((1, 36, b"\x80"), (0, 65, b"\x10"), (0, 1, b"\x01"))
    assert board.codec.register(1, 36) == 0x7F
    assert board.codec.register(0, 65) == 0
    assert board.get(0, 0) == 0


def test_powering_up_within_a_millisecond_of_the_reset_is_wrong():
    board = Board()
    board.set((0, 1, b"\x01"), (1, 32, b"\x86"))
    assert board.codec.complaints == ["powered up within 1 ms of the reset"]


def test_without_power_it_does_not_answer_and_forgets():
    board = Board()
    board.set((0, 65, b"\x10"))
    board.codec.powered = False
    with pytest.raises(Nack):
        board.codec.write(b"\x00\x00")
    with pytest.raises(Nack):
        board.codec.read(1)
    board.codec.powered = True
    assert board.get(0, 65) == 0


def test_detected_types_and_flags_cannot_be_written():
    board = Board()
    board.set((0, 67, b"\x60"), (0, 44, b"\xff"), (0, 37, b"\xff"))
    assert (board.get(0, 67), board.get(0, 44), board.get(0, 37)) == (0, 0, 0)


def test_a_reserved_bit_is_complained_about_once():
    board = Board()
    board.set((1, 31, b"\x00"), (1, 31, b"\x00"))
    assert board.codec.complaints == ["page 1 / register 31: D2 must be written as 1"]
    assert sum(effect[0] == "codec.wrong" for effect in board.context.effects) == 1


# --- clocks ---


def test_sound_begins_10_ms_after_the_pll():
    # "PLL Start-Up"; without soft-stepping, so that the first sample is whole.
    board = Board(signal=steady)
    board.start()
    board.wait(20)
    board.set(*SPEAKER, *CLOCKS, (0, 63, b"\xd6\x00"))
    on = board.context.time
    board.wait(100)
    first = board.codec.recording.first_sound("speaker")
    assert first is not None
    assert 0 <= first - LAG - (on + 10 * MS) < FRAME
    assert board.codec.complaints == []


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        (((0, 12, b"\x84"),), "set up for 8000 Hz"),
        (((0, 6, b"\x20\x00\x00"),), "PLL's output"),
        (((0, 11, b"\x98\x82\x00\x80"),), "DOSR x fs"),
        (((0, 4, b"\x03"),), "no clock"),
        (((0, 5, b"\x14"),), "no clock"),
        (((0, 27, b"\x30"),), "register 27"),
    ],
)
def test_clocks_that_do_not_fit_are_complained_about(writes: tuple[tuple[int, int, bytes], ...], words: str):
    board = Board(signal=sine)
    board.start()
    board.set(*CLOCKS, *writes, *DACS, *SPEAKER)
    board.wait(100)
    assert any(words in complaint for complaint in board.codec.complaints)
    if words not in ("DOSR x fs", "PLL's output"):
        assert board.codec.recording.first_sound("speaker") is None


def test_a_stream_at_another_rate_is_complained_about():
    board = Board(rate=24_000, signal=sine)
    board.start()
    # PLL 24000 x 32 x 4 x 32 = 98.304 MHz, but divided as for 16 kHz.
    board.set(*CLOCKS, (0, 6, b"\x20"), *DACS, *SPEAKER)
    board.wait(100)
    assert board.codec.complaints == ["set up for 16000 Hz, but the stream has 24000 Hz"]
    assert board.codec.recording.first_sound("speaker") is None


def test_without_a_bit_clock_nothing_sounds_and_it_says_so():
    board = Board(signal=sine)
    board.set(*CLOCKS, *DACS, *SPEAKER)
    assert board.codec.complaints == ["no bit clock"]
    assert not board.get(0, 37) & 0x88


# --- exact samples ---


def test_every_sample_leaves_22_frames_after_it_was_on_the_wire():
    board = Board(signal=lambda frame: 1000 + frame if frame < 4000 else 0).playing()
    board.wait(200)
    [segment] = board.codec.recording.segments("left", end=board.context.time - 20 * MS)
    values = [round(value * 32768) for value in segment.values]
    last = values.index(0) if 0 in values else len(values)
    # The signal's frame 0 is frame 64 of the stream, which started at 10 ms.
    for index in (last - 1, last - 500):
        frame = values[index] - 1000
        assert segment.start + index * FRAME == 10 * MS + (64 + frame) * FRAME + LAG


def test_a_sine_of_full_scale_is_zero_db_and_707_mv():
    # Electrical characteristics, SLAS666A page 7: full-scale output voltage 0.707 Vrms.
    board = Board(signal=sine).playing()
    end = board.wait(200)
    assert board.codec.recording.level_db("left", end - 100 * MS, end - 20 * MS) == pytest.approx(0, abs=0.01)
    assert board.codec.millivolts("left", end - 100 * MS, end - 20 * MS) == pytest.approx(707, abs=1)


def test_a_wav_file_holds_what_was_heard(tmp_path: Path):
    board = Board(signal=steady).playing()
    end = board.wait(100)
    board.codec.headphones.wav(tmp_path / "ears.wav", end - 50 * MS, end - 20 * MS)
    with wave.open(str(tmp_path / "ears.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnframes()) == (16_000, 2, 480)
        assert file.readframes(480) == b"\x00\x40\x00\x40" * 480


def test_left_and_right_can_be_swapped_mixed_or_off():
    # Page 0 / register 63, D5-D2; the two channels of a mono stream are the same.
    board = Board(signal=steady).playing()
    board.set((0, 63, b"\xc6"))
    end = board.wait(100)
    assert board.codec.recording.peak("left", end - 50 * MS, end) == 0
    assert board.codec.recording.peak("right", end - 50 * MS, end) == 0.5
    board.set((0, 63, b"\xfe"))
    end = board.wait(100)
    assert board.codec.recording.peak("left", end - 50 * MS, end) == 0.5


# --- volume ---


@pytest.mark.parametrize(("value", "decibels"), [(0, 0), (0xFF, -0.5), (0xD8, -20), (0x81, -63.5), (0x0C, 6)])
def test_digital_volume(value: int, decibels: float):
    board = Board(signal=steady).playing()
    board.set((0, 65, bytes([value, 0])))
    end = board.wait(200)
    level = 20 * math.log10(board.codec.recording.peak("left", end - 50 * MS, end - 20 * MS) / 0.5)
    assert level == pytest.approx(decibels, abs=0.001)


@pytest.mark.parametrize(
    ("value", "decibels"),
    # Table 6-24 (SLAS671A: table 5-24, page 41)
    [
        (0, 0.0),
        (1, -0.5),
        (27, -13.5),
        (35, -17.5),
        (36, -18.1),
        (69, -34.6),
        (84, -42.1),
        (104, -52.2),
        (116, -72.2),
        (117, -78.3),
        (127, -78.3),
    ],
)
def test_analog_volume(value: int, decibels: float):
    board = Board(signal=steady).playing()
    board.set((1, 36, bytes([0x80 | value] * 3)))
    end = board.wait(100)
    for outlet, gain in (("left", 0), ("right", 0), ("speaker", 6)):
        peak = board.codec.recording.peak(outlet, end - 50 * MS, end - 20 * MS)
        assert 20 * math.log10(peak / 0.5) == pytest.approx(decibels + gain, abs=0.001)


@pytest.mark.parametrize(
    ("writes", "gain"), [((1, 42, b"\x0c"), 12), ((1, 42, b"\x1c"), 24), ((1, 40, b"\x4e"), 9)]
)
def test_driver_gains(writes: tuple[int, int, bytes], gain: int):
    board = Board(signal=lambda frame: 64).playing()
    board.set(writes)
    end = board.wait(100)
    outlet = "left" if writes[1] == 40 else "speaker"
    peak = board.codec.recording.peak(outlet, end - 50 * MS, end - 20 * MS)
    assert 20 * math.log10(peak * 32768 / 64) == pytest.approx(gain, abs=0.001)


@pytest.mark.parametrize(("speed", "frames"), [(0, 509), (1, 1018), (2, 0)])
def test_mute_fades_by_an_eighth_of_a_db_per_sample(speed: int, frames: int):
    # 6.3.10: 0.125 dB per input sample, or per two, or at once.
    board = Board(signal=steady).playing()
    board.set((0, 63, bytes([0xD4 | speed])))
    begin = board.wait(50)
    board.set((0, 64, b"\x0c"))
    board.wait(200)
    silent = board.codec.recording.silent_since("left")
    assert silent is not None
    assert (frames - 2) * FRAME <= silent - begin - LAG <= (frames + 2) * FRAME


def test_the_fade_is_even_and_its_end_is_flagged():
    board = Board(signal=steady).playing()
    begin = board.wait(10)
    board.set((0, 64, b"\x0c"))
    board.wait(10)
    assert not board.get(0, 38) & 0x11
    end = board.wait(60)
    assert board.get(0, 38) & 0x11 == 0x11
    values = board.codec.recording.samples("left", begin + LAG, end)
    falls = [20 * math.log10(a / b) for a, b in itertools.pairwise(values) if b > 0.001]
    assert max(falls) < 0.126
    assert min(falls) >= 0


# --- outlets ---


@pytest.mark.parametrize(
    ("outlet", "write"),
    [
        ("left", (1, 31, b"\x44")),  # power
        ("right", (1, 31, b"\x84")),
        ("speaker", (1, 32, b"\x06")),
        ("left", (1, 40, b"\x02")),  # mute of the driver
        ("right", (1, 41, b"\x02")),
        ("speaker", (1, 42, b"\x00")),
        ("left", (1, 36, b"\x00")),  # volume not routed to the driver
        ("right", (1, 37, b"\x00")),
        ("speaker", (1, 38, b"\x00")),
        ("right", (1, 35, b"\x40")),  # DAC not routed to the volume
    ],
)
def test_each_switch_silences_its_outlet_only(outlet: str, write: tuple[int, int, bytes]):
    board = Board(signal=sine).playing()
    board.set(write)
    begin = board.wait(5)
    end = board.wait(100)
    for name in OUTLETS:
        assert (board.codec.recording.first_sound(name, begin, end - 20 * MS) is None) == (name == outlet)


def test_the_headphone_driver_takes_its_time():
    # Page 1 / register 33, D6-D3: 0101 is 76.2 ms.
    board = Board(signal=sine)
    board.start()
    board.set(*CLOCKS, *DACS)
    board.wait(100)
    begin = board.context.time
    board.set((1, 33, b"\x2a"), *HEADPHONES[1:])
    board.wait(20)
    assert not board.get(0, 37) & 0x22
    board.wait(80)
    assert board.get(0, 37) & 0x22 == 0x22
    first = board.codec.recording.first_sound("left", begin)
    assert first is not None
    assert first - begin == pytest.approx(76.2 * MS, abs=2 * FRAME)


def test_an_abrupt_switch_is_a_pop_and_a_fade_is_none():
    board = Board(signal=steady).playing()
    board.wait(50)
    assert board.codec.recording.pops("left", 110 * MS) == []
    board.set((0, 64, b"\x0c"))
    board.wait(50)
    board.set((0, 64, b"\x00"))
    board.wait(50)
    assert board.codec.recording.pops("left", 110 * MS) == []
    at = board.context.time
    board.set((1, 40, b"\x02"))
    board.wait(50)
    [pop] = board.codec.recording.pops("left", 110 * MS)
    assert abs(pop - at) <= FRAME


def test_power_flags():
    board = Board(signal=sine).playing()
    assert board.get(0, 37) == 0xBA


def test_a_short_circuit_is_flagged_and_powers_down_if_told():
    # Page 1 / register 31, D1 and D0.
    board = Board(signal=sine).playing()
    board.codec.short_circuit("left")
    assert board.get(1, 31) == 0xD5
    assert board.get(0, 44) == 0x80
    assert board.get(0, 44) == 0
    board.codec.short_circuit("left", False)
    board.set((1, 31, b"\xd6"))
    board.codec.short_circuit("right")
    assert board.get(1, 31) == 0x97


# --- the jack ---


def jack_board(interrupt: int = 0x80, **options: bool) -> Board:
    board = Board(signal=sine, **options)
    board.set((3, 16, b"\x01"), (0, 51, b"\x14"), (0, 48, bytes([interrupt])), (0, 67, b"\x80"))
    board.wait(50)
    return board


def test_a_plug_counts_after_the_debounce_time():
    # Page 0 / register 67: 16 ms by default, and one sampling of 2 ms.
    board = jack_board()
    board.codec.plug()
    board.wait(17.9)
    assert board.get(0, 67) == 0x80
    board.wait(0.2)
    assert board.get(0, 67) == 0xA0
    assert board.get(0, 46) == 0x10
    board.codec.unplug()
    board.wait(20)
    assert board.get(0, 67) == 0x80


def test_within_one_long_turn_a_plug_counts_when_it_is_due():
    board = jack_board()
    board.codec.plug()
    board.context.charge(17 * MS)
    assert board.get(0, 67) == 0x80
    board.context.charge(2 * MS)
    assert board.get(0, 67) == 0xA0
    board.wait(50)
    assert board.get(0, 44) == 0x10
    board.codec.unplug()
    assert board.get(0, 67) == 0xA0
    board.context.charge(19 * MS)
    assert board.get(0, 67) == 0x80


def test_a_headset_has_a_microphone():
    board = jack_board()
    board.codec.plug(microphone=True)
    board.wait(20)
    assert board.get(0, 67) == 0xE0


def test_a_plug_that_rattles_counts_once_it_is_still():
    board = jack_board()
    for _ in range(5):
        board.codec.plug()
        board.wait(5)
        board.codec.unplug()
        board.wait(5)
    assert board.get(0, 44) == 0
    board.codec.plug()
    board.wait(20)
    assert board.get(0, 44) == 0x10


def test_a_longer_debounce_can_be_set():
    board = jack_board()
    board.set((0, 67, b"\x88"))  # 64 ms
    board.codec.plug()
    board.wait(60)
    assert board.get(0, 67) == 0x88
    board.wait(20)
    assert board.get(0, 67) == 0xA8


@pytest.mark.parametrize(("interrupt", "pulses"), [(0x00, 0), (0x80, 1), (0x81, 6)])
def test_int1_pulses_on_gpio1(interrupt: int, pulses: int):
    # Page 0 / register 48: one pulse of 2 ms, or pulses every 4 ms until the flags are read.
    board = jack_board(interrupt)
    edges: list[tuple[int, int]] = []
    board.codec.listen(lambda level: edges.append((board.context.time, level)))
    board.codec.plug()
    board.wait(18 + 22)
    board.get(0, 44)
    board.wait(50)
    assert len(edges) == 2 * pulses
    for rise, fall in zip(edges[::2], edges[1::2], strict=True):
        assert (rise[1], fall[1], fall[0] - rise[0]) == (1, 0, 2 * MS)


def test_gpio1_is_silent_unless_it_is_int1():
    board = jack_board()
    board.set((0, 51, b"\x00"))
    edges: list[int] = []
    board.codec.listen(edges.append)
    board.codec.plug()
    board.wait(50)
    assert edges == []


def test_without_mclk_the_timers_need_the_oscillator():
    # Page 3 / register 16, D7 is 1 after a reset: MCLK.
    board = Board()
    board.set((0, 67, b"\x80"))
    board.codec.plug()
    board.wait(100)
    assert board.get(0, 67) == 0x80
    assert "headset detection waits for MCLK" in board.codec.complaints[0]


def test_a_speaker_wired_through_the_jack_is_silent_from_the_moment_of_the_plug():
    board = Board(signal=sine, speaker_through_jack=True).playing()
    at = board.context.time
    board.codec.plug()
    board.wait(100)
    silent = board.codec.recording.silent_since("speaker")
    assert silent is not None
    assert silent <= at + FRAME
    board.codec.unplug()
    board.wait(100)
    assert board.codec.recording.first_sound("speaker", at + 2 * FRAME) is not None


# --- time without interrupts ---


def test_what_dma_plays_without_interrupts_is_heard_unless_muted_or_closed():
    board = Board(signal=sine).playing()
    board.i2s.interrupts_off(45 * MS)
    assert len(board.i2s.faults) == 1
    board.set((0, 64, b"\x0c"))
    board.wait(20)  # the fade takes 32 ms
    board.i2s.interrupts_off(45 * MS)
    assert len(board.i2s.faults) == 2
    board.wait(20)
    board.i2s.interrupts_off(45 * MS)
    assert len(board.i2s.faults) == 2
    board.set((0, 64, b"\x00"))
    board.wait(50)
    board.set((1, 32, b"\x06"), (1, 36, b"\x7f\x7f"))
    board.i2s.interrupts_off(45 * MS)
    assert len(board.i2s.faults) == 2


def test_silence_in_the_buffers_hides_nothing():
    board = Board().playing()
    board.i2s.interrupts_off(45 * MS)
    assert board.i2s.faults == ["noise: no interrupt could refill the DMA buffer"]
