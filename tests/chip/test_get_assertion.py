"""authenticatorGetAssertion: whose credential is used, who has to be there, and what comes back."""

from typing import Any

import pytest
from fido2.webauthn import AuthenticatorData

from tests.chip.support import (
    AT,
    DENIED,
    ED,
    EDDSA,
    ES256,
    ESP256,
    GA,
    GET,
    HASH,
    INVALID_LENGTH,
    INVALID_OPTION,
    INVALID_PARAMETER,
    LIMIT_EXCEEDED,
    MC,
    MISSING_PARAMETER,
    NO_CREDENTIALS,
    OK,
    PIN_AUTH_INVALID,
    PIN_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    RP,
    UNEXPECTED_TYPE,
    UNSUPPORTED_OPTION,
    UP,
    UV,
    Made,
    Platform,
    asking,
    descriptor,
    section,
    sha256,
)


@pytest.fixture(name="made", scope="module")
def made_fixture(open_chip: Platform) -> Made:
    """Give a credential that the chip without a PIN has not stored."""
    open_chip.touches = 0.1
    return open_chip.make()


@pytest.fixture(name="guarded", scope="module")
def guarded_fixture(locked_chip: Platform) -> Made:
    """Give one that the chip with a PIN has stored."""
    locked_chip.touches = 0.1
    return locked_chip.make(rk=True, token=locked_chip.token(PIN_TEXT, MC, RP))


@section("6.2.2")
@pytest.mark.parametrize("algorithm", [ES256, EDDSA, ESP256])
def test_what_comes_back_is_signed_with_the_credential_s_key(key: Platform, algorithm: int) -> None:
    made = key.make(algorithm=algorithm)
    data, answer = key.get(allow=[made.id])
    made.public.verify(bytes(data) + HASH, answer[3])


@section("6.2.2")
def test_authenticator_data_are_37_bytes_about_the_relying_party_and_the_user(
    key: Platform, made: Made
) -> None:
    data, answer = key.get(allow=[made.id])
    assert len(answer[2]) == 37
    assert data.rp_id_hash == sha256(RP.encode())
    assert data.flags == UP
    assert not data.flags & AT


@section("6.2.2")
def test_a_credential_is_named_also_where_only_one_was_asked_for(key: Platform, made: Made) -> None:
    _, answer = key.get(allow=[made.id])
    assert answer[1] == descriptor(made.id)
    assert sorted(answer) == [1, 2, 3]


@section("6.2.2 step 13")
def test_the_counter_rises(key: Platform, made: Made) -> None:
    counters = [key.get(allow=[made.id], up=False)[0].counter for _ in range(3)]
    assert counters == [counters[0], counters[0] + 1, counters[0] + 2]


@section("6.2.2 step 4")
def test_an_option_that_nobody_knows_is_ignored(key: Platform, made: Made) -> None:
    assert key.status(GET, asking(allow=[made.id], options={"madeUp": False})) == OK


@section("6.2.2 step 4")
@pytest.mark.parametrize(
    ("options", "status"),
    [({"uv": True}, INVALID_OPTION), ({"rk": True}, UNSUPPORTED_OPTION), ({"rk": False}, UNSUPPORTED_OPTION)],
)
def test_options_that_it_cannot_obey_are_refused(
    key: Platform, made: Made, options: dict[str, bool], status: int
) -> None:
    assert key.status(GET, asking(allow=[made.id], options=options)) == status
    assert key.asked == 0


@section("6.2.2 step 4")
@pytest.mark.parametrize("options", [{"up": True}, {"uv": False}, {}])
def test_options_that_say_what_holds_anyway_change_nothing(
    key: Platform, made: Made, options: dict[str, bool]
) -> None:
    data, _ = key.get(allow=[made.id], options=options)
    assert (data.flags, key.asked) == (UP, 1)


@section("6.2.2 step 9")
def test_nobody_is_asked_to_be_there_where_the_platform_wants_nobody(key: Platform, made: Made) -> None:
    data, answer = key.get(allow=[made.id], up=False)
    assert (data.flags, key.asked) == (0, 0)
    made.public.verify(bytes(data) + HASH, answer[3])


@section("6.2.2 step 9")
def test_without_a_touch_it_is_denied_after_thirty_seconds(key: Platform, made: Made) -> None:
    key.touches = 0
    begun = key.world.now
    assert key.status(GET, asking(allow=[made.id])) == DENIED
    assert 29.9 < (key.world.now - begun) / 1e9 < 31.5


@section("6.2.2 step 7")
def test_where_nothing_is_found_nobody_is_asked_to_touch(key: Platform) -> None:
    assert key.status(GET, asking(rp="nowhere.example")) == NO_CREDENTIALS
    assert key.asked == 0


@section("6.2.2 step 7")
def test_another_relying_party_s_credential_is_not_found(key: Platform, made: Made) -> None:
    assert key.status(GET, asking(rp="other.example", allow=[made.id])) == NO_CREDENTIALS


@section("6.2.2 step 7")
def test_another_chip_s_credential_is_not_found(key: Platform, guarded: Made) -> None:
    assert key.status(GET, asking(allow=[guarded.id])) == NO_CREDENTIALS


@section("6.2.2 step 7")
def test_an_id_of_which_one_bit_is_wrong_is_not_found(key: Platform, made: Made) -> None:
    for at in range(0, len(made.id) * 8, 61):
        wrong = bytearray(made.id)
        wrong[at // 8] ^= 1 << at % 8
        assert key.status(GET, asking(allow=[bytes(wrong)])) == NO_CREDENTIALS, at


@section("6.2.2 step 7")
def test_it_is_found_among_others(key: Platform, made: Made, guarded: Made) -> None:
    _, answer = key.get(allow=[b"x", bytes(96), guarded.id, made.id, b""])
    assert answer[1]["id"] == made.id


@section("6.2.2 step 11")
def test_of_several_that_are_named_one_signs_and_none_is_counted(key: Platform, made: Made) -> None:
    other = key.make()
    _, answer = key.get(allow=[other.id, made.id])
    assert answer[1]["id"] in (other.id, made.id)
    assert 5 not in answer


@section("6.2.2 step 7")
def test_an_entry_of_another_type_is_passed_over(key: Platform, made: Made) -> None:
    wanted = asking()
    wanted[3] = [descriptor(made.id, "other")]
    assert key.status(GET, wanted) == NO_CREDENTIALS
    wanted[3].append(descriptor(made.id))
    assert key.status(GET, wanted) == OK


@section("6.2.2 step 7")
@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (b"id", UNEXPECTED_TYPE),
        ({"id": b"id"}, MISSING_PARAMETER),
        ({"type": "public-key"}, MISSING_PARAMETER),
        ({"id": b"id", "type": 1}, UNEXPECTED_TYPE),
        ({"id": "id", "type": "public-key"}, UNEXPECTED_TYPE),
    ],
)
def test_an_entry_that_names_no_credential_is_an_error(
    key: Platform, made: Made, entry: Any, status: int
) -> None:
    wanted = asking(allow=[made.id])
    wanted[3].append(entry)
    assert key.status(GET, wanted) == status


@section("6.2.2 step 7")
def test_a_list_is_as_long_as_get_info_says(key: Platform, made: Made) -> None:
    most = key.info()[7]
    assert key.status(GET, asking(allow=[bytes(96)] * (most - 1) + [made.id], up=False)) == OK
    assert key.status(GET, asking(allow=[made.id] * (most + 1), up=False)) == LIMIT_EXCEEDED


@section("6.2.1")
@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_has_32_bytes(key: Platform, made: Made, size: int) -> None:
    assert key.status(GET, {**asking(allow=[made.id]), 2: bytes(size)}) == INVALID_LENGTH


@section("6.2.2 step 10")
def test_an_extension_that_nobody_knows_is_ignored(key: Platform, made: Made) -> None:
    data, _ = key.get(allow=[made.id], extensions={"madeUp": True}, up=False)
    assert not data.flags & ED


@section("6.2.2")
def test_who_has_not_shown_a_pin_learns_nobody_s_name(fresh: Platform) -> None:
    for user in (b"one", b"two"):
        fresh.make(rk=True, user=user)
    assert fresh.get()[1][4] == {"id": b"two"}


@section("6.2.2")
def test_a_name_is_not_needed_where_there_is_no_choice(locked: Platform, guarded: Made) -> None:
    _, answer = locked.get(token=locked.token(PIN_TEXT, GA, RP))
    assert answer[4] == {"id": b"user"}


@section("6.2.2 step 1")
def test_an_empty_proof_asks_for_a_touch_and_says_whether_there_is_a_pin(
    key: Platform, locked: Platform
) -> None:
    assert key.status(GET, {**asking(), 6: b""}) == PIN_NOT_SET
    assert locked.status(GET, {**asking(), 6: b""}) == PIN_INVALID
    assert (key.asked, locked.asked) == (1, 1)


@section("6.2.2 step 2")
@pytest.mark.parametrize(
    ("version", "status"), [(None, MISSING_PARAMETER), (0, INVALID_PARAMETER), (3, INVALID_PARAMETER)]
)
def test_a_proof_needs_a_protocol_that_it_knows(locked: Platform, version: int | None, status: int) -> None:
    assert locked.status(GET, {**asking(), 6: bytes(32), 7: version}) == status


@section("6.2.2 step 6")
@pytest.mark.parametrize("version", [1, 2])
def test_a_right_proof_is_said_in_the_flags(locked: Platform, guarded: Made, version: int) -> None:
    data, answer = locked.get(token=locked.token(PIN_TEXT, GA, RP, version))
    assert data.flags == UP | UV
    guarded.public.verify(bytes(data) + HASH, answer[3])


@section("6.2.2 step 4")
def test_beside_a_proof_the_uv_option_means_nothing(locked: Platform, guarded: Made) -> None:
    data, _ = locked.get(allow=[guarded.id], token=locked.token(PIN_TEXT, GA, RP), options={"uv": True})
    assert data.flags == UP | UV


@section("6.2.2 step 6")
def test_a_wrong_proof_is_none(locked: Platform, guarded: Made) -> None:
    token = locked.token(PIN_TEXT, GA, RP)
    for proof, version in (
        (bytes(32), 2),
        (token.sign(HASH)[:31], 2),
        (token.sign(bytes(32)), 2),
        (bytes(16), 1),
    ):
        assert locked.status(GET, {**asking(), 6: proof, 7: version}) == PIN_AUTH_INVALID
    assert locked.asked == 0
    assert locked.status(GET, asking(token=token)) == OK


@section("6.2.2 step 6")
def test_a_proof_is_for_what_its_token_may_do_and_where(locked: Platform, guarded: Made) -> None:
    assert locked.status(GET, asking(token=locked.token(PIN_TEXT, MC, RP))) == PIN_AUTH_INVALID
    assert locked.status(GET, asking(token=locked.token(PIN_TEXT, GA, "other.example"))) == PIN_AUTH_INVALID


@section("6.2.2 step 9")
def test_a_touch_uses_up_the_proof(locked: Platform, guarded: Made) -> None:
    token = locked.token(PIN_TEXT, GA, RP)
    assert locked.status(GET, asking(token=token)) == OK
    assert locked.status(GET, asking(token=token)) == PIN_AUTH_INVALID


@section("6.2.2 step 9")
def test_a_touch_uses_up_a_proof_that_was_not_shown(locked: Platform, guarded: Made) -> None:
    token = locked.token(PIN_TEXT, GA, RP)
    assert locked.status(GET, asking(allow=[guarded.id])) == OK
    assert locked.status(GET, asking(token=token)) == PIN_AUTH_INVALID


@section("6.2.2 step 9")
def test_without_a_touch_a_proof_stays_good(locked: Platform, guarded: Made) -> None:
    token = locked.token(PIN_TEXT, GA, RP)
    for _ in range(2):
        data, _ = locked.get(token=token, up=False)
        assert data.flags == UV


@section("6.2.2 step 7")
def test_a_stored_credential_is_found_by_its_id_too(locked: Platform, guarded: Made) -> None:
    data, answer = locked.get(allow=[guarded.id], up=False)
    assert answer[1]["id"] == guarded.id
    assert isinstance(data, AuthenticatorData)
    assert answer[4] == {"id": b"user"}
