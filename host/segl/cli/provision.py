"""`segl provision`."""

import dataclasses
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import click

from segl import keyfile
from segl.cli.context import Context, global_options, pass_context
from segl.cli.setup import time_and_sequence, wait_until_open
from segl.otpauth import Key, decode_secret, parse

_NEW_BYTES = 20  # RFC 4226, section 4: 160 bits recommended


@click.command("provision")
@click.argument("uri", required=False)
@click.option("--new", is_flag=True, help="Make a fresh 20-byte key and print its URI (or --save it).")
@click.option(
    "--secret-file", type=click.File("r"), help="Read the secret in Base32 from a file (- for stdin)."
)
@click.option("--save", type=click.Path(path_type=Path), help="Write the key to a new file for `segl check`.")
@click.option("--name", help="What the device calls the key, 1 to 32 characters.")
@click.option("--totp", "kind", flag_value="totp", type=str, help="Codes by time (usual).")
@click.option("--hotp", "kind", flag_value="hotp", type=str, help="Codes by counter.")
@click.option("--algorithm", type=click.Choice(["SHA1", "SHA256", "SHA512"], case_sensitive=False))
@click.option("--digits", type=click.IntRange(6, 8), help="Length of a code.")
@click.option("--period", type=int, help="Seconds that a TOTP code lasts, 30 or 60.")
@click.option("--counter", type=click.IntRange(0), help="Counter of the first HOTP code.")
@click.option(
    "--language",
    help="Language of the device from now on, such as en or da; an audio code reader has those of its voices.",
)
@click.option("--replace", is_flag=True, help="Replace a key of the same name.")
@global_options
@pass_context
def command(
    context: Context,
    uri: str | None,
    new: bool,
    secret_file: TextIO | None,
    save: Path | None,
    language: str | None,
    replace: bool,
    **changes: Any,
) -> None:
    """Put a key on the device, and set its clock from this computer's.

    URI is the otpauth:// URI behind a service's QR code. Give - to read it from standard input, or leave it
    out to be asked: an argument stays in the shell's history and shows in the list of processes.
    """
    key = _key(
        context, uri, new, secret_file, {name: value for name, value in changes.items() if value is not None}
    )
    if save:
        keyfile.create(save, keyfile.KeyFile(key, key.counter))
    try:
        index = _store(context, key, language, replace)
    except BaseException:
        if save:
            with suppress(OSError):
                save.unlink()
        raise
    fields: dict[str, Any] = {"index": index, "name": key.name}
    if save:
        fields["key_file"] = str(save)
    elif new:
        fields["uri"] = key.uri()
    context.out.record(fields, fields.get("uri", f"Stored as key {index}: {key.name}"))


def _store(context: Context, key: Key, language: str | None, replace: bool) -> int:
    with context.open_device() as device:
        device.check_language(language)  # before the user has to do anything
        context.out.step(1, 3, "opening set-up on the device")
        info = wait_until_open(context, device)
        context.out.step(2, 3, "storing the key and setting the clock")
        utc, sequence = time_and_sequence(context, info)
        index = device.provision(key, utc, sequence, language=language, replace=replace)
        context.out.step(3, 3, "done")
        return index


def _key(
    context: Context, uri: str | None, new: bool, secret_file: TextIO | None, changes: dict[str, Any]
) -> Key:
    if sum([uri is not None, new, secret_file is not None]) > 1:
        raise click.UsageError("Give one of: a URI, --new, --secret-file.")
    if "algorithm" in changes:
        changes["algorithm"] = changes["algorithm"].upper()
    if new:
        fields: dict[str, Any] = {"name": "Segl", **changes, "secret": secrets.token_bytes(_NEW_BYTES)}
        return Key(**fields)
    if secret_file is not None:
        if "name" not in changes:
            raise click.UsageError("A secret alone has no name; add --name.")
        return Key(**changes, secret=decode_secret(secret_file.read()))
    return dataclasses.replace(parse(_uri(context, uri)), **changes)


def _uri(context: Context, uri: str | None) -> str:
    if uri == "-":
        return sys.stdin.readline()
    if uri is not None:
        return uri
    if context.no_input:
        raise click.UsageError(
            "No key given: add a URI, - to read it from standard input, --new or --secret-file."
        )
    return click.prompt("otpauth URI (not shown)", hide_input=True, err=True)
