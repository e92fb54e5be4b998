"""Web pages in Chromium register and sign in at a simulated chip by way of Playwright."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin

from segl_sim import FirmwareError, World
from segl_sim.browser import AsyncWebAuthn, WebAuthn
from segl_sim.firmware import firmware_root
from tests.clients.browsers import PIN, WAITS_MS, Visit, chromium, set_pin
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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
