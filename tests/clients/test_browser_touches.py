"""Touches, time-outs and aborts of web pages in Chromium, and pages and chips that go."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from fido2.ctap2.base import Ctap2

from segl_sim import World
from segl_sim.browser import WebAuthn
from tests.clients.browsers import Visit
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize("engine", ["micropython", "cpython"])
def test_a_test_may_touch_the_key_itself(browser: Browser, engine: str) -> None:
    with Visit(browser, engine, touches="wait") as visit:
        for script in ("register()", "signIn()"):
            visit.begin(script)
            visit.keys.wait_until_asked()
            before = visit.world.now
            visit.page.wait_for_timeout(50)
            assert visit.world.now == before  # time stands still
            assert visit.chip.asks == "touch"
            visit.keys.touch()
            assert visit.end()["ok"]


@pytest.mark.parametrize("engine", ["micropython", "cpython"])
def test_the_chips_own_finger_does_as_well(browser: Browser, engine: str) -> None:
    with Visit(browser, engine, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.chip.touch(after=1)
        visit.world.advance(1.01)
        assert visit.end()["ok"]


def test_a_user_may_come_after_all(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.keys.touches = "auto"
        assert visit.end()["ok"]


def test_a_user_may_take_their_time(browser: Browser) -> None:
    with Visit(browser, touches=12.5) as visit:
        before = visit.world.utc
        assert visit.register()["ok"]
        assert 12.5 < visit.world.utc - before < 14


@pytest.mark.parametrize(("timeout", "took"), [(5000, 5), (120_000, 30)])
def test_without_a_touch_a_request_times_out_in_virtual_time(
    browser: Browser, timeout: int, took: float
) -> None:
    with Visit(browser, touches="never") as visit:
        began = visit.world.utc
        assert visit.register({}, {"timeout": timeout})["error"] == "NotAllowedError"
        assert took <= visit.world.utc - began < took + 1.5
        visit.keys.touches = "auto"
        assert visit.register()["ok"]


def test_an_abort_before_the_touch_is_told_to_the_chip(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.page.evaluate(
            "() => { window.controller = new AbortController(); window.signal = controller.signal; }"
        )
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.page.evaluate("() => controller.abort()")
        assert visit.end()["error"] == "AbortError"
        visit.page.evaluate("() => { window.signal = undefined; }")
        visit.begin("register()")
        visit.keys.touch()
        assert visit.end()["ok"]
        aborted = visit.keys.requests[0]
        assert aborted.reports[-2].command == "CANCEL"
        assert aborted.reports[-1].data[7] == 0x2D  # CTAP2_ERR_KEEPALIVE_CANCEL


def test_an_abort_tells_its_own_reason(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.page.evaluate(
            "() => { window.controller = new AbortController(); window.signal = controller.signal; }"
        )
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.page.evaluate("() => controller.abort(new RangeError('enough'))")
        assert visit.end() == {"error": "RangeError", "message": "enough"}
        assert visit.register() == {"error": "RangeError", "message": "enough"}  # aborted before it began
        assert len(visit.keys.requests) == 1


def test_pulling_the_chip_out_ends_a_request_and_plugging_it_in_makes_it_work_again(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.chip.unplug()
        assert visit.end()["error"] == "NotAllowedError"
        assert visit.register()["error"] == "NotAllowedError"
        visit.chip.plug()
        visit.begin("register()")
        visit.keys.touch()
        assert visit.end()["ok"]


def _leave(visit: Visit) -> None:
    visit.page.goto("about:blank")


def _reload(visit: Visit) -> None:
    visit.page.reload()


def _close(visit: Visit) -> None:
    visit.page.close()


def _crash(visit: Visit) -> None:
    with visit.page.expect_event("crash"), contextlib.suppress(Exception):
        visit.page.goto("chrome://crash")


def _remove_frame(visit: Visit) -> None:
    visit.page.evaluate("() => document.querySelector('iframe').remove()")


@pytest.mark.parametrize("go", [_leave, _reload, _close, _crash])
def test_a_page_that_goes_in_the_midst_leaves_the_chip_usable(
    browser: Browser, go: Callable[[Visit], None]
) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        go(visit)
        visit.page = visit.open()
        visit.begin("register()")
        visit.keys.touch()
        assert visit.end()["ok"]
        assert visit.keys.requests[0].outcome == "NotAllowedError"


def test_a_frame_that_goes_in_the_midst_leaves_the_chip_usable(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.page.evaluate(
            """() => new Promise((resolve) => {
              const frame = document.createElement("iframe");
              frame.onload = resolve;
              frame.src = "/";
              document.body.append(frame);
            })"""
        )
        visit.page.frames[-1].evaluate("() => { register(); }")
        visit.keys.wait_until_asked()
        _remove_frame(visit)
        visit.begin("register()")
        visit.keys.touch()
        assert visit.end()["ok"]


def test_leaving_in_the_midst_leaves_the_chip_usable(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.keys.__exit__()
        began = visit.world.now
        assert Ctap2(visit.chip.ctap()).info  # a key that is busy would say so, for half a minute
        assert visit.world.now - began < 500_000_000


def test_a_chip_may_be_attached_after_another(browser: Browser) -> None:
    party = RelyingParty("localhost")
    with serve(party) as url, browser.new_context() as context, World(seed=9, engine="cpython") as world:
        for _ in range(2):
            with WebAuthn(context, world.chip()) as keys:
                page = context.new_page()
                page.goto(url)
                assert page.evaluate("() => register()")["ok"]
                assert len(keys.requests) == 1


def test_one_page_may_have_a_chip_while_others_have_none(browser: Browser) -> None:
    party = RelyingParty("localhost")
    with serve(party) as url, browser.new_context() as context, World(seed=9, engine="cpython") as world:
        page, other = context.new_page(), context.new_page()
        with WebAuthn(page, world.chip()):
            for each in (page, other):
                each.goto(url)
            native = "() => navigator.credentials.create.toString().includes('[native code]')"
            assert [page.evaluate(native), other.evaluate(native)] == [False, True]
            assert page.evaluate("() => register()")["ok"]
