"""`segl code`."""

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.keys import key_index, key_option
from segl.cli.prompts import prompts
from segl.speech import FASTEST, SLOWEST, USUAL, say_code


@click.command("code")
@key_option("--index")  # its name before it took names
@click.option(
    "--timeout", type=click.FloatRange(1, 600), help="Seconds to wait.  [default: a display 40, a reader 75]"
)
@click.option(
    "--speak", is_flag=True, help="Also speak it on this computer (needs: pip install 'segl[speech]')."
)
@click.option(
    "--rate",
    type=click.IntRange(SLOWEST, FASTEST),
    default=USUAL,
    show_default=True,
    help="Words a minute of --speak.",
)
@global_options
@pass_context
def command(context: Context, key: str, timeout: float | None, speak: bool, rate: int) -> None:
    """Get a code from the device, after a press on its key.

    The device shows that a computer asks. Ctrl-C cancels the request on the device too. What --speak says goes to this
    computer's own speech engine and nowhere else.
    """
    with context.open_device() as device:
        index = key_index(device, key)
        language = device.info().language if speak else None
        context.out.step(1, 2, "waiting for the device")
        context.out.note(prompts(device).code)
        answer = device.code(index, timeout)
    context.out.step(2, 2, "code received")
    shown = context.out.code(answer.code)
    context.out.record(
        {"code": shown, "remaining": answer.remaining} if context.json else {"code": shown}, shown
    )
    if answer.remaining is not None and not context.json:
        context.out.note(f"Valid for another {answer.remaining} s.")
    if speak:
        say_code(answer.code, rate, language)
