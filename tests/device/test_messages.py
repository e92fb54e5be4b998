"""Plain words, in English and in Danish, for everything that is not a code."""

from collections.abc import Iterator

import pytest

from segl.otpauth import Key
from segl_wire import schema
from tests.device.scene import HOTP_KEY, SECRET, TOTP_KEY, YEAR_S, Computer, Scene, damaged
from tests.device.support import code_of

SAID = {
    "clock lost": (
        "Clock stopped. Connect to a computer and set up again.",
        "Uret gik i stå. Tilslut en computer, og opsæt igen.",
    ),
    "clock was ahead": ("Clock was ahead. Set up again.", "Uret var foran. Opsæt igen."),
    "battery low": ("Battery low. Put in a new one soon.", "Lavt batteri. Sæt snart et nyt i."),
    "battery empty": ("Battery empty. Put in a new one.", "Fladt batteri. Sæt et nyt i."),
    "storage damaged": (
        "Storage damaged. Keys may be lost. Connect to a computer and set up again.",
        "Lageret er skadet. Nøgler kan være væk. Tilslut en computer, og opsæt igen.",
    ),
    "open": ("Set-up open. Connect to a computer. 10:00", "Åben for opsætning. Tilslut en computer. 10:00"),
    "computer asks for a code": (
        "Send code? A computer asks for the code of Gate. Press = yes. Wait = no.",
        "Send koden? En computer beder om koden til Gate. Tryk = ja. Vent = nej.",
    ),
    "computer asks to erase": (
        "Erase all? A computer asks to erase all keys. Hold button = yes. Wait = no.",
        "Slet alt? En computer beder om at slette alle nøgler. Hold knappen nede = ja. Vent = nej.",
    ),
    "too late": ("Too late. Ask again on the computer.", "For sent. Spørg igen fra computeren."),
    "refused": ("Refused. Nothing was sent.", "Afvist. Der er ikke sendt noget."),
    "canceled": (
        "Canceled. The computer no longer asks.",
        "Annulleret. Computeren spørger ikke længere.",
    ),
    "stored": ("Key stored. Bank", "Nøgle gemt. Bank"),
    "clock set": ("Clock set.", "Uret er stillet."),
    "used up": ("Key used up. Set up again.", "Nøglen er brugt op. Opsæt igen."),
    "release for information": (
        "Release for information. Keep holding for set-up. 4 s",
        "Slip for oplysninger. Hold fortsat for opsætning. 4 s",
    ),
    "release to open": ("Release now to open for set-up. 4 s", "Slip nu for at åbne for opsætning. 4 s"),
    "release, nothing happens": ("Nothing happens. Release the button.", "Der sker intet. Slip knappen."),
    "keep holding to erase": ("Erase all. Keep holding. 6 s", "Slet alt. Hold fortsat. 6 s"),
    "release to erase": (
        "Release now to erase all keys. 4 s",
        "Slip nu for at slette alle nøgler. 4 s",
    ),
    "erasing": ("Erasing 0 % Please wait.", "Sletter 0 % Vent venligst."),
    "erased": (
        "Erased. No keys are left on this device.",
        "Slettet. Der er ingen nøgler på enheden.",
    ),
    "new code in": ("New code in s", "Ny kode om s"),
}


class Speaker(Scene):
    """A scene whose device speaks one language."""

    def __init__(self, engine: str, language: str) -> None:
        super().__init__(engine)
        self.language = language
        self.age_clock(YEAR_S)
        self.provision(TOTP_KEY, HOTP_KEY, language=language)
        self.to_second(2)

    def says(self, what: str) -> bool:
        """Say whether the screen shows the words for something, and nothing else."""
        return self.shown() == SAID[what][self.language == "da"]


# Both languages and both engines, in two runs of each scene.
@pytest.fixture(params=[("micropython", "en"), ("cpython", "da")], ids=lambda value: "-".join(value))
def scene(request: pytest.FixtureRequest) -> Iterator[Speaker]:
    speaker = Speaker(*request.param)
    with speaker:
        yield speaker


@pytest.mark.parametrize("engine", ["micropython", "cpython"])
def test_without_a_key_it_says_how_to_get_one(engine: str) -> None:
    # In English only: the language comes with the first key.
    with Scene(engine) as scene:
        scene.device.press()
        assert scene.device.text == "No key yet. Hold the button 5 s to set up."


def test_a_clock_that_stopped_is_lost_and_no_code_is_shown(scene: Speaker) -> None:
    scene.device.clock.lose_power()
    scene.device.press()
    assert scene.says("clock lost")


def test_a_clock_chip_that_does_not_answer_is_lost_too(scene: Speaker) -> None:
    # Broke once: the information screen ended in a traceback, the code screen said that the storage was damaged.
    scene.device.clock.powered = False
    scene.device.press()
    assert scene.says("clock lost")
    scene.device.press(1)
    assert scene.device.lines[-1] == ("UTC not set" if scene.language == "en" else "UTC ikke stillet")
    assert Computer(scene.device).ask(schema.INFO)[1]["clock"] == 1


def test_a_clock_that_was_a_little_ahead_says_how_long_to_wait(scene: Speaker) -> None:
    scene.device.press()
    step = scene.utc // 30
    scene.dark()
    scene.device.clock.shift_seconds(-400)
    scene.device.press()
    minutes, seconds = divmod(step * 30 - scene.utc, 60)
    assert minutes == 5
    words = f"Wait {minutes} min {seconds} s. The clock was a little ahead."
    danish = f"Vent {minutes} min {seconds} s. Uret var lidt foran."
    assert scene.device.text == (words if scene.language == "en" else danish)
    scene.world.advance(step * 30 - scene.utc)
    scene.device.press()
    assert scene.device.code == code_of(TOTP_KEY, scene.utc // 30)


def test_a_clock_that_was_far_ahead_must_be_set_up_again(scene: Speaker) -> None:
    scene.device.press()
    scene.dark()
    scene.device.clock.shift_seconds(-800)
    scene.device.press()
    assert scene.says("clock was ahead")


@pytest.mark.parametrize(("millivolts", "warned"), [(2310, False), (2290, True), (2010, True)])
def test_a_low_battery_is_said_before_the_code_and_once(
    scene: Speaker, millivolts: int, warned: bool
) -> None:
    scene.device.battery.millivolts = millivolts
    scene.device.press()
    assert scene.says("battery low") == warned
    scene.world.advance(2.2)
    assert scene.device.code == scene.expected(TOTP_KEY)
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_a_hold_during_the_warning_does_what_it_says(scene: Speaker) -> None:
    scene.device.battery.millivolts = 2200
    scene.device.press()
    assert scene.says("battery low")
    scene.device.press(6)
    assert scene.says("open")


def test_an_empty_battery_gives_no_code_and_uses_up_no_counter(scene: Speaker) -> None:
    scene.device.battery.millivolts = 1990
    for _ in range(2):
        scene.device.press()
        assert scene.says("battery empty")
    scene.dark()
    scene.device.restore_power()
    scene.device.press()
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_a_board_whose_battery_is_dead_does_not_start(scene: Speaker) -> None:
    scene.device.battery.millivolts = 1700
    scene.device.press()
    assert not scene.device.running
    assert not scene.device.screen.lit


def test_damaged_storage_is_said_and_gives_no_code(scene: Speaker) -> None:
    scene.provision(*(Key(f"Key {number}", SECRET) for number in range(4)), language=scene.language)
    with Scene(scene.world.engine, flash=damaged(scene.device)) as other:
        other.device.press()
        assert other.device.text == SAID["storage damaged"][scene.language == "da"]
        computer = Computer(other.device)
        assert computer.ask(schema.INFO)[1]["storage"] == 1
        assert computer.ask(schema.CODE, index=0) == (schema.DAMAGED, {})
        other.device.press(6)
        assert computer.provision(TOTP_KEY, 0, 10, replace=True) == schema.DAMAGED


def test_keys_of_another_device_are_damaged_and_never_make_a_code(scene: Speaker) -> None:
    # Broke once: a computer that asked for the code ended it in a traceback.
    with Scene(scene.world.engine, seed=2, flash=scene.device.flash.image()) as other:
        other.device.press()
        assert other.device.text == SAID["storage damaged"][scene.language == "da"]
        computer = Computer(other.device)
        assert computer.ask(schema.CODE, index=1) == (schema.DAMAGED, {})
        assert computer.ask(schema.KEY, index=0) == (schema.DAMAGED, {})
        other.device.press()
        assert other.device.code is None


def test_the_open_window_says_so_and_counts_down(scene: Speaker) -> None:
    scene.device.press(6)
    assert scene.says("open")
    scene.world.advance(60)
    assert scene.device.lines[-1] == "9:00"


def test_a_computer_that_asks_for_a_code_is_named_on_the_screen(scene: Speaker) -> None:
    computer = Computer(scene.device)
    computer.send(schema.CODE, index=1)
    scene.world.advance(1)
    assert scene.says("computer asks for a code")
    scene.world.advance(30)
    assert scene.says("too late")


def test_a_refusal_is_said(scene: Speaker) -> None:
    Computer(scene.device).send(schema.CODE, index=1)
    scene.world.advance(1)
    scene.device.press(11)
    assert scene.says("refused")


def test_a_canceled_request_is_said(scene: Speaker) -> None:
    computer = Computer(scene.device)
    computer.send(schema.CODE, index=1)
    scene.world.advance(1)
    computer.send(schema.CANCEL)
    scene.world.advance(0.5)
    assert scene.says("canceled")


def test_a_stored_key_and_a_set_clock_are_said(scene: Speaker) -> None:
    computer = Computer(scene.device)
    scene.device.press(6)
    assert computer.provision(TOTP_KEY, 0, 10, replace=True) == 0
    assert scene.says("stored")
    scene.world.advance(2)
    assert computer.ask(schema.TIME, utc=0, sequence=11) == (0, {})
    assert scene.says("clock set")


def test_a_key_without_codes_left_is_said(scene: Speaker) -> None:
    scene.provision(Key("Gate", SECRET, kind="hotp", counter=2**64 - 1))
    computer = Computer(scene.device)
    computer.send(schema.CODE, index=1)
    scene.world.advance(1)
    scene.device.press()
    assert scene.device.code is not None
    scene.dark()
    computer.answers()
    computer.send(schema.CODE, index=1)
    scene.world.advance(1)
    scene.device.press()
    assert scene.says("used up")
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]


def test_a_held_key_is_told_what_a_release_does(scene: Speaker) -> None:
    down = scene.world.now
    scene.device.finger(11)
    for seconds, what in (
        (1.5, "release for information"),
        (6.5, "release to open"),
        (10.5, "release, nothing happens"),
    ):
        scene.until(seconds, down)
        assert scene.says(what)


def test_erasing_speaks_the_owners_language_to_its_end(scene: Speaker) -> None:
    # Broke once: with the store the language was gone, and a Danish owner read "Erased."
    computer = Computer(scene.device)
    computer.send(schema.WIPE)
    scene.world.advance(1)
    assert scene.says("computer asks to erase")
    scene.device.key.press()
    scene.world.advance(2.5)
    assert scene.says("keep holding to erase")
    scene.world.advance(7)
    assert scene.says("release to erase")
    scene.device.key.release()
    scene.world.advance(0.3)
    assert scene.says("erasing")
    for _ in range(90):
        if not scene.device.text.startswith(("Erasing", "Sletter")):
            break
        scene.world.advance(1)
    assert scene.says("erased")


def test_the_wait_for_a_new_code_is_said(scene: Speaker) -> None:
    scene.to_second(26)
    scene.device.press()
    assert scene.says("new code in")
