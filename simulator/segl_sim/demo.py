"""`segl demo`: one code display from its first key to a pulled battery, with nothing but this computer."""

from __future__ import annotations

import base64
import secrets
import time
from pathlib import Path

import click
from pyotp.totp import TOTP

from segl.cli.context import Context, global_options, pass_context
from segl.cli.output import Output
from segl.otpauth import Key
from segl_sim.devices import CodeDisplay
from segl_sim.failures import DeviceFailure
from segl_sim.view import braille
from segl_sim.world import World

_STEPS = 6
_PERIOD_S = 30
_LEFT_S = 20  # a code is shown with this much of its time left, so that nothing has to wait
_NAME = "Example bank"


class _Tour:
    """What the steps share.

    Args:
        out: How to speak.
        pictures: Folder for the PNG files.
        seed: Of the world.
    """

    def __init__(self, out: Output, pictures: Path, seed: int) -> None:
        self.out = out
        self.pictures = pictures
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.world = World(seed=seed, utc=int(time.time()))
        self.display: CodeDisplay = self.world.code_display()
        self.secret = self.world.random("key").randbytes(20)
        self.totp = TOTP(base64.b32encode(self.secret).decode())
        self.codes: list[str] = []
        self.number = 0

    def say(self, text: str) -> None:
        """Begin the next step."""
        self.number += 1
        if self.out.as_json:
            return
        if self.out.accessible:
            click.echo(f"step {self.number} of {_STEPS}: {text}")
        else:
            click.echo(f"\n{self.number}/{_STEPS}  {text}")

    def show(self, picture: str) -> None:
        """Show and save what the OLED shows."""
        self.display.screen.png(self.pictures / f"{picture}.png")
        if self.out.as_json:
            return
        if self.out.accessible:
            code = self.display.code
            spelled = f"code {self.out.code(code)}. " if code else ""
            click.echo(f"screen: {spelled}{self.display.text}")
        else:
            click.echo(braille(self.display.screen.pixels()))

    def press_for_code(self, picture: str) -> None:
        """Press the key in good time, and check the code by software that is not ours.

        Raises:
            click.ClickException: The code is wrong.
        """
        self.world.advance((_PERIOD_S - _LEFT_S - self.world.utc) % _PERIOD_S)
        self.display.press()
        shown = self.display.code
        self.show(picture)
        expected = self.totp.at(int(self.world.utc))
        if shown is None or shown != expected:
            raise click.ClickException(f"The screen shows {shown}, and pyotp says {expected}.")
        self.codes.append(shown)
        if not self.out.as_json:
            click.echo(f"pyotp: {self.out.code(expected)}, the same code")


def run(out: Output, pictures: Path, seed: int) -> None:
    """Walk through the tour.

    Args:
        out: How to speak.
        pictures: Folder for the PNG files.
        seed: Of the simulated world; one seed gives one tour.

    Raises:
        click.ClickException: Something did not work.
    """
    began = time.perf_counter()
    tour = _Tour(out, pictures, seed)
    display, world = tour.display, tour.world
    tour.say("A blank code display, its own firmware in MicroPython. Press its key.")
    display.press()
    tour.show("1-blank")
    tour.say("Hold the key for six seconds: it opens for set-up.")
    display.press(6)
    tour.show("2-open")
    tour.say("Put a fresh key on it, over its serial port.")
    with display.connect() as session:
        key = Key(name=_NAME, kind="totp", secret=tour.secret)
        session.provision(key, utc=round(world.utc), sequence=session.info().sequence + 1)
        world.advance(1)
        tour.show("3-stored")
        serial = session.info().serial
    display.press()
    display.unplug()
    world.advance(_PERIOD_S)
    tour.say("Press the key: a code. Wait 30 seconds, press again: the next one.")
    tour.press_for_code("4-code")
    world.advance(_PERIOD_S)
    tour.press_for_code("5-next-code")
    tour.say("Pull the battery in the middle of the next press, while the flash is being written.")
    world.advance(_PERIOD_S)
    display.flash.cut_at(2, "half")
    display.press()
    if display.running:
        raise click.ClickException("The power was not cut where it should have been.")
    if not out.as_json:
        click.echo("The screen is dark: the write was torn in half.")
    tour.say("Put the battery back and press: nothing was lost.")
    display.restore_power()
    world.advance(_PERIOD_S)
    tour.press_for_code("6-after-the-cut")
    heap = display.live_heap()
    world.close()
    files = sorted(path.name for path in pictures.glob("*.png"))
    if not out.as_json:
        click.echo("\nDone." if not out.accessible else "Done.")
    out.record(
        {
            "device": serial,
            "codes accepted by pyotp": len(tour.codes),
            "power cuts survived": 1,
            "heap": f"{heap} bytes",
            "virtual time": f"{world.now / 1e9:.0f} s",
            "real time": f"{time.perf_counter() - began:.1f} s",
            "pictures": f"{pictures}: {', '.join(files)}",
        }
    )


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="For pictures.",
)
@click.option("--seed", type=int, help="Makes the same tour again; by default each is another.")
@global_options
@pass_context
def demo(context: Context, out: Path, seed: int | None) -> None:
    """Tour a simulated device from start to finish."""
    try:
        run(context.out, out, secrets.randbits(32) if seed is None else seed)
    except DeviceFailure as failure:
        raise click.ClickException(str(failure)) from failure
