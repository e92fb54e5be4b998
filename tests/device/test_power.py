"""The supply and the watchdog: who keeps the board on, what a stall does, and what a restart is taken for."""

from collections.abc import Iterator
from typing import Any

import pytest

from segl_wire import schema
from tests.device.kinds import DISPLAY, KINDS, Kind, each_kind
from tests.device.scene import ENGINES, HOTP_KEY, TOTP_KEY, AnyScene, Computer, Scene
from tests.device.support import broken, code_of

POWER_ON, WATCHDOG = 1, 3
HOLD_PIN = 15
QUARTER_OF_TICKS_NS = 2**28 * 1_000_000


@pytest.fixture(params=[(kind, engine) for kind in KINDS for engine in ENGINES], ids=str)
def scene(request: pytest.FixtureRequest) -> Iterator[AnyScene]:
    with AnyScene(*request.param) as scene:
        scene.provision(HOTP_KEY)
        yield scene


INFORMATION = ("code_display/app.py", "_info(self)")
REQUEST = ("common/requests.py", "_key(self, fields)")


def stalling(seconds: int, where: tuple[str, str], package: str = "code_display") -> dict[str, str]:
    """Firmware of which a function sleeps so many virtual s and feeds no watchdog; the test itself never waits."""
    path, function = where
    head = f"    def {function}:\n"
    asleep = f"{head}        import time\n        time.sleep({seconds})\n"
    return broken(path, head, asleep, package=package)


def test_it_holds_its_own_supply_and_lets_it_go_when_the_screen_is_dark(scene: AnyScene) -> None:
    scene.device.press()
    assert scene.device.latch.hold
    scene.dark()
    assert not scene.device.latch.powered
    assert scene.effects("pin")[-1].detail == (HOLD_PIN, 0)


def test_unplugged_while_dark_it_is_off(scene: AnyScene) -> None:
    scene.device.plug()
    scene.world.advance(3)
    scene.device.unplug()
    scene.world.advance(2)
    assert not scene.device.running


def test_unplugged_while_it_shows_a_code_it_goes_on_showing_it(scene: AnyScene) -> None:
    scene.device.plug()
    scene.world.advance(1)
    scene.device.press()
    code = scene.device.code
    scene.device.unplug()
    scene.world.advance(20)
    assert scene.device.code == code == code_of(HOTP_KEY, 0)
    scene.dark()


def test_plugged_in_while_it_shows_a_code_it_goes_on_and_answers(scene: AnyScene) -> None:
    scene.device.press()
    computer = Computer(scene.device)
    assert scene.device.code == code_of(HOTP_KEY, 0)
    assert computer.ask(schema.INFO)[0] == 0
    scene.dark()
    assert computer.ask(schema.INFO)[0] == 0


def test_plugged_in_and_out_100_times_it_answers_each_time(scene: AnyScene) -> None:
    for _ in range(100):
        assert Computer(scene.device).ask(schema.INFO, within=0.2)[0] == 0
        scene.device.unplug()
        scene.world.advance(0.05)
    assert scene.device.failure is None


def test_the_battery_pulled_while_a_code_is_shown_loses_nothing(scene: AnyScene) -> None:
    for counter in range(3):
        scene.device.press()
        assert scene.device.code == code_of(HOTP_KEY, counter)
        scene.switch_off()
        scene.world.advance(1)


def test_hours_on_usb_with_nothing_to_do_are_fed_and_stay_dark(scene: AnyScene) -> None:
    scene.device.plug()
    scene.world.advance(4 * 3600)
    assert not scene.effects("watchdog")
    assert scene.device.running
    assert not scene.device.screen.lit
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_weeks_on_usb_do_not_wear_out_the_milliseconds(scene: AnyScene) -> None:
    # Broke once: the board's milliseconds begin anew every 12 days, and after 6 days the key was dead.
    scene.device.plug()
    scene.world.advance(1)
    for _ in range(9 if scene.kind is DISPLAY else 3):
        scene.device.press()
        assert scene.device.code is not None
        scene.dark()
        for _ in range(3):
            scene.device.started -= QUARTER_OF_TICKS_NS  # as if three days had passed
            scene.world.advance(5)
        scene.device.press()
        assert scene.device.code is not None
        scene.dark()
        scene.kind.open_setup(scene.device)
        assert scene.device.text.startswith("Set-up open.")
        scene.kind.close_setup(scene.device)
        scene.dark()


@each_kind
@pytest.mark.parametrize("engine", ENGINES)
def test_a_stall_of_9_seconds_is_reset_by_the_watchdog(kind: Kind[Any], engine: str) -> None:
    with AnyScene(kind, engine, overrides=stalling(9, REQUEST, kind.package)) as scene:
        scene.provision(HOTP_KEY)
        computer = Computer(scene.device)
        scene.world.advance(1)
        assert scene.device.reset_cause == POWER_ON
        computer.send(schema.KEY, index=0)
        scene.world.advance(10)
        assert len(scene.effects("watchdog")) == 1
        assert scene.device.reset_cause == WATCHDOG
        # A restart that nobody pressed for shows nothing, and everything still works.
        assert not scene.device.screen.lit
        assert Computer(scene.device).ask(schema.INFO)[1]["keys"] == 1
        scene.device.press()
        assert scene.device.code == code_of(HOTP_KEY, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stall_of_7_seconds_is_not(engine: str) -> None:
    with Scene(engine, overrides=stalling(7, INFORMATION)) as scene:
        scene.provision(HOTP_KEY)
        scene.device.press(1)
        scene.world.advance(9)
        assert not scene.effects("watchdog")
        assert "Version" in scene.device.text


@each_kind
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seconds", [1, 7, 12, 16.5, 3600])
def test_a_key_that_is_down_through_a_reset_destroys_nothing(
    kind: Kind[Any], engine: str, seconds: float
) -> None:
    with AnyScene(kind, engine, overrides=stalling(9, REQUEST, kind.package)) as scene:
        scene.provision(HOTP_KEY)
        computer = Computer(scene.device)
        key = kind.main(scene.device)
        key.press()
        scene.world.advance(1)
        computer.send(schema.KEY, index=0)
        scene.world.advance(9)
        assert scene.device.reset_cause == WATCHDOG
        scene.until(seconds, scene.device.started)
        key.release()
        scene.world.advance(1)
        assert not scene.device.screen.lit
        scene.device.press()
        # A reader's key acts when it goes down, which was before the reset; a display's when it is let go.
        assert scene.device.code == code_of(HOTP_KEY, 0 if kind is DISPLAY else 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reset_on_the_battery_ends_with_the_device_off(engine: str) -> None:
    with Scene(engine, overrides=stalling(9, INFORMATION)) as scene:
        scene.provision(HOTP_KEY)
        scene.device.press(1)
        scene.world.advance(12)
        assert scene.effects("watchdog")
        assert not scene.device.running
        scene.device.press()
        assert scene.device.code == code_of(HOTP_KEY, 0)


def test_totp_after_a_watchdog_reset_shows_the_same_step_again_or_a_later_one() -> None:
    with Scene(overrides=stalling(9, INFORMATION)) as scene:
        scene.provision(TOTP_KEY)
        scene.to_second(1)
        scene.device.plug()
        scene.world.advance(1)
        scene.device.press()
        code = scene.device.code
        scene.device.press(1)
        scene.world.advance(10)
        assert scene.device.reset_cause == WATCHDOG
        scene.device.press()
        assert scene.device.code == code == scene.expected(TOTP_KEY)
