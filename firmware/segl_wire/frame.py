# Frames on a byte stream: COBS(payload, CRC-32 little-endian) and a zero byte, so that a reader who comes
# late or loses bytes is right again at the next zero.
# Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing" (IEEE/ACM Transactions on Networking, 1999).
import struct
from binascii import crc32

MAX_PAYLOAD = 1024
_MAX_STUFFED = 1024 + 4 + 5  # payload, CRC, and one code byte for each 254 bytes begun


def encode(payload: bytes) -> bytes:
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("payload too long")
    data = bytes(payload) + struct.pack("<I", crc32(payload))
    out = bytearray()
    at = 0
    end = len(data)
    while True:
        zero = data.find(b"\0", at, at + 254)
        stop = zero if zero >= 0 else min(at + 254, end)
        out.append(stop - at + 1)
        out.extend(data[at:stop])
        if zero >= 0:
            at = zero + 1  # the code byte of the next block stands for this zero
        elif stop == end:
            break
        else:
            at = stop
    out.append(0)
    return bytes(out)


class Decoder:
    # Takes the stream in pieces of any size; holds at most one frame. `errors` counts what had to be dropped.

    def __init__(self) -> None:
        self.errors = 0
        self._held = bytearray()
        self._skip = False  # inside a frame that is already too long

    def feed(self, data: bytes) -> list[bytes]:
        data = bytes(data)
        payloads = []
        at = 0
        while True:
            zero = data.find(b"\0", at)
            self._hold(data[at:] if zero < 0 else data[at:zero])
            if zero < 0:
                return payloads
            if self._skip:
                self._skip = False
            elif self._held:  # nothing between two zeros is no frame: a sender may start with one to be sure
                payload = _open(bytes(self._held))
                if payload is None:
                    self.errors += 1
                else:
                    payloads.append(payload)
            self._held = bytearray()
            at = zero + 1

    def _hold(self, part: bytes) -> None:
        if self._skip:
            return
        if len(self._held) + len(part) > _MAX_STUFFED:
            self._held = bytearray()
            self._skip = True
            self.errors += 1
        else:
            self._held.extend(part)


def _open(stuffed: bytes) -> bytes | None:
    # the payload of one frame without its zero, or None if anything is wrong with it
    out = bytearray()
    at = 0
    end = len(stuffed)
    while at < end:
        stop = at + stuffed[at]
        if stop > end:
            return None
        out.extend(stuffed[at + 1 : stop])
        if stop < end and stop - at < 255:
            out.append(0)
        at = stop
    size = len(out) - 4
    if size < 0 or size > MAX_PAYLOAD:
        return None
    payload = bytes(out[:size])
    if struct.unpack_from("<I", out, size)[0] != crc32(payload):
        return None
    return payload
