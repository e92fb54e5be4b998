"""The board's `rp2`: its flash as the block device that `_boot.py` and the firmware see."""

from _host import call
from _ops import FLASH_BLOCKS, FLASH_ERASE, FLASH_READ, FLASH_WRITE

_BLOCK = 4096


class Flash:
    def __init__(self, *, start=-1, len=-1):
        self._start = 0 if start == -1 else start
        self._len = call(FLASH_BLOCKS) * _BLOCK if len == -1 else len

    def readblocks(self, block_num, buf, offset=0):
        call(FLASH_READ, self._start // _BLOCK + block_num, offset, 0, buf)

    def writeblocks(self, block_num, buf, offset=None):
        block = self._start // _BLOCK + block_num
        if offset is None:
            call(FLASH_ERASE, block)
            offset = 0
        call(FLASH_WRITE, block, offset, 0, buf)

    def ioctl(self, op, arg=0):
        if op == 4:
            return self._len // _BLOCK
        if op == 5:
            return _BLOCK
        if op == 6:
            call(FLASH_ERASE, self._start // _BLOCK + arg)
        return 0
