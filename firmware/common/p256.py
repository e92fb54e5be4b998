"""ECDSA and ECDH on NIST P-256 (FIPS 186-5, SP 800-56A, RFC 6979), hardened against timing seen from afar.

What is promised. The sequence of field operations is the same for every key, nonce and point. Secrets enter
arithmetic as numbers of one size: with a multiple of the order added, or times a random number; points begin with a
random Z. So the sizes of all numbers, on which the time of Python's arithmetic depends, are distributed alike for
all secrets. Which entry of the comb is read, and how long flash takes, depends on digits that are blinded anew each
time; so does what Euclid's algorithm gets, which is always a secret times a random number. A signature is computed
twice, with other random numbers, and its equation is checked with key, digest and nonce as they were handed in:
whatever single value is changed by a fault in between, nothing wrong is released.

What is not. Public keys and shared secrets are computed once, and only checked to be points of the curve: a wrong one
fits nothing. Python cannot hide the values themselves: their copies stay in memory until it is used again, and a probe
at the chip's supply, or a fault timed to hit both computations alike, is not held off. A key that was changed before
it was handed in gives signatures of that other key: the vault's tag guards it.

All that takes long is a generator that yields nothing, often, and returns its result.
"""

from micropython import const

from common.comb import BITS, COLUMNS, TABLES, blinded, signed
from common.faults import FaultError
from common.modular import inverse, random_below
from common.otp import hmac
from common.p256_field import P, mul, reduced
from common.p256_points import add, double, on_curve

N = const(0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551)
# A scalar and this is a number of 259 bits, whatever the scalar.
_LIFT = const(0x4_FFFFFFFB_00000004_FFFFFFFF_FFFFFFFE_B082E564_43761898_C2A0F5CE_EDEFBA95)
ENTRY = const(64)  # of the comb: x and y
# The same for one that a byte of 1 was put in front of: not for a moment is it a number of its own size.
_LIFT_NONCE = _LIFT - (1 << 256)
_ZERO = bytes(32)
_N_BYTES = N.to_bytes(32, "big")
_WINDOW = const(5)
_TRIES = const(8)


def scalar(random):
    """Return a new private key: random(count) -> bytes, here and below."""
    return random_below(N, random)


def der(r, s):
    """Return a signature as ASN.1 has it: ECDSA-Sig-Value, RFC 3279 2.2.3."""
    both = _integer(r) + _integer(s)
    return bytes([0x30, len(both)]) + both


def agree(d, x, y, random):
    """Return the shared secret, 32 bytes, of a private key and somebody's public key.

    Raises:
        ValueError: (x, y) is no point of the curve.
        FaultError: The result is none.
    """
    _check(d)
    if not on_curve(x, y):
        raise ValueError("point")
    for _ in range(_TRIES):
        found = yield from _times(d + _LIFT, x, y, random)
        # Keys below 32, which chance does not give, may meet infinity on the way: then with other random numbers.
        if reduced(found[2]):
            break
    x, _ = _affine(found)
    return x.to_bytes(32, "big")


def nonce(d, digest, entropy):
    """Return the 32 bytes of RFC 6979's k, 3.2 with the additional data of 3.6: b"" gives the deterministic one."""
    data = d.to_bytes(32, "big") + (int.from_bytes(digest, "big") % N).to_bytes(32, "big") + entropy
    v = b"\x01" * 32
    k = bytes(32)
    for step in (b"\x00", b"\x01"):
        k = hmac(k, v + step + data)
        v = hmac(k, v)
    while True:
        v = hmac(k, v)
        if _ZERO < v < _N_BYTES:
            return v
        k = hmac(k, v + b"\x00")
        v = hmac(k, v)


class P256:
    """All of it. Args: comb: Comb("/common/p256.comb", ENTRY)."""

    scalar = staticmethod(scalar)
    on_curve = staticmethod(on_curve)
    agree = staticmethod(agree)
    der = staticmethod(der)

    def __init__(self, comb):
        self._comb = comb

    def public(self, d, random):
        """Return the public key (x, y) of a private key.

        Raises:
            FaultError: The result is no point of the curve.
        """
        _check(d)
        found = yield from self._times_base(d + _LIFT, random)
        return _affine(found)

    def sign(self, d, digest, random):
        """Return the signature (r, s) of a digest of 32 bytes.

        Raises:
            FaultError: Something went wrong on the way.
        """
        _check(d)
        if len(digest) != 32:
            raise ValueError("digest")
        k = int.from_bytes(b"\x01" + nonce(d, digest, random(32)), "big") + _LIFT_NONCE
        yield
        found = yield from self._times_base(k, random)
        x, _ = _affine(found)
        r = x % N
        yield
        mask = random_below(N, random)
        masked = (int.from_bytes(digest, "big") * mask + (d + _LIFT) * mask % N * r) % N
        s = inverse(k * mask % N, N) * masked % N
        yield
        x2, _, z2 = yield from self._times_base(k, random)
        mask = random_below(N, random)
        left = k * mask % N * s % N
        right = (int.from_bytes(digest, "big") * mask + (d + _LIFT) * mask % N * r) % N
        if left != right or not s or not r or r != x % N or reduced(mul(x, z2) - x2):
            raise FaultError
        return r, s

    def _times_base(self, scalar, random):
        bits = blinded(scalar, N, random)
        found = (0, random_below(P, random), 0)
        for column in range(COLUMNS - 1, -1, -1):
            if column < COLUMNS - 1:
                found = double(found, 1)
            for table in range(TABLES):
                entry, positive = self._comb.entry(bits, table, column)
                y = int.from_bytes(entry[32:], "big")
                found = add(found, (int.from_bytes(entry[:32], "big"), (P - y, y)[positive]))
            yield
        return found


def _check(d):
    if not 0 < d < N:
        raise ValueError("private key")


def _times(scalar, x, y, random):
    bits = int.from_bytes(blinded(scalar, N, random), "little")
    z = random_below(P, random)
    odd = [(mul(x, z), mul(y, z), z)]  # 1, 3, 5 ... 31 times the point
    twice = double(odd[0], 1)
    for number in range(1, 1 << (_WINDOW - 1)):
        odd.append(add(odd[-1], twice))
        if not number & 3:
            yield
    found = None
    for place in range(BITS - _WINDOW, -1, -_WINDOW):
        index, positive = signed(bits >> place & (1 << _WINDOW) - 1, _WINDOW - 1)
        x, y, z = odd[index]
        chosen = (x, (-y, y)[positive], z)
        if found is None:
            found = chosen
        else:
            found = add(double(found, _WINDOW), chosen)
        yield
    return found


def _affine(point):
    x, y, z = point
    z = inverse(reduced(z), P)
    x = reduced(mul(x, z))
    y = reduced(mul(y, z))
    if not on_curve(x, y):
        raise FaultError
    return x, y


def _integer(number):
    data = number.to_bytes(33, "big")
    start = 0
    while start < 32 and not data[start] and data[start + 1] < 128:
        start += 1
    return bytes([2, 33 - start]) + data[start:]
