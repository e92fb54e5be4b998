"""Malformed CTAPHID frames, and what each deserves: a coded error on its own channel, or silence."""

import random
from collections.abc import Callable
from typing import NamedTuple

from segl_wire import ctaphid
from segl_wire.ctaphid import BROADCAST, CANCEL, CBOR, INIT, LOCK, MSG, PING, WINK, packets

_KNOWN = (PING, MSG, LOCK, INIT, WINK, CBOR, CANCEL)
_UNKNOWN = tuple(command for command in range(0x80) if command not in _KNOWN)
_SIZES = (0, 1, 7, 8, 9, 57, 58, 59, 116, 117, 1000, 3072, 3073, 7609, 7610, 0xFFFF)


class Case(NamedTuple):
    """Frames that come to nothing: nobody waits for an answer after them, and no request was made.

    Args:
        reports: What is sent.
        errors: (channel, code) of each answer, in order.
        stalls: Whether the last answer comes only when the message times out.
    """

    reports: list[bytes]
    errors: list[tuple[int, int]]
    stalls: bool = False


class Cases:
    """An endless supply.

    Args:
        chance: Where it comes from.
        mine: A channel that was given out.
        other: Another one.
        limit: The longest message in bytes that the device takes.
    """

    def __init__(self, chance: random.Random, mine: int, other: int, limit: int) -> None:
        self._chance = chance
        self._mine = mine
        self._other = other
        self._limit = limit
        self._kinds: tuple[Callable[[], Case], ...] = (
            self._random_bytes,
            self._foreign_channel,
            self._broadcast,
            self._stray,
            self._not_a_report,
            self._unknown_command,
            self._wrong_size,
            self._long_lock,
            self._cancel,
            self._out_of_sequence,
            self._broken_into,
            self._while_busy,
        )

    def any(self) -> Case:
        """Make one."""
        return self._chance.choice(self._kinds)()

    def stalled(self) -> Case:
        """Make one that is not finished."""
        packets = self._message()
        keep = self._chance.randrange(1, len(packets))
        return Case(packets[:keep], [(self._mine, ctaphid.ERR_MSG_TIMEOUT)], True)

    def _random_bytes(self) -> Case:
        report = self._chance.randbytes(64)
        channel = int.from_bytes(report[:4], "big")
        known = channel in (self._mine, self._other, BROADCAST)
        silent = report[4] & 0x80 == 0 or report[4] == CANCEL | 0x80
        return Case([] if known else [report], [] if known or silent else [_wrong_channel(channel)])

    def _foreign_channel(self) -> Case:
        channel = self._foreign()
        command = self._chance.choice((PING, MSG, LOCK, INIT, WINK, CBOR, *_UNKNOWN))
        return Case([self._first(channel, command, self._chance.choice(_SIZES))], [_wrong_channel(channel)])

    def _broadcast(self) -> Case:
        command = self._chance.choice((PING, MSG, LOCK, INIT, WINK, CBOR, *_UNKNOWN))
        size = self._chance.choice([size for size in _SIZES if size != 8])
        code = ctaphid.ERR_INVALID_LEN if command == INIT else ctaphid.ERR_INVALID_CHANNEL
        return Case([self._first(BROADCAST, command, size)], [(BROADCAST, code)])

    def _stray(self) -> Case:
        channels = (self._mine, self._other, BROADCAST, self._foreign())
        count = self._chance.randrange(1, 5)
        reports = [
            self._chance.choice(channels).to_bytes(4, "big")
            + bytes([self._chance.randrange(0x80)])
            + self._chance.randbytes(59)
            for _ in range(count)
        ]
        return Case(reports, [])

    def _not_a_report(self) -> Case:
        whole = self._first(self._mine, self._chance.choice(_KNOWN), self._chance.choice(_SIZES))
        return Case([whole[: self._chance.randrange(64)]], [])

    def _unknown_command(self) -> Case:
        first = self._first(self._mine, self._chance.choice(_UNKNOWN), self._chance.choice(_SIZES))
        return Case([first], [(self._mine, ctaphid.ERR_INVALID_CMD)])

    def _wrong_size(self) -> Case:
        wrong = {
            INIT: lambda size: size != 8,
            LOCK: lambda size: size != 1,
            WINK: lambda size: size != 0,
            PING: lambda size: size > self._limit,
            CBOR: lambda size: size > self._limit or size == 0,
            MSG: lambda size: size > self._limit or size == 0,
        }
        command = self._chance.choice(list(wrong))
        sizes = [size for size in (*_SIZES, self._chance.randrange(0x10000)) if wrong[command](size)]
        first = self._first(self._mine, command, self._chance.choice(sizes))
        return Case([first], [(self._mine, ctaphid.ERR_INVALID_LEN)])

    def _long_lock(self) -> Case:
        report = packets(self._mine, LOCK, bytes([self._chance.randrange(11, 256)]))[0]
        return Case([report], [(self._mine, ctaphid.ERR_INVALID_PAR)])

    def _cancel(self) -> Case:
        channel = self._chance.choice((self._mine, self._other, BROADCAST, self._foreign()))
        return Case([self._first(channel, CANCEL, self._chance.choice((0, 0, *_SIZES)))], [])

    def _out_of_sequence(self) -> Case:
        reports = self._message()
        at = self._chance.randrange(1, len(reports))
        right = reports[at][4]
        wrong = self._chance.choice([number for number in range(0x80) if number != right])
        reports[at] = reports[at][:4] + bytes([wrong]) + reports[at][5:]
        return Case(reports, [(self._mine, ctaphid.ERR_INVALID_SEQ)])

    def _broken_into(self) -> Case:
        reports = self._message()
        command = self._chance.choice((PING, MSG, LOCK, WINK, CBOR, *_UNKNOWN))
        into = self._first(self._mine, command, self._chance.choice(_SIZES))
        reports.insert(self._chance.randrange(1, len(reports)), into)
        return Case(reports, [(self._mine, ctaphid.ERR_INVALID_SEQ)])

    def _while_busy(self) -> Case:
        broken = self._out_of_sequence()
        command = self._chance.choice((PING, MSG, LOCK, WINK, CBOR, *_UNKNOWN))
        intruder = self._first(self._other, command, self._chance.choice(_SIZES))
        return Case(
            [broken.reports[0], intruder, *broken.reports[1:]],
            [(self._other, ctaphid.ERR_CHANNEL_BUSY), *broken.errors],
        )

    def _message(self) -> list[bytes]:
        """Make a good message of several packets."""
        size = self._chance.choice((58, 59, 116, 117, 118, 300))
        return packets(self._mine, self._chance.choice((PING, MSG, CBOR)), self._chance.randbytes(size))

    def _first(self, channel: int, command: int, size: int) -> bytes:
        head = channel.to_bytes(4, "big") + bytes([command | 0x80]) + size.to_bytes(2, "big")
        return head + self._chance.randbytes(57)

    def _foreign(self) -> int:
        channel = self._chance.choice((0, 1, self._mine ^ 1, self._chance.getrandbits(32)))
        return 0 if channel in (self._mine, self._other, BROADCAST) else channel


def _wrong_channel(channel: int) -> tuple[int, int]:
    return channel, ctaphid.ERR_INVALID_CHANNEL
