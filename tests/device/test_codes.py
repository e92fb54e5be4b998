"""The code screen: dark until pressed, then the code, its bar and its name; what a press, a wait and time do to it."""

import itertools

import pytest

from segl.otpauth import Key
from tests.device.scene import ENGINES, HOTP_KEY, SECRET, TOTP_KEY, Scene
from tests.device.support import code_of, codes_seen, files

BAR_ROWS = range(57, 63)
GARDEN = Key("Have", b"another secret of 26 bytes", algorithm="SHA256", digits=8, period=60)


@pytest.fixture(params=ENGINES)
def scene(request: pytest.FixtureRequest):
    with Scene(request.param) as scene:
        yield scene


def bar(scene: Scene) -> int:
    """How many columns of the bar at the bottom are filled."""
    pixels = scene.device.screen.pixels()
    return sum(all(pixels[y][x] for y in BAR_ROWS) for x in range(100))


def test_it_is_off_until_its_key_is_pressed(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.world.advance(86_400)
    assert not scene.device.running
    assert not scene.device.screen.lit
    scene.device.press()
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_plugging_it_in_switches_it_on_and_shows_nothing(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.device.plug()
    scene.world.advance(3)
    assert scene.device.running
    assert not scene.device.screen.lit


def test_a_press_shows_the_code_its_name_and_the_seconds_it_has_left(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(9)
    scene.device.press()
    assert scene.device.code == scene.expected(TOTP_KEY)
    assert scene.device.lines == ["Bank", f"{30 - scene.utc % 30} s"]


def test_the_bar_shrinks_with_the_seconds(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(2)
    scene.device.press()
    scene.to_second(4)
    bars: list[int] = []
    for second in range(4, 30):
        scene.to_second(second)
        scene.world.advance(0.9)  # the screen follows within a second
        assert scene.device.lines[-1] in (f"{30 - second} s", f"{29 - second} s")
        bars.append(bar(scene))
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > 80
    assert bars[-1] < 8
    assert all(1 <= before - after <= 8 for before, after in itertools.pairwise(bars))


def test_with_6_seconds_left_it_shows_the_code_of_now(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(24)
    scene.device.press()
    assert scene.device.code == code_of(TOTP_KEY, scene.utc // 30)


@pytest.mark.parametrize("second", [25, 29])
def test_with_under_5_seconds_left_it_shows_the_wait_and_then_the_next_code(
    scene: Scene, second: int
) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(second)
    scene.device.finger()
    scene.world.advance(0.6)
    step = scene.utc // 30
    assert scene.device.code is None
    assert scene.device.lines[0] == "New code in"
    while scene.utc // 30 == step:
        scene.world.advance(0.2)
        assert scene.device.code != code_of(TOTP_KEY, step), "a code that nobody can type in time was shown"
    scene.world.advance(1.1)
    assert scene.device.code == code_of(TOTP_KEY, step + 1)
    assert scene.device.lines[0] == "Bank"


def test_it_is_off_when_the_code_has_expired(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(20)
    scene.device.press()
    code = scene.device.code
    scene.to_second(29)
    assert scene.device.code == code
    scene.world.advance(2.2)
    assert not scene.device.screen.lit
    assert not scene.device.running


@pytest.mark.parametrize("key", [HOTP_KEY, GARDEN])
def test_it_is_off_after_30_seconds_even_if_the_code_still_holds(scene: Scene, key: Key) -> None:
    scene.provision(key)
    scene.to_second(0, 60)
    scene.device.press()
    scene.world.advance(28.5)
    assert scene.device.code is not None
    scene.world.advance(2.5)
    assert not scene.device.screen.lit
    assert not scene.device.running


@pytest.mark.parametrize("plugged", [False, True])
def test_presses_walk_through_the_keys_and_begin_again_at_the_first(scene: Scene, plugged: bool) -> None:
    scene.provision(TOTP_KEY, HOTP_KEY, GARDEN)
    if plugged:
        scene.device.plug()
    scene.to_second(0, 60)
    for key in (TOTP_KEY, HOTP_KEY, GARDEN, TOTP_KEY):
        scene.device.press()
        assert scene.device.lines[0] == key.name
        assert scene.device.code == (scene.expected(key) if key.kind == "totp" else code_of(key, 0))
    scene.dark()
    scene.to_second(0, 60)
    scene.device.press()
    assert scene.device.lines[0] == TOTP_KEY.name


@pytest.mark.parametrize("plugged", [False, True])
def test_presses_while_a_hotp_code_is_shown_never_advance_its_counter(scene: Scene, plugged: bool) -> None:
    scene.provision(HOTP_KEY)
    if plugged:
        scene.device.plug()
        scene.world.advance(1)
    for counter in range(3):
        for _ in range(5):
            scene.device.press()
            assert scene.device.code == code_of(HOTP_KEY, counter)
        scene.dark()


def test_walking_back_to_a_hotp_key_shows_the_same_code(scene: Scene) -> None:
    other = Key("Door", SECRET[::-1], kind="hotp", counter=7)
    scene.provision(HOTP_KEY, other)
    for _ in range(3):
        scene.device.press()
        assert scene.device.code == code_of(HOTP_KEY, 0)
        scene.device.press()
        assert scene.device.code == code_of(other, 7)
    scene.dark()
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 1)
    scene.device.press()
    assert scene.device.code == code_of(other, 8)


def test_a_key_that_replaces_another_shows_its_own_code_at_once(scene: Scene) -> None:
    # Broke once: the old key's code was still remembered as the one on the screen.
    scene.provision(HOTP_KEY)
    new = Key(HOTP_KEY.name, SECRET[::-1], kind="hotp")
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)
    scene.device.press(6)
    with scene.device.connect() as session:
        session.provision(new, scene.utc, session.info().sequence + 1, replace=True)
    scene.device.press()
    assert scene.device.code == code_of(new, 0)


def test_after_the_last_counter_there_is_no_code_any_more(scene: Scene) -> None:
    # Broke once: the counter went on with 0.
    last = Key("Last", SECRET, kind="hotp", counter=2**64 - 1)
    scene.provision(last)
    scene.device.press()
    assert scene.device.code == code_of(last, 2**64 - 1)
    for _ in range(2):
        scene.dark()
        scene.device.press()
        assert scene.device.text == "Key used up. Set up again."


@pytest.mark.parametrize("key", [TOTP_KEY, HOTP_KEY])
def test_counter_or_step_is_in_the_flash_before_the_code_is_on_the_screen(scene: Scene, key: Key) -> None:
    scene.provision(key)
    scene.to_second(10)
    scene.world.trace.last.clear()
    scene.device.press()
    (seen,) = codes_seen(scene.device)
    programs = [
        place for place, effect in enumerate(scene.world.trace.last) if effect.kind == "flash.program"
    ]
    assert programs
    # The picture's writes end at `place`; all of them come after the flash.
    drawn = [place for place, effect in enumerate(scene.world.trace.last) if effect.kind == "oled.write"]
    assert max(programs) < min(drawn) <= seen.place


def test_a_code_shown_again_within_its_step_writes_nothing(scene: Scene) -> None:
    scene.provision(TOTP_KEY)
    scene.to_second(2)
    scene.device.press()
    scene.world.trace.last.clear()
    scene.device.press()
    assert scene.device.code == scene.expected(TOTP_KEY)
    assert not scene.effects("flash.program")


def test_the_log_is_compacted_while_a_code_is_shown_and_nobody_waits(scene: Scene) -> None:
    keys = [Key(f"Key {number}", bytes([number]) * 20, kind="hotp") for number in range(16)]
    scene.provision(*keys)
    scene.device.plug()
    scene.world.advance(1)
    sizes: list[int] = []
    for counter in range(12):
        for key in keys:
            scene.device.press()
            assert scene.device.code == code_of(key, counter)
        sizes.append(len(files(scene.device)["/store/log"]))
        scene.dark()
    assert max(sizes) < 5000
    assert min(sizes[1:]) < max(sizes) - 1000


def test_a_clock_that_jumps_while_a_code_is_shown_takes_it_off_the_screen_or_ends_after_30_s(
    scene: Scene,
) -> None:
    scene.provision(TOTP_KEY)
    for jump in (-100_000, 100_000):
        scene.to_second(0)
        scene.device.press()
        code = scene.device.code
        scene.device.clock.shift_seconds(jump)
        for _ in range(32):
            scene.world.advance(1)
            assert scene.device.code in (code, None)
        assert not scene.device.running
        scene.device.clock.shift_seconds(-jump)
        scene.dark()


def test_the_longest_names_are_cut_and_never_hide_the_code(scene: Scene) -> None:
    names = ("W" * 31, "ÆØÅæøå" * 5 + "W", "i", "one two three four five six sev")
    keys = [
        Key(f"{digits}{name}", SECRET, digits=digits, period=60) for digits in (6, 7, 8) for name in names
    ]
    scene.provision(*keys)
    scene.to_second(1, 60)
    for key in keys:
        scene.device.press()
        assert scene.device.code == scene.expected(key)
        *name, left = scene.device.lines
        assert len("".join(name)) >= min(len(key.name), 20)
        assert key.name.replace(" ", "").startswith("".join(name).replace(" ", ""))
        assert left in (f"{60 - scene.utc % 60} s", f"{61 - scene.utc % 60} s")
