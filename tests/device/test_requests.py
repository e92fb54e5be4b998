"""What a computer may ask of a device, and that a code leaves it only after a yes that follows the request."""

from collections.abc import Iterator
from typing import Any

import pytest

from segl_sim import AudioReader
from segl_wire import frame, schema
from tests.device.kinds import DISPLAY, KINDS, READER, Kind
from tests.device.scene import ENGINES, HOTP_KEY, TOTP_KEY, AnyScene, Computer
from tests.device.support import code_of

BANK, GATE = 0, 1
NAMES = [TOTP_KEY.name, HOTP_KEY.name]


def on(*kinds: Kind[Any]) -> list[Any]:
    """Kinds on each engine; coverage is measured on one of them."""
    marks = {"micropython": [pytest.mark.no_cover]}
    return [pytest.param((kind, engine), marks=marks.get(engine, [])) for kind in kinds for engine in ENGINES]


for_displays = pytest.mark.parametrize("scene", on(DISPLAY), indirect=True, ids=str)
for_readers = pytest.mark.parametrize("scene", on(READER), indirect=True, ids=str)


@pytest.fixture(params=on(*KINDS), ids=str)
def scene(request: pytest.FixtureRequest) -> Iterator[AnyScene]:
    with AnyScene(*request.param) as scene:
        scene.provision(TOTP_KEY, HOTP_KEY)
        scene.to_second(2)
        yield scene


@pytest.fixture
def computer(scene: AnyScene) -> Computer:
    return Computer(scene.device)


def asking(scene: AnyScene) -> bool:
    return scene.device.text.startswith(scene.kind.asks)


def say_yes(scene: AnyScene) -> None:
    """Answer what a computer asks, and wait until that has its answer."""
    scene.kind.yes(scene.device)
    scene.world.advance(scene.kind.yes_s)


# --- a code ---


def test_a_code_is_answered_and_shown_after_a_press(scene: AnyScene, computer: Computer) -> None:
    number = computer.send(schema.CODE, index=BANK)
    scene.world.advance(5)
    assert asking(scene)
    assert computer.answers() == []
    say_yes(scene)
    expected = scene.expected(TOTP_KEY)
    ((command, answered, error, fields),) = computer.answers()
    assert (command, answered, error) == (schema.CODE, number, 0)
    assert fields["code"] == scene.device.code == expected
    assert fields["remaining"] - (30 - scene.utc % 30) in range(4)


def test_a_code_of_a_counter_is_answered_once_and_commits_its_counter(
    scene: AnyScene, computer: Computer
) -> None:
    for counter in range(3):
        computer.send(schema.CODE, index=GATE)
        scene.world.advance(1)
        say_yes(scene)
        assert [fields for *_, fields in computer.answers()] == [{"code": code_of(HOTP_KEY, counter)}]
        assert scene.device.code == code_of(HOTP_KEY, counter)
        scene.dark()


def test_a_press_before_the_request_does_not_count(scene: AnyScene, computer: Computer) -> None:
    scene.device.finger(seconds=0.5)
    scene.world.advance(0.3)
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(3)
    assert computer.answers() == []
    assert asking(scene)


@for_displays
def test_a_press_too_early_to_have_read_the_question_does_not_count(
    scene: AnyScene, computer: Computer
) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(0.15)
    assert asking(scene)
    scene.device.press()
    assert computer.answers() == []
    assert asking(scene)
    scene.device.press()
    assert computer.answers()[0][3] == {"code": code_of(HOTP_KEY, 0)}


@for_readers
def test_a_yes_before_the_question_was_heard_does_not_count(scene: AnyScene, computer: Computer) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    for _ in range(4):
        scene.device.press()
        assert computer.answers() == []
        assert asking(scene)
    scene.world.advance(8)
    scene.device.press()
    assert computer.answers()[0][3] == {"code": code_of(HOTP_KEY, 0)}


@for_readers
@pytest.mark.parametrize("key", ["louder", "quieter", "menu"])
def test_any_other_key_of_a_reader_refuses(scene: AnyScene, computer: Computer, key: str) -> None:
    assert isinstance(scene.device, AudioReader)
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    scene.device.press(key)
    assert computer.answers() == []  # it only brings up the question
    scene.world.advance(12)
    scene.device.press(key)
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]
    assert scene.device.code is None


def test_without_an_answer_the_request_ends_in_time(scene: AnyScene, computer: Computer) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(scene.kind.question_s - 0.2)
    assert computer.answers() == []
    assert asking(scene)
    scene.world.advance(0.4)
    assert [answer[2] for answer in computer.answers()] == [schema.TIMEOUT]
    scene.dark()
    assert scene.kind.show(scene.device, NAMES, HOTP_KEY.name) == code_of(HOTP_KEY, 0)


@for_displays
@pytest.mark.parametrize(("seconds", "then"), [(1, "Version"), (6, "Set-up open."), (11, "Refused.")])
def test_anything_but_a_press_refuses(scene: AnyScene, computer: Computer, seconds: float, then: str) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    scene.device.finger(seconds=seconds)
    scene.world.advance(seconds + 0.6)
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]
    assert then in scene.device.text
    assert scene.device.code is None


def say_yes_with_3_seconds_left(scene: AnyScene, computer: Computer) -> None:
    """Let a computer ask for a code, and say yes so late in its step that there is a wait."""
    scene.to_second(26 - round(scene.kind.yes_s))
    computer.send(schema.CODE, index=BANK)
    scene.kind.yes(scene.device, after=2)
    scene.to_second(28)
    assert scene.device.text.startswith("New code in")
    assert computer.answers() == []


def test_with_under_5_seconds_left_the_computer_gets_the_next_code(
    scene: AnyScene, computer: Computer
) -> None:
    say_yes_with_3_seconds_left(scene, computer)
    scene.to_second(4)
    assert [fields["code"] for *_, fields in computer.answers()] == [scene.expected(TOTP_KEY)]
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_a_press_during_that_wait_refuses(scene: AnyScene, computer: Computer) -> None:
    say_yes_with_3_seconds_left(scene, computer)
    scene.device.press()
    assert [answer[2] for answer in computer.answers()] == [schema.REFUSED]


def test_a_lost_clock_gives_the_computer_no_code(scene: AnyScene, computer: Computer) -> None:
    scene.device.clock.lose_power()
    computer.send(schema.CODE, index=BANK)
    scene.world.advance(1)
    say_yes(scene)
    assert [answer[2] for answer in computer.answers()] == [schema.NO_TIME]
    assert scene.device.text.startswith("Clock stopped.")


def test_a_code_of_no_key_is_not_found(computer: Computer) -> None:
    assert computer.ask(schema.CODE, index=2) == (schema.NOT_FOUND, {"field": 1})
    assert computer.ask(schema.KEY, index=15) == (schema.NOT_FOUND, {"field": 1})


# --- one at a time ---


def test_cancel_ends_a_request(scene: AnyScene, computer: Computer) -> None:
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


def test_cancel_ends_a_request_that_waits_for_the_next_code(scene: AnyScene, computer: Computer) -> None:
    say_yes_with_3_seconds_left(scene, computer)
    computer.send(schema.CANCEL)
    scene.world.advance(8)
    assert [answer[2] for answer in computer.answers()] == [schema.CANCELLED, 0]
    assert scene.device.code is None


def test_cancel_of_nothing_leaves_the_screen_alone(scene: AnyScene, computer: Computer) -> None:
    # Broke once: any program could hide the code, or light the screen, with it.
    assert computer.ask(schema.CANCEL) == (0, {})
    assert not scene.device.screen.lit
    scene.device.press()
    assert computer.ask(schema.CANCEL) == (0, {})
    assert scene.device.code == scene.expected(TOTP_KEY)


def test_a_request_right_behind_a_cancel_is_a_new_one(scene: AnyScene, computer: Computer) -> None:
    # Broke once: the cancel of the first request refused the second.
    first = computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    cancel = schema.encode_request(schema.CANCEL, 1001, {})
    again = schema.encode_request(schema.CODE, 1002, {"index": GATE})
    computer.port.write(frame.encode(cancel) + frame.encode(again))
    scene.world.advance(1)
    assert [answer[1:3] for answer in computer.answers()] == [(first, schema.CANCELLED), (1001, 0)]
    assert asking(scene)
    say_yes(scene)
    assert computer.answers() == [(schema.CODE, 1002, 0, {"code": code_of(HOTP_KEY, 0)})]


def test_a_second_request_is_busy_and_the_first_goes_on(scene: AnyScene, computer: Computer) -> None:
    first = computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    assert computer.ask(schema.CODE, index=BANK) == (schema.BUSY, {})
    assert computer.ask(schema.WIPE) == (schema.BUSY, {})
    assert computer.ask(schema.INFO)[0] == 0
    assert computer.ask(schema.KEY, index=GATE)[1]["name"] == "Gate"
    assert asking(scene)
    say_yes(scene)
    assert [answer[1:3] for answer in computer.answers()] == [(first, 0)]


def test_a_program_that_opens_the_port_anew_ends_what_the_last_one_asked(
    scene: AnyScene, computer: Computer
) -> None:
    computer.send(schema.CODE, index=GATE)
    scene.world.advance(1)
    computer.port.close()
    computer.open()
    again = computer.send(schema.CODE, index=BANK)
    scene.world.advance(3)
    assert asking(scene)
    assert scene.kind is READER or "Bank" in scene.device.text
    say_yes(scene)
    assert [answer[1:3] for answer in computer.answers()] == [(again, 0)]


@pytest.mark.parametrize("command", [schema.CODE, schema.WIPE])
def test_unplugged_in_the_middle_of_a_request_it_goes_on_alone_and_is_whole(
    scene: AnyScene, command: int
) -> None:
    computer = Computer(scene.device)
    computer.send(command, **({"index": GATE} if command == schema.CODE else {}))
    scene.world.advance(1)
    scene.device.unplug()
    scene.world.advance(1)
    assert scene.device.running
    assert "computer asks" in scene.device.text.lower()
    scene.world.advance(scene.kind.question_s)
    scene.dark()
    again = Computer(scene.device)
    assert again.ask(schema.INFO)[1]["keys"] == 2
    scene.device.press()
    assert scene.kind.await_code(scene.device) == scene.expected(TOTP_KEY)


def test_unplugged_in_the_middle_of_a_frame_the_next_program_is_answered(
    scene: AnyScene, computer: Computer
) -> None:
    request = frame.encode(schema.encode_request(schema.INFO, 1, {}))
    computer.port.write(request[:5])
    scene.device.unplug()
    scene.world.advance(1)
    assert Computer(scene.device).ask(schema.INFO)[0] == 0


# --- erasing ---


def test_a_wipe_erases_everything_and_starts_afresh(scene: AnyScene, computer: Computer) -> None:
    number = computer.send(schema.WIPE)
    scene.world.advance(1)
    scene.kind.yes_to_wipe(scene.device)
    scene.world.advance(100)
    assert [answer[1:3] for answer in computer.answers()] == [(number, 0)]
    info = Computer(scene.device).ask(schema.INFO)[1]
    assert (info["keys"], info["clock"], info["sequence"]) == (0, 1, 0)
    assert scene.kind.is_new(scene.device)
    scene.provision(HOTP_KEY)
    scene.device.press()
    assert scene.device.code == code_of(HOTP_KEY, 0)


def test_a_wipe_that_nobody_confirms_ends_in_time(scene: AnyScene, computer: Computer) -> None:
    computer.send(schema.WIPE)
    scene.world.advance(scene.kind.question_s + 0.5)
    assert [answer[2] for answer in computer.answers()] == [schema.TIMEOUT]
    assert computer.ask(schema.INFO)[1]["keys"] == 2


def test_while_it_erases_requests_are_answered_and_change_nothing(
    scene: AnyScene, computer: Computer
) -> None:
    wipe = computer.send(schema.WIPE)
    scene.world.advance(1)
    scene.kind.yes_to_wipe(scene.device)
    scene.world.run_until(scene.world.now + 30 * 10**9, lambda: "%" in scene.device.text)
    assert "%" in scene.device.text
    assert computer.ask(schema.INFO)[1]["keys"] == 0
    assert computer.ask(schema.CODE, index=BANK)[0] == schema.NOT_FOUND
    assert computer.provision(TOTP_KEY, 0, 10) == schema.CLOSED
    assert computer.ask(schema.WIPE)[0] == schema.BUSY
    scene.device.press()
    scene.world.advance(100)
    assert [answer[1:3] for answer in computer.answers()] == [(wipe, 0)]
    assert scene.device.failure is None


# --- what only a reader can ---


@for_displays
@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (schema.SPEAK, {"index": 0}),
        (schema.VOICE, {"language": "en", "size": 1000}),
        (schema.PIECE, {"offset": 0, "data": b"p"}),
        (schema.VOICE_END, {}),
    ],
)
def test_a_display_does_not_know_the_commands_of_voices(
    computer: Computer, command: int, fields: dict[str, Any]
) -> None:
    assert computer.ask(command, **fields) == (schema.UNKNOWN_COMMAND, {})
