"""`segl code`."""

import click

from segl.cli.context import Context, global_options, pass_context


@click.command("code")
@click.option("--index", type=click.IntRange(0, 15), default=0, show_default=True, help="Which key.")
@click.option(
    "--timeout", type=click.FloatRange(1, 600), default=40, show_default=True, help="Seconds to wait."
)
@global_options
@pass_context
def command(context: Context, index: int, timeout: float) -> None:
    """Get a code from the device, after a press on its key.

    The device shows that a computer asks. Ctrl-C cancels the request on the device too.
    """
    with context.open_display() as display:
        context.out.step(1, 2, "waiting for the device")
        context.out.note("Press the key on the device to release the code.")
        answer = display.code(index, timeout)
    context.out.step(2, 2, "code received")
    shown = context.out.code(answer.code)
    context.out.record(
        {"code": shown, "remaining": answer.remaining} if context.json else {"code": shown}, shown
    )
    if answer.remaining is not None and not context.json:
        context.out.note(f"Valid for another {answer.remaining} s.")
