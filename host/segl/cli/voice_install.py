"""`segl voice install`."""

from pathlib import Path

import click

from segl import Display, InputError, Reader
from segl.cli.context import Context, global_options, pass_context
from segl.cli.setup import wait_until_open
from segl.voice import bundled
from segl.voice.pack import Pack, read_both

_EVERY = 10  # percent


@click.command("install")
@click.argument("path", metavar="[PACK|LANGUAGE]", required=False, type=click.Path(path_type=Path))
@global_options
@pass_context
def install(context: Context, path: Path | None) -> None:
    """Put a voice on a reader, in the place of its own of that language.

    PACK is a file that `segl voice build` made, LANGUAGE the name of a voice that comes with this program, such as da;
    without either, that of the language which the reader speaks. The reader must be in set-up. It keeps its old voice
    until the new one is there whole.
    """
    # What is no pack is told before anything is asked of the user.
    named = None if path is None else _read(path)
    with context.open_device() as device:
        reader = _reader(device)
        path, pack, data = named or _read(Path(reader.info().language))
        context.out.step(1, 3, "opening set-up on the reader")
        wait_until_open(context, reader)
        context.out.step(2, 3, "sending the voice")
        reader.install_voice(data, _Progress(context, pack))
    context.out.step(3, 3, "done")
    fields = {"language": pack.language, "name": pack.name, "version": pack.version, "pack": str(path)}
    context.out.record(fields, f"Installed the voice {pack.name}, version {pack.version}.")


class _Progress:
    """Says every tenth part that has been sent, on a line of its own."""

    def __init__(self, context: Context, pack: Pack) -> None:
        self._note = context.out.note
        self._name = pack.name
        self._said = 0

    def __call__(self, done: int, total: int) -> None:
        percent = done * 100 // total // _EVERY * _EVERY
        if percent > self._said:
            self._said = percent
            self._note(f"{self._name}: {percent} percent sent")


def _reader(device: Display | Reader) -> Reader:
    if not isinstance(device, Reader):
        raise InputError("A code display has no voice; choose an audio code reader with --device.")
    return device


def _read(path: Path) -> tuple[Path, Pack, bytes]:
    path = place(path)
    return path, *read_both(path)


def place(path: Path) -> Path:
    """The pack that is meant: a language stands for the one that comes with Segl, unless a file has that name."""
    return path if path.is_file() else bundled.packs().get(str(path), path)
