"""`segl devices`."""

import click

from segl.cli.context import Context, global_options, pass_context


@click.command("devices")
@global_options
@pass_context
def command(context: Context) -> None:
    """List the devices at hand, one a line.

    The first column is what --device takes.
    """
    found = context.find()
    for device in found:
        fields = {"url": device.url, "model": device.model, "serial": device.serial}
        context.out.record(fields, f"{device.url}  {device.model}  {device.serial}")
    if not found:
        context.out.note("No device found; plug one in and press its key.")
