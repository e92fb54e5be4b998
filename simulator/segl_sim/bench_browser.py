"""The browser's part of `make bench`: a page registers and signs in, with a simulated chip and with Chromium's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from segl_sim.bench_rows import Row, spread, timed
from segl_sim.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

_CHROMIUM = ("chromium-headless-shell", "chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
_ROUNDS = 100
_SEED = 1
_URL = "https://login.example.com/"
_REGISTER = """async () => {
  window.made = await navigator.credentials.create({publicKey: {
    rp: {name: "Bench"}, user: {id: new Uint8Array(16), name: "a", displayName: "b"},
    challenge: crypto.getRandomValues(new Uint8Array(32)), pubKeyCredParams: [{type: "public-key", alg: -7}]}});
}"""
_SIGN_IN = """async () => {
  await navigator.credentials.get({publicKey: {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: [{type: "public-key", id: window.made.rawId}]}});
}"""


def browser_rows() -> Iterator[Row]:
    """Measure everything, where Chromium and Playwright are installed."""
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None or find_spec("playwright") is None:
        yield (
            "a browser's requests",
            "not measured",
            "ms",
            "install chromium-headless-shell, and playwright with pip",
        )
        return
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=_ARGUMENTS) as browser,
    ):
        for engine in ("micropython", "cpython"):
            yield from _simulated(browser, engine)
        yield from _virtual(browser)


def _simulated(browser: Browser, engine: str) -> Iterator[Row]:
    from segl_sim.browser import WebAuthn  # here: it needs what Playwright brings

    with World(_SEED, engine) as world, browser.new_context() as context, WebAuthn(context, world.chip()):
        yield from _rounds(_page(context), engine, "touched at once, in virtual time")


def _virtual(browser: Browser) -> Iterator[Row]:
    with browser.new_context() as context:
        page = _page(context)
        session: Any = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield from _rounds(page, "Chromium's virtual authenticator", "no device: the browser signs by itself")


def _page(context: BrowserContext) -> Page:
    context.route("**/*", lambda route: route.fulfill(body="<title>Bench</title>", content_type="text/html"))
    page = context.new_page()
    page.goto(_URL)
    return page


def _rounds(page: Page, name: str, how: str) -> Iterator[Row]:
    took: dict[str, list[float]] = {"register": [], "sign in": []}
    for _ in range(_ROUNDS):
        took["register"].append(_once(page, _REGISTER))
        took["sign in"].append(_once(page, _SIGN_IN))
    for what, times in took.items():
        yield (
            f"{what} in a browser, {name}",
            spread(times),
            "ms",
            f"wall clock, {len(times)} rounds from a call of Playwright to its return, no server; {how}",
        )


def _once(page: Page, script: str) -> float:
    return timed(lambda: page.evaluate(script))
