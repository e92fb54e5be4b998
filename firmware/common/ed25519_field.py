"""The field of Ed25519: the one seam under its curve, behind which assembled kernels may come.

Elements are integers, as in p256_field.py: not always reduced, summed up to eight times 2**256 by whoever computes.
"""

from micropython import const

P = const(0x7FFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFED)
_LOW = const(0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF)


def mul(a, b):
    """Return a * b, a little over 2**256 at most: 2**256 is 38 here."""
    t = a * b
    t = (t & _LOW) + (t >> 256) * 38
    return (t & _LOW) + (t >> 256) * 38


def reduced(a):
    """Return the integer from 0 to P - 1 that an element stands for."""
    return a % P
