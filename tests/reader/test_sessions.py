"""Random sessions with a reader: whatever is pressed, plugged and asked, the rules of session_rules.py hold."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from segl_sim.firmware import Firmware
from tests.reader.session import Action, Ask, Jack, Press, Record, Start, Wait, play
from tests.reader.session_causes import find_causes, pressed
from tests.reader.session_homes import Choices
from tests.reader.session_random import actions, starts
from tests.reader.session_rules import Figures, broken_rules
from tests.soak import count

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

_CALM_S = 1.2
SMALL = 8  # sessions that `make test` can afford
FIGURES = Figures()
# A session is told as it was: to make it shorter would take minutes.
calm = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@settings(calm, max_examples=count(SMALL, 2000))
@given(start=starts, done=actions())
def test_no_session_breaks_a_rule(start: Start, done: tuple[Action, ...]) -> None:
    assert broken_rules(play(start, done), FIGURES) == []


@settings(calm, max_examples=count(SMALL // 2, 200))
@given(start=starts, done=actions())
def test_both_engines_say_the_same(start: Start, done: tuple[Action, ...]) -> None:
    # In a hurry, what a key finds depends on how long the work of the one before takes, which one engine only knows.
    calmly = tuple(one._replace(pause=max(one.pause, _CALM_S)) for one in done)
    board, ours = (play(start, calmly, engine) for engine in ("micropython", "cpython"))
    assert ours.troubles == board.troubles == []
    assert effects(ours) == effects(board)


def effects(record: Record) -> list[object]:
    """What a session led to, whenever that was: what was answered and stored, and what each key made it say first."""
    found: list[object] = [(command, code) for command, code, _ in record.replies]
    found.append(record.moments[-1].records)
    causes = find_causes(record)
    for place, (down, again, near) in enumerate(pressed(record)):
        end = min(one.time for one in record.moments if one.time > down.time)
        if again or near or not down.ready or end - down.time < 1_000_000_000:
            continue  # which of two is first depends on how long it works
        said = [one for one, cause in zip(record.said, causes, strict=True) if cause and cause.down == place]
        found.append(said[0].names[:2] if said else None)
    return found


# --- each rule can fail ---


class Planted(NamedTuple):
    """A fault in the firmware, a session in which it shows, and the rule that it breaks.

    Args:
        rule: Its name.
        path: Of the firmware's file.
        changes: What is there, and what stands there instead.
        done: The session, of which
        start: is the beginning.
    """

    rule: str
    path: str
    changes: tuple[tuple[str, str], ...]
    done: tuple[Action, ...]
    start: Start = Start()

    @property
    def overrides(self) -> dict[str, str]:
        """The broken file."""
        source = Firmware.load("audio_reader", "pico2").sources[self.path]
        for old, new in self.changes:
            assert source.count(old) == 1, f"{self.path} no longer holds {old!r}"
            source = source.replace(old, new)
        return {self.path: source}


APP, TELLER = "audio_reader/app.py", "audio_reader/teller.py"
SPEECH, SOUND, CLIPS = "audio_reader/speech.py", "boards/sound.py", "audio_reader/clips.py"
MAIN = "boards/audio_reader/main.py"
LATE = Start(second=22)
PLANTED: Mapping[str, Planted] = {
    "a code is said that cannot be said twice": Planted(
        "twice", TELLER, (("ms *= 2\n", "pass\n"),), (Press("speak"),), LATE
    ),
    "a repeat is said that ends after its code": Planted(
        "twice",
        TELLER,
        (("if self.codes.lasts(code, ms)", "if True"),),
        (Press("speak"), Press("speak", 15)),
        Start(second=10),
    ),
    "the next code is not said by itself": Planted(
        "wait",
        TELLER,
        (("        return None\n\n    def shown", "        return 'menu'\n\n    def shown"),),
        (Press("speak"), Wait(12)),
        LATE,
    ),
    "the wait is two seconds too long": Planted(
        "wait",
        TELLER,
        (("time=self.codes.left(code))", "time=self.codes.left(code) + 2)"),),
        (Press("speak"), Wait(12)),
        LATE,
    ),
    "another code is said": Planted(
        "code",
        "audio_reader/codes.py",
        (("digits = hotp(key.secret, step, key.digits, key.algorithm)", "digits = '123456'"),),
        (Press("speak"), Wait(6)),
    ),
    "a code ends early": Planted(
        "code",
        SPEECH,
        (("clips.code(self.pack, digits, speed)", "clips.code(self.pack, digits[:5], speed)"),),
        (Press("speak"), Wait(6)),
    ),
    "the gaps are 30 ms too long": Planted(
        "gap",
        CLIPS,
        (
            (
                "out.append(pause if place == group else gap)",
                "out.append(30 + (pause if place == group else gap))",
            ),
        ),
        (Press("speak"), Wait(6)),
    ),
    "a key does not stop speech": Planted(
        "silence",
        SOUND,
        (("        if not self.playing:\n            return\n", "        return\n"),),
        (Press("menu"), Press("menu", 1.2), Press("menu", 0.3)),
    ),
    "a key is heard late": Planted(
        "sound",
        SOUND,
        (("READY_MS[self.codec.outlet] - self", "200 + READY_MS[self.codec.outlet] - self"),),
        (Press("speak"), Press("speak", 9)),
    ),
    "the same key counts again too soon": Planted(
        "no key",
        APP,
        (("_SAME_KEY_MS = const(500)", "_SAME_KEY_MS = const(50)"),),
        (Press("menu"), Press("menu", 2), Press("menu", 0.3)),
    ),
    "a computer makes it speak": Planted(
        "no key",
        "audio_reader/asked.py",
        (("app.speech.show(phrase, **values)", "app.say(phrase, **values)"),),
        (Press("menu"), Ask("code", 5)),
        Start(usb=True),
    ),
    "a code comes by itself": Planted(
        "no key",
        TELLER,
        (
            (
                "        if done:\n            done({})\n        return action",
                "        return action or 'speak'",
            ),
        ),
        (Press("speak"), Wait(32)),
    ),
    "a wait ends too soon": Planted(
        "no key",
        TELLER,
        (("while left or app.speech.speaking", "while app.speech.speaking"),),
        (Press("speak"), Wait(12)),
        LATE,
    ),
    "codes leave the loudspeaker": Planted(
        "private",
        SPEECH,
        (
            ("        return self._sound.audible", "        return True"),
            (
                "== 2\n        self._sound.play",
                "> 0\n        self._sound.play",
            ),
        ),
        (Press("speak"), Wait(3)),
        Start(choices=Choices(aloud=1)),
    ),
    "the loudspeaker stays open with a plug": Planted(
        "plug",
        SOUND,
        (("        elif self.codec.headphones():\n            self._route()\n", ""),),
        (Press("speak"), Jack(True, 2), Wait(4)),
    ),
    "clips are cut short": Planted(
        "cut",
        CLIPS,
        (
            (
                "                yield from pack.blocks(part)\n",
                "                yield next(pack.blocks(part))\n",
            ),
        ),
        (Press("menu"), Press("menu", 3), Wait(3)),
    ),
    "the player runs dry": Planted(
        "trouble",
        MAIN,
        (("    sound = _sound.step(now)\n", "    sound = _sound.step(now)\n    time.sleep_ms(150)\n"),),
        (Press("menu"), Wait(3)),
    ),
    "it fails": Planted(
        "trouble",
        MAIN,
        (("    now, events = _turns.begin()\n", "    now, events = _turns.begin()\n    print(now)\n"),),
        (Press("menu"), Wait(1)),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_broken_reader_is_noticed(name: str) -> None:
    one = PLANTED[name]
    broken = broken_rules(play(one.start, one.done, overrides=one.overrides))
    assert any(line.startswith(one.rule + ":") for line in broken), broken
    assert broken_rules(play(one.start, one.done)) == []
