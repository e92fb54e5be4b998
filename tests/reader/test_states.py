"""Every state in which something is wrong, brought about on a reader, and what is then heard, in each language."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import pytest

from audio_reader import clips
from audio_reader.phrases import PHRASES
from segl.otpauth import Key
from segl_sim.hearing.transcript import Utterance
from segl_sim.littlefs import Littlefs
from segl_sim.parts.flash import NorFlash
from segl_wire import schema
from tests.device.scene import damaged
from tests.parts.fake import FakeContext
from tests.reader.desk import Desk
from tests.reader.session import S
from tests.reader.session_homes import DAWN, GATE, Choices, chosen, home
from tests.reader.voices import LANGUAGES, board

LAST = Key("Last", GATE.secret, kind="hotp", counter=2**64 - 1)
ITEM_LANGUAGE, ITEM_POWER, ITEM_SETUP = 4, 8, 10
LOW_MV, EMPTY_MV = 2200, 1900
VOICE = "/audio_reader/voices/{}.pack"


class Told(NamedTuple):
    """What a key brought about, and what should have been heard first.

    Args:
        said: What was heard.
        values: Of the phrase; any of them will do, as seconds pass.
    """

    said: list[Utterance]
    values: Iterable[Mapping[str, object]] = ({},)


def told(desk: Desk, key: str = "speak") -> list[Utterance]:
    before = desk.world.now
    desk.press(key)
    return desk.said(before)


# --- the states ---


def plug_needed(language: str) -> Told:
    with Desk(choices=Choices(aloud=1, language=language)) as desk:
        return Told(told(desk))


def no_key(language: str) -> Told:
    with Desk("none", Choices(language=language)) as desk:
        return Told(told(desk))


def used_up(language: str) -> Told:
    with Desk("none", Choices(language=language)) as desk:
        desk.item(ITEM_SETUP)
        desk.press()
        assert desk.computer.provision(LAST, DAWN, 10) == 0
        desk.press("menu")
        desk.reader.unplug()
        desk.press()
        assert desk.reader.code is not None
        desk.power_off()
        return Told(told(desk))


def clock_lost(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.clock.lose_power()
        return Told(told(desk))


def set_back(desk: Desk, seconds: int) -> Told:
    desk.press()
    assert desk.reader.code == desk.code()
    shown = desk.world.now // S // 30 * 30
    desk.power_off()
    desk.reader.clock.shift_seconds(-seconds)
    wait = shown + seconds - desk.world.now // S
    return Told(told(desk), [{"time": wait + off} for off in (-2, -1, 0, 1)])


def clock_ahead(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        return set_back(desk, 800)


def clock_wait(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        return set_back(desk, 400)


def battery_low(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.battery.millivolts = LOW_MV
        return Told(told(desk))


def battery_empty(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.battery.millivolts = EMPTY_MV
        return Told(told(desk))


def damaged_storage(language: str) -> Told:
    choices = Choices(language=language)
    # The last record is lost: the one before it says the same.
    with Desk(flash=chosen(chosen(home("several").flash, choices), choices)) as whole:
        worn = damaged(whole.reader)
    with Desk(flash=worn) as desk:
        return Told(told(desk))


def voice_missing(language: str) -> Told:
    others = [other for other in LANGUAGES if other != language]
    flash = chosen(home("totp").flash, Choices(language=others[0]))
    for other in others:
        flash = voice_changed(flash, other, None)
    with Desk(flash=flash) as desk:
        return Told(told(desk))


def voice_damaged(language: str) -> Told:
    flash = chosen(home("totp").flash, Choices(language=language))
    for other in LANGUAGES:
        if other != language:
            flash = voice_changed(flash, other, b"SEGLVOX\0 and no more")
    with Desk(flash=flash) as desk:
        desk.item(ITEM_LANGUAGE)
        return Told(told(desk, "louder"))


def timeout(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.computer.send(schema.CODE, index=0)
        desk.world.advance(62)
        return Told(told(desk, "louder"))


def power_low(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.battery.millivolts = LOW_MV
        return menu_item(desk, ITEM_POWER)


def clock_lost_item(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.clock.lose_power()
        return menu_item(desk, ITEM_POWER)


def both_wrong_item(language: str) -> Told:
    with Desk(choices=Choices(language=language)) as desk:
        desk.reader.battery.millivolts = LOW_MV
        desk.reader.clock.lose_power()
        return menu_item(desk, ITEM_POWER)


STATES: Mapping[str, Callable[[str], Told]] = {
    "plug_needed": plug_needed,
    "no_key": no_key,
    "used_up": used_up,
    "clock_lost": clock_lost,
    "clock_ahead": clock_ahead,
    "clock_wait": clock_wait,
    "battery_low": battery_low,
    "battery_empty": battery_empty,
    "damaged": damaged_storage,
    "voice_missing": voice_missing,
    "voice_damaged": voice_damaged,
    "timeout": timeout,
    "power_low": power_low,
    "clock_lost_item": clock_lost_item,
    "both_wrong_item": both_wrong_item,
}
# What is wrong is said with its own tone, but in the menu, where it was asked for.
IN_THE_MENU = {"power_low", "clock_lost_item", "both_wrong_item"}


def test_no_state_is_left_out() -> None:
    wrong = {name for name, parts in PHRASES.items() if parts[0] == "tone_wrong"}
    assert set(STATES) == wrong | IN_THE_MENU


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_in_every_state_what_is_wrong_is_heard_in_every_language(state: str, language: str) -> None:
    said, values = STATES[state](language)
    heard = [clip.name for utterance in said for clip in utterance.clips]
    if heard[0] == "tone_item" and state not in IN_THE_MENU:
        heard = heard[1:]  # the key was answered before there was anything to say
    wanted = [
        [part for part in clips.sentence(board(language), state, **each) if isinstance(part, str)]
        for each in values
    ]
    assert any(heard[: len(names)] == names for names in wanted), [each.text for each in said]
    assert all(each.whole and each.outlets == {"speaker"} for each in said)
    assert {each.language for each in said} - {""} == {language}


# --- inside ---


def menu_item(desk: Desk, place: int) -> Told:
    """Walk to an item of the menu."""
    for _ in range(place):
        desk.press("menu", 0)
    return Told(told(desk, "menu"))


def voice_changed(image: bytes, language: str, data: bytes | None) -> bytes:
    """Return a flash with something else, or nothing, in the place of a voice."""
    flash = NorFlash(FakeContext(), len(image), image)
    disk = Littlefs(flash, 0, flash.size)
    disk.mount()
    path = VOICE.format(language)
    if data is None:
        disk.remove(path)
    else:
        handle = disk.open(path, "w")
        disk.write(handle, data)
        disk.close(handle)
    disk.unmount()
    return flash.image()
