"""What a press means by its length: at each limit, awake and from off; and that holding too long does nothing."""

from collections.abc import Iterator

import pytest

from segl_wire import schema
from tests.device.scene import ENGINES, HOTP_KEY, Computer, Scene
from tests.device.support import code_of, files

CODE = "a code"
INFORMATION = "information"
OPEN = "open for set-up"
NOTHING = "nothing"

LIMITS = [
    (0.1, CODE),
    (0.69, CODE),
    (0.71, INFORMATION),
    (4.99, INFORMATION),
    (5.01, OPEN),
    (9.99, OPEN),
    (10.01, NOTHING),
    (14.99, NOTHING),
    (15.01, NOTHING),
    (19.99, NOTHING),
    (20.01, NOTHING),
]
ASKED_LIMITS = [(0.1, False), (7.98, False), (8.02, True), (12.98, True), (13.02, False), (60, False)]
HOUR_S = 3600
DEVELOPER_FILE = "/developer"


@pytest.fixture(params=ENGINES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with Scene(request.param) as scene:
        scene.provision(HOTP_KEY)
        yield scene


def product(scene: Scene) -> str:
    """Return what the device calls itself on USB; "" when there is none."""
    found = scene.device.usb_host.descriptors
    return found.product if found else ""


def meaning(scene: Scene) -> str:
    """Say what the screen shows."""
    if scene.device.code:
        return CODE
    text = scene.device.text
    if "Version" in text and "Battery" in text:
        return INFORMATION
    if text.startswith("Set-up open."):
        return OPEN
    return text or NOTHING


def hold_while_plugging_in(scene: Scene, seconds: float) -> None:
    """Hold the key while the cable goes in, for so long after power-on."""
    scene.device.key.press()
    scene.device.plug_in()
    began = scene.world.now
    scene.until(seconds, began)
    scene.device.key.release()
    scene.world.advance(0.6)


@pytest.mark.parametrize(("seconds", "what"), LIMITS)
def test_a_press_on_a_waking_board_means_by_its_length(scene: Scene, seconds: float, what: str) -> None:
    scene.device.plug()
    scene.world.advance(1)
    scene.device.press(seconds)
    assert meaning(scene) == what


@pytest.mark.parametrize(("seconds", "what"), LIMITS)
def test_the_press_that_switches_it_on_means_by_its_length(scene: Scene, seconds: float, what: str) -> None:
    scene.device.press(seconds)
    assert meaning(scene) == what
    scene.world.advance(1)
    assert scene.device.running == (what != NOTHING)


@pytest.mark.parametrize(("seconds", "what"), LIMITS)
def test_a_press_while_a_code_is_shown_means_by_its_length(scene: Scene, seconds: float, what: str) -> None:
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)
    scene.device.press(seconds)
    assert meaning(scene) == what
    if what == CODE:
        assert scene.device.code == code_of(HOTP_KEY, 0)


def test_the_information_is_serial_number_version_battery_and_utc(scene: Scene) -> None:
    scene.device.press(1)
    lines = scene.device.lines
    info = Computer(scene.device).ask(schema.INFO)[1]
    assert lines[0].replace(" ", "") == info["serial"].replace(" ", "")
    assert lines[1] == f"Version {info['version']}"
    assert lines[2].startswith("Battery ")
    assert abs(int(lines[2].split()[1]) - 3000) < 20
    assert lines[3].startswith("UTC 2026-09-21 14:13:")


def test_the_information_goes_away_by_itself_and_by_a_press(scene: Scene) -> None:
    scene.device.press(1)
    scene.dark()
    scene.device.press(1)
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_the_screen_names_what_a_release_would_do_and_counts_down(scene: Scene) -> None:
    scene.device.plug()
    scene.world.advance(1)
    began = scene.world.now
    scene.device.key.press()
    said: list[str] = []
    for tenths in range(110):
        scene.until(tenths / 10 + 0.09, began)
        if not said or said[-1] != scene.device.text:
            said.append(scene.device.text)
    informing = [f"Release for information. Keep holding for set-up. {left} s" for left in (5, 4, 3, 2, 1)]
    opening = [f"Release now to open for set-up. {left} s" for left in (5, 4, 3, 2, 1)]
    assert said == ["", *informing, *opening, "Nothing happens. Release the button."]


# --- the way back in ---


@pytest.mark.parametrize("seconds", [10.05, 14.95, 20.05, 30])
def test_at_power_up_with_usb_only_the_marked_seconds_lead_back_in(scene: Scene, seconds: float) -> None:
    hold_while_plugging_in(scene, seconds)
    assert meaning(scene) == NOTHING
    assert product(scene) == "Segl code display"
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


@pytest.mark.parametrize("seconds", [15.05, 19.95])
def test_released_at_its_mark_it_erases_all_and_then_opens_the_prompt(scene: Scene, seconds: float) -> None:
    log = files(scene.device)["/store/log"]
    hold_while_plugging_in(scene, seconds)
    assert scene.device.text.startswith("Erasing")
    while scene.device.text.startswith("Erasing"):
        scene.world.advance(1)
        assert product(scene) == "Segl code display"
    assert scene.device.text == "Open for developers. All keys are erased."
    assert log[:100] not in scene.device.flash.image()
    scene.world.advance(12)
    assert DEVELOPER_FILE in files(scene.device)
    assert product(scene) == "Board in FS mode"
    scene.device.press()
    assert scene.device.text == "No key yet. Hold the button 5 s to set up."


def test_the_cable_may_come_after_the_key_and_without_it_there_is_no_way_back_in(scene: Scene) -> None:
    for stays in (False, True):
        scene.device.key.press()
        began = scene.world.now
        scene.until(3, began)
        scene.device.plug_in()
        scene.until(12, began)
        assert scene.device.text.startswith("Erase all")
        if not stays:
            scene.device.unplug()
        scene.until(16, began)
        scene.device.key.release()
        scene.world.advance(0.6)
        assert scene.device.text.startswith("Erasing") == stays
        if not stays:
            scene.switch_off()


def test_it_says_beforehand_what_will_be_erased(scene: Scene) -> None:
    scene.device.key.press()
    scene.device.plug_in()
    began = scene.world.now
    scene.until(11.5, began)
    assert scene.device.text == "Erase all and open for developers. Keep holding. 4 s"
    scene.until(16.5, began)
    assert scene.device.text == "Release now to erase all and open for developers. 4 s"


@pytest.mark.parametrize("seconds", [15.5, 17, 19.5])
def test_on_the_battery_or_long_after_power_up_there_is_no_way_back_in(scene: Scene, seconds: float) -> None:
    scene.device.press(seconds)
    assert meaning(scene) == NOTHING
    scene.device.plug()
    scene.world.advance(1)
    scene.device.press(seconds)
    assert meaning(scene) == NOTHING
    assert DEVELOPER_FILE not in files(scene.device)
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_a_developer_device_says_so_and_its_first_press_is_a_press(scene: Scene) -> None:
    # Broke once: the message took the release, so that a second press was a hold of many seconds; it could erase all.
    hold_while_plugging_in(scene, 16)
    scene.world.advance(90)
    scene.switch_off()
    scene.device.press()
    assert scene.device.text == "Developer device. Keys are not protected."
    scene.world.advance(2)
    assert scene.device.text.startswith("No key yet.")
    scene.switch_off()
    hold_while_plugging_in(scene, 0.2)
    scene.world.advance(16)
    scene.device.press()
    assert scene.device.text.startswith("No key yet.")


# --- a key that is stuck ---


@pytest.mark.parametrize("usb", [False, True])
def test_a_key_stuck_for_an_hour_destroys_nothing(scene: Scene, usb: bool) -> None:
    scene.device.key.press()
    if usb:
        scene.device.plug_in()
    scene.world.advance(HOUR_S)
    assert scene.device.text == "Nothing happens. Release the button."
    scene.device.key.release()
    scene.world.advance(1)
    assert meaning(scene) == NOTHING
    assert scene.device.running == usb
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


@pytest.mark.parametrize(("seconds", "erased"), ASKED_LIMITS)
def test_erasing_on_request_needs_a_hold_and_a_release_at_its_mark(
    scene: Scene, seconds: float, erased: bool
) -> None:
    computer = Computer(scene.device)
    computer.send(schema.WIPE)
    scene.world.advance(1)
    scene.device.press(seconds)
    assert scene.device.text.startswith("Erasing" if erased else "Refused.")
    scene.world.advance(90)
    if erased:
        assert [answer[2] for answer in computer.answers()] == [0]
    else:
        assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]
        scene.device.press()
        assert scene.device.code == code_of(HOTP_KEY, 0)
