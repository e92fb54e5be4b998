"""A server of CTAPHID without a device around it, and the computer's end of it."""

import random

from segl_wire import ctaphid

VERSION = (1, 2, 3)
LIMIT = 3072
NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"

Message = tuple[int, int, bytes]


def server(
    capabilities: int = ctaphid.CAP_WINK | ctaphid.CAP_CBOR, seed: int = 0, limit: int = LIMIT
) -> ctaphid.Server:
    return ctaphid.Server(random.Random(seed).randbytes, VERSION, capabilities, limit)


def send(
    at: ctaphid.Server, channel: int, command: int, payload: bytes = b"", now: int = 0
) -> tuple[int, bytes] | None:
    """Feed a message whole and return what it gave at its end; before that nothing may come."""
    *first, last = ctaphid.packets(channel, command, payload)
    for report in first:
        assert at.feed(report, now) is None
    return at.feed(last, now)


def answers(at: ctaphid.Server) -> list[Message]:
    """Take away all that is to be sent, as whole messages."""
    receiver = ctaphid.Receiver()
    found = [message for report in at.out if (message := receiver.feed(report))]
    at.out.clear()
    return found


def error(channel: int, code: int) -> list[Message]:
    return [(channel, ctaphid.ERROR, bytes([code]))]


def channel(at: ctaphid.Server) -> int:
    """Open a channel."""
    assert send(at, ctaphid.BROADCAST, ctaphid.INIT, NONCE) is None
    [(where, command, about)] = answers(at)
    assert (where, command, about[:8]) == (ctaphid.BROADCAST, ctaphid.INIT, NONCE)
    return int.from_bytes(about[8:12], "big")
