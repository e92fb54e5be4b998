"""`segl fido`: look after a chip."""

import click

from segl.cli.fido.blobs import blobs
from segl.cli.fido.config import config
from segl.cli.fido.credentials import credentials
from segl.cli.fido.info import info
from segl.cli.fido.pin import pin
from segl.cli.fido.reset import reset

__all__ = ["command"]


@click.group("fido")
def command() -> None:
    """Look after a chip: its PIN, its credentials, its settings.

    A chip is a FIDO2 security key. A PIN is asked for, or read with --pin-stdin; no option takes it, since other
    programs could read it there.
    """


for _part in (blobs, config, credentials, info, pin, reset):
    command.add_command(_part)
