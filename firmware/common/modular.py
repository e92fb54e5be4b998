"""Inverses, and random numbers below a modulus."""


def inverse(x, modulus):
    """Return the inverse of x, or 0 if there is none.

    Euclid's steps depend on the number: hand in only what a random factor hides.
    """
    a = modulus
    b = x % modulus
    u = 0
    v = 1
    while b:
        q, r = divmod(a, b)
        a = b
        b = r
        u, v = v, u - q * v
    return u % modulus if a == 1 else 0


def random_below(modulus, random):
    """Return a number from 1 to modulus - 1 out of 40 random bytes, even to within 2**-64 for 256 bits."""
    return int.from_bytes(random(40), "big") % (modulus - 1) + 1
