"""`segl devices`."""

import click

from segl.cli.context import Context, global_options, pass_context


@click.command("devices")
@global_options
@pass_context
def command(context: Context) -> None:
    """List the devices at hand, one a line.

    The first column is what --device takes; a chip also has a serial port, in the last one.
    """
    found = context.find()
    for device in found:
        fields = {"url": device.url, "model": device.model, "serial": device.serial}
        if device.management:
            fields["management"] = device.management
        context.out.record(fields, "  ".join(fields.values()))
    if not found:
        context.out.note("No device found; plug one in and press its key.")
