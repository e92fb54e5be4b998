"""Which pages in Chromium may use a simulated chip, and for what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.clients.browsers import CREATE, Visit
from tests.clients.relying_page import RelyingParty, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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
