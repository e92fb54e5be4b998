"""`segl fido config`."""

import click

from segl.cli.chip import ask_pin_if_set, open_chip, pin_option
from segl.cli.context import Context, global_options, pass_context

_LONGEST_PIN = 63


@click.group("config")
def config() -> None:
    """Change the chip's settings; `segl fido info` shows them."""


@config.command("always-uv")
@click.argument("state", type=click.Choice(["on", "off"]))
@pin_option()
@global_options
@pass_context
def always_uv(context: Context, state: str, pin_stdin: bool) -> None:
    """Have the chip want its PIN for every use (on), or only where a site asks for it (off)."""
    with open_chip(context) as chip:
        changed = chip.set_always_uv(state == "on", ask_pin_if_set(context, chip, pin_stdin))
    words = "for every use" if state == "on" else "only where a site asks for it"
    context.out.record(
        {"always_uv": state == "on", "changed": changed},
        f"The chip wants its PIN {words}{'' if changed else ', as before'}.",
    )


@config.command("min-pin-length")
@click.argument("length", type=click.IntRange(4, _LONGEST_PIN))
@click.option(
    "--rp-id", "rp_ids", multiple=True, help="A site that may ask for this length; may be given more often."
)
@pin_option()
@global_options
@pass_context
def min_pin_length(context: Context, length: int, rp_ids: tuple[str, ...], pin_stdin: bool) -> None:
    """Have the chip take only PINs of at least LENGTH characters.

    A PIN that is shorter has to be changed at its next use. Only erasing the chip allows shorter ones again.
    """
    with open_chip(context) as chip:
        chip.set_min_pin_length(length, ask_pin_if_set(context, chip, pin_stdin), rp_ids)
        known = chip.info()
    context.out.record(
        {"min_pin_length": known.min_pin_length, "pin_change_forced": known.pin_change_forced},
        f"A PIN has at least {known.min_pin_length} characters now"
        + ("; the chip wants a new one." if known.pin_change_forced else "."),
    )


@config.command("force-pin-change")
@pin_option()
@global_options
@pass_context
def force_pin_change(context: Context, pin_stdin: bool) -> None:
    """Have the chip want a new PIN before it does anything more that needs one."""
    with open_chip(context) as chip:
        chip.force_pin_change(ask_pin_if_set(context, chip, pin_stdin))
    context.out.record({"pin_change_forced": True}, "The chip wants a new PIN at its next use.")
