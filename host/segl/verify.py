"""Checking codes as a server would; the mathematics is pyotp's, independent of the device's."""

import dataclasses
import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass

from pyotp.hotp import HOTP

from segl.errors import InputError
from segl.keyfile import KeyFile
from segl.otpauth import Key

__all__ = ["LOOK_AHEAD", "STEPS", "Verdict", "plain_code", "verify"]

LOOK_AHEAD = 10  # HOTP codes that may have been made without being used
STEPS = 1  # TOTP steps before and after now
_PYOTP_BYTES = 14
_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


@dataclass(frozen=True)
class Verdict:
    """What became of a code.

    Args:
        accepted: whether it is good and was not used before.
        reason: a sentence why not, "" when accepted.
        distance: steps or counters between the expected code and this one, None when refused.
        state: what to keep in the key file from now on.
    """

    accepted: bool
    reason: str
    distance: int | None
    state: KeyFile


def plain_code(text: str, digits: int) -> str:
    """The digits of a code as people type it, with spaces or dashes.

    Raises:
        InputError: it cannot be a code of this length.
    """
    code = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]+", code) or len(code) != digits:
        raise InputError(f"A code of this key has {digits} digits; type them as the screen shows them.")
    return code


def verify(
    state: KeyFile, code: str, now: float, window: int | None = None, counter: int | None = None
) -> Verdict:
    """Check a code against a key and against the codes accepted before.

    Args:
        state: the key and how far it has been used.
        code: the digits.
        now: s since 1970 (TOTP).
        window: TOTP steps on both sides of now, HOTP counters ahead; STEPS and LOOK_AHEAD unless given.
        counter: start the HOTP search here, but never before what was used.

    Raises:
        InputError: the code cannot be one.
    """
    key = state.key
    code = plain_code(code, key.digits)
    if key.kind == "hotp":
        window = LOOK_AHEAD if window is None else window
        expected = max(state.next_counter, counter or 0)
        first, fresh = max(0, state.next_counter - LOOK_AHEAD), expected
        last = min(expected + window, 2**64 - 1)
    else:
        window = STEPS if window is None else window
        expected = int(now // key.period)
        first, fresh = max(0, expected - window), state.last_step + 1
        last = expected + window
    matches = list(_matches(key, code, range(first, last + 1)))
    good = [step for step in matches if step >= fresh]
    if not good:
        return Verdict(False, _reason(key, used=bool(matches)), None, state)
    if key.kind == "hotp":
        return Verdict(True, "", good[0] - expected, dataclasses.replace(state, next_counter=good[0] + 1))
    return Verdict(True, "", good[0] - expected, dataclasses.replace(state, last_step=good[0]))


def _matches(key: Key, code: str, steps: Iterable[int]) -> Iterable[int]:
    # pyotp refuses keys below 112 bits, which services do hand out; HMAC itself pads a key with zeros
    secret = b32encode(key.secret.ljust(_PYOTP_BYTES, b"\0")).decode()
    maker = HOTP(secret, digits=key.digits, digest=_DIGESTS[key.algorithm])
    return (step for step in steps if hmac.compare_digest(maker.at(step), code))


def _reason(key: Key, *, used: bool) -> str:
    if used:
        return "This code was used before; wait for the next one."
    if key.kind == "totp":
        return "This is not the code of now; read it again, or set the device's clock."
    return "This is none of the next codes; press for a new one, or try a wider --window."
