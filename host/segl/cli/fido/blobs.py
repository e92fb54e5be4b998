"""`segl fido blobs`."""

from base64 import b64encode
from pathlib import Path

import click

from segl.chip import Chip
from segl.chip_results import Blob, Credential
from segl.cli.chip import ask_pin, ask_pin_if_set, confirm, open_chip, pin_option, plain
from segl.cli.context import Context, global_options, pass_context
from segl.cli.fido.choose import chosen, label, short_ids
from segl.cli.files import STREAM, open_input, write_bytes
from segl.errors import InputError

_SHOWN = 60  # characters


@click.group("blobs", invoke_without_command=True)
@pin_option()
@global_options
@click.pass_context
def blobs(click_context: click.Context, pin_stdin: bool) -> None:
    """Show, write and delete what sites keep on the chip beside an account: large blobs.

    Without a command, list them. ID is how a credential's id begins, as the list shows it.
    """
    if click_context.invoked_subcommand is None:
        _list(click_context.ensure_object(Context), pin_stdin)
    elif pin_stdin:
        raise click.UsageError("Write --pin-stdin behind the command.")


@blobs.command("list")
@pin_option()
@global_options
@pass_context
def list_blobs(context: Context, pin_stdin: bool) -> None:
    """List the blobs, one a line: site, name, id, size, and how the text begins if it is one."""
    _list(context, pin_stdin)


@blobs.command("read")
@click.argument("start", metavar="ID")
@click.option("--out", "out", type=click.Path(path_type=Path), help="Write it to this file.")
@pin_option()
@global_options
@pass_context
def read(context: Context, start: str, out: Path | None, pin_stdin: bool) -> None:
    """Print the blob of the account whose id begins with ID, byte for byte."""
    with open_chip(context) as chip:
        store = chip.blobs(ask_pin(context, pin_stdin))
    one = chosen([blob.credential for blob in store.blobs], start)
    data = next(blob.data for blob in store.blobs if blob.credential == one)
    if data is None:
        raise InputError(f"There is no blob of {plain(label(one))}.")
    if out is not None:
        write_bytes(out, data)
        context.out.record({"bytes": len(data), "file": str(out)}, f"{out}  {len(data)} bytes")
    elif context.json:
        context.out.record({"bytes": len(data), "base64": b64encode(data).decode()})
    else:
        click.echo(data, nl=False)


@blobs.command("write")
@click.argument("start", metavar="ID")
@click.argument("file")
@pin_option()
@global_options
@pass_context
def write(context: Context, start: str, file: str, pin_stdin: bool) -> None:
    """Store FILE as the blob of the account whose id begins with ID, in the place of the old one.

    - reads it from standard input.
    """
    if pin_stdin and file == STREAM:
        raise click.UsageError("Standard input cannot be both the PIN and the blob; name a file.")
    with open_input(file) as stream:
        data = stream.read()
    with open_chip(context) as chip:
        one, pin = _chosen(context, chip, start, pin_stdin)
        chip.write_blob(one, data, pin)
    context.out.record(
        {"written": True, "bytes": len(data), "credential_id": one.id.hex()},
        f"Stored {len(data)} bytes beside {plain(label(one))}.",
    )


@blobs.command("delete")
@click.argument("start", metavar="ID")
@pin_option()
@global_options
@pass_context
def delete(context: Context, start: str, pin_stdin: bool) -> None:
    """Delete the blob of the account whose id begins with ID; the account stays."""
    with open_chip(context) as chip:
        one, pin = _chosen(context, chip, start, pin_stdin)
        confirm(context, f"Delete the blob of {plain(label(one))}, for good?")
        chip.write_blob(one, None, pin)
    context.out.record(
        {"deleted": True, "credential_id": one.id.hex()}, f"Deleted the blob of {plain(label(one))}."
    )


@blobs.command("clear")
@pin_option()
@global_options
@pass_context
def clear(context: Context, pin_stdin: bool) -> None:
    """Delete every blob, also those whose account is gone or is not kept on the chip."""
    confirm(context, "Delete every blob on the chip, for good?")
    with open_chip(context) as chip:
        chip.clear_blobs(ask_pin_if_set(context, chip, pin_stdin))
    context.out.record({"cleared": True}, "Deleted every blob.")


def _list(context: Context, pin_stdin: bool) -> None:
    with open_chip(context) as chip:
        store = chip.blobs(ask_pin(context, pin_stdin))
    shorts = short_ids(blob.credential for blob in store.blobs)
    for blob in store.blobs:
        _record(context, blob, shorts[blob.credential.id])
    more = f", {store.strangers} entries of accounts that are not listed" if store.strangers else ""
    context.out.note(f"{store.used} of {store.size} bytes used{more}.")


def _record(context: Context, blob: Blob, short: str) -> None:
    one, size = blob.credential, None if blob.data is None else len(blob.data)
    if context.json:
        encoded = None if blob.data is None else b64encode(blob.data).decode()
        fields = {"rp_id": one.rp_id, "user_name": one.user_name, "credential_id": one.id.hex()}
        context.out.record({**fields, "bytes": size, "base64": encoded})
        return
    shown = {
        "rp_id": plain(one.rp_id),
        "user_name": plain(one.user_name),
        "credential_id": short,
        "size": "none" if size is None else f"{size} bytes",
        "text": _text(blob.data),
    }
    context.out.record(shown, "  ".join(value or "-" for value in shown.values()))


def _text(data: bytes | None) -> str | None:
    try:
        return plain(data.decode()[:_SHOWN]) if data else None
    except UnicodeDecodeError:
        return None


def _chosen(context: Context, chip: Chip, start: str, pin_stdin: bool) -> tuple[Credential, str]:
    pin = ask_pin(context, pin_stdin)
    return chosen(chip.credentials(pin), start), pin
