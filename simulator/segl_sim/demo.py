"""`segl demo`: a code display, an audio code reader and a chip, with nothing but this computer."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import click

from segl.cli.context import Context, global_options, pass_context
from segl.cli.output import Output
from segl_sim import demo_chip
from segl_sim.failures import DeviceFailure
from segl_sim.tour import Tour
from segl_sim.world import World

_STEPS = 11 + demo_chip.STEPS
_LOUD_DB = 12  # makes the file as loud as the reader at its loudest step


def run(out: Output, folder: Path, seed: int) -> None:
    """Walk through the tour.

    Args:
        out: How to speak.
        folder: For pictures and sound.
        seed: Of the simulated world; one seed gives one tour.

    Raises:
        click.ClickException: Something did not work.
    """
    began = time.perf_counter()
    with World(seed=seed, utc=int(time.time())) as world:
        tour = Tour(out, folder, world, _STEPS)
        display = _display(tour)
        reader = _reader(tour)
        chip, sign_ins = demo_chip.run(tour)
    files = sorted(path.name for path in (*folder.glob("*.png"), *folder.glob("*.wav")))
    if not out.as_json:
        click.echo("\nDone." if not out.accessible else "Done.")
    out.record(
        {
            "devices": f"{display}, {reader}, {chip}",
            "codes accepted by pyotp": len(tour.codes),
            "sign-ins accepted by python-fido2": sign_ins,
            "power cuts survived": 1,
            "virtual time": f"{world.now / 1e9:.0f} s",
            "real time": f"{time.perf_counter() - began:.1f} s",
            "files": f"{folder}: {', '.join(files)}",
        }
    )


def _display(tour: Tour) -> str:
    """Show the code display; return its serial number."""
    world = tour.world
    display = world.code_display()
    tour.say("A blank code display, its own firmware in MicroPython. Press its key.")
    display.press()
    tour.show(display, "1-blank")
    tour.say("Hold the key for six seconds: it opens for set-up.")
    display.press(6)
    tour.show(display, "2-open")
    tour.say("Put a fresh key on it, over its serial port.")
    display.plug()
    serial = tour.provision(display)
    world.advance(1)
    tour.show(display, "3-stored")
    display.press()
    display.unplug()
    tour.say("Press the key: a code. Wait 30 seconds, press again: the next one.")
    for picture in ("4-code", "5-next-code"):
        tour.wait_for_code()
        display.press()
        tour.check_code(display, picture)
    tour.say("Pull the battery in the middle of the next press, while the flash is being written.")
    tour.wait_for_code()
    display.flash.cut_at(2, "half")
    display.press()
    if display.running:
        raise click.ClickException("The power was not cut where it should have been.")
    tour.tell("The screen is dark: the write was torn in half.")
    tour.say("Put the battery back and press: nothing was lost.")
    display.restore_power()
    tour.wait_for_code()
    display.press()
    tour.check_code(display, "6-after-the-cut")
    return serial


def _reader(tour: Tour) -> str:
    """Let the audio code reader speak; return its serial number."""
    world = tour.world
    reader = world.audio_reader()
    tour.say("An audio code reader, fresh from the box. Press any of its four keys, with your eyes shut.")
    tour.press(reader, "menu")
    tour.say("Louder means yes.")
    tour.press(reader, "louder")
    tour.say("Find set-up in its menu, open it, and let this computer put a key on it.")
    tour.walk_to(reader, "Set-up.")
    tour.press(reader, "speak")
    reader.plug()
    serial = tour.provision(reader)
    reader.unplug()
    tour.say("Press Speak: the code, digit by digit. Press again: the same code, never another one.")
    tour.wait_for_code()
    began = world.now
    tour.press(reader, "speak")
    first = tour.check_code(reader, "7-reader-code")
    tour.press(reader, "speak")
    if reader.code != first:
        raise click.ClickException(f"The reader said {first} and then {reader.code}.")
    tour.say("What left its loudspeaker, as a file to listen to.")
    path = tour.folder / "reader.wav"
    reader.codec.speaker.wav(path, began, gain_db=_LOUD_DB)
    tour.tell(str(path))
    return serial


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="For pictures and sound.",
)
@click.option("--seed", type=int, help="Makes the same tour again; by default each is another.")
@global_options
@pass_context
def demo(context: Context, out: Path, seed: int | None) -> None:
    """Tour simulated devices from start to finish."""
    try:
        run(context.out, out, secrets.randbits(32) if seed is None else seed)
    except DeviceFailure as failure:
        raise click.ClickException(str(failure)) from failure
