"""`segl sign-file`."""

import getpass
import socket
from pathlib import Path

import click

from segl.chip import Chip
from segl.cli.chip import ask_pin, confirm, open_chip, pin_option
from segl.cli.context import Context, global_options, pass_context
from segl.cli.files import STREAM, open_input, write_bytes
from segl.errors import PinError
from segl.ssh.private import VERIFY, SecurityKey, check_free, public_path, read_key, save_key
from segl.ssh.signing import new_key, sign
from segl.ssh.sshsig import digest_of

_USUAL_KEY = "id_ecdsa_sk"
_PATH = click.Path(path_type=Path)


@click.command("sign-file")
@click.argument("file", required=False)
@click.option("--key", "key_path", type=_PATH, help="Private key file.  [default: ~/.ssh/id_ecdsa_sk]")
@click.option(
    "--new-key", "new_path", type=_PATH, help="Make a key on the chip, and write it here and to .pub."
)
@click.option("--verify-required", is_flag=True, help="The new key needs the PIN for each use.")
@click.option("--namespace", default="file", show_default=True, help="What the signature is for.")
@click.option(
    "-o", "--out", "out", type=_PATH, help="Where the signature goes, - for stdout.  [default: FILE.sig]"
)
@pin_option()
@global_options
@pass_context
def command(
    context: Context,
    file: str | None,
    key_path: Path | None,
    new_path: Path | None,
    verify_required: bool,
    namespace: str,
    out: Path | None,
    pin_stdin: bool,
) -> None:
    """Sign FILE with a key on a chip, once somebody has touched it.

    The signature is one of OpenSSH, which `ssh-keygen -Y verify` and `segl verify-file` accept. So is the key: a file
    that `ssh-keygen -t ecdsa-sk` wrote, or that --new-key writes. The file only says which key is meant, and is of no
    use without the chip. With --new-key, FILE may be left out; - reads it from standard input.
    """
    if key_path and new_path:
        raise click.UsageError("Give one of: --key, --new-key.")
    if file is None and new_path is None:
        raise click.UsageError("Name a file to sign, or make a key with --new-key.")
    if not namespace:
        raise click.UsageError("A signature needs a purpose; give a --namespace, as a rule file.")
    if verify_required and new_path is None:
        raise click.UsageError("--verify-required belongs to --new-key.")
    if pin_stdin and file == STREAM:
        raise click.UsageError("Standard input cannot be both the PIN and the file; name a file.")
    # What can be wrong here is told before anybody is asked for anything.
    target = _target(context, file, out) if file is not None else None
    key = None if new_path else read_key(key_path or Path.home() / ".ssh" / _USUAL_KEY)
    if new_path:
        check_free(new_path)
    digest = _digest(file) if file is not None else None
    with open_chip(context) as chip:
        pin = _pin(context, chip, key, verify_required, pin_stdin)
        if new_path:
            context.out.step(1, 2, "making a key")
            key = _new_key(chip, new_path, pin, verify_required)
            _tell(context, new_path, key, aside=digest is not None and target is None)
        if key is None or digest is None:
            return
        context.out.step(2 if new_path else 1, 2 if new_path else 1, "signing")
        text = sign(chip, key, digest, namespace, pin).armored()
    if target is None:
        click.echo(text, nl=False)
        return
    write_bytes(target, text.encode())
    fields = {"signature": str(target), "namespace": namespace, "key": key.public.fingerprint}
    context.out.record(fields, f"Signed: {target}")


def _target(context: Context, name: str, out: Path | None) -> Path | None:
    """Where the signature goes, None for standard output."""
    target = out or Path(STREAM if name == STREAM else f"{name}.sig")
    if str(target) == STREAM:
        return None
    if target.exists():
        confirm(context, f"{target} exists already; write another signature in its place?")
    return target


def _digest(name: str) -> bytes:
    with open_input(name) as stream:
        return digest_of(stream)


def _pin(
    context: Context, chip: Chip, key: SecurityKey | None, verify_required: bool, from_stdin: bool
) -> str | None:
    """Ask for the PIN if what is to be done needs it, or if it was given anyway."""
    known = chip.info()
    if key is None:
        needed = verify_required or known.new_key_needs_pin
    else:
        needed = bool(key.flags & VERIFY) or known.always_uv
    if not known.pin_set and needed:
        remedy = "This needs the chip's PIN, and it has none yet; set one with `segl fido pin set`."
        raise PinError("PIN_NOT_SET", remedy)
    return ask_pin(context, from_stdin) if needed or (from_stdin and known.pin_set) else None


def _new_key(chip: Chip, path: Path, pin: str | None, verify: bool) -> SecurityKey:
    key = new_key(chip, pin=pin, verify=verify, comment=f"{getpass.getuser()}@{socket.gethostname()}")
    save_key(path, key)
    return key


def _tell(context: Context, path: Path, key: SecurityKey, aside: bool) -> None:
    """Say where the new key is; aside, if standard output is for the signature."""
    line = f"New key: {path}, {public_path(path)}"
    if aside:
        context.out.note(line)
        return
    fields = {
        "private_key": str(path),
        "public_key": str(public_path(path)),
        "fingerprint": key.public.fingerprint,
    }
    context.out.record(fields, line)
