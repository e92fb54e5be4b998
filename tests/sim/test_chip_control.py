"""The control port of a simulated chip: what a person would do to it, for programs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from segl_sim.parts.led import GREEN, RED
from tests.sim.served import HELLO, NONCE, Control, Served


@pytest.fixture(name="served")
def served_fixture(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, still=False) as served:
        yield served


@pytest.fixture(name="still")
def still_fixture(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, still=True) as served:
        yield served


def test_a_touch_comes_when_it_is_asked_for_and_ends(still: Served) -> None:
    def pressed() -> bool:
        return still.runner.call(lambda: still.chip.pad.pressed)

    assert still.control(do="touch", seconds=0.3, after=0.2) == {"ok": True}
    seen = []
    for _ in range(7):
        seen.append(pressed())
        still.control(do="advance", seconds=0.1)
    assert seen == [False, False, True, True, True, False, False]
    still.control(do="touch")
    still.control(do="advance", seconds=0.05)
    assert pressed()
    still.control(do="advance", seconds=0.1)
    assert not pressed()


def test_time_stands_still_but_for_what_the_control_port_says(still: Served) -> None:
    begun = still.control(do="time")["time"]
    program = still.hid()
    program.send(HELLO)
    assert still.control(do="time")["time"] == begun
    assert still.control(do="advance", seconds=0.5)["time"] == pytest.approx(begun + 0.5)
    assert program.take()[7:15] == NONCE
    assert still.control(do="advance", seconds=0)["time"] == pytest.approx(begun + 0.5)


def test_time_that_runs_by_itself_is_not_moved(served: Served) -> None:
    begun = served.control(do="time")["time"]
    assert served.control(do="advance", seconds=1) == {"ok": False, "error": "time runs by itself here"}
    while served.control(do="time")["time"] == begun:
        pass


def test_the_light_is_told_and_what_it_asks_for(still: Served) -> None:
    def drive(index: int, level: int) -> None:
        still.runner.call(lambda: still.chip.light.drive(index, level))

    still.control(do="advance", seconds=5)
    assert still.control(do="light") == {"ok": True, "color": [0, 0, 0], "asks": ""}
    for _ in range(3):
        drive(GREEN.index(1), 1)
        still.control(do="advance", seconds=0.25)
        assert still.control(do="light") == {"ok": True, "color": [0, 1, 0], "asks": "touch"}
        drive(GREEN.index(1), 0)
        still.control(do="advance", seconds=0.2)
        assert still.control(do="light") == {"ok": True, "color": [0, 0, 0], "asks": "touch"}
    still.control(do="advance", seconds=0.2)
    assert still.control(do="light")["asks"] == ""
    for _ in range(3):
        for seconds in (0.1, 0.7):
            drive(RED.index(1), 1)
            still.control(do="advance", seconds=0.1)
            drive(RED.index(1), 0)
            still.control(do="advance", seconds=seconds)
        assert still.control(do="light")["asks"] == "hold"
    still.control(do="advance", seconds=2)
    drive(RED.index(1), 1)  # an error: steady
    still.control(do="advance", seconds=1)
    assert still.control(do="light") == {"ok": True, "color": [1, 0, 0], "asks": ""}


BAD = [
    b"",
    b"hello",
    b"[]",
    b"1",
    b"null",
    b"{}",
    b'{"do": 1}',
    b'{"do": "jump"}',
    b'{"do": ["touch"]}',
    b'{"do": "touch", "seconds": "1"}',
    b'{"do": "touch", "seconds": true}',
    b'{"do": "touch", "seconds": -1}',
    b'{"do": "touch", "seconds": 0}',
    b'{"do": "touch", "seconds": NaN}',
    b'{"do": "touch", "seconds": Infinity}',
    b'{"do": "touch", "seconds": 1e999}',
    b'{"do": "touch", "seconds": 3601}',
    b'{"do": "touch", "seconds": null}',
    b'{"do": "touch", "after": -0.1}',
    b'{"do": "touch", "finger": 1}',
    b'{"do": "power"}',
    b'{"do": "power", "on": 0}',
    b'{"do": "power", "on": "false"}',
    b'{"do": "light", "color": [1, 1, 1]}',
    b'{"do": "advance"}',
    b'{"do": "advance", "seconds": -1}',
    b'{"do": "touch"',
    b"\xff\xfe",
    b"[" * 3000,
    b'{"do": "touch"}' + b" " * 5000,
]


def test_bad_input_gets_one_clear_error_and_changes_nothing(still: Served) -> None:
    def state() -> tuple[int, int, bool, bool]:
        chip = still.chip
        return still.world.now, len(still.world.trace.last), chip.powered, chip.pad.pressed

    before = still.runner.call(state)
    for line in BAD:
        answer = still.control.raw(line + b"\n")
        assert answer["ok"] is False, line
        assert re.fullmatch(r".{5,150}", answer["error"]), line
        assert still.control(do="time")["ok"], line
    assert still.runner.call(state) == before
    still.control(do="advance", seconds=0.2)
    assert not still.runner.call(lambda: still.chip.pad.pressed)


def test_an_endless_line_gets_one_error_when_it_is_too_long(still: Served) -> None:
    for _ in range(20):
        still.control.stream.sendall(b"x" * 1000)
    assert still.control.answer()["error"] == "a line has 4096 bytes at most"
    assert still.control.raw(b'{"do": "touch"}\n{"do": "time"}\n')["time"] > 0


def test_commands_may_come_in_pieces_and_several_at_once(still: Served) -> None:
    for byte in b'{"do": "light"}\n':
        still.control.stream.sendall(bytes([byte]))
    assert still.control.answer()["color"] == [0, 0, 0]
    still.control.stream.sendall(b'{"do": "time"}\n' * 3 + b"oops\n" + b'{"do": "light"}\n')
    assert [still.control.answer()["ok"] for _ in range(5)] == [True, True, True, False, True]


def test_two_programs_at_the_control_port_get_each_their_own_answers(still: Served) -> None:
    other = Control(still.commands.address)
    assert "color" in other(do="light")
    assert "time" in still.control(do="time")
    other.close()
    assert still.control(do="time")["ok"]
