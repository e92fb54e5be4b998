"""Valid CTAP2 commands of every kind, and what becomes of them by chance, from one seed.

A command is changed as a message (bits, bytes, its end), as CBOR (values, keys, order, forms that are not canonical),
or as what its sender meant: then it is signed anew, so that it comes as far as a valid one does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from segl_wire import cbor
from tests.chip import support as s

Params = dict[Any, Any]
_LONGEST = 3072  # as the chip's getInfo says


class Command(NamedTuple):
    """A command: its number and its parameters, and where in them a signature belongs, over what.

    Args:
        number: First byte of the message.
        params: The rest, decoded; None: there is none.
        sign: Signs the parameters as they are; None: nothing is signed.
    """

    number: int
    params: Params | None
    sign: Callable[[Params], None] | None = None

    @property
    def message(self) -> bytes:
        """The message as a right platform sends it."""
        return bytes([self.number]) + (b"" if self.params is None else cbor.encode(self.params))


class Corpus:
    """Valid commands for a chip with a PIN.

    Args:
        platform: Has the chip.
        token: Allows everything.
        secret: Agreed with the chip.
        ids: Credential ids: one to sign in with, and one of a stored credential that may go.
        pin: The PIN.
    """

    def __init__(
        self, platform: s.Platform, token: s.Token, secret: s.Secret, ids: list[bytes], pin: str
    ) -> None:
        self._token = token
        self._secret = secret
        self._ids = ids
        self._guess = s.pin_hash(pin)
        self._new = s.padded(pin)
        extensions = {"credProtect": 2, "hmac-secret": True, "credBlob": b"blob", "largeBlobKey": True}
        salts = secret.encrypt(bytes(64))
        asked = {1: secret.key, 2: salts, 3: secret.sign(salts), 4: secret.protocol.VERSION}
        self.commands = [
            Command(s.MAKE, self._made()),
            Command(s.MAKE, self._made(rk=True), self._sign_request(8)),
            Command(
                s.MAKE, self._made(rk=True, algorithm=s.EDDSA, extensions=extensions), self._sign_request(8)
            ),
            Command(s.MAKE, self._made(exclude=ids, formats=["none"], extensions={"minPinLength": True})),
            Command(s.MAKE, self._made(extensions={"hmac-secret": True, "hmac-secret-mc": asked})),
            Command(s.GET, self._asked(allow=ids)),
            Command(s.GET, self._asked(allow=ids, up=False)),
            Command(s.GET, self._asked(up=False), self._sign_request(6)),
            Command(
                s.GET, self._asked(extensions={"hmac-secret": asked, "credBlob": True, "largeBlobKey": True})
            ),
            Command(
                s.GET, self._asked(allow=[ids[0]], extensions={"hmac-secret": asked}), self._sign_request(6)
            ),
            Command(s.INFO, None),
            Command(s.NEXT, None),
            Command(s.RESET, None),
            Command(s.SELECT, None),
            *(Command(s.PIN, params) for params in self._pins()),
            *(self._managing(command, params) for command, params in self._management()),
            Command(s.BLOBS, {1: 1000, 3: 0}),
            self._writing(b"\x80" + s.sha256(b"\x80")[:16]),
            self._writing(bytes(1200), 4096),
            self._configuring(2, None),
            self._configuring(3, {1: 4}),
            self._configuring(3, {2: ["example.com"], 3: False}),
        ]

    def _made(self, **more: Any) -> Params:
        return _present(s.making(user=b"someone else", **more))

    def _asked(self, **more: Any) -> Params:
        return _present(s.asking(**more))

    def _sign_request(self, place: int) -> Callable[[Params], None]:
        """Return what signs the hash of a request, and puts the signature and the protocol at a place and after."""

        def sign(params: Params) -> None:
            covered = params.get(1 if place == 8 else 2)
            params[place] = self._token.sign(covered if type(covered) is bytes else b"")
            params[place + 1] = self._token.version

        return sign

    def _pins(self) -> list[Params]:
        secret = self._secret
        version = secret.protocol.VERSION
        new, guess = secret.encrypt(self._new), secret.encrypt(self._guess)
        return [
            {1: version, 2: 1},
            {1: version, 2: 2},
            {1: version, 2: 3, 3: secret.key, 4: secret.sign(new), 5: new},
            {1: version, 2: 4, 3: secret.key, 4: secret.sign(new + guess), 5: new, 6: guess},
            {1: version, 2: 5, 3: secret.key, 6: guess},
            {1: version, 2: 9, 3: secret.key, 6: guess, 9: 0x37, 10: s.RP},
        ]

    def _management(self) -> list[tuple[int, Params | None]]:
        doomed = s.descriptor(self._ids[1])
        user = {"id": b"doomed", "name": "another name", "displayName": "another"}
        return [
            (1, None),
            (2, None),
            (3, None),
            (4, {1: s.sha256(s.RP.encode())}),
            (5, None),
            (6, {2: doomed}),
            (7, {2: doomed, 3: user}),
        ]

    def _managing(self, command: int, params: Params | None) -> Command:
        def sign(sent: Params) -> None:
            sent[3] = self._token.version
            sent[4] = self._token.sign(bytes([_low(sent.get(1))]) + _encoded(sent.get(2)))

        return _signed(s.MANAGE, _present({1: command, 2: params}), sign)

    def _writing(self, part: bytes, length: int | None = None) -> Command:
        def sign(sent: Params) -> None:
            found = sent.get(2)
            data = found if type(found) is bytes else b""
            head = b"\xff" * 32 + b"\x0c\x00" + (_low(sent.get(3)) & 0xFFFFFFFF).to_bytes(4, "little")
            sent[5] = self._token.sign(head + s.sha256(data))
            sent[6] = self._token.version

        return _signed(s.BLOBS, {2: part, 3: 0, 4: length or len(part)}, sign)

    def _configuring(self, command: int, params: Params | None) -> Command:
        def sign(sent: Params) -> None:
            head = b"\xff" * 32 + bytes([s.CONFIG, _low(sent.get(1))])
            sent[3] = self._token.version
            sent[4] = self._token.sign(head + _encoded(sent.get(2)))

        return _signed(s.CONFIG, _present({1: command, 2: params}), sign)


def mutated(chance: random.Random, command: Command) -> bytes:
    """Return a message that a command has become, of a length that CTAPHID lets through."""
    return chance.choice(_WAYS)(chance, command)[:_LONGEST] or b"\0"


# --- the message


def _bits(chance: random.Random, command: Command) -> bytes:
    data = bytearray(command.message)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _bytes(chance: random.Random, command: Command) -> bytes:
    data = bytearray(command.message)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(3)
        data[at : at + (what != 1)] = b"" if what == 2 else chance.randbytes(1)
    return bytes(data)


def _ends(chance: random.Random, command: Command) -> bytes:
    data = command.message
    if chance.random() < 0.5:
        return data[: chance.randrange(len(data) + 1)]
    return data + chance.randbytes(chance.choice((1, 2, 100, 2000)))


def _other_number(chance: random.Random, command: Command) -> bytes:
    return bytes([chance.choice((*range(16), 0x40, 0x41, 0xFF))]) + command.message[1:]


# --- as CBOR


def _values(chance: random.Random, command: Command) -> bytes:
    """Change what is said and leave the signature as it was."""
    params = deepcopy(command.params) or {}
    for _ in range(chance.randint(1, 3)):
        _change(chance, params)
    return bytes([command.number]) + _written(chance, params)


def _loose(chance: random.Random, command: Command) -> bytes:
    """Say the same in a form that is not canonical."""
    return bytes([command.number]) + _written(chance, command.params or {}, 0.2)


def _deep(chance: random.Random, command: Command) -> bytes:
    opening = chance.choice((b"\x81", b"\xa1\x00", b"\xa1\x01", b"\x9f", b"\xbf", b"\xc1", b"\xa1\x61a"))
    depth = chance.choice((1, 3, 4, 5, 8, 9, 100, 1000))
    tail = command.message[1:] if chance.random() < 0.3 else b"\x00"
    return bytes([command.number]) + opening * depth + tail


def _huge(chance: random.Random, command: Command) -> bytes:
    size = chance.choice((0x18, 0x19, 0x1A, 0x1B))
    head = bytes([chance.randrange(8) << 5 | size]) + chance.choice((b"\xff", b"\x7f", b"\0")) * (
        1 << size - 0x18
    )
    data = command.message
    at = chance.randrange(1, len(data) + 1)
    return data[:at] + head + data[at + chance.randrange(3) :]


# --- as it was meant


def _signed_anew(chance: random.Random, command: Command) -> bytes:
    if command.sign is None:
        return _values(chance, command)
    params = deepcopy(command.params) or {}
    for _ in range(chance.randint(1, 2)):
        _change(chance, params)
    command.sign(params)
    return command._replace(params=params).message


def _as_it_is(chance: random.Random, command: Command) -> bytes:
    return command.message


_WAYS: tuple[Callable[[random.Random, Command], bytes], ...] = (
    *(_values, _signed_anew) * 4,
    *(_bits, _bytes, _loose) * 2,
    *(_ends, _other_number, _deep, _huge, _as_it_is),
)


def _change(chance: random.Random, params: Params) -> None:
    """Change one thing in a map, or in one that lies in it."""
    inner = [value for value in params.values() if type(value) is dict]
    inner += [one for value in params.values() if type(value) is list for one in value if type(one) is dict]
    if inner and chance.random() < 0.5:
        _change(chance, chance.choice(inner))
        return
    key = chance.choice([*params, *range(12), "up", "uv", "rk", "id", 255, -1, 1 << 33])
    match chance.randrange(4):
        case 0:
            params.pop(key, None)
        case 1 if type(params.get(key)) is bytes and params[key]:
            changed = bytearray(params[key])
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            params[key] = bytes(changed)
        case 2 if type(params.get(key)) is list:
            params[key] = params[key] * chance.choice((0, 2, 21))
        case _:
            params[key] = _value(chance)


def _value(chance: random.Random) -> Any:
    size = chance.choice((0, 1, 16, 32, 33, 64, 65, 96, 255, 300))
    return chance.choice(
        (
            None,
            True,
            False,
            0,
            1,
            3,
            9,
            0x37,
            0x10000,
            (1 << 64) - 1,
            -1,
            -8,
            -(1 << 64),
            chance.randbytes(size),
            "x" * size,
            "\u20ac\U0001f511" * (size // 4),
            [],
            [1] * (size // 8),
            [{"id": chance.randbytes(size), "type": "public-key"}] * chance.choice((1, 20, 21)),
            {},
            {1: {2: [3, b"", "", None]}},
            {"id": 0, "type": 1, b"\0": 1},
        )
    )


def _written(chance: random.Random, value: Any, loose: float = 0.002) -> bytes:
    """Encode, and here and there not as a canonical encoder would.

    Args:
        chance: Says where.
        value: What.
        loose: How likely each item is written in another way.
    """

    def head(major: int, number: int) -> bytes:
        short = cbor.encode(number)
        forms = [
            short,
            *(
                bytes([0x18 + power]) + number.to_bytes(1 << power, "big")
                for power in range(4)
                if number < 1 << (8 << power)
            ),
        ]
        form = chance.choice(forms) if chance.random() < loose else short
        return bytes([form[0] | major << 5]) + form[1:]

    if type(value) is dict:
        pairs = [(_written(chance, key, loose), _written(chance, one, loose)) for key, one in value.items()]
        pairs.sort(key=lambda pair: (pair[0][0] >> 5, len(pair[0]), pair[0]))
        if pairs and chance.random() < loose:
            chance.choice((chance.shuffle, lambda all_: all_.append(chance.choice(all_))))(pairs)
        if chance.random() < loose:
            return b"\xbf" + b"".join(key + one for key, one in pairs) + b"\xff"
        return head(5, len(pairs)) + b"".join(key + one for key, one in pairs)
    if type(value) is list:
        return head(4, len(value)) + b"".join(_written(chance, one, loose) for one in value)
    if type(value) is int and value >= 0:
        return head(0, value)
    return cbor.encode(value)


def _present(params: Params) -> Params:
    return {key: value for key, value in params.items() if value is not None}


def _signed(number: int, params: Params, sign: Callable[[Params], None]) -> Command:
    sign(params)
    return Command(number, params, sign)


def _low(value: Any) -> int:
    return value & 0xFF if type(value) is int else 0


def _encoded(value: Any) -> bytes:
    return b"" if value is None else cbor.encode(value)
