"""Set-up: only inside the window that its owner opens, that shows on the screen, and that time or a key closes.

A display's owner opens it by a hold, a reader's in the menu. What is said of voices stands in test_voices.py.
"""

from collections.abc import Iterator

import pytest

from segl.otpauth import Key
from segl_wire import schema
from tests.device.kinds import DISPLAY, READER
from tests.device.scene import ENGINES, HOTP_KEY, SECRET, TOTP_KEY, AnyScene, Computer, Scene, damaged
from tests.device.support import code_of

UTC = 1_000_000_000
WINDOW_S = 600
MAX_KEYS = 16


DISPLAYS = [(DISPLAY, engine) for engine in ENGINES]
# One engine is enough: test_engines.py shows that both do the same.
READERS = [(READER, "cpython")]

for_displays = pytest.mark.parametrize("scene", DISPLAYS, indirect=True, ids=str)


@pytest.fixture(params=DISPLAYS + READERS, ids=str)
def scene(request: pytest.FixtureRequest) -> Iterator[AnyScene]:
    kind, engine = request.param
    with Scene(engine) if kind is DISPLAY else AnyScene(kind, engine) as scene:
        yield scene


@pytest.fixture
def computer(scene: AnyScene) -> Computer:
    return Computer(scene.device)


def open_setup(scene: AnyScene) -> None:
    scene.kind.open_setup(scene.device)


def opened(scene: AnyScene) -> bool:
    return scene.device.text.startswith("Set-up open.")


def left(computer: Computer) -> int:
    """Ask for how many s the window stays open."""
    return computer.ask(schema.INFO, within=0.1)[1]["open"]


def keys(computer: Computer) -> int:
    return computer.ask(schema.INFO)[1]["keys"]


def test_without_the_window_nothing_can_be_set(scene: AnyScene, computer: Computer) -> None:
    assert computer.provision(TOTP_KEY, UTC, 1) == schema.CLOSED
    assert computer.ask(schema.TIME, utc=UTC, sequence=1) == (schema.CLOSED, {})
    info = computer.ask(schema.INFO)[1]
    assert (info["keys"], info["sequence"], info["clock"], info["open"]) == (0, 0, 1, 0)


@for_displays
def test_a_short_hold_does_not_open_the_window(scene: Scene, computer: Computer) -> None:
    scene.device.press(4.9)
    assert computer.provision(TOTP_KEY, UTC, 1) == schema.CLOSED


@for_displays
def test_a_hold_opens_the_window_which_shows_and_counts_down(scene: Scene, computer: Computer) -> None:
    scene.device.press(6)
    assert opened(scene)
    assert computer.ask(schema.INFO)[1]["open"] in (599, 600)
    scene.world.advance(299)
    assert opened(scene)
    minutes, seconds = scene.device.lines[-1].split(":")
    remaining = computer.ask(schema.INFO)[1]["open"]
    assert remaining - (int(minutes) * 60 + int(seconds)) in (-1, 0)
    assert 295 < remaining < 301


def test_the_window_takes_keys_and_the_time_and_stays_open(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert opened(scene)
    assert computer.provision(TOTP_KEY, UTC, 1) == 0
    assert computer.provision(HOTP_KEY, UTC + 1, 2) == 0
    assert computer.ask(schema.TIME, utc=UTC + 50, sequence=3) == (0, {})
    scene.world.advance(2.5)
    info = computer.ask(schema.INFO)[1]
    assert (info["keys"], info["sequence"], info["clock"]) == (2, 3, 0)
    assert info["utc"] - UTC in range(50, 56)
    assert info["open"] > 580


@for_displays
def test_a_display_shows_the_window_again_when_it_has_named_a_key(scene: Scene, computer: Computer) -> None:
    scene.device.press(6)
    assert computer.provision(TOTP_KEY, UTC, 1) == 0
    assert not opened(scene)
    scene.world.advance(2.5)
    assert opened(scene)


def test_the_window_closes_after_10_minutes(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert left(computer) in range(WINDOW_S - 3, WINDOW_S + 1)
    scene.world.advance(left(computer) - 2)
    assert opened(scene)
    assert left(computer) in (1, 2)
    scene.world.advance(2)
    assert computer.provision(TOTP_KEY, UTC, 1) == schema.CLOSED
    assert keys(computer) == 0
    scene.world.advance(5)
    assert not opened(scene)


@for_displays
def test_the_end_of_10_minutes_is_dark(scene: Scene) -> None:
    scene.device.press(6)
    scene.world.advance(WINDOW_S - 2)
    assert opened(scene)
    scene.world.advance(2)
    assert not scene.device.screen.lit


def test_10_minutes_count_from_the_beginning_whatever_happens_meanwhile(
    scene: AnyScene, computer: Computer
) -> None:
    open_setup(scene)
    for number in range(1, 6):
        scene.world.advance(110)
        assert computer.provision(TOTP_KEY, UTC, number, replace=True) == 0
    scene.world.advance(50)
    assert computer.provision(TOTP_KEY, UTC, 9, replace=True) == schema.CLOSED


def test_its_owner_closes_the_window(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    scene.kind.close_setup(scene.device)
    assert not opened(scene)
    assert computer.provision(TOTP_KEY, UTC, 1) == schema.CLOSED


@for_displays
def test_a_look_at_the_information_leaves_the_window_open(scene: Scene, computer: Computer) -> None:
    scene.device.press(6)
    scene.device.press(1)
    assert "Version" in scene.device.text
    assert computer.provision(TOTP_KEY, UTC, 1) == 0
    scene.world.advance(20)
    assert opened(scene)


def test_a_code_in_between_leaves_the_window_open(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert computer.provision(HOTP_KEY, UTC, 1) == 0
    computer.send(schema.CODE, index=0)
    scene.world.advance(3)
    scene.kind.yes(scene.device)
    scene.world.advance(scene.kind.yes_s)
    assert computer.answers()[0][3] == {"code": code_of(HOTP_KEY, 0)}
    assert computer.provision(TOTP_KEY, UTC, 2) == 0


def test_the_window_outlives_the_cable_and_not_the_power(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    scene.device.unplug()
    scene.world.advance(5)
    assert opened(scene)
    scene.switch_off()
    scene.world.advance(1)
    assert Computer(scene.device).provision(TOTP_KEY, UTC, 1) == schema.CLOSED


# --- sequence numbers ---


def test_a_sequence_number_that_does_not_rise_is_stale_and_changes_nothing(
    scene: AnyScene, computer: Computer
) -> None:
    open_setup(scene)
    assert computer.provision(TOTP_KEY, UTC, 10) == 0
    for sequence in (0, 9, 10):
        assert computer.provision(HOTP_KEY, 0, sequence) == schema.STALE
        assert computer.ask(schema.TIME, utc=0, sequence=sequence) == (schema.STALE, {"field": 2})
    info = computer.ask(schema.INFO)[1]
    assert (info["keys"], info["sequence"]) == (1, 10)
    assert info["utc"] > UTC
    assert computer.ask(schema.TIME, utc=5, sequence=2**64 - 1) == (0, {})
    assert computer.provision(HOTP_KEY, 0, 2**64 - 1) == schema.STALE


def test_the_sequence_number_outlives_power_and_the_clock(scene: AnyScene) -> None:
    scene.provision(TOTP_KEY)
    scene.device.clock.lose_power()
    scene.world.advance(1)
    computer = Computer(scene.device)
    open_setup(scene)
    assert computer.provision(TOTP_KEY, UTC, 1, replace=True) == schema.STALE
    assert computer.ask(schema.INFO)[1]["clock"] == 1
    assert computer.provision(TOTP_KEY, UTC, 2, replace=True) == 0
    assert computer.ask(schema.INFO)[1]["clock"] == 0


def test_the_time_is_taken_to_the_second(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert computer.ask(schema.TIME, within=0.1, utc=UTC, sequence=1) == (0, {})
    assert computer.ask(schema.INFO, within=0.1)[1]["utc"] == UTC
    exact = 0
    for number in range(2, 12):
        scene.world.advance(1.13)
        second = scene.device.clock.seconds
        computer.ask(schema.TIME, within=0.1, utc=UTC - number, sequence=number)
        told = computer.ask(schema.INFO, within=0.1)[1]["utc"]
        assert told == UTC - number + scene.device.clock.seconds - second
        exact += scene.device.clock.seconds == second
    assert exact >= 5


# Seconds around both ends of what 64 bits hold, and around 1970 and 2106.
@pytest.mark.parametrize("utc", [-(2**63), -1, 0, 2**32, 2**62, 2**63 - 3])
@for_displays
def test_any_64_bit_time_can_be_set(scene: Scene, computer: Computer, utc: int) -> None:
    # Broke once: past the end of 64 bits INFO ended in a traceback.
    scene.age_clock(100)
    scene.device.press(6)
    assert computer.provision(TOTP_KEY, utc, 1) == 0
    told = computer.ask(schema.INFO)[1]["utc"]
    assert (told - utc) % 2**64 in range(4)
    scene.world.advance(6)
    told = computer.ask(schema.INFO)[1]["utc"]
    assert (told - utc) % 2**64 in range(6, 11)
    scene.device.press(1)
    assert "UTC" in scene.device.text
    scene.world.advance(20)
    scene.device.press()
    scene.world.advance(7)
    assert (scene.device.code is None) == (told < 0)


# --- names and room ---


def test_a_name_that_is_there_exists_unless_it_is_to_be_replaced(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert computer.provision(HOTP_KEY, UTC, 1) == 0
    other = Key(HOTP_KEY.name, SECRET[::-1], kind="hotp", digits=8, algorithm="SHA512", counter=9)
    assert computer.provision(other, UTC, 2) == schema.EXISTS
    assert computer.provision(other, UTC, 2, replace=True) == 0
    assert keys(computer) == 1
    fields = computer.ask(schema.KEY, index=0)[1]
    assert fields == {"index": 0, "name": HOTP_KEY.name, "kind": 1, "algorithm": 3, "digits": 8}
    scene.kind.close_setup(scene.device)
    assert scene.kind.show(scene.device, [other.name], other.name) == code_of(other, 9)


def test_replacing_a_key_that_is_not_there_adds_it(scene: AnyScene, computer: Computer) -> None:
    open_setup(scene)
    assert computer.provision(HOTP_KEY, UTC, 1, replace=True) == 0
    assert keys(computer) == 1


@for_displays
def test_16_keys_fit_each_with_its_own_code_and_the_17th_is_refused(scene: Scene, computer: Computer) -> None:
    many = [
        Key(f"Key no. {number} with a long name", bytes([number]) * 64, kind="hotp", algorithm="SHA512")
        for number in range(MAX_KEYS)
    ]
    scene.device.press(6)
    for number, key in enumerate(many):
        assert computer.provision(key, UTC, number + 1) == 0
    assert computer.provision(TOTP_KEY, UTC, 100) == schema.FULL
    assert computer.provision(many[3], UTC, 101) == schema.EXISTS
    assert computer.provision(many[15], UTC, 102, replace=True) == 0
    assert keys(computer) == MAX_KEYS
    for key in [*many, *many[:2]]:
        scene.device.press()
        assert scene.device.code == code_of(key, 0)
        assert "".join(scene.device.lines).replace(" ", "") == key.name.replace(" ", "")


def test_on_usb_an_empty_battery_does_not_matter(scene: AnyScene, computer: Computer) -> None:
    scene.device.battery.millivolts = 0
    open_setup(scene)
    assert computer.provision(HOTP_KEY, UTC, 1) == 0
    scene.kind.close_setup(scene.device)
    assert scene.kind.show(scene.device, [HOTP_KEY.name], HOTP_KEY.name) == code_of(HOTP_KEY, 0)


@for_displays
def test_the_language_stays_until_another_is_chosen(scene: Scene) -> None:
    scene.provision(TOTP_KEY, language="da")
    scene.provision(TOTP_KEY)
    scene.device.press(6)
    assert scene.device.text.startswith("Åben for opsætning.")
    assert Computer(scene.device).ask(schema.INFO)[1]["language"] == "da"
    scene.provision(TOTP_KEY, language="en")
    scene.device.press(6)
    assert opened(scene)


def test_a_wipe_mends_damaged_storage(scene: AnyScene) -> None:
    scene.provision(*(Key(f"Key {number}", SECRET, kind="hotp") for number in range(6)))
    with AnyScene(scene.kind, scene.world.engine, flash=damaged(scene.device)) as other:
        computer = Computer(other.device)
        assert computer.ask(schema.INFO)[1]["storage"] == 1
        computer.send(schema.WIPE)
        other.world.advance(1)
        other.kind.yes_to_wipe(other.device)
        other.world.advance(110)
        again = Computer(other.device)
        info = again.ask(schema.INFO)[1]
        assert (info["storage"], info["keys"]) == (0, 0)
        other.provision(HOTP_KEY)
        assert other.kind.show(other.device, [HOTP_KEY.name], HOTP_KEY.name) == code_of(HOTP_KEY, 0)
