"""A browser whose pages use a simulated chip: for Playwright's sync API and for its async one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from segl_sim.browser.client import Choose, Client, Pin
from segl_sim.browser.connection import Touches
from segl_sim.browser.desk import BINDING, POLL_S, Desk, page_script
from segl_sim.browser.requests import Request
from segl_sim.chip import Chip

if TYPE_CHECKING:
    from playwright import async_api, sync_api

_ASKED_S = 30


class _Attached:
    """What both have in common.

    Args:
        chip: The security key; plugged in here if it is not yet.
        pin: The PIN as the user types it, or what returns it, called when the chip needs it; None: the user cancels.
        touches: When the user touches the chip: see Touches.
        choose: Chooses among several accounts; None: the one made last.
    """

    def __init__(self, chip: Chip, pin: Pin, touches: Touches, choose: Choose | None) -> None:
        self.chip = chip
        self._client = Client(chip, pin, touches, choose)
        self._desk = Desk(chip, self._client)

    @property
    def requests(self) -> Sequence[Request]:
        """All requests so far, with what went over USB; `print` one to see it."""
        return self._desk.requests

    @property
    def asks(self) -> bool:
        """Whether a request waits for a touch now."""
        return self._desk.asks

    @property
    def touches(self) -> Touches:
        """When the user touches the chip; may be changed at any time."""
        return self._client.finger.touches

    @touches.setter
    def touches(self, touches: Touches) -> None:
        self._client.finger.touches = touches

    def _finger(self, seconds: float) -> None:
        self.chip.touch(seconds)
        self.chip.world.advance(seconds)
        self._desk.touched()

    def _check_asked(self) -> None:
        if not self.asks:
            said = "\n".join(str(request) for request in self.requests) or "no request has come"
            raise TimeoutError(f"The key has not asked for a touch within {_ASKED_S} s: {said}")

    def _check_failure(self) -> None:
        failure, self._client.failure = self._client.failure, None
        if failure is not None:
            raise failure


class WebAuthn(_Attached):
    """Give the pages of a Playwright context, or one page, a simulated chip, for the time of a `with`.

    Attach it before the pages load: it takes effect with the next document. While a request is served time in the
    chip's world passes by itself, but only then, and only while the test waits in one of Playwright's calls.

    Args:
        target: A page, or a context with all its pages.
        chip: The security key; plugged in here if it is not yet.
        pin: The PIN as the user types it, or what returns it, called when the chip needs it; None: the user cancels.
        touches: When the user touches the chip: see Touches.
        choose: Chooses among several accounts; None: the one made last.

    Raises:
        Exception: At the end: what the chip's firmware (a DeviceFailure), or a function given as `pin` or `choose`, had
            raised; to the page it was a request that is not allowed.
    """

    def __init__(
        self,
        target: sync_api.Page | sync_api.BrowserContext,
        chip: Chip,
        pin: Pin = None,
        touches: Touches = "auto",
        choose: Choose | None = None,
    ) -> None:
        super().__init__(chip, pin, touches, choose)
        self._target: Any = target  # what Playwright returns from here on has no types
        self._attached: list[Any] = []

    def __enter__(self) -> WebAuthn:
        self._attached = [
            self._target.expose_binding(BINDING, self._desk.serve),
            self._target.add_init_script(page_script()),
        ]
        return self

    def __exit__(self, kind: object = None, *_: object) -> None:
        self._desk.end()
        for attached in self._attached:
            attached.close()
        if kind is None:
            self._check_failure()

    def touch(self, seconds: float = 0.1) -> None:
        """Wait until a request asks for a touch, then touch the chip; for `touches="wait"`.

        Args:
            seconds: How long the finger stays; virtual time passes until it has gone.

        Raises:
            TimeoutError: Nothing has asked for one.
        """
        self.wait_until_asked()
        self._finger(seconds)

    def wait_until_asked(self) -> None:
        """Wait until a request waits for a touch; the page goes on meanwhile.

        Raises:
            TimeoutError: None does, within half a minute.
        """
        page = getattr(self._target, "pages", [self._target])[-1]
        for _ in range(round(_ASKED_S / POLL_S)):
            if self.asks:
                return
            page.wait_for_timeout(POLL_S * 1000)
        self._check_asked()


class AsyncWebAuthn(_Attached):
    """The same for Playwright's async API; see WebAuthn."""

    def __init__(
        self,
        target: async_api.Page | async_api.BrowserContext,
        chip: Chip,
        pin: Pin = None,
        touches: Touches = "auto",
        choose: Choose | None = None,
    ) -> None:
        super().__init__(chip, pin, touches, choose)
        self._target: Any = target
        self._attached: list[Any] = []

    async def __aenter__(self) -> AsyncWebAuthn:
        self._attached = [
            await self._target.expose_binding(BINDING, self._desk.serve),
            await self._target.add_init_script(page_script()),
        ]
        return self

    async def __aexit__(self, kind: object = None, *_: object) -> None:
        self._desk.end()
        for attached in self._attached:
            await attached.close()
        if kind is None:
            self._check_failure()

    async def touch(self, seconds: float = 0.1) -> None:
        """Wait until a request asks for a touch, then touch the chip; see WebAuthn."""
        await self.wait_until_asked()
        self._finger(seconds)

    async def wait_until_asked(self) -> None:
        """Wait until a request waits for a touch; see WebAuthn."""
        for _ in range(round(_ASKED_S / POLL_S)):
            if self.asks:
                return
            await asyncio.sleep(POLL_S)
        self._check_asked()
