"""`segl fido credentials`."""

import click

from segl.chip_results import Credential
from segl.cli.chip import ask_pin, confirm, open_chip, pin_option, plain
from segl.cli.context import Context, global_options, pass_context
from segl.cli.fido.choose import chosen, label, short_ids


@click.group("credentials")
def credentials() -> None:
    """List, rename and delete the accounts that the chip keeps.

    These are discoverable credentials, also called passkeys. What a chip makes for a site that remembers it itself
    takes no room and is not listed. ID is how a credential's id begins, as the list shows it.
    """


@credentials.command("list")
@pin_option()
@global_options
@pass_context
def list_credentials(context: Context, pin_stdin: bool) -> None:
    """List the accounts, one a line: site, name, full name, id, and when the PIN is needed.

    The last is one of: optional (anybody who holds the chip can sign in), optional with id (only where a site asks
    for this credential by its id), required.
    """
    with open_chip(context) as chip:
        found = chip.credentials(ask_pin(context, pin_stdin))
        left = chip.info().credentials_left
    shorts = short_ids(found)
    for one in found:
        _record(context, one, shorts[one.id])
    room = "" if left is None else f"; there is room for {left} more"
    context.out.note(f"{len(found)} {'credential' if len(found) == 1 else 'credentials'}{room}.")


@credentials.command("delete")
@click.argument("start", metavar="ID")
@pin_option()
@global_options
@pass_context
def delete(context: Context, start: str, pin_stdin: bool) -> None:
    """Delete the account whose id begins with ID, and what its site keeps on the chip beside it.

    From then on the chip cannot sign in there: have another way in before.
    """
    with open_chip(context) as chip:
        pin = ask_pin(context, pin_stdin)
        one = chosen(chip.credentials(pin), start)
        confirm(context, f"Delete {plain(label(one))}, for good?")
        chip.delete_credential(one, pin)
    context.out.record(
        {
            "deleted": True,
            "rp_id": plain(one.rp_id),
            "user_name": plain(one.user_name),
            "credential_id": one.id.hex(),
        },
        f"Deleted {plain(label(one))}.",
    )


@credentials.command("rename")
@click.argument("start", metavar="ID")
@click.option("--user-name", help="The account's name, such as alice.")
@click.option("--display-name", help="The full name, such as Alice A.")
@pin_option()
@global_options
@pass_context
def rename(
    context: Context, start: str, user_name: str | None, display_name: str | None, pin_stdin: bool
) -> None:
    """Change how the account whose id begins with ID is called; its site does not hear of it."""
    if user_name is None and display_name is None:
        raise click.UsageError("Give one of: --user-name, --display-name.")
    with open_chip(context) as chip:
        pin = ask_pin(context, pin_stdin)
        one = chosen(chip.credentials(pin), start)
        renamed = chip.rename_credential(
            one,
            pin,
            one.user_name if user_name is None else user_name or None,
            one.display_name if display_name is None else display_name or None,
        )
    _record(context, renamed, short_ids([renamed])[renamed.id])


def _record(context: Context, one: Credential, short: str) -> None:
    if context.json:
        context.out.record(
            {
                "rp_id": one.rp_id,
                "user_name": one.user_name,
                "display_name": one.display_name,
                "user_id": one.user_id.hex(),
                "credential_id": one.id.hex(),
                "protection": one.protection,
                "algorithm": one.algorithm,
                "blob": one.blob_key is not None,
            }
        )
        return
    fields = {
        "rp_id": plain(one.rp_id),
        "user_name": plain(one.user_name),
        "display_name": plain(one.display_name),
        "credential_id": short,
        "PIN": one.protection,
    }
    context.out.record(fields, "  ".join(value or "-" for value in fields.values()))
