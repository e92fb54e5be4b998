"""Which of a device's keys is meant: the option of the commands that ask for a code."""

from collections.abc import Callable
from typing import Any

import click

from segl import DeviceError, Display, InputError, Reader
from segl_wire import schema


def key_option(*more: str) -> Callable[[Any], Any]:
    """Give a command the option `--key`, whose value `key_index` understands.

    Args:
        more: other names of the option.
    """
    return click.option(
        "--key", *more, "key", metavar="NAME|INDEX", default="0", show_default=True, help="Which key."
    )


def key_index(device: Display | Reader, text: str) -> int:
    """Find a key by its index, or by its name (capitals do not matter unless two names differ only in them).

    Raises:
        DeviceError: NOT_FOUND, there is none.
        InputError: there is more than one, and none is named exactly so.
    """
    # More digits than an index has are a name.
    if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < schema.MAX_KEYS:
        return int(text)
    keys = device.keys()
    names = [key.name for key in keys]
    if text in names:
        return names.index(text)
    alike = [index for index, name in enumerate(names) if name.casefold() == text.casefold()]
    if not alike:
        raise DeviceError(
            schema.NOT_FOUND, remedy=f'The device has no key named "{text}"; see its keys with `segl info`.'
        )
    if len(alike) > 1:
        raise InputError(
            f'More than one key is named like "{text}"; write it as `segl info` does, or give its index.'
        )
    return alike[0]
