"""`segl fido info`."""

import click

from segl.cli.chip import open_chip
from segl.cli.context import Context, global_options, pass_context


@click.command("info")
@global_options
@pass_context
def info(context: Context) -> None:
    """Show what the chip can do, how it is set up, and how many wrong PINs it still takes."""
    with open_chip(context) as chip:
        known = chip.info()
        tries = chip.pin_tries() if known.pin_set else None
    context.out.record(
        {
            "firmware": known.firmware,
            "aaguid": known.aaguid,
            "versions": list(known.versions),
            "extensions": list(known.extensions),
            "algorithms": list(known.algorithms),
            "pin_set": known.pin_set,
            "pin_tries_left": tries.left if tries else None,
            "pin_waits_for_replug": tries.replug if tries else None,
            "pin_change_forced": known.pin_change_forced,
            "min_pin_length": known.min_pin_length,
            "always_uv": known.always_uv,
            "credentials_left": known.credentials_left,
            "blob_bytes": known.blob_bytes,
        }
    )
