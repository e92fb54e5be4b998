"""Multiples of a curve's base point kept in flash, and the blinded digits of a scalar that choose among them.

Scalars are cut into 8 teeth of 40 bits, and each tooth into 4 blocks of 10 bits. Bit j of block b of every tooth
makes a digit of 8 signs, and a table for b holds the 128 sums of the teeth's points with the highest taken positive,
so that no digit is zero and no sum infinite (Lim and Lee 1994; signs as in Hamburg 2012, section 3.3).
tools/gen_combs.py makes the files.
"""

from micropython import const

TABLES = const(4)
COLUMNS = const(10)
BITS = const(320)
_TEETH = const(8)
_TOOTH_BYTES = const(5)
_ONES = (1 << BITS) - 1


def blinded(scalar, order, random):
    """Return 40 bytes whose bits, read as signs, stand for a scalar: other ones each time.

    With another random multiple of the order the scalar is another odd number below 2**320 of the same size; half of
    it and of 2**320 - 1 makes the signs.

    Args:
        scalar: Below 2**64 orders in all, and best of one size for all secrets.
        order: The base point's, odd.
        random: random(count) -> bytes.
    """
    multiple = int.from_bytes(random(8), "big") | 1 << 63
    multiple ^= (multiple ^ scalar ^ 1) & 1
    return ((scalar + multiple * order + _ONES) >> 1).to_bytes(BITS >> 3, "little")


def signed(digit, top):
    """Return which of the numbers 1, 3, 5 ... a digit of signs is, from 0, and whether it is positive (1, else 0).

    Args:
        digit: The bits.
        top: The number of the highest bit.
    """
    positive = digit >> top
    return (digit ^ (positive - 1)) & ((1 << top) - 1), positive


class Comb:
    """An open comb.

    Args:
        path: The file.
        size: Of an entry, in bytes.

    Raises:
        OSError: There is no such file.
    """

    def __init__(self, path, size):
        self._file = open(path, "rb")  # closed by close(), which a device never calls
        self._entry = memoryview(bytearray(size))

    def close(self):
        self._file.close()

    def entry(self, bits, table, column):
        """Return the entry that a column of bits asks for, and whether it is positive (1, else 0).

        All entries share one buffer.

        Args:
            bits: What `blinded` returned.
            table: The block, from 0.
            column: The bit in the block, from 0.

        Raises:
            OSError: It cannot be read.
        """
        place = table * COLUMNS + column
        byte = place >> 3
        place &= 7
        digit = 0
        for tooth in range(_TEETH):
            digit |= (bits[tooth * _TOOTH_BYTES + byte] >> place & 1) << tooth
        index, positive = signed(digit, _TEETH - 1)
        entry = self._entry
        self._file.seek((table << (_TEETH - 1) | index) * len(entry))
        if self._file.readinto(entry) != len(entry):
            raise OSError("comb")
        return entry, positive
