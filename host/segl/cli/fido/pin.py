"""`segl fido pin`."""

import click

from segl.cli.chip import ask_new_pin, ask_pin, open_chip, pin_option
from segl.cli.context import Context, global_options, pass_context
from segl.errors import InputError


@click.group("pin")
def pin() -> None:
    """Give the chip a PIN, or another one.

    A PIN has at least four characters; it may hold letters and signs. After eight wrong ones in all, with three at
    most each time the chip is plugged in, it is blocked, and only erasing the chip helps.
    """


@pin.command("set")
@pin_option("Read the new PIN from standard input.")
@global_options
@pass_context
def set_pin(context: Context, pin_stdin: bool) -> None:
    """Give a chip without a PIN its first one."""
    with open_chip(context) as chip:
        known = chip.info()
        if known.pin_set:
            raise InputError("The chip has a PIN already; change it with `segl fido pin change`.")
        chip.set_pin(ask_new_pin(context, known.min_pin_length, pin_stdin))
    context.out.record({"pin_set": True}, "The chip has a PIN now.")


@pin.command("change")
@pin_option("Read the old PIN and, on the next line, the new one from standard input.")
@global_options
@pass_context
def change_pin(context: Context, pin_stdin: bool) -> None:
    """Replace the chip's PIN; the old one is asked for first."""
    with open_chip(context) as chip:
        known = chip.info()
        if not known.pin_set:
            raise InputError("The chip has no PIN yet; set one with `segl fido pin set`.")
        old = ask_pin(context, pin_stdin)
        chip.change_pin(old, ask_new_pin(context, known.min_pin_length, pin_stdin))
    context.out.record({"pin_changed": True}, "The chip has its new PIN.")
