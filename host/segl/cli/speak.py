"""`segl speak`."""

import click

from segl import DeviceError, Display, InputError, Reader
from segl.cli.context import Context, global_options, pass_context
from segl.cli.prompts import prompts
from segl_wire import schema


@click.command("speak")
@click.option("--key", metavar="NAME|INDEX", default="0", show_default=True, help="Which key.")
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


def key_index(device: Display | Reader, text: str) -> int:
    """Find a key by its index, or by its name (capitals do not matter unless two names differ only in them).

    Raises:
        DeviceError: NOT_FOUND, there is none.
    """
    if text.isascii() and text.isdigit() and int(text[:3]) < schema.MAX_KEYS:
        return int(text[:3])
    keys = device.keys()
    names = [key.name for key in keys]
    if text in names:
        return names.index(text)
    alike = [index for index, name in enumerate(names) if name.casefold() == text.casefold()]
    if len(alike) != 1:
        raise DeviceError(
            schema.NOT_FOUND, remedy=f'The device has no key named "{text}"; see its keys with `segl info`.'
        )
    return alike[0]
