"""What the commands for chips share: opening one, its PIN, a touch, a question before something is lost."""

import sys
from collections.abc import Callable
from typing import Any

import click

from segl.chip import Chip
from segl.cli.context import CHIP, Context
from segl.discovery import Found
from segl.errors import Permission
from segl.pin import new_pin

TOUCH = "Touch the chip: its light blinks green."
_NO_PIN = "The chip's PIN is needed: add --pin-stdin, which reads it from standard input."


def pin_option(help_text: str = "Read the PIN from standard input.") -> Callable[[Any], Any]:
    """Give a command the option `--pin-stdin`; nothing takes a PIN as an argument, which other users could see."""
    return click.option("--pin-stdin", is_flag=True, help=help_text)


def open_chip(context: Context, url: str | None = None, prompt: str = TOUCH) -> Chip:
    """Open the chip of --device, or the only one there is.

    Args:
        context: of the command.
        url: another one.
        prompt: what to tell the user when the chip waits for a touch.

    Raises:
        NotFound: there is none.
        Several: there is more than one.
        Permission: the operating system hides its security key.
    """
    url = url or context.device or _only_chip(context)
    return Chip(context.open_fido(url), on_touch=lambda: context.out.note(prompt))


def is_chip(found: Found) -> bool:
    """Whether what was found is a chip."""
    return found.model == CHIP


def ask_pin(context: Context, from_stdin: bool) -> str:
    """Ask for the chip's PIN."""
    if from_stdin:
        return _line()
    if context.no_input:
        raise click.UsageError(_NO_PIN)
    return click.prompt("PIN of the chip (not shown)", hide_input=True, err=True)


def ask_pin_if_set(context: Context, chip: Chip, from_stdin: bool) -> str | None:
    """Ask for the chip's PIN, if it has one."""
    return ask_pin(context, from_stdin) if chip.info().pin_set else None


def ask_new_pin(context: Context, shortest: int, from_stdin: bool) -> str:
    """Ask for a new PIN, twice where it is typed.

    Args:
        context: of the command.
        shortest: how many characters the chip wants at least.
        from_stdin: whether it comes from a program.

    Raises:
        InputError: the chip would not take it.
    """
    if from_stdin:
        return new_pin(_line(), shortest)
    if context.no_input:
        raise click.UsageError(_NO_PIN)
    typed = click.prompt(
        f"New PIN, {shortest} characters or more (not shown)",
        hide_input=True,
        confirmation_prompt="The new PIN again (not shown)",
        err=True,
    )
    return new_pin(typed, shortest)


def confirm(context: Context, question: str) -> None:
    """Ask before something is lost; the command ends unless the answer is yes."""
    if context.yes:
        return
    if context.no_input:
        raise click.UsageError("This asks for confirmation; add --yes to give it.")
    if not click.confirm(question, err=True):
        context.out.note("Nothing was changed.")
        click.get_current_context().exit(1)


def plain(text: str | None) -> str | None:
    """A name that a site chose, without what would control a terminal."""
    return None if text is None else "".join(sign if sign.isprintable() else "?" for sign in text)


def _only_chip(context: Context) -> str:
    url = context.only_one(is_chip, "No chip found; plug one in, or name one with --device.").url
    if url.startswith("serial:"):
        raise Permission(
            "The system shows only the serial port of the chip, not its security key; on Windows run this as "
            "administrator, elsewhere plug the chip in again. `segl info` works without."
        )
    return url


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise click.UsageError("No PIN came on standard input; give it a line that ends with Enter.")
    return line.rstrip("\r\n")
