"""How long somebody waits, in modelled milliseconds of the board, and that a slower check would be noticed."""

from typing import Any

import pytest

from segl.otpauth import Key
from segl_sim import PICO, PICO2, AudioReader, Board
from segl_sim.costs import Costs, measure
from segl_sim.reader_costs import ReaderCosts, measure_reader
from tests.device.kinds import DISPLAY, READER, Kind, each_board
from tests.device.scene import AnyScene
from tests.device.support import broken

# What is allowed, in ms; about a tenth above what was measured when the line was last changed.
LIMITS = {
    # press, awake   press, off   frame
    "pico": (49, 358, 12.5),
    "pico2": (40.5, 254, 7.2),
}
FIGURES = ("press_ms", "cold_ms", "frame_ms")
# Of a reader: from a key to the first sample of what it brings about, and a block's decoding.
READER_LIMITS = {"code_ms": 35, "again_ms": 30, "menu_ms": 27, "cold_ms": 435, "block_ms": 6.4}
SOUND_MS = 150  # promised, of a reader that is awake
PROMISED_MS = 1000

# A check of the firmware, made to cost ten times as much; the last column names who waits for it.
SLOWED = {
    "the vault's tag": (
        "common/vault.py",
        "zip(self._tag(context, data), sealed[-_TAG:])",
        "zip([self._tag(context, data) for _ in range(10)][0], sealed[-_TAG:])",
        {"press_ms"},
    ),
    "a request's fields": (
        "common/dispatch.py",
        "command, number, fields = schema.decode_request(payload)",
        "command, number, fields = [schema.decode_request(payload) for _ in range(10)][0]",
        {"frame_ms"},
    ),
}


def too_slow(costs: Costs, board: Board) -> set[str]:
    """Return the figures that are over their limit."""
    limits = dict(zip(FIGURES, LIMITS[board.name], strict=True))
    return {figure for figure in FIGURES if getattr(costs, figure) > limits[figure]}


@pytest.mark.parametrize("board", [PICO, PICO2], ids=lambda board: board.name)
def test_a_press_and_a_frame_are_answered_within_their_limits(board: Board) -> None:
    costs = measure(board)
    assert too_slow(costs, board) == set()
    for figure, limit in zip(FIGURES, LIMITS[board.name], strict=True):
        assert getattr(costs, figure) > limit * 0.8, f"{figure} fell: lower its limit, or it tells nothing"


@pytest.mark.parametrize("board", [PICO, PICO2], ids=lambda board: board.name)
@pytest.mark.parametrize("check", SLOWED)
def test_a_check_that_costs_ten_times_as_much_breaks_the_limit(board: Board, check: str) -> None:
    path, old, new, figures = SLOWED[check]
    costs = measure(board, dict(broken(path, old, new, board.name)))
    assert too_slow(costs, board) >= figures


def too_slow_reader(costs: ReaderCosts) -> set[str]:
    """Return the figures that are over their limit."""
    return {figure for figure, limit in READER_LIMITS.items() if getattr(costs, figure) > limit}


def test_a_readers_key_is_followed_by_sound_within_its_limits() -> None:
    costs = measure_reader()
    assert too_slow_reader(costs) == set()
    for figure, limit in READER_LIMITS.items():
        assert getattr(costs, figure) > limit * 0.5, f"{figure} fell: lower its limit, or it tells nothing"
    assert max(costs.code_ms, costs.again_ms, costs.menu_ms) < SOUND_MS


def test_a_reader_that_speaks_late_breaks_the_limit() -> None:
    play = "        self._source = iter(source)\n"
    late = broken("boards/sound.py", play, play + "        time.sleep_ms(120)\n", package=READER.package)
    assert {"code_ms", "again_ms", "menu_ms"} <= too_slow_reader(measure_reader(overrides={**late}))


@each_board
def test_even_a_full_device_with_its_slowest_keys_answers_within_a_second_of_power_on(
    kind: Kind[Any], board: Board
) -> None:
    slowest = [
        Key(f"{number:02} æøå a name as long as can be", bytes([number]) * 64, algorithm="SHA512", digits=8)
        for number in range(16)
    ]
    with AnyScene(kind, board=board) as scene:
        scene.provision(*slowest)
        times: list[float] = []
        for _ in range(30 if kind is DISPLAY else 5):  # the log grows, and is compacted
            scene.dark()
            scene.to_second(0)
            began = scene.world.now
            scene.device.finger(seconds=0.1)
            scene.world.advance(1.2)
            assert scene.device.code == scene.expected(slowest[0])
            times.append((answered(scene, began) - began) / 1e6)
        assert PROMISED_MS / 10 < max(times) < PROMISED_MS


def answered(scene: AnyScene, began: int) -> int:
    """Return when the answer to a key was whole: the last pixel, or the first sample."""
    if isinstance(scene.device, AudioReader):
        heard = scene.device.codec.speaker.first_sound(began)
        assert heard is not None
        return heard
    return scene.effects("oled.write")[-1].time
