"""Random sessions with a reader: whatever is pressed, plugged and asked, the rules of session_rules.py hold."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.device.support import broken_in_places
from tests.reader.session import Action, Ask, Cable, Jack, Press, Start, Wait, play
from tests.reader.session_effects import differences
from tests.reader.session_homes import Choices
from tests.reader.session_random import actions, starts
from tests.reader.session_rules import Figures, broken_rules
from tests.soak import count

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

SMALL = 6  # sessions that `make test` can afford
_ERASED_S = 60
LATE = Start(second=22)
PLUGGED = Start(keys="hotp", plug=True)
# A key comes while the first question's text is read for the screen; a code comes behind news.
NEW = Start(keys="", usb=True)
NEWS = Start(usb=True)
# The same key comes again before its tone has come out of the headphones; a plug comes before a tone has come out.
HASTY = Start(choices=Choices(single=1), plug=True)
WIRED = Start(through_jack=True)
# A key stops a code as the first digit behind its pause comes out.
SPOKEN = Start("totp", Choices(2, 3, 1, 5, 0, "da"), 27, "right", 3000, True, True, True)
STOPPED = (
    Ask("provision"),
    Press("speak", 1, 0.4),
    Press("speak", 1, 0.287),
    Cable(False),
    Press("speak", 4, 0.247),
)
# A session is told as it was: to make it shorter would take minutes.
calm = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@pytest.mark.counts
def test_no_session_breaks_a_rule() -> None:
    figures = Figures()

    @settings(calm, max_examples=count(SMALL, 2000))
    @given(start=starts, done=actions())
    @example(start=LATE, done=(Press("speak"), Wait(12)))
    @example(start=PLUGGED, done=(Press("speak"), Press("speak", 8), Press("speak", 2), Wait(6)))
    @example(start=NEW, done=(Press("quieter", 0.2), Press("speak", 0.031)))
    @example(start=NEWS, done=(Ask("wipe"), Press("speak"), Ask("cancel", 0.1), Press("speak"), Wait(3)))
    @example(start=HASTY, done=(Press("louder"), Press("louder", 4, 0.03), Press("louder", 0.07), Wait(1)))
    @example(start=WIRED, done=(Press("louder"), Press("louder", 4), Jack(True, 0.02)))
    def check(start: Start, done: tuple[Action, ...]) -> None:
        assert broken_rules(play(start, done), figures) == []

    check()
    print(f"\n{figures}")
    met = figures.stops, figures.codes, figures.repeats, figures.waits, figures.plugs
    assert min(met) > 0, "some rule was not put to the test"


@pytest.mark.counts
@settings(calm, max_examples=count(SMALL // 2, 200))
@given(start=starts, done=actions())
@example(start=SPOKEN, done=(*STOPPED, Press("speak", 1, 0.286), Press("speak", 1, 0.057)))
def test_both_engines_say_the_same(start: Start, done: tuple[Action, ...]) -> None:
    board, ours = (play(start, calmly(done), engine) for engine in ("micropython", "cpython"))
    assert board.troubles == []
    assert differences(ours, board) == []


def calmly(done: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return the same actions, each soon after a second of the clock began.

    In a hurry, what a key finds depends on how long the work of the one before takes, which one engine only knows; and
    what it reads from the clock on whether that work goes on into the next second. An erasure at the end is waited for.
    """
    return (Wait(0.1), *(one._replace(pause=max(2, math.ceil(one.pause))) for one in done), Wait(_ERASED_S))


# --- each rule can fail, and so can the comparison ---


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
        return broken_in_places(self.path, self.changes, package="audio_reader")


APP, TELLER = "audio_reader/app.py", "audio_reader/teller.py"
SPEECH, SOUND, CLIPS = "audio_reader/speech.py", "boards/sound.py", "audio_reader/clips.py"
MAIN = "boards/audio_reader/main.py"
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
    "a counter's code is another each time": Planted(
        "repeat",
        "audio_reader/codes.py",
        (("return last if last.end is None or 0 < self.left(last) <= last.period else None", "return None"),),
        (Press("speak"), Press("speak", 8), Wait(6)),
        Start(keys="hotp"),
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
        (("clips.code(self.pack, digits, self.speed)", "clips.code(self.pack, digits[:5], self.speed)"),),
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
            ("return self._settings.aloud == 2 or self._sound.plugged", "return True"),
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


def test_a_reader_that_does_something_else_is_noticed() -> None:
    for name in ("another code is said", "a code ends early", "the next code is not said by itself"):
        one = PLANTED[name]
        whole, broken = (
            play(one.start, one.done, overrides=overrides) for overrides in (None, one.overrides)
        )
        assert differences(whole, broken), name
    asked = (Ask("code"), Press("speak"), Press("speak", 12), Wait(2))
    swapped = broken_in_places(
        "audio_reader/asked.py",
        (('{"code": code.digits}', '{"code": code.digits[1:] + "0"}'),),
        package="audio_reader",
    )
    one, other = (play(Start(usb=True), asked, overrides=overrides) for overrides in (None, swapped))
    assert [line.partition(":")[0] for line in differences(one, other)] == ["answers"]
