"""The field of P-256: the one seam under its curve, behind which assembled kernels may come.

Elements are integers, not always reduced: sums and differences are taken with + and - by whoever computes, up to
twenty times the prime, and products are brought back to about one. Only `reduced` gives the one number below P.

A product is reduced by two multiplications and shifts (Barrett 1986), not by `%`: that is faster on an RP2040, and
a long division's steps depend on the numbers, which these do not.
"""

from micropython import const

from common.faults import FaultError

P = const(0xFFFFFFFF_00000001_00000000_00000000_00000000_FFFFFFFF_FFFFFFFF_FFFFFFFF)
_RECIPROCAL = const(0x100000000FFFFFFFFFFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFF00000000000000030000)  # 2**528 // P
_BOUND = 1 << 272


def mul(a, b):
    """Return a * b."""
    t = a * b
    return t - ((t >> 240) * _RECIPROCAL >> 288) * P


def mul_add(a, b, c, d):
    """Return a * b + c * d, reduced once."""
    t = a * b + c * d
    return t - ((t >> 240) * _RECIPROCAL >> 288) * P


def check(a):
    """Stop when a fault has spoilt a reduction: numbers would double in length with each product, for ever."""
    if not -_BOUND < a < _BOUND:
        raise FaultError


def reduced(a):
    """Return the integer from 0 to P - 1 that an element stands for."""
    return a % P
