"""`segl voice`: make the packs that the audio code reader speaks with, look at them, install them."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.voice_install import install, place
from segl.espeak import MISSING
from segl.voice import RATE, REGION, bundled
from segl.voice.errors import VoiceError
from segl.voice.pack import Pack, read_pack
from segl.voice.texts import read_texts

_PACKS = click.Path(path_type=Path)


@click.group("voice")
def command() -> None:
    """Make and look at the voices of the audio code reader.

    A voice pack holds every word and sentence of one language. It is made with the extra `speech`
    (pip install 'segl[speech]') by espeak-ng, or from a folder of a person's recordings. PACK is a file, or the
    language of a pack that comes with segl, such as en.
    """


command.add_command(install)


@command.command("build")
@click.argument("language")
@click.option("--text", "text", type=_PACKS, help="List of texts.  [default: the one that comes with segl]")
@click.option(
    "--recordings", type=_PACKS, help="Folder with one WAV file for each clip: 5@slow.wav, no_key.wav ..."
)
@click.option("--out", "out", type=_PACKS, help="Where the pack goes.  [default: LANGUAGE.pack]")
@global_options
@pass_context
def build(
    context: Context, language: str, text: Path | None, recordings: Path | None, out: Path | None
) -> None:
    """Make the voice pack of LANGUAGE, such as en."""
    texts = read_texts(text or bundled.texts(language))
    if texts.language != language:
        raise VoiceError(
            f"that list of texts is for {texts.language}, not for {language}; choose another with --text"
        )
    path = out or Path(f"{language}.pack")
    data = _speech("build").build(texts, recordings, context.out.note).pack.to_bytes()
    try:
        path.write_bytes(data)
    except OSError as error:
        raise VoiceError(
            f"{path}: cannot be written ({error.strerror}); choose another place with --out"
        ) from error
    _record(context, path)


@command.command("list")
@click.argument("packs", metavar="[PACK]...", nargs=-1, type=_PACKS)
@click.option("--texts", is_flag=True, help="Print the text of every clip too.")
@global_options
@pass_context
def list_packs(context: Context, packs: tuple[Path, ...], texts: bool) -> None:
    """Say what is in each PACK (default: those that come with segl), and whether they fit a reader together."""
    paths = [place(path) for path in packs] or list(bundled.packs().values())
    if not paths:
        raise VoiceError("no voice pack came with segl; make one with: segl voice build en")
    for path in paths:
        pack = _record(context, path)
        for name, clip in pack.clips.items() if texts else ():
            fields = {"clip": name, "text": clip.text, "milliseconds": clip.samples * 1000 // RATE}
            line = f"  {name:<16} {clip.samples / RATE:5.2f} s  {clip.text}"
            context.out.record(fields, line.rstrip())
    total = sum(path.stat().st_size for path in paths)
    fit = "" if total <= REGION else ": too much, leave one out"
    context.out.note(f"{total / 1024:.0f} KiB of {REGION // 1024} KiB that a reader has for voices{fit}")


@command.command("preview")
@click.argument("path", metavar="PACK", type=_PACKS)
@click.option("--out", "out", type=_PACKS, help="Write a WAV file for each clip into this folder.")
@click.option("--clip", "wanted", multiple=True, help="Only this clip; may be given more than once.")
@global_options
@pass_context
def preview(context: Context, path: Path, out: Path | None, wanted: tuple[str, ...]) -> None:
    """Measure every clip of PACK as a reader plays it, and write it as WAV if asked.

    Loudness is integrated (BS.1770), in LUFS. Start and end are the largest sample or step within the first and the
    last millisecond: below -45 dB nobody hears a click.
    """
    pack = read_pack(place(path))
    unknown = [name for name in wanted if name not in pack.clips]
    if unknown:
        raise VoiceError(f"{path} has no clip {unknown[0]}; see them with: segl voice list --texts {path}")
    maker = _speech("build")
    found: dict[str, Any] = maker.measures(pack)
    found = {name: values for name, values in found.items() if not wanted or name in wanted}
    for name, values in found.items():
        words = f"{values.loudness:6.1f} LUFS  peak {values.peak:5.1f} dB  {values.seconds:5.2f} s"
        edges = f"start {values.start:6.1f} dB  end {values.end:6.1f} dB"
        fields = {
            "clip": name,
            "loudness_lufs": round(values.loudness, 2),
            "peak_db": round(values.peak, 2),
            "seconds": round(values.seconds, 3),
            "start_db": round(values.start, 1),
            "end_db": round(values.end, 1),
        }
        context.out.record(fields, f"{name:<16}{words}  {edges}")
    context.out.note(maker.summary(found))
    if out is not None:
        _write(pack, list(found), out)


def _record(context: Context, path: Path) -> Pack:
    pack = read_pack(path)
    size = path.stat().st_size
    fields = {
        "pack": str(path),
        "language": pack.language,
        "name": pack.name,
        "version": pack.version,
        "license": pack.license,
        "native_speaker": pack.checked,
        "clips": len(pack.clips),
        "bytes": size,
        "speeds": [str(speed.words) for speed in pack.speeds],
        "made_with": [f"{name} {value}" for name, value in pack.tools.items()],
    }
    line = f"{path}  {pack.language}  {pack.name}  {pack.version}  {pack.license}  {len(pack.clips)} clips"
    context.out.record(fields, f"{line}  {size / 1024:.0f} KiB")
    return pack


def _write(pack: Pack, names: list[str], folder: Path) -> None:
    sound, numpy = _speech("sound"), import_module("numpy")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            sound.write_wav(folder / f"{name}.wav", numpy.array(pack.clips[name].pcm(), numpy.int16))
    except OSError as error:
        raise VoiceError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error


def _speech(module: str) -> Any:
    # Loaded late: numpy belongs to the extra `speech`.
    try:
        return import_module(f"segl.voice.{module}")
    except ModuleNotFoundError as error:
        raise VoiceError(MISSING) from error
