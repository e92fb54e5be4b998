"""The control port of several devices: whatever a person could do to them, and see and hear of them."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segl_sim import World
from segl_sim.ports.control import ControlPort
from segl_sim.ports.controls import COMMANDS, Controls, Refused
from segl_sim.runner import Runner
from tests.sim.served import Control

UTC = 1_790_000_000


class Desk:
    """A display, a reader and a chip, and their control port; time stands still between commands."""

    def __init__(self) -> None:
        self.world = World(seed=3, engine="cpython", utc=UTC)
        self.display = self.world.code_display()
        self.reader = self.world.audio_reader()
        self.chip = self.world.chip()
        self.devices = [self.display, self.reader, self.chip]
        self.port = ControlPort(self.devices, "tcp:127.0.0.1:0", still=True)


@pytest.fixture(name="desk")
def desk_fixture() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.port.close()
    desk.world.close()


@pytest.fixture(name="do")
def do_fixture(desk: Desk) -> Iterator[Control]:
    with Runner(desk.world, [desk.port], follow=False):
        control = Control(desk.port.address)
        yield control
        control.close()


def test_devices_and_time_are_told(do: Control) -> None:
    assert do(do="devices")["devices"] == [
        {"device": "display0", "kind": "display"},
        {"device": "reader1", "kind": "reader"},
        {"device": "chip2", "kind": "chip"},
    ]
    assert do(do="time") == {"ok": True, "time": 0.0, "utc": float(UTC)}
    assert do(do="advance", seconds=2.5) == {"ok": True, "time": 2.5, "utc": UTC + 2.5}


def test_a_key_is_pressed_and_the_screen_read(do: Control, tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    assert do(do="screen", device="display0") == {
        "ok": True,
        "text": "",
        "lines": [],
        "code": None,
        "lit": False,
    }
    assert do(do="press", device="display0") == {"ok": True}
    do(do="advance", seconds=1)
    seen = do(do="screen", device="display0", png=str(picture))
    assert seen["text"] == " ".join(seen["lines"]) == "No key yet. Hold the button 5 s to set up."
    assert seen["lit"]
    with Image.open(picture) as opened:
        assert opened.size == (512, 256)


def test_what_a_reader_says_is_heard_from_where_it_comes(do: Control, tmp_path: Path) -> None:
    sound = tmp_path / "heard.wav"
    do(do="press", device="reader1", key="speak")
    do(do="advance", seconds=4)
    heard = do(do="heard", wav=str(sound))
    assert heard["speaker"]
    assert heard["headphones"] == []
    assert all(begin < end for begin, end in heard["speaker"])
    with wave.open(str(sound)) as file:
        assert file.getnframes() > 16_000
    do(do="jack", plug=True)
    now = do(do="advance", seconds=1)["time"]
    do(do="advance", seconds=2)
    heard = do(do="heard", since=now)
    assert heard["speaker"] == []
    assert heard["headphones"]
    do(do="jack", plug=False)


def test_clocks_are_read_set_moved_and_stopped(do: Control, desk: Desk) -> None:
    assert do(do="clock", device="display0")["utc"] is None
    do(do="clock", device="display0", to=UTC, drift=2)
    desk.display.clock.write(b"\x0f\0")  # whoever sets a real one clears the flag
    assert do(do="clock", device="display0")["utc"] == UTC
    assert do(do="clock", device="display0", shift=-30)["utc"] == UTC - 30
    assert desk.display.clock.drift_ppm == 2
    assert do(do="clock", device="display0", stop=True)["utc"] is None


def test_cables_and_power_come_and_go(do: Control, desk: Desk) -> None:
    for device in desk.devices:
        for name, there in (("plug", True), ("unplug", False)):
            assert do(do=name, device=device.name) == {"ok": True}
            do(do="advance", seconds=0.5)
            assert device.usb_host.configured == there
    for on in (True, False):
        assert do(do="power", device="chip2", on=on) == {"ok": True, "on": on}
        assert desk.chip.powered == on
        do(do="power", device="display0", on=on)
        assert desk.display.battery.empty != on


def test_faults_are_made(do: Control, desk: Desk) -> None:
    do(do="fault", device="display0", cut=1, tear="half", bounce=20)
    assert desk.display.key.bounce_ms == 20
    do(do="press", device="display0", seconds=6)
    do(do="advance", seconds=60)
    assert desk.display.battery.empty
    do(do="power", device="display0", on=True)
    do(do="fault", device="display0", battery=2200)
    assert desk.display.battery.millivolts == 2200
    do(do="fault", device="display0", cut=5)
    do(do="fault", device="display0", cut=0)
    do(do="press", device="display0", seconds=6)
    do(do="advance", seconds=60)
    assert not desk.display.battery.empty


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"do": "press"}, '"device" is one of display0, reader1, chip2'),
        ({"do": "screen", "device": "chip2"}, '"device" is one of display0, reader1'),
        ({"do": "press", "device": "display0", "key": "menu"}, '"key" is one of key'),
        ({"do": "clock", "device": "display0", "to": 0}, '"to" is Unix time in seconds'),
        ({"do": "fault", "device": "chip2", "battery": 3000}, "chip2 has no battery"),
        ({"do": "fault", "device": "chip2", "cut": 1, "tear": "torn"}, '"tear" is one of none, half, random'),
        ({"do": "heard", "wav": "/nowhere/x.wav"}, "/nowhere/x.wav cannot be written: "),
        ({"do": "time", "device": "chip2"}, '"time" takes no "device"'),
        ({"do": "jump"}, '"do" is one of devices, time, advance, press, '),
    ],
)
def test_an_error_says_what_is_right(do: Control, asked: dict[str, object], error: str) -> None:
    answer = do(**asked)
    assert answer["ok"] is False
    assert answer["error"].startswith(error)


def test_a_command_needs_no_device_where_only_one_has_what_it_needs(do: Control) -> None:
    assert do(do="touch")["ok"]
    assert do(do="light")["asks"] == ""
    assert do(do="jack", plug=False)["ok"]


# Values of every type, and those near which the lines between right and wrong lie.
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**70),
    st.floats(),
    st.sampled_from(["", "none", "display0", "chip2", "key", "\0"]),
    st.lists(st.integers(), max_size=2),
)
names = st.sampled_from(
    sorted({"device", "extra", *(name for one in COMMANDS.values() for name in one.takes)} - {"png", "wav"})
)


@pytest.fixture(name="controls", scope="module")
def controls_fixture() -> Iterator[Controls]:
    desk = Desk()
    yield Controls(desk.devices, still=False)
    desk.port.close()
    desk.world.close()


@given(
    name=st.one_of(anything, st.sampled_from([*COMMANDS, "time", "advance", "devices"])),
    arguments=st.dictionaries(names, anything, max_size=4),
)
def test_whatever_is_asked_is_done_or_refused_in_one_sentence(
    controls: Controls, name: object, arguments: dict[str, object]
) -> None:
    said = ""
    try:
        controls.do({**arguments, "do": name})
    except Refused as refused:
        said = str(refused)
    assert re.fullmatch(r"([^\n]{5,150})?", said)
