"""Keys that lie on a chip, and what they sign."""

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fido2.cose import EdDSA

from segl.chip import Chip
from segl.errors import ChipError, InputError
from segl.ssh.private import TOUCH, VERIFY, SecurityKey
from segl.ssh.public import SK_ED25519, Presence, public_key
from segl.ssh.signing import new_key, sign
from segl.ssh.sshsig import digest_of, verify
from segl.ssh.wire import string
from segl_sim import World
from tests.host.chips import HASH, PIN, USER, Owner
from tests.host.ssh.keys import SoftKey

_DIGEST = digest_of(io.BytesIO(b"a contract\n"))


@pytest.fixture
def chip() -> Iterator[Chip]:
    with World(seed=1, engine="cpython") as world:
        device = world.chip()
        device.plug()
        Owner(device)
        with Chip(device.connect_fido()) as chip:
            yield chip


def test_a_key_is_bound_to_its_application_and_counts_its_signatures(chip: Chip) -> None:
    key = new_key(chip, comment="alice@desk", application="ssh:work")
    assert (key.public.application, key.flags, key.comment) == ("ssh:work", TOUCH, "alice@desk")
    counters: list[int] = []
    for _ in range(2):
        verdict = verify(sign(chip, key, _DIGEST, "file"), _DIGEST, "file")
        assert verdict.presence is not None
        assert (verdict.accepted, verdict.presence.touched, verdict.presence.verified) == (True, True, False)
        counters.append(verdict.presence.counter)
    assert counters[0] < counters[1]


def test_a_key_that_needs_the_pin_does_not_sign_without(chip: Chip) -> None:
    with pytest.raises(InputError, match="made with the PIN"):
        new_key(chip, verify=True)
    chip.set_pin(PIN)
    key = new_key(chip, pin=PIN, verify=True)
    assert key.flags == TOUCH | VERIFY
    with pytest.raises(ChipError):
        sign(chip, key, _DIGEST, "file")
    signature = sign(chip, key, _DIGEST, "file", PIN)
    assert verify(signature, _DIGEST, "file").presence == Presence(True, True, 2)


def test_an_ed25519_key_of_openssh_signs_too(chip: Chip) -> None:
    made = chip.make_credential("ssh:", USER, HASH, algorithms=(EdDSA.ALGORITHM,))
    data = made.auth_data.credential_data
    assert data is not None
    public = public_key(string(SK_ED25519) + string(data.public_key[-2]) + string("ssh:"))
    signature = sign(chip, SecurityKey(public, TOUCH, data.credential_id), _DIGEST, "file")
    assert verify(signature, _DIGEST, "file").accepted


def test_a_signature_without_a_touch_is_made_only_if_the_key_file_wants_it_and_is_refused(chip: Chip) -> None:
    key = replace(new_key(chip), flags=0)
    assert "without anybody touching" in verify(sign(chip, key, _DIGEST, "file"), _DIGEST, "file").reason


def test_a_key_file_that_was_mixed_up_gives_no_signature(chip: Chip) -> None:
    key = new_key(chip)
    with pytest.raises(ChipError, match="does not fit the key file"):
        sign(chip, replace(key, public=SoftKey().file.public), _DIGEST, "file")
    with pytest.raises(InputError, match="purpose"):
        sign(chip, key, _DIGEST, "")
