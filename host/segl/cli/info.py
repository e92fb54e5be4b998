"""`segl info`."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from segl import Management
from segl.cli.context import Context, global_options, pass_context

_OF_CHIPS = ("model", "serial", "version", "board", "developer", "storage")


@click.command("info")
@global_options
@pass_context
def command(context: Context) -> None:
    """Show which device this is, how it stands, and which keys it has.

    Of a chip this is what its serial port says; see `segl fido info` for the rest.
    """
    with context.open_any() as device:
        info = device.info()
        keys = [device.key(index) for index in range(info.keys)]
    fields = asdict(info)
    if isinstance(device, Management):
        context.out.record({name: fields[name] for name in _OF_CHIPS})
        return
    if context.json:
        context.out.record({**fields, "names": [key.name for key in keys]})
        return
    fields["battery"] = f"{info.battery} mV"
    fields["utc"] = utc_text(info.utc)
    fields["open"] = f"for another {info.open} s" if info.open else "no"
    fields["set_up"] = fields.pop("open")
    del fields["sequence"], fields["protocol"]
    context.out.record(fields)
    for key in keys:
        context.out.record(
            {f"key_{key.index}": f"{key.name}, {key.kind}, {key.algorithm}, {key.digits} digits"}
        )


def utc_text(utc: int | None) -> str | None:
    """A time as people write it; a 64-bit time may lie outside the calendar."""
    if utc is None:
        return None
    try:
        return datetime.fromtimestamp(utc, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"{utc} s since 1970"
