"""Ed25519 signatures (RFC 8032), hardened against timing seen from afar.

What is promised, and what not, is said in p256.py. A signature here is the one that RFC 8032 names, whatever the
random numbers, which only hide how it is computed. Before release everything is derived from the seed again, by
other numbers where there are any: both hashes of secrets, the hash of the message, the last equation. That the two
points are right is seen by a third that must be their sum. SHA-512 works on the secrets as they are, by the same
sequence of operations for all.

Points have extended coordinates (X : Y : Z : T), T = XY / Z; addition has no exceptions (Hisil, Wong, Carter, Dawson
2008). All that takes long is a generator that yields nothing, often, and returns its result.
"""

from micropython import const

from common.comb import COLUMNS, TABLES, blinded
from common.ed25519_field import P, mul, reduced
from common.faults import FaultError
from common.modular import inverse, random_below
from common.sha512 import sha512_steps

L = const(0x10000000_00000000_00000000_00000000_14DEF9DE_A2F79CD6_5812631A_5CF5D3ED)
ENTRY = const(96)  # of the comb: y - x, y + x, 2dxy
_D = const(0x52036CEE_2B6FFE73_8CC74079_7779E898_00700A4D_4141D8AB_75EB4DCA_135978A3)


class Ed25519:
    """Args: comb: Comb("/common/ed25519.comb", ENTRY)."""

    def __init__(self, comb):
        self._comb = comb

    def public(self, seed, random):
        """Return the public key, 32 bytes, of a private key of 32 bytes: random(count) -> bytes, here and below.

        Raises:
            FaultError: The result is no point of the curve.
        """
        a, _ = yield from _expanded(seed)
        found = yield from self._times_base(a, random)
        x, y = _affine(found)
        return _packed(x, y)

    def sign(self, seed, message, random):
        """Return the signature, 64 bytes, of a message.

        Raises:
            FaultError: Something went wrong on the way.
        """
        a, prefix = yield from _expanded(seed)
        r = _wide((yield from sha512_steps(prefix + message)))
        found = yield from self._times_base(a, random)
        a_x, a_y = _affine(found)
        yield
        found = yield from self._times_base(r, random)
        r_x, r_y = _affine(found)
        yield
        front = _packed(r_x, r_y) + _packed(a_x, a_y)
        k = _wide((yield from sha512_steps(front + message)))
        signature = front[:32] + _answer(r, k, a, random).to_bytes(32, "little")

        # Once more, from the beginning.
        a, prefix = yield from _expanded(seed)
        r = _wide((yield from sha512_steps(prefix + message)))
        again = _packed(r_x, r_y) + _packed(a_x, a_y)
        k = _wide((yield from sha512_steps(again + message)))
        total = signature[:32] + _answer(r, k, a, random).to_bytes(32, "little")
        x, y, z, _ = yield from self._times_base(r + a, random)
        x2, y2, z2, _ = _add((r_x, r_y, 1, mul(r_x, r_y)), a_y - a_x, a_y + a_x, mul(mul(a_x, a_y), _D * 2))
        if front != again or signature != again[:32] + total[32:]:
            raise FaultError
        if reduced(mul(x, z2) - mul(x2, z)) or reduced(mul(y, z2) - mul(y2, z)):
            raise FaultError
        return signature

    def _times_base(self, scalar, random):
        z = random_below(P, random)
        found = (0, z, z, 0)
        bits = blinded(scalar, L, random)
        for column in range(COLUMNS - 1, -1, -1):
            if column < COLUMNS - 1:
                found = _double(found)
            for table in range(TABLES):
                entry, positive = self._comb.entry(bits, table, column)
                minus = int.from_bytes(entry[:32], "big")
                plus = int.from_bytes(entry[32:64], "big")
                product = int.from_bytes(entry[64:], "big")
                pair = (plus, minus, plus)
                found = _add(found, pair[positive], pair[positive + 1], (-product, product)[positive])
            if column & 1:
                yield
        return found


def _expanded(seed):
    """Return the secret scalar and the prefix, RFC 8032 5.1.5."""
    if len(seed) != 32:
        raise ValueError("private key")
    data = yield from sha512_steps(seed)
    a = int.from_bytes(data[:32], "little")
    return (a & (1 << 254) - 8) | 1 << 254, data[32:]


def _wide(data):
    """Return a hash modulo L times 2**64: what it is modulo L does not show in the size."""
    return int.from_bytes(data, "little") % (L << 64)


def _answer(r, k, a, random):
    """Return (r + k * a) modulo L; the two secrets are hidden by random sums."""
    u = random_below(L, random)
    v = random_below(L, random)
    return ((r + u) % L + (a + v) % L * k - (v * k + u) % L) % L


def _add(p, minus, plus, product):
    """Return p and the point of which y - x, y + x and 2dxy are given."""
    x, y, z, t = p
    a = mul(y - x, minus)
    b = mul(y + x, plus)
    c = mul(t, product)
    d = z * 2
    e = b - a
    f = d - c
    g = d + c
    h = b + a
    return mul(e, f), mul(g, h), mul(f, g), mul(e, h)


def _double(p):
    x, y, z, _ = p
    a = mul(x, x)
    b = mul(y, y)
    e = mul(x + y, x + y) - a - b
    g = b - a
    f = g - mul(z, z) * 2
    h = -a - b
    return mul(e, f), mul(g, h), mul(f, g), mul(e, h)


def _affine(point):
    x, y, z, _ = point
    z = inverse(reduced(z), P)
    x = reduced(mul(x, z))
    y = reduced(mul(y, z))
    xx = mul(x, x)
    yy = mul(y, y)
    if reduced(yy - xx - 1 - mul(mul(xx, yy), _D)):
        raise FaultError
    return x, y


def _packed(x, y):
    return (y | (x & 1) << 255).to_bytes(32, "little")
