# CTAPHID: the messages of several programs over one pair of endpoints, in reports of 64 bytes. No input, no output.
# `Server` is the authenticator's end, `Receiver` and `packets` are the computer's.
# Source: FIDO CTAP 2.2 section 11.2; where that leaves a choice, the comments say what was chosen.
import struct
from hashlib import sha256

PACKET = 64
BROADCAST = 0xFFFFFFFF
LONGEST = 57 + 128 * 59  # bytes of a message that fit an initialization packet and 128 continuation packets

# Commands
PING = 0x01
MSG = 0x03
LOCK = 0x04
INIT = 0x06
WINK = 0x08
CBOR = 0x10
CANCEL = 0x11
KEEPALIVE = 0x3B
ERROR = 0x3F

# Errors
ERR_INVALID_CMD = 0x01
ERR_INVALID_PAR = 0x02
ERR_INVALID_LEN = 0x03
ERR_INVALID_SEQ = 0x04
ERR_MSG_TIMEOUT = 0x05
ERR_CHANNEL_BUSY = 0x06
ERR_LOCK_REQUIRED = 0x0A
ERR_INVALID_CHANNEL = 0x0B
ERR_OTHER = 0x7F

# What a keepalive says
PROCESSING = 1
UPNEEDED = 2

# Capabilities
CAP_WINK = 0x01
CAP_CBOR = 0x04
CAP_NMSG = 0x08  # no CTAP1: MSG is not there

PROTOCOL = 2
TIMEOUT_MS = 500  # how long an unfinished message waits for its next packet
LONGEST_LOCK_S = 10
_NONCE = 8
_FIRST = 57  # bytes of the message in an initialization packet, and in a continuation packet
_NEXT = 59


def packets(channel: int, command: int, payload: bytes = b"") -> list[bytes]:
    # The reports that carry a message.
    payload = bytes(payload)
    if len(payload) > LONGEST:
        raise ValueError("message too long")
    out = [_padded(struct.pack(">IBH", channel, command | 0x80, len(payload)) + payload[:_FIRST])]
    at = _FIRST
    while at < len(payload):
        out.append(_padded(struct.pack(">IB", channel, len(out) - 1) + payload[at : at + _NEXT]))
        at += _NEXT
    return out


def _padded(report: bytes) -> bytes:
    return report + bytes(PACKET - len(report))


class _Message:
    # A message as its packets come in.

    def __init__(self, report: bytes) -> None:
        self.channel, self.command, self.size = struct.unpack(">IBH", report[:7])
        self.command &= 0x7F
        self._data = bytearray(report[7 : 7 + self.size])
        self._next = 0

    @property
    def whole(self) -> bool:
        return len(self._data) == self.size

    @property
    def payload(self) -> bytes:
        return bytes(self._data)

    def add(self, report: bytes) -> bool:
        # False: this is not the packet that is due.
        if report[4] != self._next:
            return False
        self._next += 1
        self._data.extend(report[5 : 5 + min(_NEXT, self.size - len(self._data))])
        return True


class Receiver:
    # The computer's end: puts together what an authenticator sends. Every program sees the answers to every other:
    # set `channel`, and foreign ones are passed over; None takes all, and these come whole, one after the other.

    def __init__(self, channel: int | None = None) -> None:
        self.channel = channel
        self._message = None

    def feed(self, report: bytes) -> tuple[int, int, bytes] | None:
        # Returns (channel, command, payload) once a message is whole; raises ValueError when a packet is not one, or
        # not the one that is due, and is ready for the next message then.
        report = bytes(report)
        if len(report) != PACKET:
            raise ValueError("no report")
        channel = int.from_bytes(report[:4], "big")
        if self.channel is not None and channel != self.channel:
            return None
        message, self._message = self._message, None
        if report[4] & 0x80:
            if message is not None:
                raise ValueError("a message broke off")
            message = _Message(report)
            if message.size > LONGEST:
                raise ValueError("message too long")
        elif message is None or message.channel != channel or not message.add(report):
            raise ValueError("packet out of sequence")
        if not message.whole:
            self._message = message
            return None
        return channel, message.command, message.payload


class Server:
    # The authenticator's end: it answers INIT, PING and LOCK and everything that is wrong, and gives out the rest.
    #
    # random: random(count) gives so many bytes. version: of the device: (major, minor, build). capabilities: CAP_...;
    # a command that they rule out is unknown. limit: the longest message in bytes that is taken.

    def __init__(self, random, version: tuple[int, int, int], capabilities: int, limit: int) -> None:
        # Reports to be sent, oldest first: the caller takes them away, and feeds no more while any are left, so that
        # a computer which asks and does not listen is made to wait.
        self.out = []
        self._channels = _Channels(random)
        self._about = bytes((PROTOCOL,) + tuple(version) + (capabilities,))
        self._limit = limit
        self._commands = [PING, LOCK]
        if capabilities & CAP_WINK:
            self._commands.append(WINK)
        if capabilities & CAP_CBOR:
            self._commands.append(CBOR)
        if not capabilities & CAP_NMSG:
            self._commands.append(MSG)
        self._deadline = 0  # of the message that comes in
        self._lock_end = 0
        self.forget()

    def forget(self) -> None:
        # The computer has gone or begun anew: nobody waits for anything. Channel ids stay as good as they were.
        self.out = []
        self._message = None
        self._running = None  # channel and command of the request that was given out
        self._locked = None  # the channel that has the device to itself
        self._alive = b""  # the last keepalive

    @property
    def busy(self) -> bool:
        # Whether a request was given out and is not answered.
        return self._running is not None

    @property
    def channel(self) -> int | None:
        # Of the request that was given out.
        return None if self._running is None else self._running[0]

    @property
    def until(self) -> int | None:
        # When `expire` is to be called next, in ms.
        times = []
        if self._message is not None:
            times.append(self._deadline)
        if self._locked is not None:
            times.append(self._lock_end)
        return min(times) if times else None

    def expire(self, now: int) -> None:
        # End what has lasted too long. Time is counted from a message's last packet: a program that stalls is noticed
        # just as soon, and a slow one is not punished for a long message.
        if self._message is not None and now >= self._deadline:
            self._drop(ERR_MSG_TIMEOUT)
        if self._locked is not None and now >= self._lock_end:
            self._locked = None

    def feed(self, report: bytes, now: int) -> tuple[int, bytes] | None:
        # Take one report. Returns (kind, payload): CBOR, MSG or WINK is a request, to be answered by `reply` or
        # `fail`; CANCEL says that the running one is not wanted any more: it is still `busy` when the answer is due,
        # and no longer when an INIT has ended it. Reports of a wrong length are nobody's.
        self.expire(now)
        if len(report) != PACKET:
            return None
        report = bytes(report)
        if report[4] & 0x80:
            return self._begin(_Message(report), now)
        message = self._message
        if message is None or message.channel != int.from_bytes(report[:4], "big"):
            return None  # a stray continuation packet is passed over in silence
        if not message.add(report):
            self._drop(ERR_INVALID_SEQ)
            return None
        return self._go_on(message, now)

    def reply(self, payload: bytes = b"") -> None:
        # Answer the running request.
        if self._running is not None:
            channel, command = self._running
            self._running = None
            self.out += packets(channel, command, payload)

    def fail(self, code: int) -> None:
        # Answer the running request with an error of this protocol.
        if self._running is not None:
            channel = self._running[0]
            self._running = None
            self._error(channel, code)

    def keepalive(self, status: int) -> None:
        # Say how the running request stands; in the place of what was said before if that has not been sent.
        if self._running is not None:
            if self.out and self.out[-1] is self._alive:
                self.out.pop()
            self._alive = packets(self._running[0], KEEPALIVE, bytes((status,)))[0]
            self.out.append(self._alive)

    def _begin(self, message: _Message, now: int) -> tuple[int, bytes] | None:
        if message.command == CANCEL:
            # Not a transaction: it is never answered, and means nothing but to its own channel's CBOR request.
            if self._running == (message.channel, CBOR) and message.size == 0:
                return CANCEL, b""
            return None
        code = self._refusal(message)
        if code:
            if code == ERR_INVALID_SEQ:
                self._message = (
                    None  # the error ends the message that was broken into, and the new one is not taken
                )
            self._error(message.channel, code)
            return None
        if message.command == INIT:
            return self._init(message)
        return self._go_on(message, now)

    def _refusal(self, message: _Message) -> int:
        # The error that an initialization packet deserves, or 0.
        channel, command = message.channel, message.command
        if channel == BROADCAST:
            if command != INIT:
                return ERR_INVALID_CHANNEL
        elif channel not in self._channels:
            return ERR_INVALID_CHANNEL
        if command == INIT:
            # Never refused because another is served: it takes nothing from anyone. A lock keeps out who has a channel
            # (11.2.9.2.2: "any other channel"); who comes for one learns of the lock when they use it.
            if channel != BROADCAST and self._locked not in (None, channel):
                return ERR_CHANNEL_BUSY
            return 0 if message.size == _NONCE else ERR_INVALID_LEN
        if self._message is not None and self._message.channel == channel:
            return ERR_INVALID_SEQ
        if self._message is not None or self._running is not None or self._locked not in (None, channel):
            return ERR_CHANNEL_BUSY
        if command not in self._commands:
            return ERR_INVALID_CMD
        return 0 if self._fits(command, message.size) else ERR_INVALID_LEN

    def _fits(self, command: int, size: int) -> bool:
        if command == LOCK:
            return size == 1
        if command == WINK:
            return size == 0
        return (command == PING or size > 0) and size <= self._limit

    def _init(self, message: _Message) -> tuple[int, bytes] | None:
        event = None
        channel = message.channel
        if channel == BROADCAST:
            channel = self._channels.new()
        else:
            # This program begins anew: what it has asked, and what it was going to be told, is forgotten.
            if self._message is not None and self._message.channel == channel:
                self._message = None
            if self.channel == channel:
                self._running = None
                event = (CANCEL, b"")
            mine = channel.to_bytes(4, "big")
            self.out = [report for report in self.out if report[:4] != mine]
        about = message.payload + channel.to_bytes(4, "big") + self._about
        self.out += packets(message.channel, INIT, about)
        return event

    def _go_on(self, message: _Message, now: int) -> tuple[int, bytes] | None:
        if not message.whole:
            self._message = message
            self._deadline = now + TIMEOUT_MS
            return None
        self._message = None
        if message.command == PING:
            self.out += packets(message.channel, PING, message.payload)
        elif message.command == LOCK:
            self._lock(message.channel, message.payload[0], now)
        else:
            self._running = (message.channel, message.command)
            return message.command, message.payload
        return None

    def _lock(self, channel: int, seconds: int, now: int) -> None:
        if seconds > LONGEST_LOCK_S:
            self._error(channel, ERR_INVALID_PAR)
            return
        self._locked = channel if seconds else None
        self._lock_end = now + seconds * 1000
        self.out += packets(channel, LOCK)

    def _drop(self, code: int) -> None:
        channel = self._message.channel
        self._message = None
        self._error(channel, code)

    def _error(self, channel: int, code: int) -> None:
        self.out += packets(channel, ERROR, bytes((code,)))


class _Channels:
    # Channel ids that nobody can guess, that are never given out twice, and of which none has to be remembered or
    # forgotten: a count, shuffled by a secret permutation of 32 bits (four Feistel rounds). To shuffle back tells
    # whether an id was given out. It would take months of nothing but INIT until the count is used up.

    def __init__(self, random) -> None:
        self._secret = random(16)
        self._count = 0
        self._seen = 0  # a channel that was found to be good: most often the next packet is from it too

    def new(self) -> int:
        channel = 0
        while channel in (0, BROADCAST):
            self._count += 1
            left = self._count >> 16
            right = self._count & 0xFFFF
            for number in range(4):
                left, right = right, left ^ self._mix(number, right)
            channel = left << 16 | right
        return channel

    def __contains__(self, channel: int) -> bool:
        if channel in (0, BROADCAST):
            return False
        if channel != self._seen:
            left = channel >> 16
            right = channel & 0xFFFF
            for number in (3, 2, 1, 0):
                left, right = right ^ self._mix(number, left), left
            if not 0 < left << 16 | right <= self._count:
                return False
            self._seen = channel
        return True

    def _mix(self, number: int, half: int) -> int:
        digest = sha256(self._secret + bytes((number, half >> 8, half & 0xFF))).digest()
        return digest[0] << 8 | digest[1]
