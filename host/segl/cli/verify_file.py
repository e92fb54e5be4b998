"""`segl verify-file`."""

from pathlib import Path

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.exits import REFUSED
from segl.cli.files import STREAM, open_input, read_text
from segl.ssh.public import public_line
from segl.ssh.signers import allowed, read_signers
from segl.ssh.sshsig import Signature, digest_of, read_signature, verify

_PATH = click.Path(path_type=Path)


@click.command("verify-file")
@click.argument("file")
@click.argument("signature", required=False, type=_PATH)
@click.option(
    "--allowed-signers", "signers", type=_PATH, help="Whose key may sign, as ssh-keygen(1) describes it."
)
@click.option(
    "--identity", help="Who shall have signed, such as alice@example.com; goes with --allowed-signers."
)
@click.option("--public-key", "public_key", type=_PATH, help="The one key that may sign, a .pub file.")
@click.option("--namespace", default="file", show_default=True, help="What the signature has to be for.")
@global_options
@pass_context
def command(
    context: Context,
    file: str,
    signature: Path | None,
    signers: Path | None,
    identity: str | None,
    public_key: Path | None,
    namespace: str,
) -> None:
    """Check that SIGNATURE (default: FILE.sig) is of FILE and by whom it has to be.

    Takes what `segl sign-file` and `ssh-keygen -Y sign` make, by keys on security keys and others. A signature of a
    security key that nobody touched is refused. - reads FILE from standard input. Exit code 0: accepted, 10: refused.
    """
    if (signers is None) != (identity is None) or (signers is None) == (public_key is None):
        raise click.UsageError("Give --allowed-signers with --identity, or --public-key.")
    if signature is None and file == STREAM:
        raise click.UsageError("Name the signature of what comes on standard input.")
    given = read_signature(read_text(signature or Path(f"{file}.sig")))
    with open_input(file) as stream:
        digest = digest_of(stream, given.hash_name)
    verdict = verify(given, digest, namespace)
    reason = verdict.reason or _refusal(context, given, signers, identity or "", public_key, namespace)
    if reason:
        if context.json:
            context.out.record({"accepted": False, "result": "refused", "reason": reason})
        else:
            context.out.record({"result": "refused"}, "refused")
            context.out.note(reason)
        click.get_current_context().exit(REFUSED)
    key = given.key
    fields = {
        "result": "accepted",
        "identity": identity,
        "key": key.fingerprint,
        "kind": key.kind,
        "verified": verdict.presence.verified if verdict.presence else None,
    }
    line = f"accepted: {key.kind} {key.fingerprint}"
    context.out.record({"accepted": True, **fields} if context.json else fields, line)


def _refusal(
    context: Context,
    given: Signature,
    signers: Path | None,
    identity: str,
    public_key: Path | None,
    namespace: str,
) -> str:
    """Why the key may not sign, "" if it may."""
    if signers is not None:
        return allowed(read_signers(signers), identity, given.key, namespace, context.now())
    if public_key is not None and public_line(read_text(public_key)).blob == given.key.blob:
        return ""
    return "The signature was made by another key."
