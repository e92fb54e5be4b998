"""Origins and options of pages, as the browser helper reads them."""

from functools import partial
from typing import Any

import pytest
from fido2.utils import websafe_encode
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.browser.errors import DomError
from segl_sim.browser.options import read_assertion, read_creation
from segl_sim.browser.origin import check_ancestors, origin_of, rp_id_for
from tests.clients.page_options import ASSERTION, CREATION, outcome

ERRORS = ("", "TypeError", "NotSupportedError", "NotAllowedError", "SyntaxError")
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
