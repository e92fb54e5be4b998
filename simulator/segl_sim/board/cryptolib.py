"""The board's `cryptolib`: AES in ECB and CBC mode, as stock images have it."""

from _host import call
from _ops import AES

_MODE_CBC = 2


class aes:
    def __init__(self, key, mode, IV=None):
        if mode not in (1, _MODE_CBC):
            raise ValueError("mode")
        if len(key) not in (16, 32):
            raise ValueError("key")
        if mode == _MODE_CBC and (IV is None or len(IV) != 16):
            raise ValueError("IV")
        self._key = bytes(key)
        self._iv = bytes(IV) if mode == _MODE_CBC else b""

    def _run(self, decrypt, data, out):
        if len(data) % 16:
            raise ValueError("blksize % 16")
        result = bytearray(data) if out is None else out
        result[:] = data
        text = bytes(data)
        buf = bytearray(self._key + self._iv + text)
        call(AES, decrypt, len(self._key), len(self._iv), buf)
        result[:] = buf[len(self._key) + len(self._iv) :]
        if self._iv:
            self._iv = (text if decrypt else bytes(result))[-16:]
        return bytes(result) if out is None else out

    def encrypt(self, data, out=None):
        return self._run(0, data, out)

    def decrypt(self, data, out=None):
        return self._run(1, data, out)
