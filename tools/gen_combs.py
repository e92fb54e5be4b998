"""Compute the multiples of the base points that lie in flash: firmware/common/p256.comb and ed25519.comb.

How they are used is said in firmware/common/comb.py. The curves are computed here from their equations alone, in
affine coordinates: nothing is shared with the firmware.

Run: tools/gen_combs.py (write the files) or tools/gen_combs.py --check (exit 1 when one is out of date).
Source: FIPS 186-5 and SP 800-186 (P-256), RFC 8032 (Ed25519).
"""

import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "firmware" / "common"
TEETH, TOOTH, BLOCK = 8, 40, 10  # bits of a tooth, and of a block of it

Point = tuple[int, int]
Add = Callable[[Point, Point], Point]

P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P25519 = 2**255 - 19
EDWARDS_D = -121665 * pow(121666, -1, P25519) % P25519
ED25519_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def add_p256(a: Point, b: Point) -> Point:
    """Add two points of P-256, neither of them infinite nor the other's negative."""
    (x1, y1), (x2, y2) = a, b
    if a == b:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P256)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P256)
    x = (slope * slope - x1 - x2) % P256
    return x, (slope * (x1 - x) - y1) % P256


def add_ed25519(a: Point, b: Point) -> Point:
    """Add two points of Ed25519."""
    (x1, y1), (x2, y2) = a, b
    product = EDWARDS_D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P25519) % P25519
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P25519) % P25519


def tables(base: Point, add: Add, negative: Callable[[Point], Point]) -> list[Point]:
    """Return all blocks' entries: the highest tooth's point, the others added where a bit is 1, else taken off."""
    powers = [base]
    for _ in range(TEETH * TOOTH - 1):
        powers.append(add(powers[-1], powers[-1]))
    entries: list[Point] = []
    for block in range(0, TOOTH, BLOCK):
        sums = [powers[(TEETH - 1) * TOOTH + block]]
        for tooth in range(TEETH - 2, -1, -1):
            point = powers[tooth * TOOTH + block]
            sums = [add(done, step) for done in sums for step in (negative(point), point)]
        entries += sums
    return entries


def p256_file() -> bytes:
    """Return the comb of P-256: x and y of each entry, 32 bytes each, the highest first."""
    entries = tables(P256_BASE, add_p256, lambda point: (point[0], P256 - point[1]))
    return b"".join(number.to_bytes(32, "big") for entry in entries for number in entry)


def ed25519_file() -> bytes:
    """Return the comb of Ed25519: y - x, y + x and 2dxy of each entry, 32 bytes each, the highest first."""
    entries = tables(ED25519_BASE, add_ed25519, lambda point: (P25519 - point[0], point[1]))
    numbers = [n for x, y in entries for n in (y - x, y + x, 2 * EDWARDS_D * x * y)]
    return b"".join((number % P25519).to_bytes(32, "big") for number in numbers)


FILES = {"p256.comb": p256_file, "ed25519.comb": ed25519_file}


def main(arguments: list[str]) -> int:
    """Write the files, or with --check compare them; return the exit code."""
    late = 0
    for name, made in FILES.items():
        path, data = FOLDER / name, made()
        if "--check" not in arguments:
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            print(f"gen_combs: {path.name} is out of date; run tools/gen_combs.py", file=sys.stderr)
            late = 1
    return late


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
