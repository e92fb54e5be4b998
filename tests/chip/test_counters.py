"""Signature counters: each credential has its own, which only rises, and is kept before the signature leaves.

Sections are those of WebAuthn Level 2.
"""

from segl_wire import cbor, ctaphid
from tests.chip.support import CANCELED, GET, AuthenticatorData, Made, Platform, asking, section


def count(key: Platform, made: Made) -> int:
    return key.get(allow=[made.id], up=False)[0].counter


def encoded(params: dict[int, object]) -> bytes:
    return cbor.encode({label: value for label, value in params.items() if value is not None})


@section("6.1.1")
def test_each_credential_counts_for_itself(key: Platform) -> None:
    one, other = key.make(), key.make(rk=True)
    begun = (one.data.counter, other.data.counter)
    assert [count(key, one) for _ in range(3)] == [begun[0] + step for step in (1, 2, 3)]
    assert count(key, other) == begun[1] + 1
    assert count(key, one) == begun[0] + 4


@section("6.1.1")
def test_making_counts_too(key: Platform) -> None:
    assert key.make().data.counter == 1


@section("6.1.1")
def test_it_goes_on_after_a_power_cycle(key: Platform) -> None:
    made = key.make()
    before = count(key, made)
    key.power_cycle()
    assert count(key, made) == before + 1


@section("6.1.1")
def test_every_one_of_several_answers_counts_its_own(fresh: Platform) -> None:
    made = [fresh.make(rk=True, user=user) for user in (b"a", b"b")]
    fresh.get()
    assert AuthenticatorData(fresh.ok(8)[2]).counter == 2
    assert [count(fresh, one) for one in made] == [3, 3]


@section("6.1.1")
def test_it_is_kept_before_the_signature_leaves(key: Platform) -> None:
    """The power fails when the answer's first report arrives: the chip has counted already."""
    made = key.make()
    before = count(key, made)
    key.send(key.channel, ctaphid.CBOR, bytes([GET]) + encoded(asking(allow=[made.id], up=False)))
    key.answer()
    key.power_cycle()
    assert count(key, made) == before + 2


@section("6.1.1")
def test_no_value_is_signed_twice_wherever_the_power_fails(key: Platform) -> None:
    made = key.make()
    seen = count(key, made)
    for wait in (0.1, 0.2, 0.3, 0.4):
        key.send(key.channel, ctaphid.CBOR, bytes([GET]) + encoded(asking(allow=[made.id], up=False)))
        key.world.advance(wait)
        key.power_cycle()
        found = count(key, made)
        assert seen < found <= seen + 2
        seen = found


@section("6.1.1")
def test_a_request_that_was_canceled_does_not_count(key: Platform) -> None:
    made = key.make()
    before = count(key, made)
    key.send(key.channel, ctaphid.CBOR, bytes([GET]) + encoded(asking(allow=[made.id])))
    key.world.advance(1)
    key.send(key.channel, ctaphid.CANCEL)
    key.touches = 0
    assert key.answer() == bytes([CANCELED])
    assert count(key, made) == before + 1


@section("6.1.1")
def test_a_new_credential_does_not_go_on_with_an_old_one_s_counter(key: Platform) -> None:
    old = key.make(rk=True, user=b"same")
    for _ in range(3):
        count(key, old)
    assert key.make(rk=True, user=b"same").data.counter == 1
