"""A chip on the real interpreter, and the platform's end of it: commands as CBOR, answers as a status and a body.

Sections that tests name are those of CTAP 2.1 (the numbers of CTAP 2.2 are the same), if they name no other document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256 as _sha256
from typing import Any, NamedTuple, TypeVar

from fido2.cose import CoseKey
from fido2.ctap2.pin import PinProtocol, PinProtocolV1, PinProtocolV2
from fido2.webauthn import AuthenticatorData

from segl_sim import World
from segl_sim.chip import Chip
from segl_wire import cbor, ctaphid

# Commands
MAKE, GET, INFO, PIN, RESET, NEXT, MANAGE, SELECT, BLOBS, CONFIG = 1, 2, 4, 6, 7, 8, 10, 11, 12, 13

# Status codes
OK = 0x00
INVALID_COMMAND, INVALID_PARAMETER, INVALID_LENGTH, INVALID_SEQ = 0x01, 0x02, 0x03, 0x04
UNEXPECTED_TYPE, INVALID_CBOR, MISSING_PARAMETER, LIMIT_EXCEEDED = 0x11, 0x12, 0x14, 0x15
STORAGE_FULL, EXCLUDED, UNSUPPORTED_ALGORITHM, DENIED, STORE_FULL = 0x18, 0x19, 0x26, 0x27, 0x28
UNSUPPORTED_OPTION, INVALID_OPTION, CANCELED, NO_CREDENTIALS = 0x2B, 0x2C, 0x2D, 0x2E
TIMEOUT, NOT_ALLOWED = 0x2F, 0x30
PIN_INVALID, PIN_BLOCKED, PIN_AUTH_INVALID, PIN_AUTH_BLOCKED, PIN_NOT_SET = 0x31, 0x32, 0x33, 0x34, 0x35
PUAT_REQUIRED, POLICY_VIOLATION, INTEGRITY_FAILURE = 0x36, 0x37, 0x3D
INVALID_SUBCOMMAND, UNAUTHORIZED_PERMISSION = 0x3E, 0x40

# Permissions of a token
MC, GA, CM, LBW, ACFG = 1, 2, 4, 16, 32

# Flags of authenticator data
UP, UV, AT, ED = 0x01, 0x04, 0x40, 0x80

ES256, EDDSA, ESP256 = -7, -8, -9
HASH = bytes(range(32))
RP = "example.com"
PIN_TEXT = "1234"
NS = 1_000_000_000
MS = 1_000_000

Test = TypeVar("Test", bound=Callable[..., Any])

PROTOCOLS: dict[int, PinProtocol] = {1: PinProtocolV1(), 2: PinProtocolV2()}


class Made(NamedTuple):
    """A credential: its id, its public key, and the answer that brought them."""

    id: bytes
    public: CoseKey
    data: AuthenticatorData
    answer: dict[int, Any]


class Platform:
    """A program that talks to a chip.

    Attributes:
        touches: Whether a finger comes when the chip asks for one; a number is how many seconds it stays.
        alive: (ns, status) of each keepalive of the last call.
        asked: How often the chip has begun to ask for a touch during the last call.
    """

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.world = chip.world
        self.touches: float = 0.1
        self.alive: list[tuple[int, int]] = []
        self.asked = 0
        self._finger = 0  # ns: when the pad is free for another touch
        self.connect()

    def connect(self) -> None:
        """Open it, and get a channel."""
        self._connection = self.chip.connect_fido()
        self.channel = self.open_channel()

    def open_channel(self) -> int:
        """Get one more channel."""
        nonce = b"12345678"
        self.send(ctaphid.BROADCAST, ctaphid.INIT, nonce)
        _, _, about = self.receive(ctaphid.BROADCAST)
        assert about[:8] == nonce
        return int.from_bytes(about[8:12], "big")

    def power_cycle(self) -> None:
        """Unplug it and plug it in again."""
        self.chip.unplug()
        self.world.advance(0.5)
        self.connect()

    # --- messages

    def send(self, channel: int, command: int, payload: bytes = b"") -> None:
        """Send a message."""
        for report in ctaphid.packets(channel, command, payload):
            self._connection.write_packet(report)

    def write(self, report: bytes) -> None:
        """Send one report, whatever it is."""
        self._connection.write_packet(report.ljust(64, b"\0"))

    def receive(self, channel: int | None = None) -> tuple[int, int, bytes]:
        """Wait for the next whole message, for any channel if none is named."""
        receiver = ctaphid.Receiver(channel)
        while True:
            found = receiver.feed(self._connection.read_packet())
            if found:
                return found

    def silent(self, seconds: float) -> bool:
        """Whether the chip says nothing for so long."""
        self.world.advance(seconds)
        return self._connection._file.read() is None  # pyright: ignore[reportPrivateUsage]

    def call(self, command: int, payload: bytes = b"") -> bytes:
        """Send a request and return its answer; touch the chip when it asks for it."""
        self.send(self.channel, command, payload)
        return self.answer(command)

    def answer(self, command: int = ctaphid.CBOR) -> bytes:
        """Wait for the answer to the request that was sent."""
        self.alive, self.asked = [], 0
        while True:
            _, kind, payload = self.receive(self.channel)
            if kind != ctaphid.KEEPALIVE:
                assert kind == command, (kind, payload)
                return payload
            status = payload[0]
            if status == ctaphid.UPNEEDED and (not self.alive or self.alive[-1][1] != status):
                self.asked += 1
                if self.touches:
                    self.touch(self.touches)
            self.alive.append((self.world.now, status))

    def touch(self, seconds: float = 0.1) -> None:
        """Let a finger come soon, once the one before it has gone."""
        after = max(0.02, (self._finger - self.world.now) / NS)
        self.chip.touch(seconds, after)
        self._finger = self.world.now + round((after + seconds + 0.1) * NS)

    # --- commands

    def raw(self, message: bytes) -> tuple[int, Any]:
        """Send a CTAP2 message; return its status and its body, which has to be strict CBOR."""
        answer = self.call(ctaphid.CBOR, message)
        return answer[0], cbor.decode(answer[1:]) if len(answer) > 1 else None

    def cbor(self, command: int, params: Mapping[Any, Any] | None = None) -> tuple[int, Any]:
        """Carry out a command; parameters that are None are left out."""
        return self.raw(_message(command, params))

    def status(self, command: int, params: Mapping[Any, Any] | None = None) -> int:
        """Carry out a command and return its status."""
        return self.cbor(command, params)[0]

    def ok(self, command: int, params: Mapping[Any, Any] | None = None) -> Any:
        """Carry out a command that succeeds; return its body."""
        status, body = self.cbor(command, params)
        assert status == OK, hex(status)
        return body

    def canceled(self, command: int, params: Mapping[Any, Any] | None = None, wait: float = 1) -> bool:
        """Carry out a command, let it wait, and cancel it; return whether it waited till then."""
        self.send(self.channel, ctaphid.CBOR, _message(command, params))
        self.world.advance(wait)
        self.send(self.channel, ctaphid.CANCEL)
        touches, self.touches = self.touches, 0
        answer = self.answer()
        self.touches = touches
        return answer == bytes([CANCELED])

    def info(self) -> dict[int, Any]:
        """What the chip says about itself."""
        return self.ok(INFO)

    def make(self, **wanted: Any) -> Made:
        """Make a credential; parameters as `making` takes them."""
        answer = self.ok(MAKE, making(**wanted))
        data = AuthenticatorData(answer[2])
        assert data.credential_data is not None
        return Made(data.credential_data.credential_id, data.credential_data.public_key, data, answer)

    def get(self, **wanted: Any) -> tuple[AuthenticatorData, dict[int, Any]]:
        """Sign in; parameters as `asking` takes them."""
        answer = self.ok(GET, asking(**wanted))
        return AuthenticatorData(answer[2]), answer

    # --- the PIN

    def agree(self, version: int) -> Secret:
        """Agree on a secret."""
        key = self.ok(PIN, {1: version, 2: 2})[1]
        ours, shared = PROTOCOLS[version].encapsulate(key)
        return Secret(PROTOCOLS[version], dict(ours), shared)

    def set_pin(self, pin: str | bytes, version: int = 2) -> int:
        """Set the first PIN; return the status."""
        secret = self.agree(version)
        new = secret.encrypt(padded(pin))
        return self.status(PIN, {1: version, 2: 3, 3: secret.key, 4: secret.sign(new), 5: new})

    def change_pin(self, old: str, pin: str | bytes, version: int = 2) -> int:
        """Set another PIN; return the status."""
        secret = self.agree(version)
        new, guess = secret.encrypt(padded(pin)), secret.encrypt(pin_hash(old))
        sent = {1: version, 2: 4, 3: secret.key, 4: secret.sign(new + guess), 5: new, 6: guess}
        return self.status(PIN, sent)

    def ask_token(
        self, pin: str, permissions: int | None = None, rp: str | None = None, version: int = 2
    ) -> tuple[int, Token | None]:
        """Ask for a token by a PIN; without permissions in the way of CTAP 2.0."""
        secret = self.agree(version)
        command = 5 if permissions is None else 9
        sent = {
            1: version,
            2: command,
            3: secret.key,
            6: secret.encrypt(pin_hash(pin)),
            9: permissions,
            10: rp,
        }
        status, body = self.cbor(PIN, sent)
        return status, Token(version, secret.decrypt(body[2])) if status == OK else None

    def token(
        self, pin: str, permissions: int | None = None, rp: str | None = None, version: int = 2
    ) -> Token:
        """Get a token."""
        status, token = self.ask_token(pin, permissions, rp, version)
        assert token is not None, hex(status)
        return token

    @property
    def retries(self) -> int:
        """How many guesses the chip says are left."""
        return self.ok(PIN, {1: 2, 2: 1})[3]

    def manage(
        self, token: Token, command: int, params: dict[int, Any] | None = None, number: int = MANAGE
    ) -> tuple[int, Any]:
        """Carry out a command of authenticatorCredentialManagement."""
        message = bytes([command]) + (b"" if params is None else cbor.encode(params))
        return self.cbor(number, {1: command, 2: params, 3: token.version, 4: token.sign(message)})

    def configure(self, token: Token, command: int, params: dict[int, Any] | None = None) -> int:
        """Carry out a command of authenticatorConfig; return its status."""
        message = b"\xff" * 32 + bytes([CONFIG, command]) + (b"" if params is None else cbor.encode(params))
        return self.status(CONFIG, {1: command, 2: params, 3: token.version, 4: token.sign(message)})


class Secret(NamedTuple):
    """What both ends have agreed on: the protocol, our public key, and the secret."""

    protocol: PinProtocol
    key: dict[int, Any]
    shared: bytes

    def encrypt(self, plain: bytes) -> bytes:
        return self.protocol.encrypt(self.shared, plain)

    def decrypt(self, data: bytes) -> bytes:
        return self.protocol.decrypt(self.shared, data)

    def sign(self, message: bytes) -> bytes:
        return self.protocol.authenticate(self.shared, message)


class Token(NamedTuple):
    """A pinUvAuthToken and the protocol that it is for."""

    version: int
    key: bytes

    def sign(self, message: bytes) -> bytes:
        return PROTOCOLS[self.version].authenticate(self.key, message)


@contextmanager
def platform(seed: int = 1, engine: str = "micropython") -> Iterator[Platform]:
    """Give a new chip that is plugged in, and a program that talks to it."""
    with World(seed=seed, engine=engine) as world:
        yield Platform(world.chip())


def padded(pin: str | bytes) -> bytes:
    """A PIN as platforms encrypt it; bytes are taken as they are."""
    return pin if isinstance(pin, bytes) else pin.encode().ljust(64, b"\0")


def pin_hash(pin: str) -> bytes:
    """What is sent of a PIN to check it."""
    return sha256(pin.encode())[:16]


def sha256(data: bytes) -> bytes:
    return _sha256(data).digest()


def descriptor(identifier: bytes, kind: str = "public-key") -> dict[str, Any]:
    """Name a credential in a list."""
    return {"id": identifier, "type": kind}


def making(
    rp: str = RP,
    user: bytes = b"user",
    algorithm: int = ES256,
    token: Token | None = None,
    exclude: list[bytes] | None = None,
    name: str = "a name",
    rk: bool = False,
    **more: Any,
) -> dict[Any, Any]:
    """Parameters of authenticatorMakeCredential.

    Args:
        rp: Id of the relying party.
        user: Id of the user.
        algorithm: The only one that is asked for.
        token: Proves that the PIN was right.
        exclude: Ids.
        name: Of the user.
        rk: Whether the chip is to store it.
        more: By name: extensions, options, enterprise, formats.
    """
    params: dict[Any, Any] = {
        1: HASH,
        2: {"id": rp, "name": "A relying party"},
        3: {"id": user, "name": name, "displayName": name},
        4: [{"alg": algorithm, "type": "public-key"}],
        5: None if exclude is None else [descriptor(entry) for entry in exclude],
        6: more.get("extensions"),
        7: more.get("options", {"rk": True} if rk else None),
        10: more.get("enterprise"),
        11: more.get("formats"),
    }
    if token:
        params[8], params[9] = token.sign(HASH), token.version
    return params


def asking(
    rp: str = RP,
    allow: list[bytes] | None = None,
    token: Token | None = None,
    up: bool = True,
    **more: Any,
) -> dict[Any, Any]:
    """Parameters of authenticatorGetAssertion.

    Args:
        rp: Id of the relying party.
        allow: Ids.
        token: Proves that the PIN was right.
        up: Whether the user is to be present.
        more: By name: extensions, options.
    """
    params: dict[Any, Any] = {
        1: rp,
        2: HASH,
        3: None if allow is None else [descriptor(entry) for entry in allow],
        4: more.get("extensions"),
        5: more.get("options", None if up else {"up": False}),
    }
    if token:
        params[6], params[7] = token.sign(HASH), token.version
    return params


def _message(command: int, params: Mapping[Any, Any] | None) -> bytes:
    """A command's message; parameters that are None are left out."""
    if params is None:
        return bytes([command])
    return bytes([command]) + cbor.encode({key: value for key, value in params.items() if value is not None})


def section(number: str) -> Callable[[Test], Test]:
    """Say which section of the specification a test is about; tests/chip/test_list.py wants it of every test."""

    def note(test: Test) -> Test:
        test.__dict__["section"] = number
        return test

    return note
