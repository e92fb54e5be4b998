"""Key files and the checking of codes: the RFCs' vectors, never a code twice, files that stay whole."""

import hashlib
import hmac
import json
import os
import stat
from base64 import b32encode
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segl
from segl import Key, keyfile
from segl.keyfile import KeyFile
from segl.verify import verify

SECRET = b"12345678901234567890"
HOTP = KeyFile(Key("a", SECRET, "hotp"))
TOTP = KeyFile(Key("a", SECRET, digits=8))
# RFC 4226, appendix D
CODES = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
# RFC 6238, appendix B
TIMES = [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")]


def test_rfc_4226_each_code_once_and_in_order() -> None:
    state = HOTP
    for counter, code in enumerate(CODES):
        verdict = verify(state, code, 0)
        assert (verdict.accepted, verdict.distance, verdict.state.next_counter) == (True, 0, counter + 1)
        state = verdict.state
        for used in CODES[: counter + 1]:
            assert not verify(state, used, 0).accepted
        assert "used before" in verify(state, code, 0).reason


@pytest.mark.parametrize(("now", "code"), TIMES)
def test_rfc_6238_once_and_one_step_either_side(now: int, code: str) -> None:
    for late, distance in ((0, 0), (30, -1), (-30, 1)):
        verdict = verify(TOTP, f"{code[:4]} {code[4:]}", now + late)
        assert (verdict.accepted, verdict.distance) == (True, distance)
        assert not verify(verdict.state, code, now + late).accepted
    assert not verify(TOTP, code, now + 60).accepted
    assert verify(TOTP, code, now + 60, window=2).accepted
    assert not verify(TOTP, code, now + 30, window=0).accepted


def test_the_look_ahead_is_ten_and_can_be_moved() -> None:
    code = pyotp.hotp.HOTP(b32encode(SECRET).decode()).at(11)
    assert not verify(HOTP, code, 0).accepted
    assert verify(HOTP, code, 0, window=11).state.next_counter == 12
    assert verify(HOTP, code, 0, counter=11).state.next_counter == 12
    assert not verify(KeyFile(HOTP.key, 12), code, 0, counter=11).accepted


def test_an_older_step_is_refused_after_a_newer_one() -> None:
    now = 1234567890
    code = pyotp.totp.TOTP(b32encode(SECRET).decode(), digits=8)
    newer = verify(TOTP, code.at(now + 30), now).state
    assert not verify(newer, code.at(now), now).accepted


@given(
    st.binary(min_size=1, max_size=64),
    st.integers(0, 2**64 - 1),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
)
def test_short_secrets_and_long_counters(secret: bytes, counter: int, algorithm: str) -> None:
    digest = hmac.new(secret, counter.to_bytes(8, "big"), getattr(hashlib, algorithm.lower())).digest()
    offset = digest[-1] & 15
    code = str((int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF) % 10**6).zfill(6)
    state = KeyFile(Key("a", secret, "hotp", algorithm), counter)  # type: ignore[arg-type]
    assert verify(state, code, 0, window=0).accepted


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", "1.2345"]
)
def test_what_cannot_be_a_code(code: str) -> None:
    with pytest.raises(segl.InputError, match="6 digits"):
        verify(HOTP, code, 0)


def test_a_key_file_round_trips_in_both_forms(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(HOTP.key.uri() + "\nand a remark\n")
    assert keyfile.load(path) == HOTP
    for state in (KeyFile(HOTP.key, 7), TOTP, KeyFile(TOTP.key, last_step=5)):
        keyfile.save(path, state)
        assert keyfile.load(path) == state
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(json.dumps({"uri": Key("a", SECRET, "hotp", counter=9).uri(), "last_step": None}))
    assert keyfile.load(path).next_counter == 9
    assert os.listdir(tmp_path) == ["key"]


def test_a_new_key_file_never_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keyfile.create(path, TOTP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not keyfile.exposed(path)
    with pytest.raises(segl.InputError, match="exists"):
        keyfile.create(path, HOTP)
    with pytest.raises(segl.InputError, match="cannot be made"):
        keyfile.create(tmp_path / "none" / "key", HOTP)
    with pytest.raises(segl.InputError, match="cannot be written"):
        keyfile.save(tmp_path / "none" / "key", HOTP)
    assert keyfile.load(path) == TOTP


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    keyfile.save(path, TOTP)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(segl.InputError, match="No space left"):
        keyfile.save(path, KeyFile(TOTP.key, last_step=5))
    assert keyfile.load(path) == TOTP
    assert os.listdir(tmp_path) == ["key"]


URI = TOTP.key.uri()


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{", "{}", '{"uri": 5}', json.dumps({"uri": URI, "last_step": "5"}), "{" * 100000,
     json.dumps({"uri": URI, "next_counter": -2}), json.dumps({"uri": URI, "next_counter": True})],
)  # fmt: skip
def test_what_is_no_key_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(segl.InputError):
        keyfile.load(path)


def test_a_key_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(segl.InputError, match="cannot be read"):
        keyfile.load(path)
    with pytest.raises(segl.InputError, match="cannot be read"), keyfile.locked(path):
        pass
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(segl.InputError, match="no key file"):
        keyfile.load(path)


def test_the_lock_follows_the_file_that_replaced_the_locked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    path = tmp_path / "key"
    keyfile.save(path, TOTP)
    real, locks = fcntl.flock, []

    def replaced_meanwhile(file: int, how: int) -> None:
        if not locks:
            keyfile.save(path, KeyFile(TOTP.key, last_step=5))
        locks.append(how)
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", replaced_meanwhile)
    with keyfile.locked(path):
        assert keyfile.load(path).last_step == 5
    assert len(locks) == 2
