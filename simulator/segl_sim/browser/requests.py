"""A page's request, and what came of it: the record that tells why a test has failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple

from segl_sim.world import World
from segl_wire import ctaphid

_NS = 1_000_000_000
_COMMANDS = {
    getattr(ctaphid, name): name
    for name in ("PING", "MSG", "INIT", "WINK", "CBOR", "CANCEL", "KEEPALIVE", "ERROR")
}


class Report(NamedTuple):
    """A report of 64 bytes that went over USB: when, in virtual ns; whether to the chip; and its bytes."""

    time: int
    to_chip: bool
    data: bytes

    @property
    def command(self) -> str:
        """Its CTAPHID command, or "" when it goes on with a message."""
        kind = self.data[4]
        return _COMMANDS.get(kind & 0x7F, f"0x{kind & 0x7F:02x}") if kind & 0x80 else ""

    def __str__(self) -> str:
        arrow = "->" if self.to_chip else "<-"
        said = self.data.rstrip(b"\0").hex()
        return f"{self.time / _NS:10.3f} s {arrow} {self.command:9} {said}"


class Cancel(Event):
    """Set when nobody wants an answer any more.

    Args:
        world: Its waits are virtual time: python-fido2 waits so before it asks a busy key again.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def wait(self, timeout: float | None = None) -> bool:
        """Let so many virtual seconds pass; say whether it is set."""
        self._world.advance(timeout or 0)
        return self.is_set()


@dataclass(eq=False)
class Request:
    """A request, with all reports that went to and fro for it; `str` of it is meant for a failure's message.

    Args:
        kind: "create" or "get".
        options: What it asked for, in JSON, data in base64url.
        began: When, in virtual ns.
        canceled: Whether the chip is to be told that nobody wants the answer.

    Attributes:
        origin: Of the document that asked, as the browser says; "" if it has none.
        ended: When, in virtual ns; None: it goes on.
        outcome: "" while it goes on, "done", or the name of the error that the page got.
        message: The error's message.
        asks: Whether the chip waits for a touch now.
        reports: What went over USB; a keepalive that says the same as the one before it is left out.
    """

    kind: str
    options: object
    began: int
    canceled: Cancel = field(repr=False)
    origin: str = ""
    ended: int | None = None
    outcome: str = ""
    message: str = ""
    asks: bool = False
    reports: list[Report] = field(default_factory=list[Report])

    def note(self, report: Report) -> None:
        """Keep a report."""
        if not self.reports or self.reports[-1].data != report.data:
            self.reports.append(report)

    def __str__(self) -> str:
        head = (
            f"{self.kind} for {self.origin or 'nobody'}: {self.outcome or 'goes on'} {self.message}".rstrip()
        )
        return "\n".join([head, f"  {self.options}", *(f"  {report}" for report in self.reports)])
