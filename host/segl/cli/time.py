"""`segl time`."""

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.info import utc_text
from segl.cli.setup import time_and_sequence, wait_until_open


@click.command("time")
@global_options
@pass_context
def command(context: Context) -> None:
    """Set the device's clock from this computer's, while the device is in set-up."""
    with context.open_device() as device:
        context.out.step(1, 2, "opening set-up on the device")
        info = wait_until_open(context, device)
        utc, sequence = time_and_sequence(context, info)
        context.out.step(2, 2, "setting the clock")
        device.set_time(utc, sequence)
    context.out.record({"utc": utc if context.json else utc_text(utc)})
