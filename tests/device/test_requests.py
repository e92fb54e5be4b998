"""What a computer may ask of a code display, and that a code leaves it only after a press that follows the request."""

from collections.abc import Iterator

import pytest

from segl_wire import frame, schema
from tests.device.scene import ENGINES, HOTP_KEY, TOTP_KEY, Computer, Scene
from tests.device.support import code_of

BANK, GATE = 0, 1


@pytest.fixture(params=ENGINES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with Scene(request.param) as scene:
        scene.provision(TOTP_KEY, HOTP_KEY)
        scene.to_second(2)
        yield scene


@pytest.fixture
def computer(scene: Scene) -> Computer:
    return Computer(scene.device)


def asking(scene: Scene) -> bool:
    return scene.device.text.startswith("Send code?")


# --- a code ---


def test_a_code_is_answered_and_shown_after_a_press(scene: Scene, computer: Computer) -> None:
    number = computer.send(schema.CODE, index=BANK)
    scene.world.advance(5)
    assert asking(scene)
    assert computer.answers() == []
    scene.device.press()
    expected = scene.expected(TOTP_KEY)
    ((command, answered, error, fields),) = computer.answers()
    assert (command, answered, error) == (schema.CODE, number, 0)
    assert fields["code"] == scene.device.code == expected
    assert fields["remaining"] - (30 - scene.utc % 30) in (0, 1)


def test_a_code_of_a_counter_is_answered_once_and_commits_its_counter(
    scene: Scene, computer: Computer
) -> None:
    for counter in range(3):
        computer.send(schema.CODE, index=GATE)
        scene.world.advance(1)
        scene.device.press()
        assert [fields for *_, fields in computer.answers()] == [{"code": code_of(HOTP_KEY, counter)}]
        assert scene.device.code == code_of(HOTP_KEY, counter)
        scene.dark()


def test_a_press_before_the_request_does_not_count(scene: Scene, computer: Computer) -> None:
    scene.device.finger(0.5)
    scene.world.advance(0.3)
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(3)
    assert computer.answers() == []
    assert asking(scene)


def test_a_press_too_early_to_have_read_the_question_does_not_count(scene: Scene, computer: Computer) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(0.15)
    assert asking(scene)
    scene.device.press()
    assert computer.answers() == []
    assert asking(scene)
    scene.device.press()
    assert computer.answers()[0][3] == {"code": code_of(HOTP_KEY, 0)}


def test_without_a_press_the_request_ends_after_30_seconds(scene: Scene, computer: Computer) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(29.8)
    assert computer.answers() == []
    assert asking(scene)
    scene.world.advance(0.4)
    assert [answer[2] for answer in computer.answers()] == [schema.TIMEOUT]
    scene.dark()
    scene.device.press()
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


@pytest.mark.parametrize(("seconds", "then"), [(1, "Version"), (6, "Set-up open."), (11, "Refused.")])
def test_anything_but_a_press_refuses(scene: Scene, computer: Computer, seconds: float, then: str) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    scene.device.press(seconds)
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]
    assert then in scene.device.text
    assert scene.device.code is None


def test_with_under_5_seconds_left_the_computer_gets_the_next_code(scene: Scene, computer: Computer) -> None:
    scene.to_second(24)
    computer.send(schema.CODE, index=BANK)
    scene.to_second(26)
    scene.device.press()
    assert scene.device.lines[0] == "New code in"
    assert computer.answers() == []
    scene.to_second(2)
    assert [fields["code"] for *_, fields in computer.answers()] == [scene.expected(TOTP_KEY)]
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_a_press_during_that_wait_refuses(scene: Scene, computer: Computer) -> None:
    scene.to_second(24)
    computer.send(schema.CODE, index=BANK)
    scene.to_second(26)
    scene.device.press()
    scene.device.press()
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]


def test_a_lost_clock_gives_the_computer_no_code(scene: Scene, computer: Computer) -> None:
    scene.device.clock.lose_power()
    computer.send(schema.CODE, index=BANK)
    scene.world.advance(1)
    scene.device.press()
    assert [answer[2] for answer in computer.answers()] == [schema.NO_TIME]
    assert scene.device.text.startswith("Clock stopped.")


def test_a_code_of_no_key_is_not_found(computer: Computer) -> None:
    assert computer.ask(schema.CODE, index=2) == (schema.NOT_FOUND, {"field": 1})
    assert computer.ask(schema.KEY, index=15) == (schema.NOT_FOUND, {"field": 1})


# --- one at a time ---


def test_cancel_ends_a_request(scene: Scene, computer: Computer) -> None:
    asked = computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    cancel = computer.send(schema.CANCEL)
    scene.world.advance(0.5)
    assert [answer[:3] for answer in computer.answers()] == [
        (schema.CODE, asked, schema.CANCELLED),
        (schema.CANCEL, cancel, 0),
    ]
    assert not asking(scene)
    scene.device.press()
    assert computer.answers() == []


def test_cancel_ends_a_request_that_waits_for_the_next_code(scene: Scene, computer: Computer) -> None:
    scene.to_second(24)
    computer.send(schema.CODE, index=BANK)
    scene.to_second(26)
    scene.device.press()
    computer.send(schema.CANCEL)
    scene.world.advance(8)
    assert [answer[2] for answer in computer.answers()] == [schema.CANCELLED, 0]
    assert scene.device.code is None


def test_cancel_of_nothing_leaves_the_screen_alone(scene: Scene, computer: Computer) -> None:
    # Broke once: any program could hide the code, or light the screen, with it.
    assert computer.ask(schema.CANCEL) == (0, {})
    assert not scene.device.screen.lit
    scene.device.press()
    assert computer.ask(schema.CANCEL) == (0, {})
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_a_request_right_behind_a_cancel_is_a_new_one(scene: Scene, computer: Computer) -> None:
    # Broke once: the cancel of the first request refused the second.
    first = computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    cancel = schema.encode_request(schema.CANCEL, 1001, {})
    again = schema.encode_request(schema.CODE, 1002, {"index": GATE})
    computer.port.write(frame.encode(cancel) + frame.encode(again))
    scene.world.advance(1)
    assert [answer[1:3] for answer in computer.answers()] == [(first, schema.CANCELLED), (1001, 0)]
    assert asking(scene)
    scene.device.press()
    assert computer.answers() == [(schema.CODE, 1002, 0, {"code": code_of(HOTP_KEY, 0)})]


def test_a_second_request_is_busy_and_the_first_goes_on(scene: Scene, computer: Computer) -> None:
    first = computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    assert computer.ask(schema.CODE, index=BANK) == (schema.BUSY, {})
    assert computer.ask(schema.WIPE) == (schema.BUSY, {})
    assert computer.ask(schema.INFO)[0] == 0
    assert computer.ask(schema.KEY, index=GATE)[1]["name"] == "Gate"
    assert asking(scene)
    scene.device.press()
    assert [answer[1:3] for answer in computer.answers()] == [(first, 0)]


def test_a_program_that_opens_the_port_anew_ends_what_the_last_one_asked(
    scene: Scene, computer: Computer
) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    computer.port.close()
    computer.open()
    again = computer.send(schema.CODE, index=BANK)
    scene.world.advance(3)
    assert asking(scene)
    assert "Bank" in scene.device.text
    scene.device.press()
    assert [answer[1:3] for answer in computer.answers()] == [(again, 0)]


@pytest.mark.parametrize("command", [schema.CODE, schema.WIPE])
def test_unplugged_in_the_middle_of_a_request_it_goes_on_alone_and_is_whole(
    scene: Scene, command: int
) -> None:
    computer = Computer(scene.device)
    computer.send(command, **({"index": GATE} if command == schema.CODE else {}))
    scene.world.advance(1)
    scene.device.unplug()
    scene.world.advance(1)
    assert scene.device.running
    assert "computer asks" in scene.device.text.lower()
    scene.dark()
    again = Computer(scene.device)
    assert again.ask(schema.INFO)[1]["keys"] == 2
    scene.device.press()
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_unplugged_in_the_middle_of_a_frame_the_next_program_is_answered(
    scene: Scene, computer: Computer
) -> None:
    request = frame.encode(schema.encode_request(schema.INFO, 1, {}))
    computer.port.write(request[:5])
    scene.device.unplug()
    scene.world.advance(1)
    assert Computer(scene.device).ask(schema.INFO)[0] == 0


# --- erasing ---


def test_a_wipe_erases_everything_and_starts_afresh(scene: Scene, computer: Computer) -> None:
    number = computer.send(schema.WIPE)
    scene.world.advance(1)
    scene.device.press(9)
    scene.world.advance(90)
    assert [answer[1:3] for answer in computer.answers()] == [(number, 0)]
    info = Computer(scene.device).ask(schema.INFO)[1]
    assert (info["keys"], info["clock"], info["sequence"]) == (0, 1, 0)
    scene.device.press()
    assert scene.device.text.startswith("No key yet.")
    scene.provision(HOTP_KEY)
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_a_wipe_that_nobody_confirms_ends_after_30_seconds(scene: Scene, computer: Computer) -> None:
    computer.send(schema.WIPE)
    scene.world.advance(30.5)
    assert [answer[2] for answer in computer.answers()] == [schema.TIMEOUT]
    assert computer.ask(schema.INFO)[1]["keys"] == 2


def test_while_it_erases_requests_are_answered_and_change_nothing(scene: Scene, computer: Computer) -> None:
    wipe = computer.send(schema.WIPE)
    scene.world.advance(1)
    scene.device.press(9)
    assert scene.device.text.startswith("Erasing")
    assert computer.ask(schema.INFO)[1]["keys"] == 0
    assert computer.ask(schema.CODE, index=BANK)[0] == schema.NOT_FOUND
    assert computer.provision(TOTP_KEY, 0, 10) == schema.CLOSED
    assert computer.ask(schema.WIPE)[0] == schema.BUSY
    scene.device.press()
    scene.world.advance(90)
    assert [answer[1:3] for answer in computer.answers()] == [(wipe, 0)]
    assert scene.device.failure is None
