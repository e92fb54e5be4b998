"""`segl sim`: simulated devices for programs outside this process."""

from __future__ import annotations

import contextlib
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.output import Output, Value
from segl.errors import InputError
from segl_sim import state
from segl_sim.boards import BOARDS
from segl_sim.devices import KINDS, AudioReader, Chip, CodeDisplay
from segl_sim.handheld import Handheld
from segl_sim.pluggable import Pluggable
from segl_sim.runner import Port, Runner
from segl_sim.view import braille
from segl_sim.world import World

if TYPE_CHECKING:
    from segl_sim.ports.sockets import SocketPort

_HELP = "press [SECONDS], hold SECONDS, wait SECONDS, screen, plug, unplug, help, quit"
_READER_HELP = (
    "press [KEY] [SECONDS], hold [KEY] SECONDS, wait SECONDS, screen, jack in, jack out, wav FILE, plug, unplug, "
    "help, quit; KEY is speak, louder, quieter or menu"
)
_CHIP_HELP = "touch [SECONDS], wait SECONDS, light, plug, unplug, help, quit"
_ANYWHERE = "tcp:127.0.0.1:0"
_LONGEST_S = 120


@click.group()
def sim() -> None:
    """Run a simulated device."""


@sim.command("up")
@click.argument("name", metavar="[display|reader|chip]", type=click.Choice(list(KINDS)), required=False)
@click.option(
    "--board", type=click.Choice(sorted(BOARDS)), default="pico2", show_default=True, help="Which board."
)
@click.option("--seed", type=int, help="Makes the same device again; by default each is another.")
@click.option("--state", "path", type=click.Path(path_type=Path), help="Keep the device in this file.")
@click.option(
    "--hid",
    multiple=True,
    metavar="ADDRESS",
    help="Where a chip's HID reports come and go: tcp:HOST:PORT or unix:PATH; may be repeated.",
)
@click.option("--control", metavar="ADDRESS", help="Where programs touch, plug and unplug a chip.")
@click.option("--still", is_flag=True, help="Let time pass only when a chip's control port says so.")
@global_options
@pass_context
def up(
    context: Context,
    name: str | None,
    board: str,
    seed: int | None,
    path: Path | None,
    hid: tuple[str, ...],
    control: str | None,
    still: bool,
) -> None:
    """Run a device until you say quit, at the speed of the clock on the wall.

    A display, unless you say reader or chip, or the file of --state holds one.

    Prints the URL under which other programs reach it, then takes lines on standard input: press, hold 6, screen,
    plug, unplug, quit; a reader's also press louder, jack in, and wav FILE, which saves what was heard; a chip's are
    touch, light, plug, unplug, quit. An empty line presses the key, or a reader's Speak, or touches a chip.

    A chip's security key is reached by sockets: see --hid and --control, which choose free ports unless given.
    """
    if sys.platform == "win32":
        raise InputError("Windows has no pty; use a sim: URL there, such as: segl --device sim:desk info")
    from segl_sim.ports.pty import PtyPort

    kind = KINDS[name] if name else None
    saved = state.seed_of(path) if path else None
    chosen = saved if saved is not None else secrets.randbits(32) if seed is None else seed
    with World(seed=chosen, utc=int(time.time())) as world:
        if path and saved is not None:
            device = state.load(world, path, kind)
        else:
            device = world.add((kind or CodeDisplay).package, board)
        if not isinstance(device, Chip) and (hid or control or still):
            raise InputError("--hid, --control and --still are for a chip; say: segl sim up chip")
        with contextlib.ExitStack() as held:
            if path:
                held.callback(state.save, device, path)
            serial = PtyPort(device)
            held.callback(serial.close)
            ports: list[Port] = [serial]
            fields: dict[str, Value] = {"url": f"serial:{serial.path}"}
            if isinstance(device, Chip):
                sockets = _sockets(device, hid or (_ANYWHERE,), control or _ANYWHERE, still, held)
                *fido, last = (port.address for port in sockets)
                fields |= {"fido": ", ".join(f"hid+{address}" for address in fido), "control": last}
                ports += sockets
            context.out.record({**fields, "seed": chosen})
            context.out.note(f"Say {_help(device)}. An empty line presses the key.")
            with Runner(
                world,
                ports,
                lambda failure: context.out.note(f"The device stopped. {failure}"),
                follow=not still,
            ) as runner:
                _obey(runner, device, context.out)


def _sockets(
    chip: Chip, hid: tuple[str, ...], control: str, still: bool, held: contextlib.ExitStack
) -> list[SocketPort]:
    """Open the ports of a chip's security key, and last that of its control."""
    from segl_sim.ports.control import ControlPort
    from segl_sim.ports.hid import HidPort

    ports: list[SocketPort] = []
    for address in hid:
        ports.append(HidPort(chip, address))
        held.callback(ports[-1].close)
    ports.append(ControlPort(chip, control, still))
    held.callback(ports[-1].close)
    return ports


def _obey(runner: Runner, device: Pluggable, out: Output) -> None:
    """Take commands until the input ends or says quit."""
    sys.stdout.flush()
    for line in sys.stdin:
        words = line.split() or ["touch" if isinstance(device, Chip) else "press"]
        if words[0] == "quit":
            return
        try:
            if words[0] == "wait":
                time.sleep(_seconds(words[1:]))
                continue
            answer = runner.call(_command(device, words, out))
        except ValueError as error:
            out.note(f"{error}: say {_help(device)}.")
            continue
        if answer:
            click.echo(answer)
        sys.stdout.flush()


def _command(device: Pluggable, words: list[str], out: Output) -> Callable[[], str | None]:
    name, arguments = words[0], words[1:]
    if name == "touch" and isinstance(device, Chip) and len(arguments) <= 1:
        touch_s = _seconds(arguments or ["0.2"])
        return lambda: device.touch(touch_s)
    if name == "light" and isinstance(device, Chip) and not arguments:
        return lambda: _light(device)
    if name in ("press", "hold") and not isinstance(device, Chip):
        key = arguments.pop(0) if arguments and arguments[0] in device.keys else next(iter(device.keys))
        if len(arguments) <= 1:
            seconds = _seconds(arguments or ["0.2"])
            return lambda: device.press_key(key, seconds)
    if isinstance(device, AudioReader):
        if words == ["jack", "in"]:
            return device.insert_plug
        if words == ["jack", "out"]:
            return device.pull_plug
        if name == "wav" and len(arguments) == 1:
            return lambda: _save(device, Path(arguments[0]))
    if name == "screen" and isinstance(device, Handheld) and not arguments:
        return lambda: _screen(device, out)
    if name == "plug" and not arguments:
        return device.plug_in
    if name == "unplug" and not arguments:
        return device.unplug
    if name == "help":
        return lambda: _help(device)
    raise ValueError(f'"{" ".join(words)}" is no command')


def _help(device: Pluggable) -> str:
    if isinstance(device, Chip):
        return _CHIP_HELP
    return _READER_HELP if isinstance(device, AudioReader) else _HELP


def _save(reader: AudioReader, path: Path) -> str:
    """Write what was heard so far: from the headphones when anything was, else from the loudspeaker."""
    heard = reader.codec.headphones
    if heard.first_sound() is None:
        heard = reader.codec.speaker
    try:
        heard.wav(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror})") from error
    return f"saved: {path}"


def _seconds(arguments: list[str]) -> float:
    seconds = float(arguments[0]) if len(arguments) == 1 else 0
    if not 0 < seconds <= _LONGEST_S:
        raise ValueError(f"A time is given in seconds, up to {_LONGEST_S}")
    return seconds


def _light(chip: Chip) -> str:
    names = [name for name, on in zip(("red", "green", "blue"), chip.light.color, strict=True) if on]
    asks = {"touch": ", asks for a touch", "hold": ", asks for a long touch", "": ""}[chip.asks]
    return f"light: {' and '.join(names) or 'dark'}{asks}"


def _screen(device: Handheld, out: Output) -> str:
    if out.accessible:
        code = device.code
        return f"screen: {f'code {out.code(code)}. ' if code else ''}{device.text or 'dark'}"
    return braille(device.screen.pixels())
