"""`segl sim`: simulated devices for programs outside this process."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.output import Output
from segl.errors import InputError
from segl_sim import state
from segl_sim.boards import BOARDS
from segl_sim.devices import KINDS, AudioReader, CodeDisplay
from segl_sim.handheld import Handheld
from segl_sim.runner import Runner
from segl_sim.view import braille
from segl_sim.world import World

_HELP = "press [SECONDS], hold SECONDS, wait SECONDS, screen, plug, unplug, help, quit"
_READER_HELP = (
    "press [KEY] [SECONDS], hold [KEY] SECONDS, wait SECONDS, screen, jack in, jack out, wav FILE, plug, unplug, "
    "help, quit; KEY is speak, louder, quieter or menu"
)
_LONGEST_S = 120


@click.group()
def sim() -> None:
    """Run a simulated device."""


@sim.command("up")
@click.argument("name", metavar="[display|reader]", type=click.Choice(list(KINDS)), required=False)
@click.option(
    "--board", type=click.Choice(sorted(BOARDS)), default="pico2", show_default=True, help="Which board."
)
@click.option("--seed", type=int, help="Makes the same device again; by default each is another.")
@click.option("--state", "path", type=click.Path(path_type=Path), help="Keep the device in this file.")
@global_options
@pass_context
def up(context: Context, name: str | None, board: str, seed: int | None, path: Path | None) -> None:
    """Run a device until you say quit, at the speed of the clock on the wall.

    A display, unless you say reader, or the file of --state holds one.

    Prints the URL under which other programs reach it, then takes lines on standard input: press, hold 6, screen,
    plug, unplug, quit; a reader's also press louder, jack in, and wav FILE, which saves what was heard. An empty line
    presses the key, or a reader's Speak.
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
        port = PtyPort(device)
        try:
            context.out.record({"url": f"serial:{port.path}", "seed": chosen})
            context.out.note(f"Say {_help(device)}. An empty line presses the key.")
            with Runner(
                world, [port], lambda failure: context.out.note(f"The device stopped. {failure}")
            ) as runner:
                _obey(runner, device, context.out)
        finally:
            port.close()
            if path:
                state.save(device, path)


def _obey(runner: Runner, device: Handheld, out: Output) -> None:
    """Take commands until the input ends or says quit."""
    sys.stdout.flush()
    for line in sys.stdin:
        words = line.split() or ["press"]
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


def _command(device: Handheld, words: list[str], out: Output) -> Callable[[], str | None]:
    name, arguments = words[0], words[1:]
    if name in ("press", "hold"):
        key = arguments.pop(0) if arguments and arguments[0] in device.keys else next(iter(device.keys))
        if len(arguments) <= 1:
            seconds = _seconds(arguments or ["0.2"])
            return lambda: device.touch(key, seconds)
    if isinstance(device, AudioReader):
        if words == ["jack", "in"]:
            return device.insert_plug
        if words == ["jack", "out"]:
            return device.pull_plug
        if name == "wav" and len(arguments) == 1:
            return lambda: _save(device, Path(arguments[0]))
    if name == "screen" and not arguments:
        return lambda: _screen(device, out)
    if name == "plug" and not arguments:
        return device.plug_in
    if name == "unplug" and not arguments:
        return device.unplug
    if name == "help":
        return lambda: _help(device)
    raise ValueError(f'"{" ".join(words)}" is no command')


def _help(device: Handheld) -> str:
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


def _screen(device: Handheld, out: Output) -> str:
    if out.accessible:
        code = device.code
        return f"screen: {f'code {out.code(code)}. ' if code else ''}{device.text or 'dark'}"
    return braille(device.screen.pixels())
