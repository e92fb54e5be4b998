"""`segl check`."""

from pathlib import Path

import click

from segl import keyfile
from segl.cli.context import Context, global_options, pass_context
from segl.cli.exits import REFUSED
from segl.verify import verify


@click.command("check")
@click.argument("code", nargs=-1, required=True)
@click.option("--key", "path", type=click.Path(path_type=Path), required=True, help="Key file (see below).")
@click.option(
    "--window", type=click.IntRange(0, 1000), help="HOTP: codes ahead (10). TOTP: steps around now (1)."
)
@click.option(
    "--counter", type=click.IntRange(0), help="HOTP: look from this counter on, if it is not used yet."
)
@global_options
@pass_context
def command(
    context: Context, code: tuple[str, ...], path: Path, window: int | None, counter: int | None
) -> None:
    """Check a CODE against a key file, as a server would.

    The key file holds an otpauth:// URI on its first line, or is what `segl provision --save` wrote. An
    accepted code is noted in it and never accepted again. Exit code 0: accepted, 10: refused.
    """
    with keyfile.locked(path):
        if keyfile.exposed(path):
            context.out.note(f"Warning: others can read {path}; protect it with: chmod 600 {path}")
        # `segl code` says "code: 1 2 3  4 5 6" to a screen reader; that line may come back as it is.
        digits = " ".join(code).removeprefix("code:")
        verdict = verify(keyfile.load(path), digits, context.now(), window, counter)
        if verdict.accepted:
            keyfile.save(path, verdict.state)
    if verdict.accepted:
        fields = {"result": "accepted", "distance": verdict.distance}
        context.out.record({"accepted": True, **fields} if context.json else fields, "accepted")
        return
    if context.json:
        context.out.record({"accepted": False, "result": "refused", "reason": verdict.reason})
    else:
        context.out.record({"result": "refused"}, "refused")
        context.out.note(verdict.reason)
    click.get_current_context().exit(REFUSED)
