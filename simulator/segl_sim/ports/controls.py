"""What the control port does: hands on the devices, eyes and ears for programs.

Each command is a function of this module; its keyword arguments are the JSON object's, and their annotations say what
is taken. docs/clients.md lists them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from segl_sim.chip import Chip
from segl_sim.devices import AudioReader
from segl_sim.handheld import Handheld
from segl_sim.parts.flash import Tear
from segl_sim.pluggable import Pluggable

_NS = 1_000_000_000
_LONGEST_S = 3600
_EPOCH = 946_684_800  # 2000-01-01, where the clock chip's calendar begins
_END = 4_102_444_800  # 2100-01-01, where it ends
_LONGEST_SHIFT_S = 366 * 86400
_MOST_DRIFT = 1000
_MOST_MILLIVOLTS = 5000
_MOST_BOUNCE_MS = 50
_TEARS = ("none", "half", "random")

Answer = dict[str, Any]


class Refused(Exception):
    """What was asked cannot be done; the text says why."""


@dataclass(frozen=True)
class Argument:
    """What a command takes under a name.

    Args:
        words: How an error describes it, behind "is".
        check: Whether a value is such a thing.
        default: What counts when it is left out.
        needed: Whether it must not be.
    """

    words: str
    check: Callable[[Any], bool]
    default: Any = None
    needed: bool = False


@dataclass(frozen=True)
class Command:
    """Something that can be done.

    Args:
        kind: The devices that it can be done to.
        do: Does it; called with the device and the arguments by name.
        takes: The arguments.
    """

    kind: type[Pluggable]
    do: Callable[..., Answer | None]
    takes: Mapping[str, Argument]


class Controls:
    """What can be done to some devices of a world.

    Args:
        devices: Which.
        still: Whether time stands still between commands.
    """

    def __init__(self, devices: Sequence[Pluggable], still: bool) -> None:
        self._devices = devices
        self._world = devices[0].world
        self._still = still
        self._own: dict[str, tuple[Callable[..., Answer], dict[str, Argument]]] = {
            "devices": (self._list, {}),
            "time": (self._time, {}),
            "advance": (self._advance, {"seconds": _seconds(0, needed=True)}),
        }

    def do(self, asked: Mapping[str, Any]) -> Answer:
        """Do what is asked for: a name under "do", for some commands "device", and arguments.

        Raises:
            Refused: It cannot be done, and nothing was.
            DeviceFailure: A device stopped while time passed.
        """
        arguments = dict(asked)
        name = arguments.pop("do", None)
        if not isinstance(name, str) or name not in (*self._own, *COMMANDS):
            raise Refused(f'"do" is one of {", ".join((*self._own, *COMMANDS))}')
        if name in self._own:
            action, takes = self._own[name]
            return action(**_checked(name, arguments, takes))
        command = COMMANDS[name]
        device = self._device(command, name, arguments.pop("device", None))
        return command.do(device, **_checked(name, arguments, command.takes)) or {}

    def _device(self, command: Command, name: str, wanted: object) -> Pluggable:
        able = [one for one in self._devices if isinstance(one, command.kind)]
        if wanted is not None:
            able = [one for one in able if one.name == wanted]
        if len(able) == 1:
            return able[0]
        names = ", ".join(one.name for one in self._devices if isinstance(one, command.kind))
        if not names:
            raise Refused(f'no device here has what "{name}" needs')
        raise Refused(f'"device" is one of {names}')

    def _list(self) -> Answer:
        return {"devices": [{"device": one.name, "kind": one.short_name} for one in self._devices]}

    def _time(self) -> Answer:
        return {"time": self._world.now / _NS, "utc": self._world.utc}

    def _advance(self, seconds: float) -> Answer:
        if not self._still:
            raise Refused("time runs by itself here")
        self._world.advance(seconds)
        return self._time()


def _checked(name: str, given: Mapping[str, Any], takes: Mapping[str, Argument]) -> dict[str, Any]:
    for argument in given:
        if argument not in takes:
            raise Refused(f'"{name}" takes no "{argument}"')
    for argument, wanted in takes.items():
        if (wanted.needed and argument not in given) or (
            argument in given and not wanted.check(given[argument])
        ):
            raise Refused(f'"{argument}" is {wanted.words}')
    return {argument: given.get(argument, wanted.default) for argument, wanted in takes.items()}


# --- what arguments are


def _seconds(least: float, default: float | None = None, needed: bool = False) -> Argument:
    words = f"a number of seconds, {least:g} to {_LONGEST_S}"
    return Argument(words, lambda value: _is_number(value) and least <= value <= _LONGEST_S, default, needed)


def _whole(what: str, least: int, most: int) -> Argument:
    words = f"{what}, {least} to {most}"
    return Argument(words, lambda value: type(value) is int and least <= value <= most)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(cast("float", value))


def _is_unix_time(value: object) -> bool:
    return _is_number(value) and _EPOCH <= cast("float", value) < _END


_SWITCH = Argument("true or false", lambda value: isinstance(value, bool), needed=True)
_NAME = Argument("a name", lambda value: isinstance(value, str))
_FILE = Argument("the path of a file", lambda value: isinstance(value, str) and bool(value))


# --- what can be done


def _press(device: Pluggable, key: str | None, seconds: float, after: float) -> None:
    name = next(iter(device.keys)) if key is None else key
    if name not in device.keys:
        raise Refused(f'"key" is one of {", ".join(device.keys)}')
    device.press_key(name, seconds, after)


def _touch(chip: Chip, seconds: float, after: float) -> None:
    chip.touch(seconds, after)


def _light(chip: Chip) -> Answer:
    return {"color": list(chip.light.color), "asks": chip.asks}


def _screen(device: Handheld, png: str | None) -> Answer:
    if png is not None:
        _write(png, device.screen.png)
    return {"text": device.text, "lines": device.lines, "code": device.code, "lit": device.screen.lit}


def _heard(reader: AudioReader, since: float, wav: str | None) -> Answer:
    start = round(since * _NS)
    codec = reader.codec
    if wav is not None:
        outlet = codec.speaker if codec.headphones.first_sound(start) is None else codec.headphones
        _write(wav, lambda path: outlet.wav(path, start))
    outlets = {"speaker": codec.speaker, "headphones": codec.headphones}
    return {
        name: [[begin / _NS, end / _NS] for begin, end in outlet.sounds(start)]
        for name, outlet in outlets.items()
    }


def _write(path: str, write: Callable[[Path], None]) -> None:
    try:
        write(Path(path))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be written: {error}") from error


def _jack(reader: AudioReader, plug: bool) -> None:
    (reader.insert_plug if plug else reader.pull_plug)()


def _clock(
    device: Handheld, to: float | None, shift: float | None, drift: float | None, stop: bool | None
) -> Answer:
    clock = device.clock
    if to is not None:
        clock.set_seconds(round(to) - _EPOCH)
    if shift is not None:
        clock.shift_seconds(round(shift))
    if drift is not None:
        clock.drift_ppm = drift
    if stop:
        clock.lose_power()
    return {"utc": None if clock.stopped else clock.seconds + _EPOCH}


def _power(device: Pluggable, on: bool) -> Answer:
    if not isinstance(device, Handheld):  # USB is all the power that it has
        if on != device.usb.plugged:
            _plug(device, on)
    elif on and device.battery.empty:
        device.restore_power()
    elif not on:
        device.power_cut()
    return {"on": on}


def _plug(device: Pluggable, on: bool = True) -> None:
    (device.plug_in if on else device.unplug)()


def _fault(device: Pluggable, cut: int | None, tear: Tear, battery: int | None, bounce: int | None) -> None:
    if battery is not None and not isinstance(device, Handheld):
        raise Refused(f"{device.name} has no battery")
    if cut is not None:
        device.flash.cancel_cut()
        if cut:
            device.flash.cut_at(cut, tear)
    if battery is not None and isinstance(device, Handheld):
        device.battery.millivolts = battery
    if bounce is not None:
        for key in device.keys.values():
            key.bounce_ms = bounce


_FINGER = {"seconds": _seconds(0.001, 0.2), "after": _seconds(0, 0)}
COMMANDS = {
    "press": Command(Pluggable, _press, {"key": _NAME, **_FINGER}),
    "touch": Command(Chip, _touch, {"seconds": _seconds(0.001, 0.1), "after": _seconds(0, 0)}),
    "light": Command(Chip, _light, {}),
    "screen": Command(Handheld, _screen, {"png": _FILE}),
    "heard": Command(
        AudioReader,
        _heard,
        {
            "since": Argument(
                "seconds since the world began", lambda value: _is_number(value) and value >= 0, 0
            ),
            "wav": _FILE,
        },
    ),
    "jack": Command(AudioReader, _jack, {"plug": _SWITCH}),
    "clock": Command(
        Handheld,
        _clock,
        {
            "to": Argument("Unix time in seconds", _is_unix_time),
            "shift": Argument(
                "a number of seconds, a year at most either way",
                lambda value: _is_number(value) and abs(value) <= _LONGEST_SHIFT_S,
            ),
            "drift": Argument(
                f"parts per million, {_MOST_DRIFT} at most either way",
                lambda value: _is_number(value) and abs(value) <= _MOST_DRIFT,
            ),
            "stop": Argument("true or false", lambda value: isinstance(value, bool)),
        },
    ),
    "power": Command(Pluggable, _power, {"on": _SWITCH}),
    "plug": Command(Pluggable, _plug, {}),
    "unplug": Command(Pluggable, Pluggable.unplug, {}),
    "fault": Command(
        Pluggable,
        _fault,
        {
            "cut": _whole("the number of a flash operation", 0, 1_000_000),
            "tear": Argument(f"one of {', '.join(_TEARS)}", lambda value: value in _TEARS, "none"),
            "battery": _whole("millivolts", 0, _MOST_MILLIVOLTS),
            "bounce": _whole("milliseconds", 0, _MOST_BOUNCE_MS),
        },
    ),
}
"""What can be done to a device, by name."""
