"""`segl wipe`."""

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.prompts import prompts


@click.command("wipe")
@global_options
@pass_context
def command(context: Context) -> None:
    """Erase every key on the device; it asks to confirm that with its key first."""
    if not context.yes:
        if context.no_input:
            raise click.UsageError("Wiping asks for confirmation; add --yes to give it.")
        if not click.confirm("Erase every key on the device, for good?", err=True):
            context.out.note("Nothing was erased.")
            click.get_current_context().exit(1)
    with context.open_device() as device:
        context.out.step(1, 2, "confirming on the device")
        context.out.note(prompts(device).wipe)
        device.wipe()
    context.out.step(2, 2, "done")
    context.out.record({"wiped": True}, "Every key is erased.")
