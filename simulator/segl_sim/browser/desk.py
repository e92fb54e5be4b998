"""Where the requests of a browser's pages arrive, whichever of Playwright's two APIs drives it."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from segl_sim.browser.client import Client
from segl_sim.browser.errors import DomError, not_allowed
from segl_sim.browser.origin import check_ancestors, origin_of
from segl_sim.browser.requests import Cancel, Request
from segl_sim.browser.turns import Turns
from segl_sim.chip import Chip

BINDING = "__seglWebAuthn"
"""The name by which the page's side asks; it takes it away before the page's own scripts run."""
POLL_S = 0.005
"""How often a request that waits for the test's finger looks whether it has come."""
_PATIENCE_S = 60  # for the test's finger, by the wall's clock: a test that forgets it must end


@functools.cache
def page_script() -> str:
    """Return the page's side, to be run in each document before its own scripts."""
    return resources.files("segl_sim.browser").joinpath("page.js").read_text("utf-8")


class Desk:
    """Serves one request at a time.

    Args:
        chip: Plugged in here if it is not yet.
        client: What serves them.

    Attributes:
        requests: All that came, in order.
    """

    def __init__(self, chip: Chip, client: Client) -> None:
        self.requests: list[Request] = []
        self._client = client
        self._world = chip.world
        self._running: dict[tuple[Any, str], tuple[Request, Turns[str]]] = {}
        if not chip.usb_host.configured:
            chip.plug()

    @property
    def asks(self) -> bool:
        """Whether the chip waits for a touch for one of them."""
        return any(request.asks and not request.canceled.is_set() for request, _ in self._running.values())

    def touched(self) -> None:
        """Say that the test's finger has done what was asked for."""
        for request, _ in self._running.values():
            request.asks = False

    async def serve(self, source: Mapping[str, Any], text: str) -> str:
        """Serve what a page's side says; Playwright's binding calls it.

        Args:
            source: Who speaks, as the browser knows it: "page" and "frame".
            text: What it says: JSON with its "kind", its "id" and more.
        """
        try:
            said = json.loads(text)
            kind, key = str(said["kind"]), (source["frame"], str(said.get("id")))
            opaque, options = bool(said.get("opaque")), said.get("options")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return _answer(DomError("TypeError", "The message is malformed."))
        if kind == "begin":
            self._gone(source["frame"])
        elif kind == "abort":
            if key in self._running:
                self._running[key][0].canceled.set()
        elif kind in ("create", "get") and key not in self._running:
            return await self._serve(
                key, source["page"], self._request(kind, options, source["frame"], opaque)
            )
        else:
            return _answer(DomError("TypeError", "The message is malformed."))
        return "{}"

    def end(self) -> None:
        """End what still runs: the chip is free afterwards."""
        for key in list(self._running):
            self._gone(key[0])

    def _gone(self, frame: Any) -> None:
        """End what still runs for the document that a frame had."""
        for key, (request, turns) in list(self._running.items()):
            if key[0] == frame:
                request.canceled.set()
                turns.finish()

    def _request(self, kind: str, options: object, frame: Any, opaque: bool) -> Request | DomError:
        """Note a request; its origin is what the browser says of the frame, whatever the page says."""
        request = Request(kind, options, self._world.now, Cancel(self._world))
        self.requests.append(request)
        try:
            if opaque:
                raise not_allowed("a document in a sandbox has no origin of its own")
            request.origin = origin_of(frame.url)
            ancestors: list[str] = []
            while (frame := frame.parent_frame) is not None:
                ancestors.append(frame.url)
            check_ancestors(request.origin, ancestors)
            self._make_way()
        except DomError as error:
            request.outcome, request.message, request.ended = error.name, error.message, self._world.now
            return error
        return request

    def _make_way(self) -> None:
        """Let the request before end if nobody wants its answer any more, or refuse another one.

        Raises:
            DomError: NotAllowedError: there is one already.
        """
        for request, turns in list(self._running.values()):
            if not request.canceled.is_set():
                raise not_allowed("another request waits for the key")
            turns.finish()

    async def _serve(self, key: tuple[Any, str], page: Any, request: Request | DomError) -> str:
        if isinstance(request, DomError):
            return _answer(request)
        turns = Turns[str](functools.partial(self._whole, request))
        self._running[key] = request, turns

        def gone(_: object = None) -> None:
            self._gone(key[0])

        def detached(frame: object) -> None:
            if frame == key[0]:
                gone()

        ends = {"close": gone, "crash": gone, "framedetached": detached}
        for event, listener in ends.items():
            page.on(event, listener)
        try:
            await self._finish(request, turns)
        finally:
            for event, listener in ends.items():
                page.remove_listener(event, listener)
            del self._running[key]
        return turns.result

    async def _finish(self, request: Request, turns: Turns[str]) -> None:
        patience = round(_PATIENCE_S / POLL_S)
        while not turns.go_on():
            if self._client.finger.touches != "wait" or not request.asks:
                await asyncio.sleep(0)
            elif patience > 0:
                patience -= 1
                await asyncio.sleep(POLL_S)
            else:
                self._client.fail(
                    TimeoutError(f"The test has not touched the key for {_PATIENCE_S} s: call touch().")
                )
                request.canceled.set()

    def _whole(self, request: Request, give_way: Any) -> str:
        try:
            return json.dumps({"credential": self._client.serve(request, give_way)})
        except DomError as error:
            return _answer(error)


def _answer(error: DomError) -> str:
    return json.dumps({"error": {"name": error.name, "message": error.message}})
