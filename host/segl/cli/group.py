"""The group of all commands; each is loaded when it is called, so that `segl --help` stays quick."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

import segl
from segl.cli.context import global_options
from segl.cli.exits import FAILURE, INTERRUPTED, exit_code
from segl.cli.output import report
from segl.errors import InputError, SeglError

_GROUP = "segl.commands"
_BUILT_IN = {
    "check": "Check a code against a key file.",
    "code": "Get a code; the device asks for a press first.",
    "devices": "List the devices at hand.",
    "fido": "Look after a chip: its PIN, its credentials, its settings.",
    "info": "Show which device this is and how it stands.",
    "provision": "Put a key on the device and set its clock.",
    "sign-file": "Sign a file with a key on a chip, as ssh-keygen does.",
    "speak": "Have the audio code reader speak a code.",
    "time": "Set the device's clock from this computer.",
    "verify-file": "Check the signature of a file.",
    "voice": "Make, look at and install the audio code reader's voices.",
    "wipe": "Erase every key on the device.",
}
# What packages of this project bring; said here because loading them takes time.
_BROUGHT = {
    "demo": "Tour a simulated device from start to finish.",
    "firmware": "Build the firmware and install it on a board.",
    "sim": "Run a simulated device.",
}


class Commands(click.Group):
    """Built-in commands, and those of the entry point group `segl.commands` (each value a click command)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted({*_BUILT_IN, *_points()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name in _BUILT_IN:
            return import_module(f"segl.cli.{cmd_name.replace('-', '_')}").command
        point = _points().get(cmd_name)
        return None if point is None else _load(point)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the help without loading any."""
        points = _points()
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name, points)) for name in self.list_commands(ctx)])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run, and turn every expected error into one line and an exit code."""
        if extra.pop("standalone_mode", True) is False:
            return super().main(args, *rest, standalone_mode=False, **extra)
        arguments = list(sys.argv[1:] if args is None else args)
        try:
            result = super().main(arguments, *rest, standalone_mode=False, **extra)
        except (SeglError, click.ClickException) as error:
            report(error, "--json" in arguments)
            sys.exit(exit_code(error))
        except (click.Abort, KeyboardInterrupt) as abort:
            if not isinstance(abort.__context__, EOFError):
                sys.exit(INTERRUPTED)
            report(
                InputError("The answer is missing; answer the question, or add --yes."), "--json" in arguments
            )
            sys.exit(FAILURE)
        sys.exit(result if isinstance(result, int) else 0)


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=_GROUP)}


def _load(point: EntryPoint) -> click.Command:
    try:
        return point.load()
    except ImportError as error:
        what = error.name or point.module
        raise InputError(f'"segl {point.name}" needs the package "{what}"; install it with pip.') from error


def _summary(name: str, points: dict[str, EntryPoint]) -> str:
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    distribution = points[name].dist
    return _BROUGHT.get(name, f"Brought by {distribution.name if distribution else points[name].module}.")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(segl.__version__, prog_name="segl")
@global_options
def main() -> None:
    """Talk to Segl's authenticators, real or simulated.

    Exit codes: 0 done, 1 failure, 2 wrong use, 3 no device, 4 more than one device, 5 no permission, 6 PIN
    wrong or blocked, 7 refused or not answered by the user, 8 protocol, 9 firmware too old, 10 code or signature
    refused.
    """
