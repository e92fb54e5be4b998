"""What every command needs: the global options, the world outside, and how to speak to the user."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import click

import segl
from segl.cli.exits import Several
from segl.cli.output import Output
from segl.devices import session_with

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
    now: Callable[[], float] = time.time

    @cached_property
    def out(self) -> Output:
        """Where to speak; the options are settled before a command starts."""
        return Output(self.json, self.accessible)

    def open_device(self) -> segl.Display | segl.Reader:
        """Open the device of --device, or the only one there is, with the session that goes with its model.

        Raises:
            NotFound: there is none.
            Several: there is more than one.
        """
        return session_with(self.open_url(self.device or self._only_one()))

    def _only_one(self) -> str:
        found = self.find()
        if not found:
            raise segl.NotFound("No device found; plug one in and press its key, or name one with --device.")
        if len(found) > 1:
            devices = ", ".join(f"{device.url} ({device.serial})" for device in found)
            raise Several(f"More than one device found; choose with --device one of: {devices}")
        return found[0].url


pass_context = click.make_pass_decorator(Context, ensure=True)


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value and parameter.name:
        setattr(context.ensure_object(Context), parameter.name, value)


_OPTIONS = [
    click.option(
        "--device",
        metavar="URL",
        help="Device to use, such as serial:/dev/ttyACM0 (or SEGL_DEVICE in the environment).",
    ),
    click.option("--json", is_flag=True, help="Print results and errors as JSON, one object a line."),
    click.option("--no-input", is_flag=True, help="Ask nothing and wait for no set-up; fail instead."),
    click.option("--yes", is_flag=True, help="Answer every question with yes."),
]


def global_options(function: F) -> F:
    """Give a command the options that also stand before it: `segl --json info` and `segl info --json`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    parameters: list[click.Option] = getattr(function, "__click_params__", [])
    for parameter in parameters:
        if parameter.name in ("device", "json", "no_input", "yes"):
            parameter.callback = _remember
            parameter.expose_value = False
    return function
