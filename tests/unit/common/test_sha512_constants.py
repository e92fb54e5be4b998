"""The constants of SHA-512 are what FIPS 180-4 says: roots of primes, computed anew here."""

import struct
from binascii import a2b_base64

import common.sha512 as sha512_module


def root(number: int, degree: int) -> int:
    low, high = 0, number
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle)
    return low


def test_the_constants_are_roots_of_primes() -> None:
    primes = [number for number in range(2, 410) if all(number % divisor for divisor in range(2, number))]
    assert len(primes) == 80
    cube_roots = [root(prime << 3 * 64, 3) % 2**64 for prime in primes]
    square_roots = [root(prime << 2 * 64, 2) % 2**64 for prime in primes[:8]]
    assert struct.unpack(">88Q", a2b_base64(sha512_module._CONSTANTS)) == (*cube_roots, *square_roots)
