"""The world's side of the simulated modules: each call of board/_ops.py, answered by a device's parts."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from segl_sim.board import _ops as ops
from segl_sim.failures import Reset
from segl_sim.littlefs import MODE_DIR, Littlefs
from segl_sim.parts.context import Nack

if TYPE_CHECKING:
    from segl_sim.device import Device
    from segl_sim.parts.context import I2CPart

_SECTOR = 4096
_I2C_BITS = 9  # eight and the acknowledge
_OTP_DATA = 0x4013_0000  # RP2350 data sheet, section 13.9: one-time-programmable rows, error-corrected
# Board time of what C does on a board but Python does here: facts of the RP2040, per call and per 64 bytes.
_HASH_NS = (120_000, 90_000)
_AES_NS = (60_000, 70_000)

Call = Callable[[int, int, int, memoryview], int]


class HostCalls:
    """Answers one powered device's calls.

    Args:
        device: Whose parts answer.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._left = b""
        self._files = FileCalls(device, self.leave)
        self._table: dict[int, Call] = {
            ops.TAKE: self._take,
            ops.TICKS_US: self._ticks,
            ops.DELAY_US: self._delay,
            ops.SLEEP_MS: self._sleep,
            ops.UNIQUE_ID: self._unique_id,
            ops.URANDOM: self._urandom,
            ops.RESET: self._reset,
            ops.MEM32: self._mem32,
            ops.WDT: self._watchdog,
            ops.PIN_INIT: self._pin_init,
            ops.PIN_SET: self._pin_set,
            ops.PIN_GET: self._pin_get,
            ops.PIN_IRQ: self._pin_irq,
            ops.ADC_READ: self._adc_read,
            ops.I2C_WRITE: self._i2c_write,
            ops.I2C_READ: self._i2c_read,
            ops.HASH: self._hash,
            ops.AES: self._aes,
            ops.MACHINE_NAME: self._machine_name,
            **self._files.table(),
            **device.usb_calls(),
            **device.i2s_calls(),
        }

    def __call__(self, op: int, a: int, b: int, c: int, buf: memoryview) -> int:
        """Answer one call; the meaning of a, b, c and buf depends on `op`."""
        return self._table[op](a, b, c, buf)

    def leave(self, data: bytes) -> int:
        """Keep bytes for the `take` that follows, and return their number."""
        self._left = data
        return len(data)

    def _take(self, a: int, b: int, c: int, buf: memoryview) -> int:
        buf[:] = self._left[: len(buf)]
        return len(buf)

    # Time and identity

    def _ticks(self, milliseconds: int, b: int, c: int, buf: memoryview) -> int:
        since_start = self._device.now() - self._device.started
        return (since_start // (1_000_000 if milliseconds else 1000)) & 0x3FFF_FFFF

    def _delay(self, us: int, b: int, c: int, buf: memoryview) -> int:
        self._device.charge(us * 1000)
        return 0

    def _sleep(self, ms: int, b: int, c: int, buf: memoryview) -> int:
        self._device.sleep(ms)
        return 0

    def _unique_id(self, a: int, b: int, c: int, buf: memoryview) -> int:
        buf[:] = self._device.unique_id
        return len(buf)

    def _urandom(self, a: int, b: int, c: int, buf: memoryview) -> int:
        buf[:] = self._device.random.randbytes(len(buf))
        return len(buf)

    def _machine_name(self, a: int, b: int, c: int, buf: memoryview) -> int:
        return self.leave(self._device.board.machine.encode())

    def _reset(self, query: int, b: int, c: int, buf: memoryview) -> int:
        if query:
            return self._device.reset_cause
        raise Reset

    def _mem32(self, high: int, low: int, c: int, buf: memoryview) -> int:
        offset = (high << 16 | low) - _OTP_DATA
        buf[:] = self._device.otp[offset : offset + 4] if 0 <= offset < len(self._device.otp) else bytes(4)
        return 4

    def _watchdog(self, ms: int, b: int, c: int, buf: memoryview) -> int:
        self._device.feed_watchdog(ms)
        return 0

    # Pins and buses

    def _pin_init(self, pin: int, mode: int, pull: int, buf: memoryview) -> int:
        self._device.pins[pin].mode(mode)
        return 0

    def _pin_set(self, pin: int, level: int, c: int, buf: memoryview) -> int:
        self._device.effect("pin", pin, level)
        self._device.pins[pin].drive(level)
        return 0

    def _pin_get(self, pin: int, b: int, c: int, buf: memoryview) -> int:
        return self._device.pins[pin].read()

    def _pin_irq(self, pin: int, trigger: int, c: int, buf: memoryview) -> int:
        self._device.pins[pin].trigger = trigger
        return 0

    def _adc_read(self, pin: int, b: int, c: int, buf: memoryview) -> int:
        return self._device.adc(pin)

    def _i2c_write(self, bus: int, address: int, frequency: int, buf: memoryview) -> int:
        return self._i2c(bus, address, frequency, len(buf), lambda part: part.write(bytes(buf)))

    def _i2c_read(self, bus: int, address: int, frequency: int, buf: memoryview) -> int:
        def read(part: I2CPart) -> None:
            buf[:] = part.read(len(buf))

        return self._i2c(bus, address, frequency, len(buf), read)

    def _i2c(
        self, bus: int, address: int, frequency: int, count: int, transfer: Callable[[I2CPart], None]
    ) -> int:
        part = self._device.i2c.get((bus & 0xFF, address))
        sent = 0
        try:
            if part is None:
                return -errno.EIO
            transfer(part)
            sent = count
        except Nack:
            return -errno.EIO
        finally:
            # Start, address, data, stop: what the bus is busy with whether or not somebody answers.
            self._device.charge((2 + _I2C_BITS * (1 + sent)) * 1_000_000_000 // frequency)
        return count

    # What stock images do in C

    def _hash(self, kind: int, b: int, c: int, buf: memoryview) -> int:
        self._device.charge(_HASH_NS[0] + _HASH_NS[1] * (len(buf) // 64))
        name = ("md5", "sha1")[kind]
        return self.leave(hashlib.new(name, buf, usedforsecurity=False).digest())

    def _aes(self, decrypt: int, key_size: int, iv_size: int, buf: memoryview) -> int:
        from cryptography.hazmat.primitives.ciphers import (
            Cipher,
            algorithms,
            modes,
        )  # slow to load, seldom used

        self._device.charge(_AES_NS[0] + _AES_NS[1] * (len(buf) // 64))
        key = bytes(buf[:key_size])
        iv = bytes(buf[key_size : key_size + iv_size])
        mode = modes.CBC(iv) if iv_size else modes.ECB()
        cipher = Cipher(algorithms.AES(key), mode)
        run = cipher.decryptor() if decrypt else cipher.encryptor()
        buf[key_size + iv_size :] = run.update(bytes(buf[key_size + iv_size :])) + run.finalize()
        return 0


class FileCalls:
    """Calls of the flash and of the file system on it.

    Args:
        device: Whose flash it is.
        leave: Keeps bytes for the `take` that follows.
    """

    def __init__(self, device: Device, leave: Callable[[bytes], int]) -> None:
        self._device = device
        self._flash = device.flash
        self._size = device.board.files_size
        self._files = Littlefs(device.flash, 0, self._size)
        self._leave = leave

    def table(self) -> dict[int, Call]:
        """Return the answers by the number of their call."""
        files = self._files
        return {
            ops.FLASH_READ: self._flash_read,
            ops.FLASH_WRITE: self._flash_write,
            ops.FLASH_ERASE: self._flash_erase,
            ops.FLASH_BLOCKS: lambda a, b, c, buf: self._size // _SECTOR,
            ops.FS_MOUNT: _coded(lambda a, b, c, buf: files.mount()),
            ops.FS_FORMAT: _coded(lambda a, b, c, buf: files.mkfs()),
            ops.FS_UMOUNT: _coded(lambda a, b, c, buf: files.unmount()),
            ops.FS_LOAD: _coded(self._load),
            ops.FS_OPEN: _coded(lambda a, b, c, buf: files.open(_path(buf), _MODES[a])),
            ops.FS_READ: _coded(self._read),
            ops.FS_WRITE: _coded(lambda a, b, c, buf: files.write(a, bytes(buf))),
            ops.FS_SEEK: _coded(lambda a, b, c, buf: files.seek(a, b, c)),
            ops.FS_FLUSH: _coded(lambda a, b, c, buf: files.flush(a)),
            ops.FS_CLOSE: _coded(lambda a, b, c, buf: files.close(a)),
            ops.FS_STAT: _coded(self._stat),
            ops.FS_LIST: _coded(self._list),
            ops.FS_MKDIR: _coded(lambda a, b, c, buf: files.mkdir(_path(buf))),
            ops.FS_RMDIR: _coded(lambda a, b, c, buf: files.rmdir(_path(buf))),
            ops.FS_REMOVE: _coded(lambda a, b, c, buf: files.remove(_path(buf))),
            ops.FS_RENAME: _coded(lambda a, b, c, buf: files.rename(*_paths(buf))),
            ops.FS_STATVFS: _coded(self._statvfs),
        }

    def _flash_read(self, block: int, offset: int, c: int, buf: memoryview) -> int:
        buf[:] = self._flash.read(block * _SECTOR + offset, len(buf))
        return 0

    def _flash_write(self, block: int, offset: int, c: int, buf: memoryview) -> int:
        self._flash.program(block * _SECTOR + offset, bytes(buf))
        return 0

    def _flash_erase(self, block: int, b: int, c: int, buf: memoryview) -> int:
        self._flash.erase(block * _SECTOR)
        return 0

    def _load(self, a: int, b: int, c: int, buf: memoryview) -> int:
        files = self._files
        path = _path(buf)
        handle = files.open(path, "r")
        large = files.seek(handle, 0, _END) > (_LOADED_CODE if path.endswith(_CODE) else _LOADED)
        try:
            files.seek(handle, 0)
            return handle | _OPENED if large else self._leave(files.read(handle))
        finally:
            if not large:
                files.close(handle)

    def _read(self, handle: int, b: int, c: int, buf: memoryview) -> int:
        self._device.charge(_READ_NS[0] + _READ_NS[1] * len(buf) // 256)
        data = self._files.read(handle, len(buf))
        buf[: len(data)] = data
        return len(data)

    def _stat(self, a: int, b: int, c: int, buf: memoryview) -> int:
        stat = self._files.stat(_path(buf))
        return _FOLDER if stat.mode == MODE_DIR else stat.size

    def _list(self, a: int, b: int, c: int, buf: memoryview) -> int:
        found = self._files.listdir(_path(buf))
        lines = [f"{'d' if item.mode == MODE_DIR else item.size} {item.name}" for item in found]
        return self._leave("\n".join(lines).encode())

    def _statvfs(self, which: int, b: int, c: int, buf: memoryview) -> int:
        return self._files.statvfs()[which]  # 2: blocks, 3: free blocks


# A file up to this size is handed over at once; a larger one is opened and read as the firmware does. Code is read
# whole on a board too.
_LOADED = 4096
_LOADED_CODE = 64 * 1024
_CODE = (".mpy", ".py")
_OPENED = 1 << 30  # board/vfs.py
_END = 2
# Board time of a read from an opened file, per call and per 256 bytes: littlefs finding its place, and the flash's
# four wires at a quarter of the processor's clock. An estimate; what is loaded at once costs nothing here.
_READ_NS = (60_000, 15_000)
_FOLDER = 0x7FFF_FFFF  # what FS_STAT answers for a directory
_MODES = ("r", "w", "a", "x", "r+", "w+", "a+", "x+")


def _path(buf: memoryview) -> str:
    return bytes(buf).decode()


def _paths(buf: memoryview) -> tuple[str, str]:
    old, new = bytes(buf).decode().split("\0")
    return old, new


def _coded(call: Callable[[int, int, int, memoryview], int | None]) -> Call:
    """Turn an OSError into the negative errno that the simulated `vfs` raises again."""

    def coded(a: int, b: int, c: int, buf: memoryview) -> int:
        try:
            return call(a, b, c, buf) or 0
        except OSError as error:
            return -(error.errno or errno.EIO)

    return coded
