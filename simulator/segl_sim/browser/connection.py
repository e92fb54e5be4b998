"""The way from a page's request to the chip, and the user's finger."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Literal

from fido2.ctap import STATUS
from fido2.hid import CtapHidDevice

from segl.errors import Lost
from segl.hid import DESCRIPTOR
from segl_sim.browser.requests import Report, Request
from segl_sim.chip import Chip
from segl_sim.parts.button import PRESSED
from segl_sim.ports.inprocess_fido import FidoConnection
from segl_wire import ctaphid

Touches = Literal["auto", "wait", "never"] | float
"""When the user touches the key: "auto", at once when it asks; a number, so many virtual seconds later; "wait", when
the test does it, and virtual time stands still until then; "never", so that requests time out."""

_NS = 1_000_000_000
_TOUCH_S = 0.1
_LIFT_S = 0.2
_KEEPALIVE = ctaphid.KEEPALIVE | 0x80


class Finger:
    """The user's finger.

    Args:
        chip: What it touches.
        touches: When it comes.

    Attributes:
        touches: As above; may be changed at any time.
        presses: How often the pad has been touched, by whomever.
    """

    def __init__(self, chip: Chip, touches: Touches) -> None:
        self.touches: Touches = touches
        self.presses = 0
        self._pad = chip.pad
        self._chip = chip
        chip.pad.listen(self._moved)

    def come(self) -> bool:
        """Touch the pad if the user does so by itself; return whether."""
        if self.touches in ("wait", "never"):
            return False
        after = 0 if isinstance(self.touches, str) else self.touches
        # While the touch before lasts it must go away first.
        self._chip.touch(_TOUCH_S, max(after, _LIFT_S) if self._pad.pressed else after)
        return True

    def _moved(self, level: int) -> None:
        self.presses += level == PRESSED


class RequestConnection(FidoConnection):
    """A connection that serves one request, and gives way to the browser before it waits for the chip.

    Args:
        chip: Plugged in.
        request: Where reports are noted, and who may cancel.
        finger: The user's.
        give_way: Lets others have their turn.
        timeout_s: After so many virtual seconds the request is canceled; None: the key alone knows an end.

    Raises:
        Lost: The chip is not plugged in.
    """

    def __init__(
        self,
        chip: Chip,
        request: Request,
        finger: Finger,
        give_way: Callable[[], None],
        timeout_s: float | None,
    ) -> None:
        if not chip.usb_host.configured:
            raise Lost("No chip is plugged in.")
        self._request = request
        self._finger = finger
        self._give_way = give_way
        self._channel = b""
        self._needed = self._sent = False  # a touch is needed; the finger was sent
        self._presses = 0  # when that began
        super().__init__(chip)
        self._deadline = None if timeout_s is None else request.began + round(timeout_s * _NS)

    @property
    def late(self) -> bool:
        """Whether the request's time is up."""
        return self._deadline is not None and self._world.now >= self._deadline

    def write_packet(self, data: bytes) -> None:
        """Send one report."""
        super().write_packet(data)
        self._channel = data[:4]
        self._request.note(Report(self._world.now, True, data))

    def read_packet(self) -> bytes:
        """Give the next report for this request, once others have had their turn."""
        while True:
            self._turn()
            if not self._received and self._stands():
                continue
            report = super().read_packet()
            if report[:4] == self._channel:  # every program gets those of all
                self._request.note(Report(self._world.now, False, report))
                self._see(report)
                return report

    def _turn(self) -> None:
        self._give_way()
        if self.late:
            self._request.canceled.set()

    def _stands(self) -> bool:
        """Whether time stands still: the chip waits for the test's finger."""
        return (
            self._waits()
            and self._finger.touches == "wait"
            and self._file.is_open
            and not self._request.canceled.is_set()
        )

    def _waits(self) -> bool:
        """Whether a touch is needed that has not come: the chip says that it is until it has computed enough."""
        return self._needed and self._finger.presses == self._presses

    def _see(self, report: bytes) -> None:
        before, self._needed = self._needed, report[4] == _KEEPALIVE and report[7] == ctaphid.UPNEEDED
        if not before:
            self._sent, self._presses = False, self._finger.presses
        self._request.asks = self._waits()
        if self._request.asks and not self._sent:
            self._sent = self._finger.come()


class RequestDevice(CtapHidDevice):
    """A chip as python-fido2 sees it for one request: all its calls can be canceled, and wait in virtual time.

    Args:
        connection: With the chip.
        request: Who may cancel.
    """

    def __init__(self, connection: RequestConnection, request: Request) -> None:
        self._canceled = request.canceled
        super().__init__(DESCRIPTOR, connection)

    def call(
        self,
        cmd: int,
        data: bytes = b"",
        event: Event | None = None,
        on_keepalive: Callable[[STATUS], None] | None = None,
    ) -> bytes:
        """Send a message, wait for the answer."""
        return super().call(cmd, data, event or self._canceled, on_keepalive)
