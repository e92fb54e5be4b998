"""What goes wrong inside one display stops that display only, and is reported with its name, file and line."""

import re
from typing import Any

import pytest

from segl.otpauth import Key
from segl_sim import (
    PICO,
    AudioReader,
    Board,
    CodeDisplay,
    DeviceFailure,
    FirmwareError,
    MemoryBudgetError,
    RunawayError,
    World,
)
from tests.device.kinds import DISPLAY, READER, Kind, each_board, each_kind
from tests.device.scene import ENGINES, HOTP_KEY, SECRET
from tests.device.support import broken, code_of, provision

APP = "code_display/app.py"
HEAD = "    def _next_code(self):\n"
KEYS = [Key("Gate", bytes([number]) * 20, kind="hotp") for number in range(5)]
BAD = 2
USUAL_HEAP = {DISPLAY: (50_000, 100_000), READER: (100_000, 160_000)}


def planted(*lines: str) -> dict[str, str]:
    """Firmware in which a press runs these lines first."""
    return broken(APP, HEAD, HEAD + "".join(f"        {line}\n" for line in lines), PICO.name)


def line_of(overrides: dict[str, str], text: str) -> int:
    (number,) = [number for number, line in enumerate(overrides[APP].split("\n"), 1) if text in line]
    return number


TRACEBACK = planted("parts = None", "parts.planted()")
LOOP = planted("count = 0", "while True:", "    count = count * 3 % 7")
HOARD = planted("self.hoard = [bytes(1024) for _ in range(120)]")


def five(world: World, overrides: dict[str, str]) -> list[CodeDisplay]:
    """Five displays, the one in the middle with other firmware, each with its own key, plugged in."""
    displays = [
        world.code_display(PICO, overrides=overrides if number == BAD else None) for number in range(5)
    ]
    for display, key in zip(displays, KEYS, strict=True):
        provision(display, key)
        display.unplug()
    for display in displays:
        display.power_cut()
    world.advance(0.5)
    for display in displays:
        display.restore_power()
    return displays


def press_all(world: World, displays: list[CodeDisplay]) -> DeviceFailure | None:
    """Press all keys at once and return the one failure that is reported."""
    for display in displays:
        display.finger()
    try:
        world.advance(1.5)
    except DeviceFailure as failure:
        return failure
    return None


def others_go_on(world: World, displays: list[CodeDisplay], counter: int) -> None:
    """Check that all others show their codes now, and the next ones later."""
    others = [number for number in range(5) if number != BAD]
    assert [displays[number].code for number in others] == [
        code_of(KEYS[number], counter) for number in others
    ]
    world.advance(60)
    assert press_all(world, [displays[number] for number in others]) is None
    assert [displays[number].code for number in others] == [
        code_of(KEYS[number], counter + 1) for number in others
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_traceback_in_one_stops_it_and_no_other(engine: str) -> None:
    with World(seed=4, engine=engine) as world:
        displays = five(world, TRACEBACK)
        began = world.now
        failure = press_all(world, displays)
        assert type(failure) is FirmwareError
        assert world.now == began + 1_500_000_000, "the others went the whole way"
        assert str(failure).startswith("display2: Traceback (most recent call last):")
        assert f'code_display/app.py", line {line_of(TRACEBACK, "parts.planted")}, in _next_code' in str(
            failure
        )
        assert "AttributeError" in str(failure)
        assert displays[BAD].failure is failure
        assert not displays[BAD].running
        others_go_on(world, displays, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_endless_loop_in_one_is_stopped_and_named_with_file_and_line(engine: str) -> None:
    with World(seed=4, engine=engine) as world:
        displays = five(world, LOOP)
        failure = press_all(world, displays)
        assert type(failure) is RunawayError
        assert str(failure).startswith("display2: never went idle")
        found = re.search(r"code_display/app\.py,(?: at or after)? line (\d+), in _next_code", str(failure))
        assert found
        assert line_of(LOOP, "count = count * 3 % 7") - int(found[1]) in (0, 1)
        assert displays[BAD].failure is failure
        others_go_on(world, displays, 0)


def test_a_memory_overrun_in_one_is_stopped_and_says_by_how_much() -> None:
    # The other engine has no heap of its own.
    with World(seed=4) as world:
        displays = five(world, HOARD)
        failure = press_all(world, displays)
        assert type(failure) is MemoryBudgetError
        found = re.match(r"display2: ([\d,]+) bytes of live heap, over the 184,320 of pico$", str(failure))
        assert found
        assert 184_320 < int(found[1].replace(",", "")) < 250_000
        assert displays[BAD].failure is failure
        others_go_on(world, displays, 0)


def test_garbage_is_not_held_against_the_budget() -> None:
    with World(seed=4) as world:
        displays = five(world, planted("for _ in range(200):", "    bytes(4096)"))
        assert press_all(world, displays) is None
        assert displays[BAD].code == code_of(KEYS[BAD], 0)


@each_board
def test_a_device_in_use_lives_far_within_its_budget(kind: Kind[Any], board: Board) -> None:
    least, most = USUAL_HEAP[kind]
    assert most < 0.65 * board.heap_budget
    with World(seed=4) as world:
        device = kind.make(world, board)
        provision(device, *(Key(f"Key {number}", SECRET, algorithm="SHA512") for number in range(16)))
        device.press()
        kind.await_code(device)
        heaps = [device.live_heap()]
        if isinstance(device, AudioReader):  # which speaks now, and now no more
            assert device.codec.speaker.first_sound(world.now - 200_000_000) is not None
            device.listen()
            assert device.code is not None
            heaps.append(device.live_heap())
        assert least < min(heaps)
        assert max(heaps) < most


@pytest.mark.parametrize("engine", ENGINES)
def test_several_failures_at_once_are_all_reported_one_after_another(engine: str) -> None:
    with World(seed=4, engine=engine) as world:
        displays = [world.code_display(PICO, overrides=TRACEBACK) for _ in range(3)]
        reported: list[str] = []
        for _ in range(3):
            failure = press_all(world, displays)
            assert failure
            reported.append(str(failure).partition(":")[0])
        assert sorted(reported) == ["display0", "display1", "display2"]
        assert press_all(world, displays) is None


@each_kind
@pytest.mark.parametrize("engine", ENGINES)
def test_a_failure_during_the_start_is_reported_too(kind: Kind[Any], engine: str) -> None:
    board = kind.boards[-1]
    overrides = broken(
        "boards/power.py", "class Power:\n", "1 // 0\n\n\nclass Power:\n", board.name, kind.package
    )
    with World(seed=4, engine=engine) as world:
        good, bad = kind.make(world, board), kind.make(world, board, overrides=overrides)
        failure = press_all(world, [good, bad])
        assert type(failure) is FirmwareError
        assert f"{kind.name}1" in str(failure)
        assert "power.py" in str(failure)
        assert "ZeroDivisionError" in str(failure)
        assert good.text.startswith(("No key yet.", "You pressed Speak."))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_failed_display_stays_off_whatever_one_does(engine: str) -> None:
    with World(seed=4, engine=engine) as world:
        display = world.code_display(PICO, overrides=TRACEBACK)
        assert press_all(world, [display])
        assert press_all(world, [display]) is None
        display.unplug()
        display.power_cut()
        display.restore_power()
        assert press_all(world, [display]) is None
        assert not display.running
        assert display.code is None
        assert HOTP_KEY.name not in display.text
