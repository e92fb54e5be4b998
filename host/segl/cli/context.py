"""What every command needs: the global options, the world outside, and how to speak to the user."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

import segl
from segl.cli.exits import Several
from segl.cli.output import Output
from segl.devices import session_with
from segl.urls import is_fido

if TYPE_CHECKING:
    from fido2.hid.base import CtapHidConnection

CHIP = "Segl chip"  # the model
_NONE = "No device found; plug one in and press its key, or name one with --device."

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Context:
    """The global options, and the world as functions that a test may replace."""

    device: str | None = field(default_factory=lambda: os.environ.get("SEGL_DEVICE") or None)
    json: bool = False
    no_input: bool = False
    yes: bool = False
    accessible: bool = field(default_factory=lambda: os.environ.get("ACCESSIBLE", "0") not in ("", "0"))
    find: Callable[[], list[segl.Found]] = segl.find
    open_url: Callable[[str], segl.Connection] = segl.open_url
    open_fido: Callable[[str], CtapHidConnection] = segl.open_fido
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def out(self) -> Output:
        """Where to speak; the options are settled before a command starts."""
        return Output(self.json, self.accessible)

    def open_device(self) -> segl.Display | segl.Reader:
        """Open the device of --device, or the only one with codes, with the session that goes with its model.

        Raises:
            InputError: it is a chip.
            NotFound: there is none.
            Several: there is more than one.
        """
        device = self._open(self.device or self.only_one(lambda found: found.model != CHIP).url)
        if isinstance(device, segl.Management):
            device.close()
            raise segl.InputError(
                "A chip has no codes and no clock; see what it can do with `segl fido --help`."
            )
        return device

    def open_any(self) -> segl.Display | segl.Reader | segl.Management:
        """Open the device of --device, or the only one there is; of a chip, its serial port.

        Raises:
            NotFound: there is none.
            Several: there is more than one.
        """
        if self.device and not is_fido(self.device):
            return self._open(self.device)
        found = self.only_one(lambda found: self.device in (None, found.url))
        return self._open(found.management or found.url)

    def only_one(self, wanted: Callable[[segl.Found], bool], none: str = _NONE) -> segl.Found:
        """The only device that is wanted.

        Args:
            wanted: tells which devices will do.
            none: what to say if there is none.

        Raises:
            NotFound: there is none.
            Several: there is more than one.
        """
        found = [device for device in self.find() if wanted(device)]
        if not found:
            raise segl.NotFound(none)
        if len(found) > 1:
            devices = ", ".join(f"{device.url} ({device.serial})" for device in found)
            raise Several(f"More than one device found; choose with --device one of: {devices}")
        return found[0]

    def _open(self, url: str) -> segl.Display | segl.Reader | segl.Management:
        return session_with(self.open_url(url))


pass_context = click.make_pass_decorator(Context, ensure=True)


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value and parameter.name:
        setattr(context.ensure_object(Context), parameter.name, value)


_DEVICE = click.option(
    "--device",
    metavar="URL",
    help="Device to use, as `segl devices` lists it: serial:/dev/ttyACM0, hid:/dev/hidraw0 (or SEGL_DEVICE in the "
    "environment).",
)
_OPTIONS = [
    click.option("--json", is_flag=True, help="Print results and errors as JSON, one object a line."),
    click.option("--no-input", is_flag=True, help="Ask nothing and wait for no set-up; fail instead."),
    click.option("--yes", is_flag=True, help="Answer every question with yes."),
]


def global_options(function: F) -> F:
    """Give a command the options that also stand before it: `segl --json info` and `segl info --json`."""
    return output_options(_DEVICE(function), ("device",))


def output_options(function: F, also: tuple[str, ...] = ()) -> F:
    """Give a command those of these options that are not about a device.

    Args:
        function: the command.
        also: names of options that it has already and that go the same way.
    """
    for option in reversed(_OPTIONS):
        function = option(function)
    parameters: list[click.Option] = getattr(function, "__click_params__", [])
    for parameter in parameters:
        if parameter.name in ("json", "no_input", "yes", *also):
            parameter.callback = _remember
            parameter.expose_value = False
    return function
