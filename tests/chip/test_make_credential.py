"""authenticatorMakeCredential: what is asked, in which order it is looked at, and what comes back."""

from typing import Any

import pytest
from fido2.attestation.packed import PackedAttestation

from tests.chip.support import (
    AT,
    DENIED,
    ED,
    EDDSA,
    ES256,
    ESP256,
    EXCLUDED,
    GA,
    GET,
    HASH,
    INVALID_LENGTH,
    INVALID_OPTION,
    INVALID_PARAMETER,
    LIMIT_EXCEEDED,
    MAKE,
    MC,
    MISSING_PARAMETER,
    NO_CREDENTIALS,
    OK,
    PIN_AUTH_INVALID,
    PIN_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    PUAT_REQUIRED,
    RP,
    UNEXPECTED_TYPE,
    UNSUPPORTED_ALGORITHM,
    UP,
    UV,
    Platform,
    asking,
    descriptor,
    making,
    section,
    sha256,
)

ALGORITHMS = (ES256, EDDSA, ESP256)


# --- without a PIN


@section("6.1.2")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_that_is_offered_attests_itself_packed(key: Platform, algorithm: int) -> None:
    made = key.make(algorithm=algorithm)
    assert made.answer[1] == "packed"
    assert made.answer[3]["alg"] == algorithm == made.public[3]
    assert sorted(made.answer[3]) == ["alg", "sig"]
    PackedAttestation().verify(made.answer[3], made.data, HASH)


@section("6.1.2")
def test_authenticator_data_say_who_asked_and_that_the_user_was_there(key: Platform) -> None:
    made = key.make()
    assert made.data.rp_id_hash == sha256(RP.encode())
    assert made.data.flags == UP | AT
    assert made.data.credential_data is not None
    assert bytes(made.data.credential_data.aaguid) == key.info()[3]
    assert made.data.extensions is None


@section("6.1.2")
def test_the_answer_has_no_members_that_nobody_asked_for(key: Platform) -> None:
    assert sorted(key.make().answer) == [1, 2, 3]


@section("6.1.2")
@pytest.mark.parametrize(
    ("algorithm", "labels"), [(ES256, {1: 2, 3: -7, -1: 1}), (EDDSA, {1: 1, 3: -8, -1: 6})]
)
def test_a_public_key_has_what_its_kind_wants_and_nothing_else(
    key: Platform, algorithm: int, labels: dict[int, int]
) -> None:
    public = dict(key.make(algorithm=algorithm).public)
    coordinates = [-2] if algorithm == EDDSA else [-2, -3]
    assert all(len(public.pop(label)) == 32 for label in coordinates)
    assert public == labels


@section("6.1.2 step 3")
def test_the_first_algorithm_that_the_chip_knows_is_chosen(key: Platform) -> None:
    wanted = making()
    wanted[4] = [{"alg": number, "type": "public-key"} for number in (-257, EDDSA, ES256)]
    assert key.ok(MAKE, wanted)[3]["alg"] == EDDSA


@section("6.1.2 step 3")
@pytest.mark.parametrize(
    "entries", [[], [{"alg": -257, "type": "public-key"}], [{"alg": ES256, "type": "other"}]]
)
def test_without_an_algorithm_that_it_knows_nothing_is_made(key: Platform, entries: list[Any]) -> None:
    wanted = making()
    wanted[4] = entries
    assert key.status(MAKE, wanted) == UNSUPPORTED_ALGORITHM
    assert key.asked == 0


@section("6.1.2 step 3")
@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"type": "public-key"}, MISSING_PARAMETER),
        ({"alg": ES256}, MISSING_PARAMETER),
        ({"alg": "ES256", "type": "public-key"}, UNEXPECTED_TYPE),
        ({"alg": ES256, "type": b"public-key"}, UNEXPECTED_TYPE),
        ("public-key", UNEXPECTED_TYPE),
    ],
)
def test_all_of_the_list_must_be_well_formed_also_after_one_that_fits(
    key: Platform, entry: object, status: int
) -> None:
    wanted = making()
    wanted[4].append(entry)
    assert key.status(MAKE, wanted) == status


@section("6.1.2 step 5")
def test_an_option_that_nobody_knows_is_ignored(key: Platform) -> None:
    assert key.status(MAKE, making(options={"madeUp": True})) == OK


@section("6.1.2 step 5")
@pytest.mark.parametrize("options", [{"up": False}, {"uv": True}])
def test_options_that_it_cannot_obey_are_refused(key: Platform, options: dict[str, bool]) -> None:
    assert key.status(MAKE, making(options=options)) == INVALID_OPTION
    assert key.asked == 0


@section("6.1.2 step 5")
@pytest.mark.parametrize("options", [{"up": True}, {"uv": False}, {"rk": False}, {}])
def test_options_that_say_what_holds_anyway_change_nothing(key: Platform, options: dict[str, bool]) -> None:
    assert key.make(options=options).data.flags == UP | AT


@section("6.1.2 step 9")
@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_enterprise_attestation_is_given(key: Platform, level: int) -> None:
    assert "ep" not in key.info()[4]
    assert key.status(MAKE, making(enterprise=level)) == INVALID_PARAMETER


@section("6.1.2 step 12")
def test_an_excluded_credential_ends_it_after_a_touch(key: Platform) -> None:
    made = key.make()
    assert key.status(MAKE, making(exclude=[made.id])) == EXCLUDED
    assert key.asked == 1


@section("6.1.2 step 12")
def test_an_excluded_discoverable_credential_ends_it_too(key: Platform) -> None:
    made = key.make(rk=True)
    assert key.status(MAKE, making(exclude=[made.id])) == EXCLUDED


@section("6.1.2 step 12")
def test_a_credential_of_another_relying_party_excludes_nothing(key: Platform) -> None:
    made = key.make(rp="other.example")
    assert key.status(MAKE, making(exclude=[made.id])) == OK


@section("6.1.2 step 12")
@pytest.mark.parametrize("identifier", [b"", b"x", bytes(96), bytes(255)])
def test_an_id_that_is_none_of_its_own_excludes_nothing(key: Platform, identifier: bytes) -> None:
    assert key.status(MAKE, making(exclude=[identifier])) == OK


@section("6.1.2 step 12")
def test_an_entry_of_another_type_excludes_nothing(key: Platform) -> None:
    wanted = making()
    wanted[5] = [descriptor(key.make().id, "other")]
    assert key.status(MAKE, wanted) == OK


@section("6.1.2 step 12")
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
def test_an_entry_that_names_no_credential_is_an_error(key: Platform, entry: object, status: int) -> None:
    wanted = making()
    wanted[5] = [entry]
    assert key.status(MAKE, wanted) == status


@section("6.1.2 step 12")
def test_a_list_is_as_long_as_get_info_says(key: Platform) -> None:
    most = key.info()[7]
    assert key.status(MAKE, making(exclude=[bytes(96)] * most)) == OK
    assert key.status(MAKE, making(exclude=[bytes(96)] * (most + 1))) == LIMIT_EXCEEDED


@section("6.1.2 step 14")
def test_without_a_touch_it_is_denied_after_thirty_seconds(key: Platform) -> None:
    key.touches = 0
    begun = key.world.now
    assert key.status(MAKE, making()) == DENIED
    assert 29.9 < (key.world.now - begun) / 1e9 < 31.5


@section("6.1.2 step 15")
def test_an_extension_that_nobody_knows_is_ignored(key: Platform) -> None:
    made = key.make(extensions={"madeUp": True, "other": {"a": 1}})
    assert not made.data.flags & ED


@section("6.1.2 step 18")
def test_a_credential_that_is_not_to_be_stored_is_not_stored(key: Platform) -> None:
    left = key.info()[20]
    key.make(rp="nowhere.example")
    assert key.info()[20] == left
    assert key.status(GET, asking(rp="nowhere.example")) == NO_CREDENTIALS


@section("6.1.1")
@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_has_32_bytes(key: Platform, size: int) -> None:
    wanted = making()
    wanted[1] = bytes(size)
    assert key.status(MAKE, wanted) == INVALID_LENGTH


@section("6.1.1")
def test_a_user_id_has_at_most_64_bytes(key: Platform) -> None:
    assert key.status(MAKE, making(user=bytes(64))) == OK
    assert key.status(MAKE, making(user=bytes(65))) == INVALID_LENGTH


@section("CTAP 2.2, 6.1.1")
@pytest.mark.parametrize(
    ("formats", "given"),
    [
        ([], "packed"),
        (["packed"], "packed"),
        (["none"], "none"),
        (["tpm", "none"], "none"),
        (["tpm"], "packed"),
    ],
)
def test_the_platform_may_prefer_a_format(key: Platform, formats: list[str], given: str) -> None:
    answer = key.make(formats=formats).answer
    assert answer[1] == given
    assert (answer[3] == {}) == (given == "none")


@section("6.1.2 step 1")
def test_an_empty_proof_asks_for_a_touch_and_says_that_there_is_no_pin(fresh: Platform) -> None:
    assert fresh.status(MAKE, {**making(), 8: b""}) == PIN_NOT_SET
    assert fresh.asked == 1


@section("6.1.2 step 11")
def test_a_proof_where_there_is_no_pin_is_no_proof(fresh: Platform) -> None:
    assert fresh.status(MAKE, {**making(), 8: bytes(32), 9: 2}) == PIN_NOT_SET
    assert fresh.asked == 0


# --- with a PIN


@section("6.1.2 step 1")
def test_an_empty_proof_asks_for_a_touch_and_says_that_there_is_a_pin(locked: Platform) -> None:
    assert locked.status(MAKE, {**making(), 8: b""}) == PIN_INVALID
    assert locked.asked == 1


@section("6.1.2 step 2")
@pytest.mark.parametrize(
    ("version", "status"), [(None, MISSING_PARAMETER), (0, INVALID_PARAMETER), (3, INVALID_PARAMETER)]
)
def test_a_proof_needs_a_protocol_that_it_knows(locked: Platform, version: int | None, status: int) -> None:
    assert locked.status(MAKE, {**making(algorithm=-257), 8: bytes(32), 9: version}) == status


@section("6.1.2 step 7")
def test_only_what_is_to_be_stored_needs_the_pin(locked: Platform) -> None:
    assert locked.status(MAKE, making()) == OK
    assert locked.status(MAKE, making(rk=True)) == PUAT_REQUIRED
    assert locked.asked == 0


@section("6.1.2 step 11")
@pytest.mark.parametrize("version", [1, 2])
def test_a_right_proof_is_said_in_the_flags(locked: Platform, version: int) -> None:
    made = locked.make(rk=True, token=locked.token(PIN_TEXT, MC, RP, version))
    assert made.data.flags == UP | UV | AT


@section("6.1.2 step 5")
def test_beside_a_proof_the_uv_option_means_nothing(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC, RP)
    assert locked.make(token=token, options={"uv": True}).data.flags == UP | UV | AT


@section("6.1.2 step 11")
def test_a_wrong_proof_is_none(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC, RP)
    assert locked.status(MAKE, {**making(), 8: bytes(32), 9: 2}) == PIN_AUTH_INVALID
    assert locked.status(MAKE, {**making(), 8: token.sign(HASH)[:31], 9: 2}) == PIN_AUTH_INVALID
    assert locked.status(MAKE, {**making(), 8: token.sign(bytes(32)), 9: 2}) == PIN_AUTH_INVALID
    assert locked.status(MAKE, {**making(), 8: token.sign(HASH)[:16], 9: 1}) == PIN_AUTH_INVALID
    assert locked.asked == 0
    assert locked.status(MAKE, making(token=token)) == OK


@section("6.1.2 step 11")
def test_a_proof_is_for_what_its_token_may_do_and_where(locked: Platform) -> None:
    assert locked.status(MAKE, making(token=locked.token(PIN_TEXT, GA, RP))) == PIN_AUTH_INVALID
    assert locked.status(MAKE, making(token=locked.token(PIN_TEXT, MC, "other.example"))) == PIN_AUTH_INVALID


@section("6.1.2 step 14")
def test_a_touch_uses_up_the_proof(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC | GA, RP)
    assert locked.status(MAKE, making(token=token)) == OK
    assert locked.status(MAKE, making(token=token)) == PIN_AUTH_INVALID


@section("6.1.2 step 11")
def test_a_token_of_ctap_2_0_is_bound_to_the_first_relying_party(locked: Platform) -> None:
    token = locked.token(PIN_TEXT)
    assert locked.canceled(MAKE, making(token=token))  # nobody came, so it is still good, but not elsewhere
    assert locked.status(MAKE, making(rp="other.example", token=token)) == PIN_AUTH_INVALID
    assert locked.status(MAKE, making(token=token)) == OK
