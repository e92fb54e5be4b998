"""The provisioning window: waiting until the user has opened it, and the time that goes with it."""

from segl import DeviceError, Display, Info, Reader
from segl.cli.context import Context
from segl.cli.prompts import prompts
from segl_wire import schema

_POLL_S = 0.5
_POLLS = 120  # a minute
_REMIND = 10  # polls: 5 s, for those who cannot see the screen


def wait_until_open(context: Context, device: Display | Reader) -> Info:
    """Ask the user to open the window, if it is closed, and wait up to a minute.

    Raises:
        DeviceError: CLOSED, at once with --no-input.
    """
    info = device.info()
    if info.open:
        return info
    if context.no_input:
        raise DeviceError(schema.CLOSED)
    context.out.note(prompts(device).window)
    for poll in range(1, _POLLS + 1):
        device.idle(_POLL_S)
        info = device.info()
        if info.open:
            return info
        if context.accessible and poll % _REMIND == 0:
            context.out.note(f"still waiting, {int((_POLLS - poll) * _POLL_S)} seconds left")
    raise DeviceError(schema.CLOSED)


def time_and_sequence(context: Context, info: Info) -> tuple[int, int]:
    """Now in s since 1970, and a sequence number that the device has not seen."""
    now = context.now()
    return int(now), max(info.sequence + 1, int(now * 1000))
