"""Points of P-256 in homogeneous coordinates (X : Y : Z), x = X / Z and y = Y / Z.

Addition has no exceptions: one formula serves equal, opposite and infinite points, so nothing is asked about a point
(Renes, Costello, Batina 2015, algorithms 4 and 5). Doublings come in runs, for which Jacobian coordinates are so
much cheaper that the way there and back pays for itself; infinity alone does not survive it: see p256.py.
"""

from micropython import const

from common.p256_field import P, check, mul, mul_add

B = const(0x5AC635D8_AA3A93E7_B3EBBD55_769886BC_651D06B0_CC53B0F6_3BCE3C3E_27D2604B)


def on_curve(x, y):
    """Tell whether two integers are the coordinates of a point."""
    if not (0 <= x < P and 0 <= y < P):
        return False
    return (y * y - (x * x - 3) * x - B) % P == 0


def add(p, q):
    """Return p + q; where q is a pair, its Z is 1."""
    x1, y1, z1 = p
    if len(q) == 2:
        x2, y2 = q
        t2 = z1
        yz = mul(y2, z1) + y1
        xz = mul(x2, z1) + x1
        t0 = mul(x1, x2)
        t1 = mul(y1, y2)
    else:
        x2, y2, z2 = q
        t0 = mul(x1, x2)
        t1 = mul(y1, y2)
        t2 = mul(z1, z2)
        yz = mul(y1 + z1, y2 + z2) - t1 - t2
        xz = mul(x1 + z1, x2 + z2) - t0 - t2
    xy = mul(x1 + y1, x2 + y2) - t0 - t1
    g = (xz - mul(B, t2)) * 3
    t2 *= 3
    h = (mul(B, xz) - t2 - t0) * 3
    t0 = t0 * 3 - t2
    u = t1 + g
    v = t1 - g
    y = mul_add(u, v, t0, h)
    check(y)
    return mul_add(xy, u, yz, -h), y, mul_add(yz, v, xy, t0)


def double(p, times):
    """Return p doubled so many times; p is not infinite."""
    x, y, z = p
    x = mul(x, z)
    y = mul(y, mul(z, z))
    for _ in range(times):
        delta = mul(z, z)
        gamma = mul(y, y)
        beta = mul(x, gamma) * 4
        alpha = mul(x - delta, x + delta) * 3
        z = mul(y, z) * 2
        x = mul(alpha, alpha) - beta * 2
        y = mul_add(alpha, beta - x, gamma, gamma * -8)
        check(y)
    return mul(x, z), y, mul(z, mul(z, z))
