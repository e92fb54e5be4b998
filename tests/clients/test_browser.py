"""Web pages in Chromium use a simulated chip by way of Playwright."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin

from segl_sim import Chip, FirmwareError, World
from segl_sim.browser import AsyncWebAuthn, WebAuthn
from segl_sim.firmware import firmware_root
from tests.clients.browsers import WAITS_MS, Visit, chromium
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PIN = "1234"
# Registers and tells what the browser's own checks would see.
INSPECT = """async () => {
  await register({residentKey: "required", extensions: {credProps: true}});
  const made = window.credential;
  await signIn({anyone: true});
  const found = window.credential;
  const data = (value) => value instanceof ArrayBuffer && value.byteLength;
  return {
    made: [made instanceof PublicKeyCredential, made instanceof Credential,
      made.response instanceof AuthenticatorAttestationResponse, Object.prototype.toString.call(made)],
    found: [found instanceof PublicKeyCredential, found instanceof Credential,
      found.response instanceof AuthenticatorAssertionResponse, Object.prototype.toString.call(found)],
    data: [made.rawId, made.response.clientDataJSON, made.response.attestationObject,
      made.response.getAuthenticatorData(), made.response.getPublicKey(),
      found.rawId, found.response.clientDataJSON, found.response.authenticatorData,
      found.response.signature, found.response.userHandle].map(data),
    transports: made.response.getTransports(),
    algorithm: made.response.getPublicKeyAlgorithm(),
    type: [made.type, found.type],
    attachment: [made.authenticatorAttachment, found.authenticatorAttachment],
    results: made.getClientExtensionResults(),
    same: JSON.stringify(made) === JSON.stringify(made.toJSON()),
    key: await crypto.subtle.importKey("spki", made.response.getPublicKey(),
      {name: "ECDSA", namedCurve: "P-256"}, false, ["verify"]).then((key) => key.type),
  };
}"""
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


@pytest.fixture(name="visit")
def visit_fixture(browser: Browser) -> Iterator[Visit]:
    with Visit(browser) as visit:
        yield visit


def set_pin(chip: Chip) -> None:
    ClientPin(Ctap2(chip.ctap())).set_pin(PIN)


# Registering and signing in


def test_registering_and_signing_in_work_again_and_again(
    browser: Browser, count: Callable[[int, int], int]
) -> None:
    with Visit(browser, engine="micropython") as visit:
        for _ in range(count(5, 50)):
            assert visit.register()["ok"], visit.keys.requests[-1]
            assert visit.sign_in()["ok"], visit.keys.requests[-1]
        assert {request.outcome for request in visit.keys.requests} == {"done"}


def test_the_buttons_of_a_page_work_too(visit: Visit) -> None:
    for button in ("#register", "#sign-in"):
        visit.page.click(button)
        assert json.loads(visit.page.inner_text("#result:not(:empty)"))["ok"]


def test_what_a_page_gets_is_of_the_browsers_own_classes(visit: Visit) -> None:
    told = visit.page.evaluate(INSPECT)
    assert told["made"] == told["found"] == [True, True, True, "[object PublicKeyCredential]"]
    assert all(told["data"])
    assert told["transports"] == ["usb"]
    assert told["algorithm"] == -7
    assert told["type"] == ["public-key"] * 2
    assert told["attachment"] == ["cross-platform"] * 2
    assert told["results"] == {"credProps": {"rk": True}}
    assert told["same"]
    assert told["key"] == "public"


def test_a_page_learns_that_no_key_is_built_in(visit: Visit) -> None:
    told = visit.page.evaluate(
        """async () => [
          await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(),
          await PublicKeyCredential.isConditionalMediationAvailable(),
          (await PublicKeyCredential.getClientCapabilities()).userVerifyingPlatformAuthenticator,
        ]"""
    )
    assert told == [False, False, False]


def test_a_security_key_serves_no_conditional_mediation(visit: Visit) -> None:
    told = visit.page.evaluate(
        """() => navigator.credentials.get({mediation: "conditional", publicKey: {challenge: new Uint8Array(9)}})
          .catch((error) => error.name)"""
    )
    assert told == "TypeError"
    assert not visit.keys.requests


def test_other_kinds_of_credentials_are_the_browsers_own_affair(visit: Visit) -> None:
    told = visit.page.evaluate(
        """async () => [
          await navigator.credentials.get({}).catch((error) => error.name),
          await navigator.credentials.create({password: {id: "a", password: "b", origin: location.origin}})
            .then((made) => made.type),
        ]"""
    )
    assert told == ["NotSupportedError", "password"]
    assert not visit.keys.requests


def test_a_discoverable_credential_needs_no_name(visit: Visit) -> None:
    assert visit.register({"residentKey": "required"})["ok"]
    assert visit.sign_in({"anyone": True})["ok"]


def test_without_a_credential_on_the_key_nobody_signs_in(visit: Visit) -> None:
    assert visit.register({"residentKey": "discouraged"})["ok"]
    assert visit.sign_in({"anyone": True})["error"] == "NotAllowedError"


def test_an_excluded_credential_is_an_invalid_state(visit: Visit) -> None:
    assert visit.register()["ok"]
    assert visit.register({"exclude": True})["error"] == "InvalidStateError"
    assert visit.sign_in()["ok"]


def test_transports_that_python_fido2_does_not_know_do_no_harm(visit: Visit) -> None:
    assert visit.register()["ok"]
    told = visit.page.evaluate(
        """() => signIn({}, {allowCredentials: [
          {type: "public-key", id: window.credential.rawId, transports: ["smart-card", "usb", "pigeon"]}]})"""
    )
    assert told["ok"]


def test_large_blobs_and_prf_come_as_data(browser: Browser) -> None:
    with Visit(browser, pin=PIN) as visit:
        set_pin(visit.chip)
        made = visit.register(
            {"residentKey": "required", "extensions": {"prf": {}, "largeBlob": {"support": "required"}}}
        )
        assert made["extensions"] == {"prf": {"enabled": True}, "largeBlob": {"supported": True}}
        written = visit.page.evaluate(
            """() => signIn({}, {extensions: {
              largeBlob: {write: new Uint8Array([1, 2, 3])}, prf: {eval: {first: new Uint8Array(7)}}}})"""
        )
        assert written["extensions"]["largeBlob"] == {"written": True}
        read = visit.page.evaluate(
            """async () => {
              await signIn({}, {extensions: {largeBlob: {read: true}, prf: {eval: {first: new Uint8Array(7)}}}});
              const {largeBlob, prf} = window.credential.getClientExtensionResults();
              return [Array.from(new Uint8Array(largeBlob.blob)), prf.results.first.byteLength];
            }"""
        )
        assert read == [[1, 2, 3], 32]


# User verification


def test_a_pin_proves_who_the_user_is(browser: Browser) -> None:
    with Visit(browser, pin=PIN) as visit:
        set_pin(visit.chip)
        made = visit.register({"userVerification": "required", "residentKey": "required"})
        assert (made["ok"], made["verified"]) == (True, True)
        found = visit.sign_in({"userVerification": "required", "anyone": True})
        assert (found["ok"], found["verified"]) == (True, True)
        assert not visit.sign_in({"userVerification": "discouraged"})["verified"]


def test_a_wrong_pin_costs_one_try_a_request(browser: Browser) -> None:
    asked: list[str] = []

    def forgotten() -> str:
        asked.append("PIN?")
        return "4321"

    with Visit(browser, pin=forgotten) as visit:
        set_pin(visit.chip)
        assert visit.register({"userVerification": "required"})["error"] == "NotAllowedError"
        assert asked == ["PIN?"]
        assert ClientPin(Ctap2(visit.chip.ctap())).get_pin_retries()[0] == 7


def test_a_user_without_the_pin_is_not_allowed(visit: Visit) -> None:
    set_pin(visit.chip)
    assert visit.register()["error"] == "NotAllowedError"
    assert visit.register({"userVerification": "discouraged"})["ok"]


def test_a_key_without_a_pin_cannot_verify(visit: Visit) -> None:
    assert visit.register({"userVerification": "required"})["error"] == "ConstraintError"
    assert visit.register({"userVerification": "preferred"})["ok"]
    assert visit.sign_in({"userVerification": "preferred"})["ok"]
    assert visit.sign_in({"userVerification": "required"})["error"] == "NotAllowedError"


# Origins


@pytest.mark.parametrize(
    ("url", "rp_id", "result"),
    [
        ("https://login.example.co.uk/", None, "https://login.example.co.uk"),
        ("https://login.example.co.uk:8443/", "example.co.uk", "https://login.example.co.uk:8443"),
        ("https://login.example.co.uk/", "co.uk", "SecurityError"),
        ("https://login.example.co.uk/", "other.example.co.uk", "SecurityError"),
        ("https://login.example.co.uk/", "", "SecurityError"),
        ("https://printer.internal/", "internal", "SecurityError"),
        ("https://192.0.2.7/", None, "SecurityError"),
        ("http://127.0.0.1/", None, "SecurityError"),
        ("http://shop.localhost/", None, "http://shop.localhost"),
        ("http://shop.localhost/", "localhost", "SecurityError"),
    ],
)
def test_a_page_may_use_its_own_domain_and_those_above_it(
    visit: Visit, url: str, rp_id: str | None, result: str
) -> None:
    visit.page.route("**/*", lambda route: route.fulfill(body="<p>A page", content_type="text/html"))
    visit.page.goto(url)
    told = visit.page.evaluate(CREATE, {"rp": {"name": "x"} | ({} if rp_id is None else {"id": rp_id})})
    assert (told["origin"] if isinstance(told, dict) else told[0]) == result
    assert visit.keys.requests[-1].outcome == ("done" if "://" in result else result)


def test_a_page_at_an_insecure_address_has_no_credentials_at_all(visit: Visit) -> None:
    visit.page.route("**/*", lambda route: route.fulfill(body="<p>A page", content_type="text/html"))
    visit.page.goto("http://login.example.com/")
    assert visit.page.evaluate("typeof navigator.credentials") == "undefined"


def test_a_page_cannot_forge_its_origin(visit: Visit) -> None:
    """It may break what it sees of the helper, or speak to Playwright itself: the origin is what the browser says."""
    visit.page.route(
        "https://**",
        lambda route: route.fulfill(
            body="""<script>
              Object.defineProperty(window, "origin", {value: "https://bank.example"});
              history.replaceState(null, "", "/https://bank.example/");
            </script>""",
            content_type="text/html",
        ),
    )
    visit.page.goto("https://thief.example/")
    told = visit.page.evaluate(CREATE, {})
    assert told["origin"] == "https://thief.example"
    assert not told["crossOrigin"]
    assert visit.page.evaluate(CREATE, {"rp": {"name": "x", "id": "bank.example"}})[0] == "SecurityError"
    before = len(visit.keys.requests)
    raw = {
        "kind": "create",
        "id": "forged",
        "origin": "https://bank.example",
        "options": {
            "rp": {"name": "Bank", "id": "bank.example"},
            "user": {"id": "AQ", "name": "a", "displayName": "b"},
            "challenge": "AQ",
            "pubKeyCredParams": [],
            "origin": "https://bank.example",
        },
    }
    said = visit.page.evaluate(
        "(raw) => globalThis.__playwright__binding__controller__.callBinding('__seglWebAuthn', raw)",
        json.dumps(raw),
    )
    assert json.loads(said)["error"]["name"] == "SecurityError"
    assert visit.keys.requests[before].origin == "https://thief.example"


def test_a_frame_of_another_origin_is_not_allowed_and_one_of_the_same_is(visit: Visit) -> None:
    with serve(RelyingParty("other.localhost"), "other.localhost") as foreign:
        for url, name in ((foreign, "NotAllowedError"), (visit.url, None)):
            visit.page.evaluate(
                """(url) => new Promise((resolve) => {
                  const frame = document.createElement("iframe");
                  frame.onload = resolve;
                  frame.src = url;
                  document.body.replaceChildren(frame);
                })""",
                url,
            )
            frame = visit.page.frames[-1]
            assert frame.url == url
            assert frame.evaluate("() => register()").get("error") == name


@pytest.mark.parametrize(
    "frame",
    ['src="/" sandbox="allow-scripts"', 'srcdoc="<p>x"', 'src="data:text/html,<p>x"', ""],
)
def test_a_frame_without_an_origin_of_its_own_is_not_allowed(visit: Visit, frame: str) -> None:
    visit.page.route(
        "**/framed",
        lambda route: route.fulfill(body=f"<iframe {frame}></iframe>", content_type="text/html"),
    )
    visit.page.goto(visit.url + "framed")
    inner = visit.page.frames[-1]
    assert inner.parent_frame
    told = inner.evaluate(
        f"(changed) => navigator.credentials ? ({CREATE})(changed) : ['NotAllowedError', true]", {}
    )
    assert told[:2] == ["NotAllowedError", True]


# Malformed and unsupported requests


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ("{challenge: undefined}", "TypeError"),
        ("{challenge: 'AAAA'}", "TypeError"),
        ("{user: {id: new Uint8Array(65), name: 'a', displayName: 'b'}}", "TypeError"),
        ("{user: {id: new Uint8Array(0), name: 'a', displayName: 'b'}}", "TypeError"),
        ("{user: {id: new Uint8Array(1), name: 'a'}}", "TypeError"),
        ("{rp: {}}", "TypeError"),
        ("{pubKeyCredParams: [{type: 'public-key'}]}", "TypeError"),
        ("{pubKeyCredParams: [{type: 'public-key', alg: -257}]}", "NotSupportedError"),
        ("{pubKeyCredParams: [{type: 'password', alg: -7}]}", "NotSupportedError"),
        ("{extensions: {largeBlob: {read: true}}}", "NotSupportedError"),
        ("{authenticatorSelection: {authenticatorAttachment: 'platform'}}", "NotAllowedError"),
        ("{authenticatorSelection: {userVerification: 'perhaps'}}", None),
        ("{pubKeyCredParams: []}", None),
    ],
)
def test_a_wrong_option_has_its_error(visit: Visit, changed: str, name: str | None) -> None:
    told = visit.page.evaluate(f"() => ({CREATE})({changed})")
    if name is None:
        assert told["type"] == "webauthn.create"
    else:
        assert told[:2] == [name, name != "TypeError"]


def test_a_second_request_is_refused_while_one_waits(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        other = visit.open()
        assert other.evaluate("() => register()")["error"] == "NotAllowedError"
        visit.keys.touch()
        assert visit.end()["ok"]


# Touches, time-outs, aborts


def test_a_test_may_touch_the_key_itself(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        for script in ("register()", "signIn()"):
            visit.begin(script)
            visit.keys.wait_until_asked()
            before = visit.world.now
            visit.page.wait_for_timeout(50)
            assert visit.world.now == before  # time stands still
            assert visit.chip.asks == "touch"
            visit.keys.touch()
            assert visit.end()["ok"]


def test_the_chips_own_finger_does_as_well(browser: Browser) -> None:
    with Visit(browser, touches="wait") as visit:
        visit.begin("register()")
        visit.keys.wait_until_asked()
        visit.chip.touch(after=1)
        visit.world.advance(1.01)
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


# What the test learns


def test_a_failure_of_the_firmware_is_raised_at_the_end(browser: Browser) -> None:
    path = "chip/make_credential.py"
    broken = {path: (firmware_root() / path).read_text() + "\n\ndef run(*_):\n    return 1 // 0\n"}
    party = RelyingParty("localhost")
    with serve(party) as url, browser.new_context() as context, World(seed=9, engine="cpython") as world:
        page = context.new_page()
        keys = WebAuthn(page, world.chip(overrides=broken)).__enter__()
        page.goto(url)
        assert page.evaluate("() => register()")["error"] == "NotAllowedError"
        with pytest.raises(FirmwareError):
            keys.__exit__()


def test_a_test_that_forgets_to_touch_the_key_is_told_so(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segl_sim.browser.desk._PATIENCE_S", 0.05)
    with Visit(browser, touches="wait") as visit:
        assert visit.register()["error"] == "NotAllowedError"
        with pytest.raises(TimeoutError, match=r"call touch\(\)"):
            visit.keys.__exit__()


def test_a_key_that_has_been_taken_away_is_not_allowed(visit: Visit) -> None:
    assert visit.register()["ok"]
    visit.keys.__exit__()
    assert visit.register()["error"] == "NotAllowedError"
    visit.page.reload()
    assert "[native code]" in visit.page.evaluate("() => navigator.credentials.create.toString()")


def test_a_request_can_be_printed(visit: Visit) -> None:
    visit.register()
    told = str(visit.keys.requests[0])
    assert told.startswith(f"create for {visit.url[:-1]}: done")
    assert " -> INIT " in told
    assert " <- KEEPALIVE " in told
    assert "00" * 20 not in told.split("KEEPALIVE")[-1].splitlines()[0]  # what fills a report up is left out


def test_the_async_api_does_the_same() -> None:
    launch = chromium()
    from playwright.async_api import async_playwright

    async def scene() -> list[Any]:
        with serve(RelyingParty("localhost")) as url, World(seed=5, engine="cpython") as world:
            chip = world.chip()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(**launch)
                context = await browser.new_context()
                context.set_default_timeout(WAITS_MS)
                async with AsyncWebAuthn(context, chip) as keys:
                    page = await context.new_page()
                    await page.goto(url)
                    told = [await page.evaluate("() => register()")]
                    keys.touches = "wait"
                    waiting = asyncio.ensure_future(page.evaluate("() => signIn()"))
                    await keys.touch()
                    told.append(await waiting)
                    waiting = asyncio.ensure_future(page.evaluate("() => register()"))
                    await keys.wait_until_asked()
                    chip.unplug()
                    told.append(await waiting)
                await browser.close()
                return told

    with ThreadPoolExecutor(1) as thread:  # Playwright's sync API keeps this one's event loop
        made, found, gone = thread.submit(asyncio.run, scene()).result()
    assert (made["ok"], found["ok"], gone["error"]) == (True, True, "NotAllowedError")
