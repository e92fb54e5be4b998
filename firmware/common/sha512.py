"""SHA-512 for boards whose hashlib lacks it, written for few operations on big integers (FIPS 180-4).

Every Python operation on a 64-bit number costs about the same here, whatever it computes. So each rotation
works on the word written twice in a row, three rotations share their shifts, and sums are cut back to
64 bits once, at their end.
"""

import struct
from binascii import a2b_base64

from micropython import const

_MASK = const(0xFFFFFFFF_FFFFFFFF)
_TWICE = const(0x1_00000000_00000001)

# 80 round constants (cube roots of the first primes), then the initial state (square roots of the first 8).
_CONSTANTS = (
    b"QoovmNcoriJxN0SRI+9lzbXA+8/sTTsv6bXbpYGJ27w5VsJb80i1OFnxEfG2BdAZkj+CpK8ZT5urHF7V2m2BGNgHqpijAwJC"
    b"EoNbAUVwb74kMYW+TuSyjFUMfcPV/7Ticr5ddPJ7iW+A3rH+OxaWsZvcBqclxxI1wZvxdM9pJpTkm2nBnvFK0u++R4Y4TyXj"
    b"D8GdxouM1bUkDKHMd6ycZS3pLG9ZKwJ1SnSEqm6m5INcsKncvUH71Hb5iNqDEVO1mD5RUu5m36uoMcZtLbQyELADJ8iY+yE/"
    b"v1l/x77vDuTG4AvzPaiPwtWnkUeTCqclBspjUeADgm8UKSlnCg5ucCe3CoVG0i/8LhshOFwmySZNLG38WsQq7VM4DROdlbPf"
    b"ZQpzVIuvY952agq7PHeyqIHCyS5H7a7mknIshRSCNTuiv+ihTPEDZKgaZku8QjABwkuLcND4l5HHbFGjBlS+MNGS6BnW71IY"
    b"1pkGJFVlqRD0DjWFV3EgKhBqoHAyu9G4GaTBFrjS0MgeN2wIUUGrUydId0zfjuuZNLC8teGbSKg5HAyzxclaY07YqkrjQYrL"
    b"W5zKT3dj43NoLm/z1rK4o3SPgu5d77L8eKVjb0MXL2CEyHgUofCrcozHAggaZDnskL7/+iNjHiikUGzr3oK96b75o/eyxnkV"
    b"xnF48uNyUyvKJz7O6iZhnNGGuMchwMIH6tp91s3g6x71fU9/7m7ReAbwZ6pyF2+6CmN9xaLImKYRP5gEvvkNrhtxCzUTHEcb"
    b"KNt39SMEfYQyyqt7QMckkzyevgoVyb68Qx1nxJwQDUxMxdS+yz5Ctll/KZz8ZX4qX8tvqzrW+uxsRBmMSkdYF2oJ5mfzvMkI"
    b"u2euhYTKpzs8bvNy/pT4K6VP9TpfHTbxUQ5Sf63mgtGbBWiMKz5sHx+D2av7Qb1rW+DNGRN+IXk="
)


def sha512(data: bytes) -> bytes:
    work = sha512_steps(data)
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value


def sha512_steps(data: bytes):
    """Return the hash after yielding nothing each third of a block: a block takes 36 ms on an RP2040."""
    constants = struct.unpack(">88Q", a2b_base64(_CONSTANTS))
    state = constants[80:]
    size = len(data)
    data = data + b"\x80" + bytes((111 - size) % 128 + 8) + struct.pack(">Q", 8 * size)
    for start in range(0, len(data), 128):
        words = _schedule(list(struct.unpack(">16Q", data[start : start + 128])))
        yield
        half = _rounds(state, words, constants, 0)
        yield
        state = [(x + y) & _MASK for x, y in zip(state, _rounds(half, words, constants, 40))]
        yield
    return struct.pack(">8Q", *state)


def _schedule(words):
    for i in range(16, 80):
        x = words[i - 15]
        y = words[i - 2]
        xx = x * _TWICE
        yy = y * _TWICE
        words.append(
            (words[i - 16] + (((xx >> 7 ^ xx) >> 1) ^ x >> 7) + words[i - 7] + (yy >> 19 ^ yy >> 61 ^ y >> 6))
            & _MASK
        )
    return words


def _rounds(state, words, constants, first):
    a, b, c, d, e, f, g, h = state
    b_xor_c = b ^ c
    for i in range(first, first + 40):
        ee = e * _TWICE
        aa = a * _TWICE
        t = h + (((ee >> 23 ^ ee) >> 4 ^ ee) >> 14) + (g ^ e & (f ^ g)) + constants[i] + words[i]
        h = g
        g = f
        f = e
        e = (d + t) & _MASK
        d = c
        c = b
        a_xor_b = a ^ b
        t += (((aa >> 5 ^ aa) >> 6 ^ aa) >> 28) + (b ^ a_xor_b & b_xor_c)
        b_xor_c = a_xor_b
        b = a
        a = t & _MASK
    return a, b, c, d, e, f, g, h
