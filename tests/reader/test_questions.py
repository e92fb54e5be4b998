"""What a computer asks: said at the first key, answered after the whole question; the first question; the way back."""

from collections.abc import Iterator
from typing import Any

import pytest

from segl_sim.hearing.transcript import transcribe
from segl_wire import schema
from tests.reader.desk import Desk
from tests.reader.session_homes import DAWN, GATE, Choices, records


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as one:
        yield one


ASKED = {
    "code": "A computer asks for your code. Key {}. For yes, press Speak. For no, press any other key.",
    "speak": "A computer asks to have your code spoken. Key {}. For yes, press Speak. For no, press any other key.",
    "wipe": "A computer asks to erase all keys. For yes, press Menu. For no, press any other key.",
}
COMMANDS = {"code": schema.CODE, "speak": schema.SPEAK, "wipe": schema.WIPE}


def ask(desk: Desk, what: str) -> None:
    """Let the computer ask; nothing is heard of it."""
    desk.computer.send(COMMANDS[what], **({} if what == "wipe" else {"index": 0}))
    before = desk.world.now
    desk.world.advance(3)
    assert desk.since(before) == ""
    assert desk.computer.answers() == []


def answer(desk: Desk) -> tuple[int, dict[str, Any]]:
    """Return the error code and the fields of the one answer that the computer got."""
    ((_, _, code, fields),) = desk.computer.answers()
    return code, fields


@pytest.mark.parametrize("what", COMMANDS)
def test_a_question_is_said_at_the_first_key_and_any_other_key_is_no(desk: Desk, what: str) -> None:
    ask(desk, what)
    assert desk.press("louder") == ASKED[what].format(1)
    assert desk.press("quieter").startswith("Refused.")
    assert answer(desk)[0] == schema.REFUSED


@pytest.mark.parametrize(("what", "key"), [("code", 2), ("speak", 0), ("speak", 3)])
def test_the_question_of_a_computer_names_the_key_s_number(what: str, key: int) -> None:
    with Desk("several") as desk:
        desk.computer.send(COMMANDS[what], index=key)
        desk.world.advance(1)
        assert desk.press() == ASKED[what].format(key + 1)


def test_yes_gives_the_code_to_the_computer(desk: Desk) -> None:
    ask(desk, "code")
    desk.press()
    assert desk.press() == "Code sent."
    code, fields = answer(desk)
    assert (code, fields["code"]) == (0, desk.code())


def test_yes_has_the_code_spoken_before_the_computer_is_answered(desk: Desk) -> None:
    ask(desk, "speak")
    desk.press()
    assert desk.press(listen=1)[0] == desk.code()[0]
    assert desk.computer.answers() == []
    desk.reader.listen()
    assert answer(desk) == (0, {})


@pytest.mark.parametrize("what", COMMANDS)
def test_yes_counts_only_after_the_whole_question(desk: Desk, what: str) -> None:
    yes = "menu" if what == "wipe" else "speak"
    ask(desk, what)
    desk.press(yes, 1.5)
    assert desk.press(yes).startswith("A computer asks")  # it was cut short: the question again
    assert desk.computer.answers() == []
    desk.press("louder")
    assert answer(desk)[0] == schema.REFUSED


def test_wiping_is_said_and_leaves_a_fresh_reader(desk: Desk) -> None:
    ask(desk, "wipe")
    desk.press("menu")
    before = desk.world.now
    desk.press("menu", 0)
    desk.world.advance(30)
    assert desk.since(before) == "Erasing. Please wait. All keys are erased."
    assert desk.reader.codec.complaints == []  # nor was its clock stopped under it when the reader restarted
    assert records(desk.reader).choices.aloud == 0
    assert desk.press().startswith("You pressed Speak.")


def test_a_question_that_nobody_answers_is_over_after_a_minute(desk: Desk) -> None:
    ask(desk, "code")
    desk.world.advance(58)
    assert answer(desk)[0] == schema.TIMEOUT
    assert desk.said() == []
    assert desk.press("louder").startswith("Too late.")


def test_news_that_a_hurried_key_would_have_cut_off_is_said_at_that_one() -> None:
    with Desk(choices=Choices(single=1)) as desk:
        ask(desk, "code")
        desk.world.advance(62)
        desk.reader.finger("louder", 0.04)
        desk.world.advance(0.08)  # while its tone sounds
        assert desk.press("menu").startswith("Too late.")


def test_a_question_that_is_withdrawn_is_said_at_the_next_key(desk: Desk) -> None:
    ask(desk, "code")
    desk.computer.send(schema.CANCEL)
    desk.world.advance(1)
    assert [code for _, _, code, _ in desk.computer.answers()] == [schema.CANCELLED, 0]
    assert desk.said() == []
    assert "Volume 5." in desk.press("louder")


# --- what a computer does makes no sound of itself ---


def test_what_a_computer_does_makes_no_sound_until_a_key_is_pressed(desk: Desk) -> None:
    desk.computer.send(schema.CODE, index=0)
    before = desk.world.now
    desk.world.advance(20)
    assert transcribe(desk.reader, before) == []
    assert desk.press("quieter").startswith("A computer asks for your code.")
    before = desk.world.now
    desk.computer.send(schema.CANCEL)
    desk.world.advance(20)
    assert transcribe(desk.reader, before) == []


def test_of_much_news_all_is_said_and_the_last_sentence_shown(desk: Desk) -> None:
    desk.item(10)
    desk.press()
    before = desk.world.now
    assert desk.computer.provision(GATE, DAWN, 10) == 0
    assert desk.computer.ask(schema.TIME, utc=DAWN, sequence=11) == (0, {})
    desk.world.advance(610)  # set-up closes by itself
    desk.computer.send(schema.CODE, index=0)
    desk.world.advance(62)  # nobody answers
    assert transcribe(desk.reader, before) == []
    said = desk.press("louder")
    assert said == "Key stored. Clock set. Set-up closed. Too late. Ask again. Volume 5."
    assert desk.reader.text == "Volume 5."


# --- the first time, and the way back ---


def test_a_fresh_reader_says_what_it_is_and_asks_until_it_was_heard() -> None:
    with Desk("") as desk:
        said = desk.press("menu", 3)
        assert said.startswith("You pressed Menu. This reader speaks codes of six digits.")
        question = desk.press("louder")  # too early: the question again
        assert question.startswith("May codes be spoken aloud?")
        assert records(desk.reader).choices.aloud == 0
        assert desk.press("louder") == "Yes. Loudspeaker. Others may hear them."
        assert desk.choices().aloud == 2


def test_a_tap_too_short_to_know_the_key_counts_as_speak_without_a_name() -> None:
    with Desk("") as desk:
        said = desk.press("menu", hold=0.03)
        assert said.startswith("This reader speaks codes of six digits.")


def test_any_other_key_is_no() -> None:
    with Desk("") as desk:
        desk.press()
        assert desk.press("speak") == "No. Headphones only. Plug in headphones."
        assert desk.choices().aloud == 1


@pytest.mark.parametrize("seconds", [5, 12, 17, 25])
def test_the_way_back_in_is_a_key_held_for_15_seconds(seconds: int) -> None:
    with Desk() as desk:
        desk.reader.plug_in()
        desk.reader.finger("menu", seconds)
        desk.world.advance(seconds + 20)
        said = desk.since(0)
    assert ("Keep holding" in said) == (seconds > 10)
    assert ("Let go" in said) == (seconds > 15)
    assert ("erased" in said) == (seconds == 17)
    assert said.endswith("Key kept.") == (seconds == 25)
