"""What the browser helper does on Python's side, without a browser."""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from fido2.client import ClientError
from fido2.cose import ES256, EdDSA
from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AuthenticatorData
from hypothesis import given
from hypothesis import strategies as st

from segl import Lost
from segl_sim import Chip, World
from segl_sim.browser.answers import public_key
from segl_sim.browser.client import Client
from segl_sim.browser.desk import Desk
from segl_sim.browser.errors import DomError, of_failure
from segl_sim.browser.options import read_assertion, read_creation
from segl_sim.browser.origin import check_ancestors, origin_of, rp_id_for
from segl_sim.browser.requests import Cancel, Request

ORIGIN = "https://login.example.com"
PIN = "1234"
NS = 1_000_000_000
CREATION: dict[str, Any] = {
    "rp": {"name": "Example"},
    "user": {"id": "AQI", "name": "somebody", "displayName": "Somebody"},
    "challenge": "AAAA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}
ASSERTION: dict[str, Any] = {"challenge": "AAAA"}
RK = {"authenticatorSelection": {"residentKey": "required"}}
ERRORS = ("", "TypeError", "NotSupportedError", "NotAllowedError", "SyntaxError")
UV = {"authenticatorSelection": {"userVerification": "required"}}

# Anything that JSON can say, with the names that matter among its keys.
NAMES = [
    *("rp", "user", "id", "name", "displayName", "challenge", "pubKeyCredParams", "type", "alg", "timeout"),
    *("excludeCredentials", "allowCredentials", "authenticatorSelection", "residentKey", "userVerification"),
    *("extensions", "prf", "eval", "first", "evalByCredential", "largeBlob", "support", "read", "write"),
    *("credBlob", "credentialProtectionPolicy", "attestation", "rpId", "authenticatorAttachment"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["public-key", "AQI", "required"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5),
    ),
    max_leaves=20,
)


class Page:
    """A page at a chip that asks without a browser."""

    def __init__(self, world: World, **options: Any) -> None:
        self.world = world
        self.chip: Chip = world.chip()
        self.chip.plug()
        self.client = Client(self.chip, **options)
        self.last: Request

    def ask(self, kind: str, options: Any, origin: str = ORIGIN) -> dict[str, Any]:
        self.last = Request(kind, options, self.world.now, Cancel(self.world), origin)
        return self.client.serve(self.last, lambda: None)

    def create(self, **changed: Any) -> dict[str, Any]:
        return self.ask("create", CREATION | changed)

    def get(self, **changed: Any) -> dict[str, Any]:
        return self.ask("get", ASSERTION | changed)

    def refused(self, kind: str, **changed: Any) -> str:
        with pytest.raises(DomError) as error:
            self.ask(kind, (CREATION if kind == "create" else ASSERTION) | changed)
        assert self.last.outcome == error.value.name
        return error.value.name


@pytest.fixture(name="page")
def page_fixture() -> Iterator[Page]:
    with World(seed=4, engine="cpython") as world:
        yield Page(world, pin=PIN)


def outcome(action: Callable[[], Any]) -> tuple[Any, str]:
    """Return what it returned, and the name of the error that a page would get instead."""
    try:
        return action(), ""
    except DomError as error:
        return None, error.name


def with_pin(page: Page) -> Page:
    ClientPin(Ctap2(page.chip.ctap())).set_pin(PIN)
    return page


def credential(made: dict[str, Any]) -> dict[str, Any]:
    return {"type": "public-key", "id": made["rawId"]}


# Origins


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.com/a?b#c", "https://example.com"),
        ("https://user:pw@example.com:8443/", "https://example.com:8443"),
        ("http://localhost:5000/", "http://localhost:5000"),
        ("http://a.b.localhost/", "http://a.b.localhost"),
        ("about:blank", "NotAllowedError"),
        ("about:srcdoc", "NotAllowedError"),
        ("data:text/html,x", "NotAllowedError"),
        ("blob:https://example.com/1", "NotAllowedError"),
        ("file:///etc/passwd", "NotAllowedError"),
        ("https://", "NotAllowedError"),
        ("https://[::1", "NotAllowedError"),
        ("", "NotAllowedError"),
        ("http://example.com/", "SecurityError"),
        ("http://localhost.example.com/", "SecurityError"),
        ("https://192.0.2.7/", "SecurityError"),
        ("http://127.0.0.1:5000/", "SecurityError"),
        ("http://[::1]/", "SecurityError"),
    ],
)
def test_the_origin_of_a_url(url: str, origin: str) -> None:
    found, name = outcome(lambda: origin_of(url))
    assert (name or found) == origin


@pytest.mark.parametrize(
    ("origin", "asked", "found"),
    [
        ("https://a.example.com", None, "a.example.com"),
        ("https://a.example.com:1", "a.example.com", "a.example.com"),
        ("https://a.example.com", "example.com", "example.com"),
        ("http://localhost:1", None, "localhost"),
        ("http://a.localhost", "localhost", None),
        ("https://a.example.com", "com", None),
        ("https://a.example.co.uk", "co.uk", None),
        ("https://a.github.io", "github.io", None),
        ("https://a.internal", "internal", None),
        ("https://a.example.com", "b.example.com", None),
        ("https://example.com", "a.example.com", None),
        ("https://notexample.com", "example.com", None),
        ("https://a.example.com", "", None),
        ("https://a.example.com", "https://a.example.com", None),
    ],
)
def test_the_relying_party_is_the_domain_or_one_above_it(
    origin: str, asked: str | None, found: str | None
) -> None:
    if found:
        assert rp_id_for(origin, asked) == found
    else:
        with pytest.raises(DomError, match="SecurityError"):
            rp_id_for(origin, asked)


@pytest.mark.parametrize("urls", [["https://example.com/", "https://a.example.com/"], ["about:blank"]])
def test_a_document_around_it_must_be_of_the_same_origin(urls: list[str]) -> None:
    check_ancestors("https://example.com", ["https://example.com/x", "https://example.com:443/"][:1])
    with pytest.raises(DomError, match="NotAllowedError"):
        check_ancestors("https://example.com", urls)


# Options


@given(JSON)
def test_whatever_a_page_sends_is_read_or_refused_by_name(value: object) -> None:
    for read in (read_creation, read_assertion):
        assert outcome(partial(read, value))[1] in ERRORS


@given(st.sampled_from(NAMES), JSON)
def test_one_member_that_is_wrong_is_refused_by_name(name: str, value: object) -> None:
    for read, good in ((read_creation, CREATION), (read_assertion, ASSERTION)):
        for options in (good | {name: value}, good | {"extensions": {name: value}}):
            assert outcome(partial(read, options))[1] in ERRORS


@given(st.lists(st.sampled_from([-7, -8, -257, 99]), min_size=1), st.integers(1, 64), st.binary(min_size=1))
def test_good_options_are_read_whole(algorithms: list[int], length: int, challenge: bytes) -> None:
    read = read_creation(
        CREATION
        | {
            "challenge": websafe_encode(challenge),
            "user": {"id": websafe_encode(bytes(length)), "name": "a", "displayName": ""},
            "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in algorithms],
            "timeout": 1500,
            "excludeCredentials": [
                {"type": "public-key", "id": "AQ", "transports": ["smart-card"]},
                {"type": "password", "id": "Ag"},
            ],
        }
    )
    assert [one.alg for one in read.options.pub_key_cred_params] == algorithms
    assert read.options.challenge == challenge
    assert read.options.user.id == bytes(length)
    assert [one.id for one in read.options.exclude_credentials or []] == [b"\x01"]
    assert read.timeout_s == 1.5
    assert read.options.timeout is None  # python-fido2 would count it by the wall's clock


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"user": {"id": "", "name": "a", "displayName": "b"}}, "TypeError"),
        ({"user": {"id": "A" * 87, "name": "a", "displayName": "b"}}, "TypeError"),
        ({"user": {"id": "AQ", "name": "a"}}, "TypeError"),
        ({"rp": {"id": "example.com"}}, "TypeError"),
        ({"challenge": None}, "TypeError"),
        ({"challenge": "a"}, "TypeError"),
        ({"challenge": "ä"}, "TypeError"),
        ({"pubKeyCredParams": [{"type": "public-key", "alg": True}]}, "TypeError"),
        ({"pubKeyCredParams": [{"type": "password", "alg": -7}]}, "NotSupportedError"),
        ({"authenticatorSelection": {"authenticatorAttachment": "platform"}}, "NotAllowedError"),
        ({"extensions": {"credentialProtectionPolicy": "never"}}, "TypeError"),
        ({"extensions": {"prf": {"evalByCredential": {}}}}, "NotSupportedError"),
        ({"extensions": {"prf": {"eval": {}}}}, "TypeError"),
        ({"extensions": {"largeBlob": {"write": "AQ"}}}, "NotSupportedError"),
        ({"extensions": {"largeBlob": {"support": "perhaps"}}}, "TypeError"),
    ],
)
def test_wrong_options_of_create(changed: dict[str, Any], name: str) -> None:
    with pytest.raises(DomError) as error:
        read_creation(CREATION | changed)
    assert error.value.name == name


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"allowCredentials": [{"type": "password", "id": "AQ"}]}, "NotAllowedError"),
        ({"allowCredentials": [{"type": "public-key", "id": ""}]}, "NotAllowedError"),
        ({"allowCredentials": ["AQ"]}, "TypeError"),
        ({"extensions": {"largeBlob": {"read": True, "write": "AQ"}}}, "NotSupportedError"),
        ({"extensions": {"largeBlob": {"write": "AQ"}}}, "NotSupportedError"),
        ({"extensions": {"largeBlob": {"support": "required"}}}, "NotSupportedError"),
        ({"extensions": {"prf": {"evalByCredential": {"AQ": {"first": "AQ"}}}}}, "NotSupportedError"),
        (
            {
                "allowCredentials": [{"type": "public-key", "id": "AQ"}],
                "extensions": {"prf": {"evalByCredential": {"Ag": {"first": "AQ"}}}},
            },
            "SyntaxError",
        ),
    ],
)
def test_wrong_options_of_get(changed: dict[str, Any], name: str) -> None:
    with pytest.raises(DomError) as error:
        read_assertion(ASSERTION | changed)
    assert error.value.name == name


# Requests


def test_client_data_say_where_the_request_came_from(page: Page) -> None:
    for made, kind in ((page.create(**RK), "webauthn.create"), (page.get(), "webauthn.get")):
        told = json.loads(websafe_decode(made["response"]["clientDataJSON"]))
        assert told == {"type": kind, "challenge": "AAAA", "origin": ORIGIN, "crossOrigin": False}


def test_a_domain_above_may_be_the_relying_party_of_both(page: Page) -> None:
    page.create(**RK, rp={"name": "x", "id": "example.com"})
    assert page.get(rpId="example.com")
    assert page.refused("get") == "NotAllowedError"
    assert page.refused("get", rpId="example.org") == "SecurityError"


def test_attestation_is_given_to_those_who_ask(page: Page) -> None:
    for asked, fmt in ((None, "none"), ("none", "none"), ("direct", "packed")):
        made = page.create(attestation=asked)
        found = AttestationObject(websafe_decode(made["response"]["attestationObject"]))
        assert found.fmt == fmt
        assert AuthenticatorData(websafe_decode(made["response"]["authenticatorData"])) == found.auth_data


def test_empty_names_do_not_upset_the_key(page: Page) -> None:
    assert page.create(rp={"name": ""}, user={"id": "AQ", "name": "", "displayName": ""})


def test_public_keys_are_told_as_browsers_do() -> None:
    numbers = bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    point = bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    es256 = public_key(ES256({1: 2, 3: -7, -1: 1, -2: numbers, -3: point}))
    assert es256
    assert es256.hex().startswith("3059301306072a8648ce3d020106082a8648ce3d030107034200046b17")
    ed25519 = public_key(EdDSA({1: 1, 3: -8, -1: 6, -2: bytes(32)}))
    assert ed25519
    assert ed25519.hex() == "302a300506032b6570032100" + "00" * 32
    assert public_key({1: 3, 3: -257}) is None


def test_algorithms_are_chosen_in_the_pages_order(page: Page) -> None:
    made = page.create(pubKeyCredParams=[{"type": "public-key", "alg": alg} for alg in (-257, -8, -7)])
    assert made["response"]["publicKeyAlgorithm"] == -8
    assert (
        page.refused("create", pubKeyCredParams=[{"type": "public-key", "alg": -257}]) == "NotSupportedError"
    )


def test_excluded_and_allowed_credentials(page: Page) -> None:
    made = page.create()
    assert page.refused("create", excludeCredentials=[credential(made)]) == "InvalidStateError"
    found = page.get(allowCredentials=[{"type": "public-key", "id": "AQ"}, credential(made)])
    assert found["id"] == made["id"]
    assert page.refused("get", allowCredentials=[{"type": "public-key", "id": "AQ"}]) == "NotAllowedError"
    assert page.refused("get") == "NotAllowedError"


def test_of_several_accounts_the_newest_is_taken_or_the_chosen_one() -> None:
    chosen: list[list[bytes]] = []

    def choose(users: Any) -> int:
        chosen.append([user["id"] for user in users])
        return 1

    for option, expected in ((None, "Ag"), (choose, "AQ")):
        with World(seed=4, engine="cpython") as world:
            page = Page(world, choose=option)
            for number in ("AQ", "Ag"):
                page.create(**RK, user={"id": number, "name": "a", "displayName": "b"})
            assert page.get()["response"]["userHandle"] == expected
    assert chosen == [[b"\x02", b"\x01"]]


def test_extensions(page: Page) -> None:
    with_pin(page)
    made = page.create(
        **RK,
        extensions={
            "credProps": True,
            "hmacCreateSecret": True,
            "minPinLength": True,
            "credBlob": "AQI",
            "credentialProtectionPolicy": "userVerificationRequired",
            "enforceCredentialProtectionPolicy": True,
            "largeBlob": {"support": "preferred"},
            "nobodyKnows": {"this": [1]},
        },
    )
    assert made["clientExtensionResults"] == {
        "credProps": {"rk": True},
        "hmacCreateSecret": True,
        "largeBlob": {"supported": True},
    }
    signed = AuthenticatorData(websafe_decode(made["response"]["authenticatorData"])).extensions
    assert signed == {"credBlob": True, "credProtect": 3, "hmac-secret": True}
    prf = {"eval": {"first": "AQ"}, "evalByCredential": {made["id"]: {"first": "AQ", "second": "Ag"}}}
    found = page.get(allowCredentials=[credential(made)], extensions={"prf": prf, "getCredBlob": True})
    assert set(found["clientExtensionResults"]["prf"]["results"]) == {"first", "second"}
    signed = AuthenticatorData(websafe_decode(found["response"]["authenticatorData"])).extensions
    assert signed
    assert signed["credBlob"] == b"\x01\x02"
    usual = page.get(extensions={"prf": {"eval": {"first": "AQ"}}})
    assert usual["clientExtensionResults"]["prf"]["results"] == {
        "first": found["clientExtensionResults"]["prf"]["results"]["first"]
    }


# User verification


def test_the_pin_is_asked_for_when_it_is_needed() -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("PIN?")
        return PIN

    with World(seed=4, engine="cpython") as world:
        page = Page(world, pin=ask)
        page.create()
        assert not asked
        with_pin(page)
        page.create(**UV)
        page.create()
        assert len(asked) == 2
        page.create(authenticatorSelection={"userVerification": "discouraged"})
        assert len(asked) == 2


@pytest.mark.parametrize("pin", [None, "", "4321"])
def test_a_wrong_pin_or_none_is_not_allowed(pin: str | None) -> None:
    with World(seed=4, engine="cpython") as world:
        page = with_pin(Page(world, pin=pin))
        assert page.refused("create") == "NotAllowedError"
        left = ClientPin(Ctap2(page.chip.ctap())).get_pin_retries()[0]
        assert left == (7 if pin else 8)


def test_a_blocked_pin_is_not_allowed() -> None:
    with World(seed=4, engine="cpython") as world:
        page = with_pin(Page(world, pin="4321"))
        for _ in range(8):
            for _ in range(3):
                assert page.refused("create") == "NotAllowedError"
            page.chip.unplug()
            world.advance(1)
            page.chip.plug()
        assert "blocked" in page.last.message


def test_verification_is_preferred_only_where_it_can_be(page: Page) -> None:
    page.create(authenticatorSelection={"userVerification": "preferred"})
    assert page.refused("create", **UV) == "ConstraintError"
    assert page.refused("get", userVerification="required") == "NotAllowedError"


# Touches and time


def test_without_a_touch_time_runs_out() -> None:
    with World(seed=4, engine="cpython") as world:
        page = Page(world, touches="never")
        for timeout, seconds in ((2000, 2), (None, 30)):
            began = world.now
            assert page.refused("create", timeout=timeout) == "NotAllowedError"
            assert seconds <= (world.now - began) / NS < seconds + 1.5
        assert "time" in page.last.message
        page.client.touches = 3
        began = world.now
        page.create()
        assert 3 < (world.now - began) / NS < 4.5


def test_a_canceled_request_leaves_the_key_free(page: Page) -> None:
    page.client.touches = "never"
    request = Request("create", CREATION, page.world.now, Cancel(page.world), ORIGIN)

    def cancel() -> None:
        if request.asks:
            request.canceled.set()

    with pytest.raises(DomError, match="NotAllowedError"):
        page.client.serve(request, cancel)
    assert [report.command for report in request.reports if report.to_chip][-1] == "CANCEL"
    page.client.touches = "auto"
    page.create()


def test_a_key_that_is_busy_is_asked_again_in_virtual_time(page: Page) -> None:
    other = page.chip.connect_fido()
    other.write_packet(b"\xff\xff\xff\xff\x86\x00\x08" + b"12345678".ljust(57, b"\0"))
    channel = other.read_packet()[15:19]
    other.write_packet(
        channel + b"\x90\x00\x01\x0b".ljust(60, b"\0")
    )  # authenticatorSelection: waits for a touch
    page.world.at(page.world.now + 2 * NS, lambda: other.write_packet(channel + b"\x91".ljust(60, b"\0")))
    began = page.world.now
    page.create()
    assert page.world.now - began > 2 * NS
    assert [report.command for report in page.last.reports].count("ERROR") < 30  # one each 0.1 s


def test_what_other_programs_are_told_does_not_disturb_a_request(page: Page) -> None:
    other = page.chip.connect_fido()
    request = Request("create", CREATION, page.world.now, Cancel(page.world), ORIGIN)

    def disturb() -> None:
        other.write_packet(b"\xff\xff\xff\xff\x86\x00\x08" + b"12345678".ljust(57, b"\0"))

    assert page.client.serve(request, disturb)


def test_a_chip_that_is_not_plugged_in_or_goes_is_not_allowed(page: Page) -> None:
    page.chip.unplug()
    assert page.refused("create") == "NotAllowedError"
    page.chip.plug()
    page.world.at(page.world.now + NS // 20, page.chip.unplug)
    assert page.refused("create") == "NotAllowedError"
    page.chip.plug()
    page.create()


@pytest.mark.parametrize("failure", [LookupError("no PIN here"), ValueError("no PIN here")])
def test_a_failure_of_the_test_is_kept_for_it(failure: Exception) -> None:
    def broken() -> str:
        raise failure

    with World(seed=4, engine="cpython") as world:
        page = with_pin(Page(world, pin=broken))
        page.refused("create")
        assert page.client.failure is failure


@pytest.mark.parametrize(
    "text", ["", "x", "1", "[]", "{}", '"create"', '{"kind": "sign", "id": 1}', '{"kind": []}', "[" * 100_000]
)
def test_a_message_that_is_malformed_is_refused(page: Page, text: str) -> None:
    source = {"page": object(), "frame": object()}
    answer = asyncio.run(Desk(page.chip, page.client).serve(source, text))
    assert json.loads(answer)["error"]["name"] == "TypeError"


# Errors


@pytest.mark.parametrize(
    ("failure", "creating", "name"),
    [
        (CtapError(CtapError.ERR.CREDENTIAL_EXCLUDED), True, "InvalidStateError"),
        (CtapError(CtapError.ERR.UNSUPPORTED_ALGORITHM), True, "NotSupportedError"),
        (CtapError(CtapError.ERR.KEY_STORE_FULL), True, "NotAllowedError"),
        (CtapError(0x99), True, "NotAllowedError"),
        (ClientError.ERR.CONFIGURATION_UNSUPPORTED(ValueError("no")), True, "NotSupportedError"),
        (ClientError.ERR.CONFIGURATION_UNSUPPORTED("no PIN"), True, "ConstraintError"),
        (ClientError.ERR.CONFIGURATION_UNSUPPORTED("no PIN"), False, "NotAllowedError"),
        (ClientError.ERR.TIMEOUT(), False, "NotAllowedError"),
        (ClientError.ERR.OTHER_ERROR(), False, "NotAllowedError"),
        (Lost("gone"), False, "NotAllowedError"),
        (ValueError("no"), False, "NotSupportedError"),
    ],
)
def test_failures_have_the_names_that_pages_know(failure: Exception, creating: bool, name: str) -> None:
    error = of_failure(failure, creating)
    assert error
    assert error.name == name
    assert error.message.endswith(".")


def test_other_failures_are_not_the_pages_affair() -> None:
    assert of_failure(AssertionError(), True) is None
