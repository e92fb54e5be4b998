"""The player on a whole board: exact samples, no gap, silence in time, and a plug that comes or goes in mid-sound."""

from collections.abc import Callable, Iterator

import pytest

from segl_sim.boards import PICO, PICO2
from segl_sim.world import World
from tests.device.talker import DECODED, HUSH, MS, PAUSE, PLAY, STOP, WRITE, Talker

CLIP_S = len(DECODED) / 16_000
WHOLE = [*DECODED, *[0] * PAUSE, *DECODED]
GAIN = 10 ** ((-6 + 6) / 20)  # the loudspeaker's loudest step


@pytest.fixture(name="make", params=["micropython", "cpython"])
def make_fixture(request: pytest.FixtureRequest) -> Iterator[Callable[..., Talker]]:
    worlds: list[World] = []

    def make(**options: object) -> Talker:
        world = World(seed=1, engine=request.param)
        worlds.append(world)
        return Talker(world, **options)  # type: ignore[arg-type]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture(name="board")
def board_fixture() -> Iterator[Callable[..., Talker]]:
    """As `make`, on MicroPython only: where computation takes time."""
    worlds: list[World] = []

    def make(**options: object) -> Talker:
        worlds.append(World(seed=1))
        return Talker(worlds[-1], **options)  # type: ignore[arg-type]

    yield make
    for world in worlds:
        world.close()


def words(talker: Talker, outlet: str, begin: int = 0) -> list[int]:
    """What left an outlet, undone by its gain, from the first sound to the last."""
    first, last = talker.heard.first_sound(outlet, begin), talker.heard.silent_since(outlet, begin)
    if first is None or last is None:
        return []
    return [round(value / GAIN * 32768) for value in talker.heard.samples(outlet, first, last)]


def clean(talker: Talker) -> bool:
    assert talker.failure is None
    return not (talker.audio.faults or talker.codec.complaints or talker.audio.underruns)


def test_every_sample_arrives_once_and_in_order(make: Callable[..., Talker]):
    talker = make()
    talker.press(PLAY, 3)
    wanted = [word for index, word in enumerate(WHOLE) if index >= next(i for i, w in enumerate(WHOLE) if w)]
    heard = words(talker, "speaker")
    assert heard == wanted[: len(heard)]
    assert not any(wanted[len(heard) :])
    assert clean(talker)
    assert talker.ask() == "underruns 0"
    assert talker.heard.pops("speaker") == []
    assert talker.heard.peak("left") == talker.heard.peak("right") == 0


def test_from_key_to_sound_when_the_codec_was_off_and_when_it_was_on(board: Callable[..., Talker]):
    talker = board()
    begin = talker.press(PLAY, 1.5)
    first = talker.heard.first_sound("speaker", begin)
    assert first is not None
    assert first - begin < 70 * MS
    begin = talker.press(PLAY, 1.5)
    first = talker.heard.first_sound("speaker", begin)
    assert first is not None
    assert first - begin < 30 * MS


def test_headphones_too_are_in_time(board: Callable[..., Talker]):
    talker = board()
    talker.codec.plug()
    talker.world.advance(0.1)
    begin = talker.press(PLAY, 1.5)
    first = talker.heard.first_sound("left", begin)
    assert first is not None
    assert first - begin < 100 * MS
    assert talker.heard.first_sound("speaker") is None
    assert clean(talker)


@pytest.mark.parametrize("after", [0.06, 0.1, 0.333, 0.5, 0.7, 1.0])
def test_stop_is_silent_in_time_and_without_a_pop(board: Callable[..., Talker], after: float):
    talker = board()
    talker.press(PLAY, after)
    begin = talker.press(STOP, 0.3)
    silent = talker.heard.silent_since("speaker")
    if silent is not None:
        assert silent - begin < 55 * MS
    assert talker.heard.pops("speaker") == []
    assert clean(talker)


def test_new_speech_after_a_stop_is_whole_in_time_and_nothing_old_is_left(board: Callable[..., Talker]):
    talker = board()
    talker.press(PLAY, 0.5)
    begin = talker.press(PLAY, 3)
    silent = next(  # the end of the old sound
        when
        for when in range(begin, begin + 200 * MS, MS)
        if talker.heard.first_sound("speaker", when, when + 5 * MS) is None
    )
    assert silent - begin < 60 * MS
    first = talker.heard.first_sound("speaker", silent)
    assert first is not None
    assert first - begin < 130 * MS
    heard = words(talker, "speaker", silent)
    # The fade-in may still touch the first few milliseconds.
    wanted = [word for index, word in enumerate(WHOLE) if index >= next(i for i, w in enumerate(WHOLE) if w)]
    assert heard[400 : len(wanted)] == wanted[400 : len(heard)]
    assert talker.heard.pops("speaker") == []
    assert clean(talker)


def test_many_keys_in_a_row_do_no_harm(board: Callable[..., Talker]):
    talker = board()
    for number in range(40):
        talker.press(PLAY if number % 3 else STOP, 0.007 * (number % 11))
    talker.world.advance(3)
    assert clean(talker)
    assert talker.heard.pops("speaker") == []
    begin = talker.press(PLAY, 3)
    assert len(words(talker, "speaker", begin)) == pytest.approx(len(WHOLE), abs=4)


# --- load ---


@pytest.mark.parametrize("chip", [PICO2, PICO], ids=lambda chip: chip.name)
def test_the_ring_never_runs_dry_at_the_modelled_cost_of_decoding(board: Callable[..., Talker], chip: object):
    talker = board(board=chip)
    talker.press(PLAY, 3)
    assert clean(talker)
    assert talker.ask().startswith("underruns 0")


def test_turns_of_20_ms_do_not_break_it(board: Callable[..., Talker]):
    # What an application may take at most before it yields.
    talker = board(busy_ms=20)
    talker.press(PLAY, 3)
    assert clean(talker)
    assert talker.ask().startswith("underruns 0")


def test_turns_that_take_too_long_are_underruns_for_both_sides(board: Callable[..., Talker]):
    talker = board(busy_ms=120)
    talker.press(PLAY, 8)
    assert len(talker.audio.underruns) > 2
    counted = int(talker.ask().split()[1])
    assert counted >= len(talker.audio.underruns) - 1


# --- the plug ---


def test_a_plug_in_mid_sound_silences_the_loudspeaker_and_speech_goes_on_in_the_headphones(
    board: Callable[..., Talker],
):
    talker = board()
    talker.press(PLAY, 0.5)
    begin = talker.world.now
    talker.codec.plug()
    talker.world.advance(3)
    silent = talker.heard.silent_since("speaker")
    assert silent is not None
    # The codec's debounce takes 18 ms of it.
    assert silent - begin < 35 * MS
    first = talker.heard.first_sound("left", begin)
    assert first is not None
    assert silent <= first < begin + 120 * MS
    assert clean(talker)


def test_with_the_wire_through_the_jack_not_one_sample_leaves_after_the_plug(board: Callable[..., Talker]):
    talker = board(speaker_through_jack=True)
    talker.press(PLAY, 0.5)
    begin = talker.world.now
    talker.codec.plug()
    talker.world.advance(3)
    silent = talker.heard.silent_since("speaker")
    assert silent is not None
    assert silent <= begin + 62_500


def test_with_the_plug_in_nothing_leaves_the_loudspeaker(make: Callable[..., Talker]):
    talker = make()
    talker.codec.plug()
    talker.world.advance(0.1)
    for _ in range(3):
        talker.press(PLAY, 0.4)
        talker.press(STOP, 0.3)
        talker.world.advance(2.5)
    assert talker.heard.first_sound("speaker") is None
    assert talker.heard.first_sound("left") is not None


def test_a_plug_pulled_in_mid_sound_stops_it_and_the_loudspeaker_stays_silent(board: Callable[..., Talker]):
    talker = board()
    talker.codec.plug()
    talker.world.advance(0.1)
    talker.press(PLAY, 0.5)
    begin = talker.world.now
    talker.codec.unplug()
    talker.world.advance(3)
    assert talker.heard.first_sound("speaker") is None
    silent = talker.heard.silent_since("left")
    assert silent is not None
    assert silent - begin < 80 * MS
    assert talker.ask() == "underruns 0"


def test_where_the_loudspeaker_is_not_allowed_nothing_sounds_without_a_plug(make: Callable[..., Talker]):
    talker = make(loudspeaker=False)
    talker.press(PLAY, 2)
    assert talker.heard.first_sound("speaker") is None
    assert talker.heard.first_sound("left") is None


# --- rest ---


def test_it_switches_off_after_a_while_without_a_pop(make: Callable[..., Talker]):
    talker = make()
    talker.press(PLAY, 3)
    assert talker.audio.running
    talker.world.advance(3)
    assert not talker.audio.running
    assert talker.codec.register(1, 32) == 0x06
    assert talker.heard.pops("speaker") == []
    assert clean(talker)
    begin = talker.press(PLAY, 3)
    assert len(words(talker, "speaker", begin)) == pytest.approx(len(WHOLE), abs=4)
    assert clean(talker)


def test_a_key_while_it_switches_off_finds_it_ready(board: Callable[..., Talker]):
    talker = board()
    talker.press(PLAY, 1)
    while talker.codec.register(0, 63) & 0xC0:
        talker.world.advance(0.001)
    begin = talker.press(PLAY, 3)
    assert len(words(talker, "speaker", begin)) == pytest.approx(len(WHOLE), abs=4)
    assert clean(talker)


def test_sleeping_while_the_clock_runs_is_noticed(board: Callable[..., Talker]):
    from tests.device.talker import MAIN

    talker = board(main=MAIN.replace("    if sound.running:\n", "    if False:\n"))
    talker.press(PLAY, 1)
    assert any(fault.startswith("frozen") for fault in talker.audio.faults)


# --- flash ---


def noisy(talker: Talker) -> bool:
    return any(fault.startswith("noise") for fault in talker.audio.faults)


@pytest.mark.parametrize(
    "after", [0.3, 1.6]
)  # in mid-speech, and soon after the end: the codec is still open
def test_flash_written_with_an_open_codec_is_heard(board: Callable[..., Talker], after: float):
    talker = board()
    talker.press(PLAY, after)
    talker.press(WRITE, 1)
    assert noisy(talker)


@pytest.mark.parametrize("after", [0.02, 0.3, 0.53, 1.6, 2.9, 3.9, 5])
def test_flash_written_after_a_hush_is_not(board: Callable[..., Talker], after: float):
    talker = board()
    talker.press(PLAY, after)
    begin = talker.press(HUSH, 0.3)
    assert talker.heard.first_sound("speaker", begin + 60 * MS) is None
    assert clean(talker)
    begin = talker.press(PLAY, 3)
    first = talker.heard.first_sound("speaker", begin)
    assert first is not None
    assert first - begin < 90 * MS
    assert len(words(talker, "speaker", begin)) == pytest.approx(len(WHOLE), abs=4)
    assert talker.heard.pops("speaker") == []
    assert clean(talker)


def test_flash_is_written_at_any_time_where_no_outlet_is_open(board: Callable[..., Talker]):
    talker = board(loudspeaker=False)
    talker.press(PLAY, 0.05)
    assert talker.audio.running
    talker.press(WRITE, 1)
    assert clean(talker)


def test_what_is_played_right_after_a_hush_and_what_it_cut_short_do_not_mix(board: Callable[..., Talker]):
    talker = board()
    talker.press(PLAY, 0.5)
    talker.press(HUSH)
    begin = talker.press(PLAY, 3)
    heard = words(talker, "speaker", begin + 60 * MS)
    assert len(heard) == pytest.approx(len(WHOLE), abs=4)
    assert clean(talker)


def heard_on(engine: str) -> bytes:
    with World(seed=1, engine=engine) as world:
        talker = Talker(world)
        talker.press(PLAY, 3)
        return b"".join(bytes(run.data) for run in talker.heard.runs).strip(b"\0")


def test_both_engines_hear_the_same():
    ours, theirs = heard_on("micropython"), heard_on("cpython")
    assert ours
    assert ours == theirs
