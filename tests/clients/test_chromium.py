"""Chromium's own FIDO stack, unmodified, uses a simulated chip that it finds as /dev/hidraw0.

Headless Chromium shows no dialog for a PIN, so this way serves sign-in without user verification.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segl_sim import World
from segl_sim.ports.finger import Finger
from segl_sim.ports.hidraw import HidrawPort
from segl_sim.runner import Runner
from tests.clients.browsers import WAITS_MS, chromium
from tests.clients.needs import need
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHOWN_S = 20
FRAMES = 1200  # of a page, 16 ms each
PLAIN = {"userVerification": "discouraged"}
# umockdev's library before 0.19.6 takes a lock whenever a thread opens a file. In a process that is forked meanwhile it
# stays locked, so that it waits for ever when it opens one itself, before it has become another program. The only
# process that Chromium's browser forks while its threads run is the network service, without which no page loads: it
# has to stay in the browser. Source: umockdev's commit 15ddf35, "preload: Reinitialize mutexes after forking".
NETWORK_IN_BROWSER = "--enable-features=NetworkServiceInProcess2"


class Desk:
    """A chip at a computer with Chromium, and a page that wants it.

    Attributes:
        chip: The chip.
        finger: Somebody who touches it as soon as it asks, once started.
        page: The page.
    """

    def __init__(self, folder: Path, held: ExitStack) -> None:
        from playwright.sync_api import sync_playwright

        need("umockdev-wrapper", "umockdev gir1.2-umockdev-1.0 python3-gi")
        launch = chromium()
        launch["args"] = [*launch["args"], NETWORK_IN_BROWSER]
        world = held.enter_context(World(seed=5))
        self.chip = world.chip()
        self.finger = Finger(self.chip, agrees=True, opens=False)
        self.port = HidrawPort([self.chip], folder)
        held.callback(self.port.close)
        self.runner = held.enter_context(Runner(world, [self.port]))
        assert self.port.settled.wait(SHOWN_S)
        playwright = held.enter_context(sync_playwright())
        environment: dict[str, str | float | bool] = {**os.environ, **self.port.environment}
        self._browser = held.enter_context(playwright.chromium.launch(**launch, env=environment))
        self._held = held
        self.page = self.visit("localhost")

    def visit(self, host: str) -> Page:
        """Open the page of a relying party called localhost, which this computer serves by some name."""
        page = self._browser.new_page()
        page.set_default_timeout(WAITS_MS)
        page.goto(self._held.enter_context(serve(RelyingParty("localhost"), host)))
        return page

    def forked(self) -> list[Any]:
        """Return which of its processes the browser has forked itself; others' parents have no threads."""
        found = self._browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        browser = next(process["id"] for process in found if process["type"] == "browser")
        return [process for process in found if _parent(process["id"]) == browser]

    def unplug(self) -> None:
        """Pull the chip out; Chromium hears of it."""
        self.runner.call(self.chip.unplug)
        assert self.port.settled.wait(SHOWN_S)

    def plug(self) -> None:
        """Plug it in again."""
        self.runner.call(self.chip.plug)
        assert self.port.settled.wait(SHOWN_S)

    def begin(self, script: str) -> None:
        """Start something on the page, and wait until the chip asks for a touch."""
        self.wait_until_asked(False)  # its light goes on a while after a touch
        self.page.evaluate(f"() => {{ window.running = {script}; }}")
        self.wait_until_asked()

    def wait_until_asked(self, wanted: bool = True) -> None:
        """Wait until the chip asks for a touch, or does not."""
        for _ in range(FRAMES):
            if bool(self.runner.call(lambda: self.chip.asks)) == wanted:
                return
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        pytest.fail("the chip does not ask" if wanted else "the chip still asks")

    def end(self) -> Any:
        """Wait for what `begin` started."""
        return self.page.evaluate("() => window.running")


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture(name="desk", scope="module")
def desk_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ExitStack() as held:
        yield Desk(tmp_path_factory.mktemp("desk"), held)


@pytest.fixture(name="touched")
def touched_fixture(desk: Desk) -> Iterator[Desk]:
    desk.runner.call(lambda: desk.finger.start(0.02))
    yield desk
    desk.runner.call(desk.finger.stop)


def test_nothing_is_forked_from_a_browser_with_threads(desk: Desk) -> None:
    assert not desk.forked()


def test_registering_and_signing_in_work_again_and_again(
    touched: Desk, count: Callable[[int, int], int]
) -> None:
    for _ in range(count(5, 50)):
        for work in ("register", "signIn"):
            told = touched.page.evaluate(f"(asked) => {work}(asked)", PLAIN)
            assert told.get("ok"), told
            assert not told["verified"]


def test_an_excluded_credential_is_an_invalid_state(touched: Desk) -> None:
    assert touched.page.evaluate("(asked) => register(asked)", PLAIN)["ok"]
    told = touched.page.evaluate("(asked) => register(asked)", {**PLAIN, "exclude": True})
    assert told["error"] == "InvalidStateError"


def test_a_page_of_another_origin_is_a_security_error(touched: Desk) -> None:
    stranger = touched.visit("stranger.localhost")
    told = stranger.evaluate(
        "(changed) => register({}, changed)", {"rp": {"id": "bank.localhost", "name": "Bank"}}
    )
    assert told["error"] == "SecurityError"
    told = touched.page.evaluate(
        "(changed) => register({}, changed)", {"rp": {"id": "example.com", "name": "Shop"}}
    )
    assert told["error"] == "SecurityError"


def test_a_chip_that_is_pulled_out_in_the_middle_and_plugged_in_again_goes_on(desk: Desk) -> None:
    desk.begin("register({userVerification: 'discouraged'})")
    desk.unplug()
    desk.plug()
    desk.wait_until_asked()
    desk.runner.call(lambda: desk.chip.touch(0.2))
    assert desk.end()["ok"]


def test_an_abort_ends_the_request_and_the_chip_asks_no_more(desk: Desk) -> None:
    desk.page.evaluate("() => { window.abort = new AbortController(); window.signal = window.abort.signal; }")
    desk.begin("register({userVerification: 'discouraged'})")
    desk.page.evaluate("() => { window.abort.abort(); window.signal = undefined; }")
    assert desk.end()["error"] == "AbortError"
    desk.wait_until_asked(False)
