"""Programs that share one security key, politely or not: each checks that it is told nothing that is not its own."""

import random
from collections import Counter, deque
from collections.abc import Callable

from segl_wire import ctaphid
from segl_wire.ctaphid import BROADCAST, CANCEL, CBOR, ERROR, INIT, KEEPALIVE, PACKET, packets

CANCELLED = b"\x2d"  # CTAP2_ERR_KEEPALIVE_CANCEL


class Program:
    """One program. What it asks is like nothing that another one asks.

    Args:
        chance: What it does next.
        send: Takes a report.
        answers: What it may ask, and how that is to be answered: command to function of the payload.
        given_out: The channels that any program was ever given.

    Attributes:
        heard: How often each command was heard on its channel.
    """

    def __init__(
        self,
        chance: random.Random,
        send: Callable[[bytes], None],
        answers: dict[int, Callable[[bytes], bytes]],
        given_out: set[int],
    ) -> None:
        self.heard: Counter[int] = Counter()
        self._chance = chance
        self._send = send
        self._answers = answers
        self._given_out = given_out
        self._channel = BROADCAST
        self._nonce = b""
        self._waits = (
            False  # for the answer to INIT: what else is said on its channel was meant for what it was before
        )
        self._cancels = False  # ever, on this channel
        self._receiver = ctaphid.Receiver(BROADCAST)
        self._unsent: list[bytes] = []
        self._asked: deque[tuple[int, bytes]] = deque(maxlen=256)

    def act(self) -> None:
        """Do something."""
        if self._waits:
            return
        if self._channel == BROADCAST:
            self._begin()
            return
        dice = self._chance.random()
        if dice < 0.01:
            self._channel = BROADCAST  # it is started afresh
            self._begin()
        elif dice < 0.03:
            self._begin()
        elif dice < 0.06:
            self._cancels = True
            self._send(packets(self._channel, CANCEL)[0])
        elif dice < 0.09:
            self._unsent = []  # it forgets what it was about to say
        elif dice < 0.12:
            # No message here is so long that this could be the packet that is due.
            stray = packets(self._channel, ctaphid.PING, bytes(PACKET))[1]
            self._send(stray[:4] + bytes([self._chance.randrange(0x40, 0x80)]) + stray[5:])
        elif self._unsent:
            self._send(self._unsent.pop(0))
        else:
            self._ask()

    def hear(self, report: bytes) -> None:
        """Listen to a report, whomever it is for."""
        if report[4] == INIT | 0x80:
            self._receiver = ctaphid.Receiver(self._channel)  # what was said before was not said to its end
        elif self._waits:
            return
        message = self._receiver.feed(report)
        if message is None:
            return
        _, command, payload = message
        if command == INIT:
            self._welcome(payload)
            return
        self.heard[command] += 1
        if (command, payload) == (CBOR, CANCELLED):
            assert self._cancels
        elif command not in (ERROR, KEEPALIVE):
            assert (command, payload) in self._asked, f"told {command:#x} {payload.hex()}, and did not ask"
            self._asked.remove((command, payload))

    def _begin(self) -> None:
        self._nonce = self._chance.randbytes(8)
        self._waits = True
        self._unsent = []
        self._receiver = ctaphid.Receiver(self._channel)
        self._send(packets(self._channel, INIT, self._nonce)[0])

    def _welcome(self, payload: bytes) -> None:
        if payload[:8] != self._nonce:
            assert self._channel == BROADCAST, "another's INIT on this channel"
            return
        self._waits = False
        self._asked.clear()
        given = int.from_bytes(payload[8:12], "big")
        if self._channel == BROADCAST:
            assert given not in self._given_out
            self._given_out.add(given)
            self._channel = given
            self._cancels = False
            self._receiver = ctaphid.Receiver(given)
        assert given == self._channel
        self.heard[INIT] += 1

    def _ask(self) -> None:
        command = self._chance.choice(list(self._answers))
        payload = self._chance.randbytes(8 + self._chance.choice((0, 40, 49, 50, 100, 400)))
        self._asked.append((command, self._answers[command](payload)))
        self._unsent = packets(self._channel, command, payload)
