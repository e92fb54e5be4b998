"""A bouncing contact never counts twice, and a press is not lost while the board works."""

import random
from collections.abc import Iterator

import pytest

from segl.otpauth import Key
from tests.device.scene import ENGINES, Scene
from tests.device.support import broken, code_of
from tests.soak import count

# As many keys as presses, so that the screen tells how many presses counted.
KEYS = [Key(f"Key {number}", bytes([number]) * 20, kind="hotp") for number in range(16)]
TAP_S, SPACING_S = 0.03, 0.06


@pytest.fixture(params=ENGINES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with Scene(request.param) as scene:
        scene.provision(*KEYS)
        yield scene


def counted(scene: Scene) -> int:
    """How many presses have counted since the device was off, 0 to 16."""
    lines = scene.device.lines
    return int(lines[0].removeprefix("Key ")) + 1 if lines else 0


def tap(scene: Scene, presses: int, spacing: float = SPACING_S, length: float = TAP_S) -> None:
    """Tap quickly so many times, with this many seconds from press to press."""
    for number in range(presses):
        scene.device.finger(length, after=number * spacing)
    scene.world.advance(presses * spacing + 1)


@pytest.mark.counts
def test_a_train_of_presses_60_ms_apart_never_counts_one_twice(scene: Scene) -> None:
    chance = random.Random(7)
    scene.device.plug()
    scene.world.advance(1)
    for _ in range(count(15, 200)):
        presses = chance.randint(1, 15)
        tap(scene, presses)
        assert 1 <= counted(scene) <= presses
        scene.dark()


def test_taps_a_finger_can_make_are_all_counted(scene: Scene) -> None:
    scene.device.plug()
    scene.world.advance(1)
    for presses in range(1, 16):
        tap(scene, presses, spacing=0.2, length=0.08)
        assert counted(scene) == presses
        scene.dark()


@pytest.mark.parametrize("bounce_ms", [0, 1, 10, 20])
def test_it_does_not_matter_how_long_the_contact_bounces(scene: Scene, bounce_ms: int) -> None:
    scene.device.key.bounce_ms = bounce_ms
    for presses in (1, 5):
        scene.device.press()
        tap(scene, presses - 1, spacing=0.3, length=0.15)
        assert counted(scene) == presses
        scene.dark()


def test_without_debouncing_presses_would_count_twice() -> None:
    # The test above can fail: this is how.
    overrides = broken("boards/button.py", "_REST_MS = const(25)", "_REST_MS = const(0)")
    with Scene("cpython", overrides=overrides) as scene:
        scene.device.key.bounce_ms = 0
        scene.provision(*KEYS)
        scene.device.key.bounce_ms = 5
        scene.device.plug()
        scene.world.advance(1)
        scene.device.press()
        assert counted(scene) > 1


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.1, 0.2, 0.4, 0.6])
def test_the_shortest_tap_switches_it_on_and_shows_the_first_code(scene: Scene, seconds: float) -> None:
    scene.device.press(seconds)
    assert counted(scene) == 1
    assert scene.device.code == code_of(KEYS[0], 0)


@pytest.mark.parametrize("gap_s", [0.02, 0.06, 0.1, 0.15, 0.2, 0.3])
def test_a_second_press_while_the_board_still_starts_is_one_or_two_and_never_more(
    scene: Scene, gap_s: float
) -> None:
    scene.device.finger(0.13)
    scene.device.finger(0.1, after=0.13 + gap_s)
    scene.world.advance(2)
    assert counted(scene) in (1, 2)
