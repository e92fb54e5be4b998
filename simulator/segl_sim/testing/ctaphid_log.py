"""What a computer and a chip said to each other, a line for each CTAPHID message, from the trace.

Names and lengths only: what is in a message may be secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from segl_sim.trace import Effect
from segl_wire import ctaphid

_TO_CHIP, _TO_COMPUTER = "usb.out", "usb.in"
_ENDPOINT = 1  # of the FIDO interface, in both directions
_NS = 1_000_000_000
_COMMANDS = {
    getattr(ctaphid, name): name
    for name in ("PING", "MSG", "LOCK", "INIT", "WINK", "CBOR", "CANCEL", "KEEPALIVE", "ERROR")
}
_ERRORS = {getattr(ctaphid, name): name for name in dir(ctaphid) if name.startswith("ERR_")}
_ALIVE = {ctaphid.PROCESSING: "processing", ctaphid.UPNEEDED: "waits for a touch"}


class Message(NamedTuple):
    """One message: when its last report went (virtual ns), to whom, its channel, its command and what it carries."""

    time: int
    to_chip: bool
    channel: int
    command: int
    payload: bytes


@dataclass
class _Line:
    first: Message
    text: str
    times: int = 1
    last: int = 0


def messages(effects: Iterable[Effect], chip: str) -> Iterator[Message]:
    """Put the reports of a trace together.

    Args:
        effects: The trace; reports of a message that began before it are passed over.
        chip: The name of the chip.
    """
    receivers: dict[tuple[bool, int], ctaphid.Receiver] = {}
    for effect in effects:
        if effect.device != chip or effect.kind not in (_TO_CHIP, _TO_COMPUTER):
            continue
        endpoint, report = effect.detail
        if not isinstance(endpoint, int) or endpoint & 0x7F != _ENDPOINT or not isinstance(report, bytes):
            continue
        if len(report) != ctaphid.PACKET:
            continue
        to_chip, channel = effect.kind == _TO_CHIP, int.from_bytes(report[:4], "big")
        receiver = receivers.setdefault((to_chip, channel), ctaphid.Receiver(channel))
        try:
            found = receiver.feed(report)
        except ValueError:
            continue
        if found:
            yield Message(effect.time, to_chip, *found)


def log(effects: Iterable[Effect], chip: str) -> list[str]:
    """Return a line for each message: virtual time, direction, channel, command, length, and what CBOR says of itself.

    Signs of life that repeat each other are one line.

    Args:
        effects: The trace.
        chip: The name of the chip.
    """
    lines: list[_Line] = []
    asked: dict[int, str] = {}
    for message in messages(effects, chip):
        text = _text(message, asked)
        repeats = message.command == ctaphid.KEEPALIVE and lines and lines[-1].text == text
        if repeats:
            lines[-1].times += 1
            lines[-1].last = message.time
        else:
            lines.append(_Line(message, text))
    return [_written(line) for line in lines]


def _text(message: Message, asked: dict[int, str]) -> str:
    """Return what stands behind the time; `asked` holds each channel's last CBOR command."""
    command = _COMMANDS.get(message.command, f"{message.command:#04x}")
    arrow = "->" if message.to_chip else "<-"
    text = f"{arrow} {message.channel:08x} {command:9} {len(message.payload):4} bytes"
    first = message.payload[0] if message.payload else None
    said = ""
    if message.command == ctaphid.CBOR and first is not None:
        if message.to_chip:
            said = asked[message.channel] = _ctap_command(first)
        else:
            said = f"{asked.get(message.channel, '?')}: {_ctap_status(first)}"
    elif message.command == ctaphid.KEEPALIVE and first is not None:
        said = _ALIVE.get(first, f"status {first}")
    elif message.command == ctaphid.ERROR and first is not None:
        said = _ERRORS.get(first, f"error {first:#04x}")
    return f"{text}  {said}".rstrip()


def _written(line: _Line) -> str:
    more = f", {line.times} times until {line.last / _NS:.3f} s" if line.times > 1 else ""
    return f"{line.first.time / _NS:10.3f} s {line.text}{more}"


def _ctap_command(number: int) -> str:
    from fido2.ctap2.base import Ctap2  # here: python-fido2 takes time to load

    try:
        return Ctap2.CMD(number).name
    except ValueError:
        return f"command {number:#04x}"


def _ctap_status(number: int) -> str:
    from fido2.ctap import CtapError

    try:
        return CtapError.ERR(number).name
    except ValueError:
        return f"status {number:#04x}"
