"""The provisioning window: waiting until the user has opened it, and the time that goes with it."""

from segl import DeviceError, Display, Info, Reader
from segl.cli.context import Context
from segl.cli.prompts import prompts
from segl_wire import schema

_POLL_S = 0.5
_REMINDERS = 12  # within the whole wait, for those who cannot see the screen


def wait_until_open(context: Context, device: Display | Reader) -> Info:
    """Ask the user to open the window, if it is closed, and wait as long as that may take on this kind of device.

    Raises:
        DeviceError: CLOSED, at once with --no-input.
    """
    info = device.info()
    if info.open:
        return info
    if context.no_input:
        raise DeviceError(schema.CLOSED)
    context.out.note(prompts(device).window)
    polls = round(device.SETUP_S / _POLL_S)
    for poll in range(1, polls + 1):
        device.idle(_POLL_S)
        info = device.info()
        if info.open:
            return info
        if context.accessible and poll % (polls // _REMINDERS) == 0:
            context.out.note(f"still waiting, {int((polls - poll) * _POLL_S)} seconds left")
    raise DeviceError(schema.CLOSED)


def time_and_sequence(context: Context, info: Info) -> tuple[int, int]:
    """Now in s since 1970, and a sequence number that the device has not seen."""
    now = context.now()
    return int(now), max(info.sequence + 1, int(now * 1000))
