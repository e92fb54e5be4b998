"""`segl sim`: simulated devices for programs outside this process."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from segl.cli.context import Context, output_options, pass_context
from segl.cli.output import Value
from segl.errors import InputError
from segl_sim import state
from segl_sim.attached import Attached
from segl_sim.boards import BOARDS
from segl_sim.child import run_child
from segl_sim.console import help_for, obey
from segl_sim.devices import KINDS, Chip
from segl_sim.handheld import Handheld
from segl_sim.pluggable import Pluggable
from segl_sim.ports.finger import Finger
from segl_sim.ports.usbip import DEFAULT_ADDRESS
from segl_sim.world import World

_Command = TypeVar("_Command", bound=Callable[..., None])

_ANYWHERE = "tcp:127.0.0.1:0"
_LOOK_S = 0.1
_LONGEST_DELAY_S = 3600
_OPENING_NS = 120_000_000_000  # a new reader says a lot first
_HELD_S = 7


class _Touch(click.ParamType[float | None]):
    """When a finger does what a device asks for: at once, never, or after some seconds."""

    name = "auto|never|SECONDS"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """Return the seconds; None: never."""
        if value in ("auto", "never"):
            return 0 if value == "auto" else None
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1
        if not 0 <= seconds <= _LONGEST_DELAY_S:
            self.fail(
                f'"{value}" is neither auto, nor never, nor a number of seconds up to {_LONGEST_DELAY_S}'
            )
        return seconds


def _devices_options(touch: str) -> Callable[[_Command], _Command]:
    """Give a command the options that say which devices there are, and who touches them."""
    options = [
        click.option(
            "--device",
            "kinds",
            type=click.Choice(list(KINDS)),
            multiple=True,
            help="A device; may be repeated.",
        ),
        click.option(
            "--board",
            type=click.Choice(sorted(BOARDS)),
            default="pico2",
            show_default=True,
            help="Which board.",
        ),
        click.option("--seed", type=int, help="Makes the same devices again; by default each is another."),
        click.option(
            "--touch",
            type=_Touch(),
            default=touch,
            show_default=True,
            help="When somebody does what a device asks for: at once, never, or after so many seconds.",
        ),
        click.option("--setup", is_flag=True, help="Have displays and readers opened for set-up first."),
        click.option(
            "--state", "path", type=click.Path(path_type=Path), help="Keep the device in this file."
        ),
        click.option(
            "--hidraw", is_flag=True, help="Show chips as /dev/hidraw0 and so on (Linux, by umockdev)."
        ),
        click.option("--still", is_flag=True, help="Let time pass only when the control port says so."),
    ]

    def give(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return give


@click.group()
def sim() -> None:
    """Run simulated devices."""


@sim.command("up")
@click.argument("name", metavar="[display|reader|chip]", type=click.Choice(list(KINDS)), required=False)
@_devices_options(touch="never")
@click.option(
    "--serial",
    metavar="ADDRESS",
    help="Where a device's serial port is: tcp:HOST:PORT or unix:PATH; by default a pty.",
)
@click.option(
    "--hid",
    multiple=True,
    metavar="ADDRESS",
    help="Where a chip's HID reports come and go: tcp:HOST:PORT or unix:PATH; may be repeated.",
)
@click.option(
    "--usbip",
    metavar="ADDRESS",
    is_flag=False,
    flag_value=DEFAULT_ADDRESS,
    help=f"Let Linux kernels attach the devices, at {DEFAULT_ADDRESS} unless you say tcp:HOST:PORT.",
)
@click.option(
    "--control", metavar="ADDRESS", default=_ANYWHERE, help="Where programs do what people do to devices."
)
@output_options
@pass_context
def up(
    context: Context,
    name: str | None,
    kinds: tuple[str, ...],
    board: str,
    seed: int | None,
    touch: float | None,
    setup: bool,
    path: Path | None,
    hidraw: bool,
    still: bool,
    serial: str | None,
    hid: tuple[str, ...],
    usbip: str | None,
    control: str,
) -> None:
    """Run devices until you say quit, at the speed of the clock on the wall.

    A display, unless you say reader or chip, or --device for several, or the file of --state holds one.

    Prints the URLs under which other programs reach them, then takes lines on standard input: press, hold 6, screen,
    plug, unplug, quit; a reader's also press louder, jack in, and wav FILE, which saves what was heard; a chip's are
    touch, light, plug, unplug, quit. An empty line presses the key, or a reader's Speak, or touches a chip. With
    several devices, begin a line with one's name, such as reader1.

    A chip's security key is reached by sockets: see --hid, which chooses a free port unless given. With --usbip, a
    Linux kernel has whole devices: usbip attach --remote HOST --busid ID.
    """
    chosen = ((name,) if name else ()) + kinds
    if len(chosen) > 1 and (serial or hid):
        raise InputError("--serial and --hid are for one device; leave them out, or run one.")
    with contextlib.ExitStack() as held:
        devices = held.enter_context(_made(chosen or ("display",), board, seed, path, bool(chosen)))
        if hid and not isinstance(devices[0], Chip):
            raise InputError("--hid is for a chip; say: segl sim up chip")
        attached = held.enter_context(Attached(devices, still))
        for device in devices:
            attached.open_serial(device, serial or "")
            if isinstance(device, Chip):
                fido = [attached.open_fido(device, address) for address in hid or (_ANYWHERE,)]
                attached.fido[device.name] = ", ".join(fido)
        if hidraw:
            attached.open_hidraw(Path(held.enter_context(tempfile.TemporaryDirectory())))
        ends = {"control": attached.open_control(control)}
        if usbip:
            ends["usbip"] = attached.open_usbip(usbip)
        _hand(devices, touch, setup)
        with attached.served(lambda failure: context.out.note(f"The device stopped. {failure}")) as runner:
            for number, device in enumerate(devices):
                fields: dict[str, Value] = {"device": device.name} if len(devices) > 1 else {}
                fields["url"] = attached.urls[device.name]
                if device.name in attached.fido:
                    fields["fido"] = attached.fido[device.name]
                if device.name in attached.bus_ids:
                    fields["busid"] = attached.bus_ids[device.name]
                if number == len(devices) - 1:
                    fields |= {**ends, **attached.environment, "seed": devices[0].world.seed}
                context.out.record(fields)
            context.out.note(f"Say {help_for(devices[0])}. An empty line presses the key.")
            obey(runner, devices, context.out)


@sim.command("run", context_settings={"allow_interspersed_args": False})
@_devices_options(touch="auto")
@click.argument(
    "command", metavar="-- COMMAND [ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED, required=True
)
@pass_context
def run(
    context: Context,
    kinds: tuple[str, ...],
    board: str,
    seed: int | None,
    touch: float | None,
    setup: bool,
    path: Path | None,
    hidraw: bool,
    still: bool,
    command: tuple[str, ...],
) -> None:
    """Run a command with simulated devices, and return its exit status.

    One device of each kind, unless you say which. The command finds their URLs in its environment: SEGL_DISPLAY,
    SEGL_READER, SEGL_CHIP (its security key), SEGL_CHIP_SERIAL, SEGL_CONTROL (the control port), and SEGL_DEVICE, the
    first device, which segl itself obeys; a second display is SEGL_DISPLAY_2. With --hidraw, programs that look for
    security keys find the chip by themselves.

    Nothing is left behind when the command has ended.
    """
    with contextlib.ExitStack() as held:
        devices = held.enter_context(_made(kinds or tuple(KINDS), board, seed, path, bool(kinds)))
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="segl-")))
        attached = held.enter_context(Attached(devices, still))
        for device in devices:
            attached.open_serial(device)
            if isinstance(device, Chip):
                attached.open_fido(device, f"unix:{folder}/{device.name}")
        if hidraw:
            attached.open_hidraw(folder)
        address = attached.open_control(f"unix:{folder}/control")
        environment = {
            **attached.named(),
            "SEGL_CONTROL": address,
            "SEGL_SEED": str(seed),
            **attached.environment,
        }
        _hand(devices, touch, setup)
        with attached.served(lambda failure: context.out.note(f"The device stopped. {failure}")):
            status = run_child(command, environment)
    raise SystemExit(status)


@contextlib.contextmanager
def _made(
    kinds: Sequence[str], board: str, seed: int | None, path: Path | None, chosen: bool
) -> Generator[list[Pluggable]]:
    """Make the devices, or load the one that a file holds, which then keeps it.

    Args:
        kinds: Of the devices; if `chosen`, what a file holds has to be one.
        board: Which.
        seed: Of their world; None: by chance.
        path: The file.
        chosen: Whether the user has named the kinds.
    """
    if path and len(kinds) > 1 and (chosen or not path.exists()):
        raise InputError("--state keeps one device; name it with --device.")
    saved = state.seed_of(path) if path else None
    if saved is not None:
        seed = saved
    with World(secrets.randbits(32) if seed is None else seed, utc=int(time.time())) as world:
        if path and saved is not None:
            devices = [state.load(world, path, KINDS[kinds[0]] if chosen else None)]
        else:
            devices = [world.add(KINDS[kind].package, board) for kind in kinds]
        try:
            yield devices
        finally:
            if path:
                state.save(devices[0], path)


def _hand(devices: list[Pluggable], touch: float | None, setup: bool) -> None:
    """Have somebody look after the devices; time passes until they are open for set-up, if they are to be."""
    if touch is None and not setup:
        return
    hands = [
        Finger(device, touch is not None, opens=setup and isinstance(device, Handheld), delay=touch or 0)
        for device in devices
    ]
    for hand in hands:
        hand.start(_LOOK_S)
    world = devices[0].world
    until = world.now + _OPENING_NS
    while any(hand.opens for hand in hands) and world.now < until:
        world.advance(_LOOK_S)
    if setup:
        world.advance(_HELD_S)
