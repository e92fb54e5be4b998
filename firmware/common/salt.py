"""A secret that can be erased within a moment, and with it the meaning of all that was sealed under it.

It lies alone in a directory of its own, beside its name: nothing is left of it once both blocks of that directory have
been erased. No salt means that something is still to be erased, or that the device is new.
"""

import os

from micropython import const

from common.store import turn_over, unless

_SIZE = const(32)
_ENOENT = const(2)
_EEXIST = const(17)


class Salt:
    """Args: directory: absolute path of a directory that holds nothing else, such as "/salt"."""

    def __init__(self, directory):
        self._directory = directory
        self._path = directory + "/salt"

    def read(self):
        """Return the 32 bytes, or None when there are none.

        Raises:
            OSError: They cannot be read.
        """
        try:
            with open(self._path, "rb") as file:
                value = file.read()
        except OSError as error:
            if error.errno != _ENOENT:
                raise
            return None
        return value if len(value) == _SIZE else None

    def create(self, value):
        """Keep 32 new bytes; the old ones must have been destroyed."""
        unless(_EEXIST, os.mkdir, self._directory)
        with open(self._path, "wb") as file:
            file.write(value)

    def destroy(self):
        """Leave no trace of the old bytes; yield in between. After a cut, start again."""
        if not unless(_ENOENT, os.stat, self._directory):
            return
        # First of all: a cut behind this finds no salt, whatever else lies here.
        unless(_ENOENT, os.remove, self._path)
        for entry in list(os.ilistdir(self._directory)):
            os.remove(self._directory + "/" + entry[0])
        # Twice: the block that is left is erased only when the next change comes to it.
        for _ in range(2):
            yield
            turn_over(self._directory + "/~")
        # After 100 erases littlefs would give a directory another block, and leave the old one as it is: each salt
        # lies in a directory of its own, which does not come to that.
        os.rmdir(self._directory)
