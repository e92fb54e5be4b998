"""`segl speak`."""

import click

from segl import InputError, Reader
from segl.cli.context import Context, global_options, pass_context
from segl.cli.keys import key_index, key_option
from segl.cli.prompts import prompts


@click.command("speak")
@key_option()
@click.option("--timeout", type=click.FloatRange(1, 600), help="Seconds to wait.  [default: 180]")
@global_options
@pass_context
def command(context: Context, key: str, timeout: float | None) -> None:
    """Have the audio code reader speak a code, after a key on it says yes.

    The code stays on the reader: this computer does not get it. Ctrl-C cancels the request on the reader too.
    """
    with context.open_device() as device:
        if not isinstance(device, Reader):
            raise InputError(
                "A code display does not speak; use `segl code --speak`, which has this computer speak its code."
            )
        index = key_index(device, key)
        context.out.step(1, 2, "waiting for the reader")
        context.out.note(prompts(device).code)
        device.speak(index, timeout)
    context.out.step(2, 2, "done")
    context.out.record({"spoken": True, "index": index}, "The reader has spoken.")
