"""`segl fido reset`."""

from collections.abc import Callable

import click

from segl.chip import Chip
from segl.cli.chip import confirm, is_chip, open_chip
from segl.cli.context import Context, global_options, pass_context
from segl.discovery import Found
from segl.errors import ChipError, TransportError

_HOLD = "Hold the pad now, for five seconds, until the light is steady: it flashes red, twice and again."
_LOOK_S = 0.2
_PATIENCE_S = 60
_OPEN_S = 3  # until the system lets its user at a device that has just come


@click.command("reset")
@global_options
@pass_context
def reset(context: Context) -> None:
    """Erase the chip: every credential, the PIN, every setting.

    Unplug the chip when asked, plug it in again, and within ten seconds hold its pad until the light is steady. This
    also helps when the PIN is blocked. Nothing brings the credentials back: have another way in everywhere.
    """
    confirm(context, "Erase every credential on the chip, its PIN and its settings, for good?")
    context.out.step(1, 3, "plugging the chip in again")
    with _plugged_in_again(context) as chip:
        context.out.step(2, 3, "holding the pad")
        chip.reset()
    context.out.step(3, 3, "done")
    context.out.record({"reset": True}, "The chip is erased.")


def _plugged_in_again(context: Context) -> Chip:
    """The chip, which has just come; one that is not on USB is taken as it is."""
    if context.device and not context.device.startswith("hid:"):
        return open_chip(context, prompt=_HOLD)
    before = context.only_one(lambda found: is_chip(found) and context.device in (None, found.url))
    context.out.note("Unplug the chip.")
    _wait(context, lambda: None if _again(context, before) else before)
    context.out.note("Plug it in again.")
    found = _wait(context, lambda: _again(context, before))
    for _ in range(round(_OPEN_S / _LOOK_S)):
        try:
            return open_chip(context, found.url, _HOLD)
        except TransportError:
            context.sleep(_LOOK_S)
    return open_chip(context, found.url, _HOLD)


def _again(context: Context, before: Found) -> Found | None:
    """The same chip, if it is plugged in: its number tells, or, if it has none, its place."""
    same = (found for found in context.find() if is_chip(found) and found.url.startswith("hid:"))
    return next(
        (found for found in same if (found.serial or found.url) == (before.serial or before.url)), None
    )


def _wait(context: Context, look: Callable[[], Found | None]) -> Found:
    for _ in range(round(_PATIENCE_S / _LOOK_S)):
        if found := look():
            return found
        context.sleep(_LOOK_S)
    raise ChipError(
        "USER_ACTION_TIMEOUT", "Nobody unplugged the chip and plugged it in again in time; try again."
    )
