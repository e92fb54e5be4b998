"""Chromium, driven by Playwright, with a page at a chip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin

from segl_sim import Chip, World
from segl_sim.browser import WebAuthn
from tests.clients.needs import need, need_module
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = [
    "--no-sandbox",  # Chromium's sandbox does not start for root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PIN = "1234"
# What a page does without a server: it tells the client data, or how it failed.
CREATE = """async (changed) => {
  try {
    const made = await navigator.credentials.create({publicKey: {
      rp: {name: "x"}, user: {id: new Uint8Array([1]), name: "a", displayName: "b"},
      challenge: new Uint8Array(32), pubKeyCredParams: [{type: "public-key", alg: -7}], ...changed}});
    return JSON.parse(new TextDecoder().decode(made.response.clientDataJSON));
  } catch (error) {
    return [error.name, error instanceof DOMException, error.message];
  }
}"""
WAITS_MS = 30_000  # how long a call of Playwright may take


def chromium() -> dict[str, Any]:
    """Return what launches Chromium; without it, or Playwright, the test fails or is left out."""
    need_module("playwright", "playwright")
    program = need("chromium-headless-shell|chromium", "chromium-headless-shell")
    return {"executable_path": program, "args": ARGUMENTS, "headless": True}


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a running Chromium."""
    launch = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, playwright.chromium.launch(**launch) as browser:
        yield browser


class Visit:
    """A page of a relying party, in a browser of its own, with a chip.

    Attributes:
        party: The server.
        url: Of the page.
    """

    def __init__(self, browser: Browser, engine: str = "cpython", **options: Any) -> None:
        self._browser = browser
        self._engine = engine
        self._options = options
        self._open = ExitStack()

    def __enter__(self) -> Visit:
        enter = self._open.enter_context
        self.world = enter(World(seed=5, engine=self._engine))
        self.chip = self.world.chip()
        self.party = RelyingParty("localhost")
        self.url = enter(serve(self.party))
        self.context = enter(self._browser.new_context())
        self.context.set_default_timeout(WAITS_MS)
        self.keys = enter(WebAuthn(self.context, self.chip, **self._options))
        self.page = self.open()
        return self

    def __exit__(self, *failure: Any) -> None:
        self._open.__exit__(*failure)

    def open(self) -> Page:
        """Open the relying party's page once more."""
        page = self.context.new_page()
        page.goto(self.url)
        return page

    def register(self, asked: Any = None, changed: Any = None) -> dict[str, Any]:
        """Register on the page."""
        return self.page.evaluate(
            "([asked, changed]) => register(asked, changed)", [asked or {}, changed or {}]
        )

    def sign_in(self, asked: Any = None, changed: Any = None) -> dict[str, Any]:
        """Sign in on the page."""
        return self.page.evaluate(
            "([asked, changed]) => signIn(asked, changed)", [asked or {}, changed or {}]
        )

    def begin(self, script: str) -> None:
        """Start something on the page and leave it running; `end` gives what came of it."""
        self.page.evaluate(f"() => {{ window.running = {script}; }}")

    def end(self) -> Any:
        """Wait for what `begin` started."""
        return self.page.evaluate("() => window.running")


def set_pin(chip: Chip) -> None:
    ClientPin(Ctap2(chip.ctap())).set_pin(PIN)
