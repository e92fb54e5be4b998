"""What the browser helper does on Python's side, without a browser."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fido2.client import ClientError
from fido2.cose import ES256, EdDSA
from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin
from fido2.utils import websafe_decode
from fido2.webauthn import AttestationObject, AuthenticatorData

from segl import Lost
from segl_sim import Chip, World
from segl_sim.browser.answers import public_key
from segl_sim.browser.client import Client
from segl_sim.browser.desk import Desk
from segl_sim.browser.errors import DomError, of_failure
from segl_sim.browser.requests import Cancel, Request
from tests.clients.page_options import ASSERTION, CREATION

ORIGIN = "https://login.example.com"
PIN = "1234"
NS = 1_000_000_000
RK = {"authenticatorSelection": {"residentKey": "required"}}
UV = {"authenticatorSelection": {"userVerification": "required"}}


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


def with_pin(page: Page) -> Page:
    ClientPin(Ctap2(page.chip.ctap())).set_pin(PIN)
    return page


def credential(made: dict[str, Any]) -> dict[str, Any]:
    return {"type": "public-key", "id": made["rawId"]}


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
        page.client.finger.touches = 3
        began = world.now
        page.create()
        assert 3 < (world.now - began) / NS < 4.5


def test_a_canceled_request_leaves_the_key_free(page: Page) -> None:
    page.client.finger.touches = "never"
    request = Request("create", CREATION, page.world.now, Cancel(page.world), ORIGIN)

    def cancel() -> None:
        if request.asks:
            request.canceled.set()

    with pytest.raises(DomError, match="NotAllowedError"):
        page.client.serve(request, cancel)
    assert [report.command for report in request.reports if report.to_chip][-1] == "CANCEL"
    page.client.finger.touches = "auto"
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
