"""Speaking, rule by rule, at chosen moments: what is said, when, and what a key does in the middle of it."""

from collections.abc import Iterator

import pytest

from segl_sim.hearing.transcript import transcribe
from tests.device.support import code_of
from tests.reader.desk import Desk
from tests.reader.session import S
from tests.reader.session_homes import GATE, records

MENU = (
    "Digit by digit.",
    "Seconds left.",
    "Key 1.",
    "Speed 3.",
    "Language.",
    "Key help.",
    "Loudspeaker.",
    "Single user off.",
    "Battery good.",
    "Serial number.",
    "Set-up.",
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as one:
        yield one


# --- codes ---


def test_a_code_is_said_and_said_again(desk: Desk) -> None:
    code = desk.code()
    for _ in range(3):
        assert desk.press() == f"{code}."
    first, *others = [one.digits for one in desk.said()]
    for other in others:  # sample by sample, as every whole clip is compared with the voice's
        assert [(clip.name, clip.samples, clip.whole) for clip in other] == [
            (clip.name, clip.samples, clip.whole) for clip in first
        ]
        assert [clip.gap for clip in other[1:]] == [clip.gap for clip in first[1:]]


def test_too_late_for_twice_it_waits_and_says_the_next_one(desk: Desk) -> None:
    desk.to_second(21)
    desk.reader.press()
    desk.reader.listen(30, 10)
    wait, code = desk.said()
    assert wait.text == "New code in 9 seconds. Please wait."
    assert code.text == f"{desk.code()}."
    assert 9 < code.begin / S - 20 < 10.6


def test_a_repeat_needs_only_its_own_time(desk: Desk) -> None:
    code = desk.code()
    assert desk.press() == f"{code}."
    desk.to_second(22)
    assert desk.press() == f"{code}."
    desk.to_second(26.5)
    assert desk.press(listen=2.5).startswith("New code in")


def test_any_key_ends_a_wait(desk: Desk) -> None:
    desk.to_second(22)
    assert desk.press() == "New code in 8 seconds. Please wait."
    assert desk.press("louder") == "Volume 5."
    desk.world.advance(10)
    assert len(desk.said()) == 2


@pytest.mark.parametrize("key", ["speak", "louder", "quieter", "menu"])
def test_every_key_stops_speech_and_does_its_own_work(desk: Desk, key: str) -> None:
    wanted = {"speak": f"{desk.code()}.", "louder": "Volume 5.", "quieter": "Volume 3."}
    desk.press(listen=1)
    down = desk.world.now
    said = desk.press(key)
    assert said.endswith(wanted.get(key, "Digit by digit. Press Speak."))
    old = transcribe(desk.reader, keys=[down])[0]
    assert old.end - down < 0.1 * S


def test_the_same_key_within_half_a_second_only_stops_speech(desk: Desk) -> None:
    assert desk.press("menu") == "Digit by digit. Press Speak."
    desk.reader.finger("menu", 0.05)
    desk.reader.finger("menu", 0.05, after=0.3)
    desk.world.advance(0.45)
    stopped = desk.world.now
    desk.world.advance(3)
    assert desk.since(stopped) == ""
    assert desk.press("menu").startswith("Key 1.")


def test_a_key_that_is_held_does_its_work_once(desk: Desk) -> None:
    for volume in (5, 6):
        before = desk.world.now
        assert desk.press("louder", hold=5) == f"Volume {volume}."
        assert len(desk.said(before)) == 1


def test_an_hotp_code_stays_the_same_while_it_is_repeated() -> None:
    with Desk("hotp") as desk:
        for _ in range(3):
            assert desk.press() == f"{code_of(GATE, GATE.counter)}."
        assert records(desk.reader).counters == {0: GATE.counter + 1}
        desk.power_off()
        assert desk.press() == f"{code_of(GATE, GATE.counter + 1)}."


# --- a key that has work to do is answered by a tone at once ---


def tap(desk: Desk, key: str) -> None:
    """Press a key, and be back 80 ms later, while its tone sounds."""
    desk.reader.finger(key, 0.04)
    desk.world.advance(0.08)


def test_a_new_code_comes_behind_a_tone_and_flash_is_written_between_them(desk: Desk) -> None:
    desk.press()
    tone, first, *_ = desk.said()[-1].clips
    assert (tone.name, tone.whole, first.is_digit) == ("tone_item", True, True)
    written = [effect.time for effect in desk.world.trace.last if effect.kind.startswith("flash.")]
    assert written
    assert all(tone.end < time < first.begin for time in written if time > tone.begin)
    assert any(time > tone.begin for time in written)
    desk.press()
    assert desk.said()[-1].clips[0].is_digit  # the same code needs no work


def test_a_new_code_begins_with_a_tone_at_once_and_its_repeat_with_a_digit(desk: Desk) -> None:
    desk.press("louder")  # it was off
    down = desk.world.now
    desk.press()
    tone, first, *_ = desk.said(down)[0].clips
    assert tone.begin - down < 0.15 * S
    assert tone.end - tone.begin <= 0.12 * S
    assert first.begin - down < 0.5 * S
    down = desk.world.now
    desk.press()
    first = desk.said(down)[0].clips[0]
    assert first.is_digit
    assert first.begin - down < 0.15 * S


def test_a_choice_that_is_kept_has_one_tone(desk: Desk) -> None:
    desk.item(3)
    down = desk.world.now
    assert desk.press("louder") == "4."
    (said,) = desk.said(down)
    assert said.names == ["tone_item", "4@normal"]
    assert said.begin - down < 0.15 * S


def test_the_code_after_a_wait_comes_behind_a_tone_as_well(desk: Desk) -> None:
    desk.to_second(22)
    desk.reader.press()
    desk.reader.listen(30, 10)
    wait, code = desk.said()
    assert wait.end < code.begin
    assert code.names[0] == "tone_item"
    assert code.code == desk.code()


def test_a_key_in_the_meantime_makes_no_new_code() -> None:
    with Desk("hotp") as desk:
        tap(desk, "speak")
        assert desk.press("louder") == "Volume 5."
        assert records(desk.reader).counters == {0: GATE.counter}
        assert desk.press() == f"{code_of(GATE, GATE.counter)}."


def test_a_choice_that_another_key_came_upon_is_kept_all_the_same(desk: Desk) -> None:
    desk.item(3)
    tap(desk, "louder")
    assert desk.press("menu").startswith("Language.")
    desk.power_off()
    assert desk.choices().speed == 3
    assert desk.item(3).startswith("Speed 4.")


def test_the_same_key_again_ends_the_tone_and_not_the_work(desk: Desk) -> None:
    tap(desk, "speak")
    assert desk.press() == f"{desk.code()}."


# --- the menu ---


def test_the_menu_names_each_item(desk: Desk) -> None:
    for item in (*MENU, MENU[0]):
        assert desk.press("menu").startswith(item)


def test_what_is_said_stands_on_the_screen(desk: Desk) -> None:
    for _ in MENU:
        assert desk.press("menu") == desk.reader.text
    assert desk.press() == desk.reader.text  # set-up is open
    assert desk.press("louder") == desk.reader.text


def test_ten_seconds_of_silence_leave_the_menu(desk: Desk) -> None:
    desk.press("menu")
    desk.world.advance(8)
    assert desk.press("louder", 1.5)[0].isdigit()  # still in the menu: the first digit
    desk.reader.listen()
    desk.world.advance(11)
    assert desk.press("louder") == "Volume 5."


def test_digits_at_ones_own_pace(desk: Desk) -> None:
    code = desk.code()
    desk.press("menu")
    heard = [desk.press(listen=1) for _ in range(2)]
    heard.append(desk.press("quieter", 1))
    heard.append(desk.press("louder", 1))
    assert "".join(heard) == f"{code[0]}.{code[1]}.{code[1]}.{code[2]}."
    heard = [desk.press(listen=1.5 if place < 5 else 5) for place in range(3, 6)]
    assert "".join(heard) == f"{code[3]}.{code[4]}.{code[5]}. Last digit."


def test_a_walk_ends_with_its_code(desk: Desk) -> None:
    desk.to_second(10)
    desk.press("menu")
    desk.press(listen=1)
    for _ in range(3):
        desk.world.advance(6)
        said = desk.press("quieter")
    assert said == "Code over. Press Speak."
    assert desk.press(listen=1) == f"{desk.code()[0]}."


def test_seconds_left(desk: Desk) -> None:
    assert desk.item(1) == "Seconds left. No code yet. Press Speak."
    desk.world.advance(21)
    desk.to_second(2)
    desk.press()
    desk.to_second(10)
    desk.press("menu", 0)
    desk.world.advance(0.5)
    assert desk.press("menu") in ("Seconds left 18.", "Seconds left 19.")


def test_keys_are_named_and_chosen() -> None:
    with Desk("several") as desk:
        assert desk.item(2) == "Key 1. WORK. To change, press Louder or Quieter."
        assert desk.press("louder") == "2. GATE."
        assert desk.press("quieter") == "1. WORK."
        assert desk.press("quieter") == "4. BANK."
        assert desk.choices().key == 3


def test_the_rate_is_kept_over_power_off(desk: Desk) -> None:
    assert desk.item(3) == "Speed 3. To change, press Louder or Quieter."
    assert [desk.press(key) for key in ("louder", "louder", "louder", "louder")] == [
        "4.",
        "5.",
        "6. Fastest.",
        "6. Fastest.",
    ]
    desk.power_off()
    desk.to_second(1)
    desk.press()
    digits = desk.said()[-1].digits
    assert [clip.gap_ms for clip in digits[1:]] == [180, 180, 360, 180, 180]
    assert {clip.name[1:] for clip in digits} == {"@fast"}


def test_the_language_is_named_in_itself_and_kept(desk: Desk) -> None:
    desk.item(4)
    spoken = []
    for _ in range(3):
        desk.press("louder")
        spoken.append((desk.said()[-1].language, desk.said()[-1].text))
    assert spoken == [("kl", "Kalaallisut."), ("da", "Dansk."), ("en", "English.")]
    desk.press("quieter")
    desk.power_off()
    desk.press("louder")
    assert desk.said()[-1].text == "Lydstyrke 5."


def test_key_help_names_keys_and_does_nothing(desk: Desk) -> None:
    desk.item(5)
    assert "any key" in desk.press().lower()
    before = desk.choices()
    named = [desk.press(key) for key in ("louder", "quieter", "menu", "speak")]
    assert [text.split(".")[0] for text in named] == ["Louder", "Quieter", "Menu", "Speak"]
    assert desk.choices() == before
    desk.world.advance(11)
    assert desk.press("louder") in ("Volume 5.", "Key help. Press Speak.")


def test_headphones_only_and_the_warning(desk: Desk) -> None:
    assert desk.item(6).startswith("Loudspeaker. Others may hear them. To change")
    assert desk.press("louder") == "Headphones only."
    desk.world.advance(40)
    assert desk.press() == "Headphones only. Plug in headphones."
    assert desk.choices().aloud == 1
    chosen = desk.world.now
    desk.press("menu")
    assert desk.press() == "Headphones only. Plug in headphones."  # digit by digit too
    desk.reader.insert_plug()
    desk.world.advance(11)  # leaves the menu
    desk.to_second(1)
    assert desk.press() == f"{desk.code()}."
    assert desk.said()[-1].outlets == {"headphones"}
    desk.press("menu")
    assert desk.press() == f"{desk.code()[0]}."
    desk.reader.pull_plug()
    desk.world.advance(0.1)
    assert desk.press() == "Headphones only. Plug in headphones."  # in the middle of a code as well
    digits = [clip for one in desk.said(chosen) for clip in one.clips if clip.is_digit]
    assert {clip.outlets for clip in digits} == {frozenset({"headphones"})}
    desk.world.advance(40)
    desk.item(6)
    assert desk.press("quieter") == "Loudspeaker. Others may hear them."


@pytest.mark.parametrize("single", [False, True])
def test_only_a_single_user_keeps_the_volume(single: bool) -> None:
    with Desk() as desk:
        if single:
            assert desk.item(7).startswith("Single user off.")
            assert desk.press("louder") == "Single user on. Volume kept."
            desk.world.advance(40)
        assert [desk.press("louder") for _ in range(5)][-1] == "Volume 8. Loudest."
        desk.power_off()
        assert desk.press("quieter") == ("Volume 7." if single else "Volume 3.")


def test_battery_clock_and_serial_number(desk: Desk) -> None:
    assert desk.item(8) == "Battery good. Clock good."
    desk.reader.battery.millivolts = 2200
    assert desk.press() == "Battery low. Change it soon. Clock good."
    said = desk.press("menu")
    serial = said.removeprefix("Serial number.").replace(" ", "").rstrip(".")
    desk.reader.plug()
    with desk.reader.connect() as session:
        assert session.info().serial == serial


# --- set-up and computers ---


def test_the_window_says_how_long_it_is_open(desk: Desk) -> None:
    desk.item(10)
    assert desk.press() == "Set-up open. Connect a computer. 10 minutes."
    assert desk.press("louder") == "Volume 5."
    assert desk.press().startswith("Set-up open. Connect a computer. 9 minutes")
    assert desk.press("menu") == "Set-up closed."
    assert desk.press("menu").startswith("Digit by digit.")
