"""What `make bench` counts and compares for the chip."""

import importlib.util

import pytest
from fido2.ctap2.pin import PinProtocolV2

from segl_sim.bench_chip import field_multiplications
from segl_sim.bench_other import other_key
from segl_sim.platforms import SteadyProtocol

_BASE_POINT = {
    1: 2,
    3: -25,
    -1: 1,
    -2: bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    -3: bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
}


@pytest.fixture(scope="module")
def multiplications() -> dict[str, int]:
    return field_multiplications(credentials=(1,))


def test_signing_takes_the_same_field_multiplications_with_a_pin_and_without(
    multiplications: dict[str, int],
):
    found = multiplications
    assert found["getAssertion without PIN, 1 stored"] == found["getAssertion with PIN, 1 stored"] > 1000
    assert found["makeCredential without PIN, 1 stored"] == found["makeCredential with PIN, 1 stored"] > 1000


def test_foreign_ids_cost_no_field_multiplication(multiplications: dict[str, int]):
    assert [count for name, count in multiplications.items() if "foreign" in name] == [0]


def test_the_other_authenticator_is_left_out_where_it_is_not_installed():
    with other_key() as key:
        assert (key is not None) == (importlib.util.find_spec("soft_fido2") is not None)


def test_the_steady_protocol_is_protocol_two():
    ours, theirs = SteadyProtocol(), PinProtocolV2()
    public, _ = ours.encapsulate(_BASE_POINT)
    peer, secret = theirs.encapsulate(public)
    assert ours.encapsulate(peer)[1] == secret
    assert theirs.decrypt(secret, ours.encrypt(secret, bytes(32))) == bytes(32)
