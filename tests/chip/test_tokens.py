"""authenticatorClientPIN: tokens, who gets them, what they are good for, and how long."""

import pytest

from tests.chip.support import (
    ACFG,
    BLOBS,
    CM,
    CONFIG,
    GA,
    GET,
    HASH,
    INVALID_PARAMETER,
    LBW,
    MAKE,
    MANAGE,
    MC,
    MISSING_PARAMETER,
    NO_CREDENTIALS,
    NS,
    OK,
    PIN,
    PIN_AUTH_INVALID,
    PIN_NOT_SET,
    PIN_TEXT,
    PUAT_REQUIRED,
    RP,
    UNAUTHORIZED_PERMISSION,
    Platform,
    Secret,
    Token,
    asking,
    making,
    pin_hash,
    section,
    sha256,
)

both = pytest.mark.parametrize("version", [1, 2])


@section("6.5.5.7.1")
@both
def test_a_token_has_32_bytes_and_is_another_each_time(locked: Platform, version: int) -> None:
    found = [locked.token(PIN_TEXT, version=version).key for _ in range(2)]
    assert [len(key) for key in found] == [32, 32]
    assert found[0] != found[1]


@section("6.5.5.7.1")
def test_a_new_token_ends_the_one_before(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM, version=1)
    locked.token(PIN_TEXT, CM, version=2)
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.5.5.7.1")
@both
@pytest.mark.parametrize("permissions", [None, MC | GA | CM | LBW | ACFG])
def test_no_token_is_given_where_no_pin_is_set(key: Platform, version: int, permissions: int | None) -> None:
    rp = RP if permissions else None
    assert key.ask_token("1234", permissions, rp, version)[0] == PIN_NOT_SET


@section("6.5.5.7.1")
def test_a_token_of_ctap_2_0_names_neither_permissions_nor_a_relying_party(locked: Platform) -> None:
    secret = locked.agree(2)
    sent = {1: 2, 2: 5, 3: secret.key, 6: secret.encrypt(pin_hash(PIN_TEXT))}
    assert locked.status(PIN, {**sent, 9: MC}) == INVALID_PARAMETER
    assert locked.status(PIN, {**sent, 10: RP}) == INVALID_PARAMETER


@section("6.5.5.7.1")
def test_a_token_of_ctap_2_0_is_for_making_and_asking_only(locked: Platform) -> None:
    token = locked.token(PIN_TEXT)
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID
    assert locked.configure(token, 2) == PIN_AUTH_INVALID
    assert locked.make(token=token).answer[1] == "packed"


@section("6.5.5.7.1")
@pytest.mark.parametrize("missing", [1, 3, 6])
@pytest.mark.parametrize("command", [5, 9])
def test_all_parameters_are_needed_to_get_a_token(locked: Platform, missing: int, command: int) -> None:
    secret = locked.agree(2)
    sent = {
        1: 2,
        2: command,
        3: secret.key,
        6: secret.encrypt(pin_hash(PIN_TEXT)),
        9: CM if command == 9 else None,
    }
    assert locked.status(PIN, {**sent, missing: None}) == MISSING_PARAMETER


@section("6.5.5.7.2")
@pytest.mark.parametrize(
    ("permissions", "rp", "status"),
    [
        (0, None, INVALID_PARAMETER),
        (MC, None, MISSING_PARAMETER),
        (GA, None, MISSING_PARAMETER),
        (MC | CM, None, MISSING_PARAMETER),
        (8, None, UNAUTHORIZED_PERMISSION),  # bioEnrollment
        (CM | 8, None, UNAUTHORIZED_PERMISSION),
        (CM, None, OK),
        (CM, RP, OK),
        (LBW, None, OK),
        (ACFG, None, OK),
        (MC | GA, RP, OK),
        (CM | 0x80, None, OK),  # what nobody has defined is ignored
        (CM | 0x4000, None, OK),
    ],
)
def test_permissions_are_given_if_it_has_them(
    locked: Platform, permissions: int, rp: str | None, status: int
) -> None:
    assert locked.ask_token(PIN_TEXT, permissions, rp)[0] == status


@section("6.5.5.7.2")
def test_permissions_must_be_named(locked: Platform) -> None:
    secret = locked.agree(2)
    sent = {1: 2, 2: 9, 3: secret.key, 6: secret.encrypt(pin_hash(PIN_TEXT))}
    assert locked.status(PIN, sent) == MISSING_PARAMETER


ALL = (MC, GA, CM, LBW, ACFG)


def use(key: Platform, token: Token, permission: int) -> int:
    """Do with a token what a permission is for; return the status."""
    if permission == MC:
        return key.status(MAKE, making(token=token))
    if permission == GA:
        return key.status(GET, asking(token=token, up=False))
    if permission == CM:
        return key.manage(token, 1)[0]
    if permission == LBW:
        return write(key, token)
    return key.configure(token, 3)


def write(key: Platform, token: Token) -> int:
    """Write an empty array of large blobs; return the status."""
    array = b"\x80" + sha256(b"\x80")[:16]
    message = b"\xff" * 32 + b"\x0c\x00" + bytes(4) + sha256(array)
    return key.status(BLOBS, {2: array, 3: 0, 4: 17, 5: token.sign(message), 6: token.version})


@section("6.5.5.7")
@pytest.mark.parametrize("permission", ALL)
def test_a_token_may_do_what_it_was_asked_for_and_nothing_else(locked: Platform, permission: int) -> None:
    token = locked.token(PIN_TEXT, permission, RP if permission & (MC | GA) else None)
    for other in ALL:
        if other != permission:
            assert use(locked, token, other) == PIN_AUTH_INVALID
    assert use(locked, token, permission) == (NO_CREDENTIALS if permission == GA else OK)


@section("6.5.2.1")
def test_a_token_that_nobody_uses_ends_after_30_seconds(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM)
    locked.world.advance(28)
    assert locked.manage(token, 1)[0] == OK
    token = locked.token(PIN_TEXT, CM)
    locked.world.advance(31)
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.5.2.1")
def test_a_token_that_is_used_ends_after_ten_minutes(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM)
    begun = locked.world.now
    assert locked.manage(token, 1)[0] == OK
    locked.world.advance(595)
    assert locked.manage(token, 1)[0] == OK
    locked.world.advance(600 - (locked.world.now - begun) / NS + 1)
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.5.2.1")
def test_a_token_ends_with_the_power(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM)
    locked.power_cycle()
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID


@section("6.5.2.1")
def test_after_a_touch_only_large_blobs_may_be_written(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC | CM | LBW | ACFG, RP)
    locked.make(token=token)
    assert locked.manage(token, 1)[0] == PIN_AUTH_INVALID
    assert locked.configure(token, 3) == PIN_AUTH_INVALID
    assert write(locked, token) == OK


@section("6.5.5.7")
def test_a_token_of_one_protocol_is_none_of_the_other(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, CM, version=2)
    for version in (1, 2):
        sent = {1: 1, 3: version, 4: token._replace(version=version).sign(b"\x01")}
        assert locked.status(MANAGE, sent) == (OK if version == 2 else PIN_AUTH_INVALID)


@section("6.5.5.7")
def test_what_a_token_is_needed_for_needs_one(locked: Platform) -> None:
    assert locked.status(MANAGE, {1: 1}) == PUAT_REQUIRED
    assert locked.status(CONFIG, {1: 3}) == PUAT_REQUIRED
    assert locked.status(BLOBS, {2: bytes(17), 3: 0, 4: 17}) == PUAT_REQUIRED


@section("6.5.5.7")
@pytest.mark.parametrize("command", [MANAGE, CONFIG, BLOBS])
def test_a_token_comes_with_its_protocol(locked: Platform, command: int) -> None:
    token = locked.token(PIN_TEXT, CM | ACFG | LBW)
    proof = token.sign(HASH)
    sent = {
        MANAGE: {1: 1, 4: proof},
        CONFIG: {1: 3, 4: proof},
        BLOBS: {2: bytes(17), 3: 0, 4: 17, 5: proof},
    }[command]
    assert locked.status(command, sent) == MISSING_PARAMETER
    assert locked.status(command, {**sent, 6 if command == BLOBS else 3: 3}) == INVALID_PARAMETER


@section("6.5.7")
def test_protocol_two_never_encrypts_alike(locked: Platform) -> None:
    secret: Secret = locked.agree(2)
    sent = {1: 2, 2: 5, 3: secret.key, 6: secret.encrypt(pin_hash(PIN_TEXT))}
    answers = [locked.ok(PIN, sent)[2] for _ in range(2)]
    assert [len(answer) for answer in answers] == [48, 48]
    assert answers[0][:16] != answers[1][:16]
