"""authenticatorGetInfo: that it is well formed, and that what it says is true."""

from typing import Any

from segl_wire import ctaphid
from tests.chip.support import INFO, INVALID_LENGTH, MC, OK, PIN_TEXT, RP, Platform, section

EXTENSIONS = ["credBlob", "credProtect", "hmac-secret", "hmac-secret-mc", "largeBlobKey", "minPinLength"]


@section("6.4")
def test_it_says_which_versions_it_speaks(key: Platform) -> None:
    assert key.info()[1] == ["U2F_V2", "FIDO_2_0", "FIDO_2_1"]


@section("6.4")
def test_it_names_its_extensions(key: Platform) -> None:
    assert key.info()[2] == EXTENSIONS


@section("6.4")
def test_its_aaguid_has_16_bytes_and_is_the_same_on_every_chip(key: Platform, locked: Platform) -> None:
    assert len(key.info()[3]) == 16
    assert key.info()[3] == locked.info()[3]


@section("6.4")
def test_its_options_are_those_of_an_authenticator_with_a_pin_and_no_sensor(key: Platform) -> None:
    assert key.info()[4] == {
        "rk": True,
        "up": True,
        "plat": False,
        "alwaysUv": False,
        "authnrCfg": True,
        "clientPin": False,
        "credMgmt": True,
        "largeBlobs": True,
        "makeCredUvNotRqd": True,
        "pinUvAuthToken": True,
        "setMinPINLength": True,
    }


@section("6.4")
def test_it_says_whether_there_is_a_pin(key: Platform, locked: Platform) -> None:
    assert key.info()[4]["clientPin"] is False
    assert locked.info()[4]["clientPin"] is True


@section("6.4")
def test_a_message_as_long_as_it_says_is_taken_and_no_longer_one(key: Platform) -> None:
    longest = key.info()[5]
    assert longest >= 1200
    assert key.raw(bytes([INFO]) + bytes(longest - 1))[0] == INVALID_LENGTH
    key.send(key.channel, ctaphid.CBOR, bytes([INFO]) + bytes(longest))
    assert key.receive(key.channel)[1:] == (ctaphid.ERROR, bytes([ctaphid.ERR_INVALID_LEN]))


@section("6.4")
def test_both_protocols_are_there_the_better_one_first(key: Platform) -> None:
    assert key.info()[6] == [2, 1]


@section("6.4")
def test_ids_are_as_long_as_it_says(key: Platform) -> None:
    assert key.info()[8] == len(key.make().id) < 256


@section("6.4")
def test_it_has_a_plug_and_nothing_else(key: Platform) -> None:
    assert key.info()[9] == ["usb"]


@section("6.4")
def test_it_lists_algorithms_once_each_and_can_do_them(key: Platform) -> None:
    listed: list[dict[str, Any]] = key.info()[10]
    assert all(sorted(entry) == ["alg", "type"] and entry["type"] == "public-key" for entry in listed)
    numbers = [entry["alg"] for entry in listed]
    assert numbers == [-7, -8, -9]
    assert [key.make(algorithm=number).answer[3]["alg"] for number in numbers] == numbers


@section("6.4")
def test_it_says_how_much_it_keeps_for_others(key: Platform) -> None:
    info = key.info()
    assert info[11] == 4096
    assert info[15] == 32
    assert info[16] == 8


@section("6.4")
def test_a_new_chip_asks_for_four_letters_and_for_no_other_pin(key: Platform) -> None:
    info = key.info()
    assert (info[12], info[13], info[29]) == (False, 4, 63)


@section("6.4")
def test_it_says_how_many_credentials_it_can_still_store(fresh: Platform) -> None:
    assert fresh.info()[20] == 100
    fresh.make(rk=True)
    assert fresh.info()[20] == 99


@section("CTAP 2.2, 6.4")
def test_it_says_how_it_attests_and_how_it_is_reset(key: Platform) -> None:
    info = key.info()
    assert info[22] == ["packed", "none"]
    assert info[24] is True


@section("6.4")
def test_it_has_no_members_but_these(key: Platform) -> None:
    assert sorted(key.info()) == [*range(1, 17), 20, 22, 24, 29]


@section("6.4")
def test_it_asks_nobody_for_anything(key: Platform) -> None:
    key.info()
    assert (key.asked, key.alive) == (0, [])


@section("6.4")
def test_it_takes_no_parameters(key: Platform) -> None:
    assert key.status(INFO, {}) == INVALID_LENGTH


@section("6.4")
def test_it_changes_no_token(locked: Platform) -> None:
    token = locked.token(PIN_TEXT, MC, RP)
    locked.info()
    assert locked.make(token=token).answer[1] == "packed"


@section("7.2")
def test_with_always_uv_it_speaks_no_u2f_and_makes_nothing_without_a_pin(fresh: Platform) -> None:
    assert fresh.status(13, {1: 2}) == OK
    info = fresh.info()
    assert info[1] == ["FIDO_2_0", "FIDO_2_1"]
    assert (info[4]["alwaysUv"], info[4]["makeCredUvNotRqd"]) == (True, False)
