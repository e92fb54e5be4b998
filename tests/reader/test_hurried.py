"""What people and computers do in the midst of something, each of which once went wrong."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from segl.voice.pack import parse_pack
from segl_sim import World
from segl_wire import schema
from tests.device.support import broken
from tests.reader.desk import Desk
from tests.reader.session_homes import DAWN, GATE, SEED, Choices, chosen, home, records, start_clock
from tests.reader.voices import small, whole

HEADPHONES_ONLY = Choices(aloud=1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as one:
        yield one


def tap(desk: Desk, key: str, after: float = 0.0) -> None:
    """Press a key for an instant, so many s after the last one."""
    desk.world.advance(after)
    desk.reader.finger(key, 0.04)


# --- hearing a question to its end ---


def test_three_quick_presses_erase_nothing(desk: Desk) -> None:
    desk.computer.send(schema.WIPE)
    desk.world.advance(1)
    for after in (0, 1, 0.3, 0.3):
        tap(desk, "menu", after)
    desk.world.advance(12)
    assert desk.computer.answers() == []
    assert desk.press() == "Refused."
    assert [code for _, _, code, _ in desk.computer.answers()] == [schema.REFUSED]
    assert desk.press() == f"{desk.code()}."


def test_three_quick_presses_send_no_code(desk: Desk) -> None:
    desk.computer.send(schema.CODE, index=0)
    desk.world.advance(1)
    for after in (0, 1, 0.3, 0.3):
        tap(desk, "speak", after)
    desk.world.advance(12)
    assert desk.computer.answers() == []
    desk.press("menu")
    assert [code for _, _, code, _ in desk.computer.answers()] == [schema.REFUSED]


def test_a_trembling_finger_does_not_answer_the_first_question() -> None:
    with Desk(keys="") as desk:
        for after in (0, 1.5, 0.3):
            tap(desk, "speak", after)
        desk.world.advance(0.3)
        assert desk.press("louder").startswith("May codes be spoken aloud?")
        assert records(desk.reader).choices.aloud == 0


# --- keys, one soon after another ---


def test_keys_work_in_the_order_of_the_fingers() -> None:
    busy = broken(
        "boards/audio_reader/main.py",
        "    now, events = _turns.begin()\n",
        "    if not _sound.running:\n        time.sleep_ms(60)\n    now, events = _turns.begin()\n",
        package="audio_reader",
    )
    with Desk(flash=chosen(home("totp").flash, Choices(), overrides=busy)) as desk:
        desk.press("louder")
        desk.world.advance(3)
        before = desk.world.now
        for key, hold in (("quieter", 0.04), ("menu", 0.05), ("louder", 0.03)):
            desk.reader.finger(key, hold)
            desk.world.advance(0.005)
        desk.reader.listen()
        # Menu and Louder the other way round, it would say the volume, and then that menu item's name.
        assert desk.since(before).endswith(f"{desk.code()[0]}.")


def test_a_code_that_was_stopped_before_its_first_digit_has_not_been_said(desk: Desk) -> None:
    desk.reader.battery.millivolts = 2200
    assert desk.press(listen=1.5).endswith("Change it soon.")
    desk.press("louder")
    desk.to_second(22)  # time for once
    assert desk.press(listen=4).startswith("New code in")


# --- silence that nobody ordered ---


def test_sound_that_ends_in_the_midst_of_a_turn_is_noticed() -> None:
    # On a board the handler of I2S runs between two byte codes of a turn, here only between turns: so it is told to.
    ends = broken(
        "audio_reader/app.py",
        "        return self.loop.step(now)\n",
        "        wake = self.loop.step(now)\n"
        "        sound = self.parts.sound\n"
        "        if sound._source is None and sound._put == sound._taken:\n"
        "            sound._going = False\n"
        "        return wake\n",
        package="audio_reader",
    )
    with World(seed=SEED, utc=DAWN) as world:
        reader = world.audio_reader(flash=chosen(home("totp").flash, Choices(), overrides=ends))
        start_clock(reader, home("totp").chip(DAWN))
        reader.press("menu")
        world.advance(45)
        assert not reader.running


def test_a_plug_pulled_during_a_wait_is_asked_for_when_the_code_comes() -> None:
    with Desk(choices=HEADPHONES_ONLY, plug=True, second=22) as desk:
        assert desk.press(listen=5).startswith("New code in 8 seconds")
        desk.reader.pull_plug()
        desk.reader.listen(30, 12)
        assert desk.said()[-1].text == "Headphones only. Plug in headphones."


def test_a_spoken_code_that_nobody_can_hear_is_no_success() -> None:
    with Desk(choices=HEADPHONES_ONLY, plug=True, second=10) as desk:
        desk.computer.send(schema.SPEAK, index=0)
        desk.world.advance(1)
        desk.press()
        desk.to_second(22)
        desk.press(listen=4)
        desk.reader.pull_plug()
        desk.reader.listen(30, 12)
        assert [code for _, _, code, _ in desk.computer.answers()] == [schema.REFUSED]


# --- what is shown, and what is put back ---


@pytest.mark.parametrize("what", ["Too late.", "Set-up closed."])
def test_what_comes_too_late_is_shown_before_the_dark(desk: Desk, what: str) -> None:
    if what == "Too late.":
        desk.computer.send(schema.CODE, index=0)
        desk.world.advance(62)
    else:
        desk.item(10)
        desk.press()
        desk.world.advance(602)
    assert desk.reader.text.startswith(what[:-1])
    desk.world.advance(32)
    assert desk.reader.text == ""


def test_on_usb_too_the_next_user_of_a_shared_reader_finds_a_safe_volume(desk: Desk) -> None:
    desk.reader.plug()
    for _ in range(4):
        desk.press("louder")
    desk.world.advance(45)
    assert desk.reader.running
    assert desk.press("louder").startswith("Volume 5.")


def test_menu_closes_set_up_also_when_it_refuses_a_question(desk: Desk) -> None:
    desk.item(10)
    desk.press()
    desk.reader.plug()
    desk.computer.send(schema.WIPE)
    desk.world.advance(1)
    desk.press("speak")
    desk.press("speak")
    assert desk.press("menu") == "Set-up closed."
    assert desk.press("menu").startswith("Digit by digit.")


# --- digits at one's own pace ---


def test_the_last_digit_can_be_heard_again_before_the_first_comes_round(desk: Desk) -> None:
    desk.press("menu")
    code = desk.code()
    walked = [desk.press(key, 0.3)[0] for key in ("speak",) * 6 + ("quieter",) * 2 + ("speak",)]
    assert walked == [*code, code[-1], code[-1], code[0]]


# --- computers ---


def test_a_request_withdrawn_while_its_code_is_made_gets_none_nor_does_the_next_one() -> None:
    with Desk("several") as desk:
        desk.computer.send(schema.CODE, index=3)
        desk.world.advance(1)
        desk.press()
        tap(desk, "speak")
        desk.world.advance(0.05)  # its tone sounds, and behind it the code will be made
        desk.computer.send(schema.CANCEL)
        second = desk.computer.send(schema.CODE, index=1)
        desk.world.advance(20)
        answers = {number: (code, fields) for _, number, code, fields in desk.computer.answers()}
        assert second not in answers
        assert (schema.CANCELLED, {}) in answers.values()
        assert not any("code" in fields for _, fields in answers.values())
        assert records(desk.reader).counters[1] == GATE.counter
        assert "Code sent." not in desk.since(0)


# --- the way back in ---


def test_another_key_does_not_end_the_hold(desk: Desk) -> None:
    desk.reader.finger("menu", 22)
    desk.world.advance(1)
    desk.reader.plug()
    desk.reader.finger("louder", 0.1, 16 - 1)
    desk.world.advance(60)
    assert records(desk.reader).choices.aloud == 2  # nothing was erased


# --- another voice ---


def test_a_voice_with_fewer_speeds_speaks_at_its_fastest() -> None:
    slow = replace(parse_pack(small("en")), speeds=whole("en").speeds[:2])
    with Desk(choices=Choices(speed=5)) as desk:
        desk.item(10)
        desk.press()
        desk.reader.plug()
        with desk.reader.connect() as session:
            session.install_voice(slow.to_bytes())
        desk.reader.press("speak")  # closes set-up; it now speaks too briefly to be recognized by ear
        assert desk.reader.code == desk.code()
        for shown in ("Digit by digit", "Seconds left", "Key 1", "Speed 2"):
            desk.world.advance(3)
            desk.reader.press("menu")
            assert desk.reader.text.startswith(shown)
        desk.world.advance(45)
        desk.to_second(2)
        desk.reader.press("menu")
        desk.world.advance(3)
        desk.reader.press("speak")
        assert desk.reader.text == desk.code()[0]
