"""The push button: active low, bouncing, the same for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.parts.button import PRESSED, RELEASED, Button
from tests.parts.fake import FakeContext

MS = 1_000_000


def _recorded(context: FakeContext, bounce_ms: int = 5) -> tuple[Button, list[tuple[int, int]]]:
    button = Button(context, bounce_ms)
    edges: list[tuple[int, int]] = []
    button.listen(lambda level: edges.append((context.now(), level)))
    return button, edges


def test_it_is_high_until_pressed(context: FakeContext):
    button, edges = _recorded(context)
    assert (button.level, button.pressed) == (RELEASED, False)
    button.press()
    context.advance(5 * MS)
    assert (button.level, button.pressed) == (PRESSED, True)
    assert edges[0] == (0, PRESSED)
    button.release()
    context.advance(5 * MS)
    assert (button.level, button.pressed) == (RELEASED, False)


def test_each_move_bounces_within_its_time(context: FakeContext):
    button, edges = _recorded(context)
    button.press()
    context.advance(1000 * MS)
    assert len(edges) >= 3
    assert len(edges) % 2 == 1
    assert [level for _, level in edges] == [index % 2 for index in range(len(edges))]
    times = [time for time, _ in edges]
    assert times == sorted(set(times))
    assert times[-1] <= 5 * MS


def test_an_ideal_button_has_one_edge(context: FakeContext):
    button, edges = _recorded(context, bounce_ms=0)
    button.press()
    context.advance(MS)
    button.release()
    context.advance(MS)
    assert edges == [(0, PRESSED), (MS, RELEASED)]


def test_pressing_a_pressed_button_changes_nothing(context: FakeContext):
    button, edges = _recorded(context, bounce_ms=0)
    button.release()
    button.press()
    button.press()
    context.advance(MS)
    assert edges == [(0, PRESSED)]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_bounces_the_same(seed: int):
    runs: list[list[tuple[int, int]]] = []
    for run_seed in (seed, seed, seed + 2):
        context = FakeContext(run_seed)
        button, edges = _recorded(context)
        button.press()
        context.advance(10 * MS)
        button.release()
        context.advance(10 * MS)
        runs.append(edges)
    assert runs[0] == runs[1] != runs[2]


@given(st.integers(0, 99), st.lists(st.integers(0, 7 * MS), max_size=8))
def test_however_fast_the_finger_moves_the_level_ends_where_it_is(seed: int, pauses: list[int]):
    context = FakeContext(seed)
    button, edges = _recorded(context)
    for pause in pauses:
        (button.release if button.pressed else button.press)()
        context.advance(pause)
    context.advance(5 * MS)
    assert button.level == (PRESSED if button.pressed else RELEASED)
    assert [level for _, level in edges] == [index % 2 for index in range(len(edges))]
