"""The session with a chip, on the chip's own firmware."""

import random
from collections.abc import Iterator

import pytest

import segl
from segl.chip import Chip
from segl.errors import ChipError, InputError, Lost, PinError
from segl_sim import Chip as Device
from segl_sim import World
from tests.host.chips import HASH, PIN, USER, Owner, passkey


@pytest.fixture
def device() -> Iterator[Device]:
    with World(seed=1, engine="cpython") as world:
        device = world.chip()
        device.plug()
        yield device


@pytest.fixture
def chip(device: Device) -> Iterator[Chip]:
    """A chip with an owner who touches it when its light asks for that."""
    Owner(device)
    with Chip(device.connect_fido()) as chip:
        yield chip


def test_a_chip_tells_what_it_can_do(chip: Chip, device: Device) -> None:
    info = chip.info()
    assert {"FIDO_2_0", "FIDO_2_1", "U2F_V2"} <= set(info.versions)
    assert {"ES256", "EdDSA"} <= set(info.algorithms)
    assert {"hmac-secret", "credProtect", "credBlob", "largeBlobKey", "minPinLength"} <= set(info.extensions)
    assert (info.pin_set, info.always_uv, info.min_pin_length, info.new_key_needs_pin) == (
        False,
        False,
        4,
        False,
    )
    assert info.credentials_left is not None
    assert info.credentials_left >= 100
    assert info.blob_bytes == 4096
    assert str(chip.ctap2.info.aaguid) == info.aaguid
    with device.connect() as management:
        assert isinstance(management, segl.Management)
        assert (management.info().model, management.info().version) == ("Segl chip", info.firmware)
    chip.wink()


def test_the_package_offers_the_session_and_loads_it_when_it_is_asked_for() -> None:
    assert segl.Chip is Chip
    with pytest.raises(AttributeError, match="nonsense"):
        _ = segl.nonsense  # type: ignore[attr-defined]


def test_a_wrong_pin_costs_a_try_and_one_that_can_be_none_costs_nothing(chip: Chip) -> None:
    with pytest.raises(PinError, match="no PIN yet"):
        chip.credentials(PIN)
    with pytest.raises(InputError):
        chip.set_pin("123")
    chip.set_pin(PIN)
    assert chip.info().pin_set
    assert chip.credentials(PIN) == []
    with pytest.raises(PinError, match="7 tries are left") as wrong:
        chip.change_pin("0000", "123456")
    assert wrong.value.tries_left == 7
    for old, new in (("123", "123456"), (PIN, "1"), (PIN, "x" * 64)):
        with pytest.raises(InputError):
            chip.change_pin(old, new)
    assert chip.pin_tries().left == 7
    chip.change_pin(PIN, "cafe\u0301")
    assert chip.credentials("caf\u00e9") == []
    assert chip.pin_tries().left == 8


def test_after_three_wrong_pins_the_chip_wants_to_be_plugged_in_again(chip: Chip) -> None:
    chip.set_pin(PIN)
    for left, replug in ((7, False), (6, False), (5, True), (5, True)):
        with pytest.raises(PinError, match=f"{left} tries are left") as wrong:
            chip.credentials("0000")
        assert ("plug it in again" in str(wrong.value)) is replug
    assert chip.pin_tries() == segl.chip.PinTries(5, True)
    with pytest.raises(PinError, match="Too many PINs"):
        chip.credentials(PIN)


def test_credentials_are_listed_renamed_and_deleted_with_what_lies_beside_them(chip: Chip) -> None:
    chip.set_pin(PIN)
    first = passkey(chip, "alice", "example.com", credProtect=3, largeBlobKey=True)
    second = passkey(chip, "bob", "example.org")
    found = {one.id: one for one in chip.credentials(PIN)}
    assert found.keys() == {first, second}
    alice, bob = found[first], found[second]
    assert (alice.rp_id, alice.user_name, alice.display_name, alice.user_id) == (
        "example.com", "alice", "Alice A.", b"alice",
    )  # fmt: skip
    assert (alice.protection, alice.algorithm, bob.protection) == ("required", "ES256", "optional")
    assert alice.blob_key is not None
    assert alice.blob_key.hex() not in repr(alice)
    assert bob.blob_key is None
    renamed = chip.rename_credential(bob, PIN, "robert", None)
    assert renamed in chip.credentials(PIN)
    chip.write_blob(alice, b"x" * 1000, PIN)
    chip.delete_credential(alice, PIN)
    assert chip.credentials(PIN) == [renamed]
    assert chip.blobs(PIN).strangers == 0
    with pytest.raises(ChipError, match="does not have that credential"):
        chip.delete_credential(alice, PIN)


def test_a_blob_lies_beside_its_credential(chip: Chip) -> None:
    chip.set_pin(PIN)
    passkey(chip, "alice", largeBlobKey=True)
    passkey(chip, "bob", largeBlobKey=True)
    passkey(chip, "carol")
    alice, bob, carol = sorted(chip.credentials(PIN), key=lambda one: one.user_id)
    chip.write_blob(alice, b"hello", PIN)
    store = chip.blobs(PIN)
    assert {blob.credential.user_name: blob.data for blob in store.blobs} == {"alice": b"hello", "bob": None}
    assert (store.size, store.strangers) == (4096, 0)
    chip.write_blob(bob, bytes(range(256)) * 8, PIN)
    assert chip.blobs(PIN).used > store.used > 17
    with pytest.raises(InputError, match="made without a large blob"):
        chip.write_blob(carol, b"", PIN)
    with pytest.raises(ChipError, match="no room for a blob"):
        chip.write_blob(alice, _noise(5000), PIN)
    chip.write_blob(alice, None, PIN)
    assert [blob.data is None for blob in chip.blobs(PIN).blobs].count(True) == 1
    chip.clear_blobs(PIN)
    assert chip.blobs(PIN).used == 17


def test_settings_hold_until_the_chip_is_erased(chip: Chip, device: Device) -> None:
    assert chip.set_always_uv(True, None)
    assert not chip.set_always_uv(True, None)
    with pytest.raises(PinError, match="wants its PIN"):
        chip.make_credential("example.com", USER, HASH)
    chip.set_pin(PIN)
    assert chip.info().new_key_needs_pin
    assert chip.set_always_uv(False, PIN)
    chip.force_pin_change(PIN)
    with pytest.raises(PinError, match="new PIN first"):
        chip.credentials(PIN)
    chip.change_pin(PIN, "123456")
    chip.set_min_pin_length(8, "123456", ["example.com"])
    assert (chip.info().min_pin_length, chip.info().pin_change_forced) == (8, True)
    with pytest.raises(InputError, match="at least 8"):
        chip.change_pin("123456", "1234567")
    chip.change_pin("123456", "12345678")
    with pytest.raises(PinError, match="only grows"):
        chip.set_min_pin_length(4, "12345678")
    device.world.advance(11)
    with pytest.raises(ChipError, match="within ten seconds") as late:
        chip.reset()
    assert late.value.name == "NOT_ALLOWED"
    device.unplug()
    device.world.advance(1)
    device.plug()
    with Chip(device.connect_fido()) as again:
        again.reset()
        info = again.info()
        assert (info.pin_set, info.min_pin_length, info.credentials_left) == (False, 4, 100)


def test_the_user_is_told_to_touch_and_who_does_not_is_waited_for_30_seconds(device: Device) -> None:
    told: list[float] = []
    with Chip(device.connect_fido(), on_touch=lambda: told.append(device.world.now)) as chip:
        with pytest.raises(ChipError, match="Nobody touched") as nobody:
            chip.make_credential("example.com", USER, HASH)
        assert nobody.value.name in ("OPERATION_DENIED", "USER_ACTION_TIMEOUT")  # each where CTAP wants it
        assert len(told) == 1
        assert 29e9 < device.world.now - told[0] < 31e9


def test_ctrl_c_ends_the_request_on_the_chip_too(device: Device) -> None:
    world = device.world

    def interrupt() -> None:
        assert device.asks == "touch"
        raise KeyboardInterrupt

    with Chip(device.connect_fido()) as chip:
        world.at(world.now + 2_000_000_000, interrupt)
        with pytest.raises(KeyboardInterrupt):
            chip.make_credential("example.com", USER, HASH)
        world.advance(0.1)
        assert device.asks == ""


def test_a_signature_without_a_touch_says_so(chip: Chip) -> None:
    made = chip.make_credential("example.com", USER, HASH)
    data = made.auth_data.credential_data
    assert data is not None
    for touch in (True, False):
        signed = chip.get_assertion("example.com", HASH, [data.credential_id], touch=touch)
        signed.verify(HASH, data.public_key)
        assert signed.auth_data.is_user_present() is touch
    with pytest.raises(ChipError, match="does not have that credential"):
        chip.get_assertion("example.com", HASH, [bytes(64)])


def test_a_chip_that_is_pulled_out_is_lost(chip: Chip, device: Device) -> None:
    device.unplug()
    with pytest.raises(Lost):
        chip.info()


def _noise(size: int) -> bytes:
    """Bytes that no compression makes fewer."""
    return random.Random(1).randbytes(size)
