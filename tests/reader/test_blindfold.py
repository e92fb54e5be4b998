"""From the box to a code that the bank accepts, by keys and by what a recognizer heard, and by nothing else."""

from pathlib import Path

import pytest

from segl_sim import World
from tests.reader.blindfold import Bank, Person, named

HEARD = Path(__file__).resolve().parents[2] / "build" / "blindfold"
VOLUME, SPEED = 6, 2


@pytest.mark.parametrize("outlet", ["loudspeaker", "headphones"])
def test_somebody_who_sees_nothing_gets_from_the_box_to_an_accepted_code(outlet: str) -> None:
    with World(seed=3) as world:
        reader = world.audio_reader()
        person, bank = Person(world, reader), Bank(world, reader)
        try:
            _first_question(person, aloud=outlet == "loudspeaker")
            _set_up(person, bank)
            _key_help(person)
            _volume_and_speed(person)
            _code(person, bank)
        finally:
            person.save(HEARD / f"{outlet}.wav")
            (HEARD / f"{outlet}.txt").write_text("\n".join(person.heard) + "\n")
        assert not person.overheard


def _first_question(person: Person, aloud: bool) -> None:
    said = person.press("speak")
    assert named("you pressed", said) == "speak"
    assert "may codes be spoken aloud" in said
    yes = named("for yes press", said)
    if aloud:
        assert person.press(yes).startswith("yes")
    else:
        assert "for no press any other key" in said
        assert person.press("speak" if yes != "speak" else "menu").startswith("no headphones only")
        if "plug in headphones" in person.heard[-1]:
            person.put_headphones_on()


def _set_up(person: Person, bank: Bank) -> None:
    said = person.press(named("press", person.walk_to("set up")))
    assert said.startswith("set up open")
    if "connect a computer" in said:
        person.connect()
        bank.provision()
        person.disconnect()
    assert person.press("menu") == "key stored set up closed"


def _key_help(person: Person) -> None:
    said = person.press(named("press", person.walk_to("key help")))
    assert "press any key" in said
    does = {key: person.press(key) for key in ("quieter", "menu", "speak", "louder")}
    assert all(said.startswith(key) for key, said in does.items())
    assert "says the code" in does["speak"]
    assert "next item" in does["menu"]
    assert "changes the volume" in does["louder"]
    assert "changes the volume" in does["quieter"]
    person.leave()


def _volume_and_speed(person: Person) -> None:
    said = person.press("louder")
    if said.startswith("key help"):  # the menu is still there
        person.leave()
        said = person.press("louder")
    assert said.startswith("volume")
    assert person.change_to(VOLUME, said).startswith("volume")
    person.change_to(SPEED, person.walk_to("speed"))
    person.leave()


def _code(person: Person, bank: Bank) -> None:
    code = person.code()
    assert bank.accepts(code)
    assert person.code() == code  # said again
    person.wait(120)  # long off by now
    later = person.code()
    assert later != code
    assert bank.accepts(later)
