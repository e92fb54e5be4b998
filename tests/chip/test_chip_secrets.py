"""What is secret on a chip never lies open in its flash, nor leaves it: not over USB, not in any other way."""

import random
import string
from collections.abc import Callable

import pytest

from common.otp import hmac
from common.vault import Vault
from segl_sim.parts.flash import SECTOR
from segl_sim.trace import Effect
from segl_wire import cbor
from tests.chip import support as s
from tests.chip.cuts import Life, broken_chip, contents, root_secret
from tests.chip.owner import Owner
from tests.unit.common.ciphers import aes_cbc

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

Count = Callable[[int, int], int]
Record = Callable[[str, object], None]

PIECE = 8  # bytes in a row that nobody meets by chance


class Secrets:
    """A chip in use, and what must not be seen of it.

    Attributes:
        closed: What the flash must not show.
        silent: What must not leave the chip either: a relying party is told its user's name, but nobody a key.
    """

    def __init__(
        self, engine: str = "cpython", board: str = "pico", overrides: dict[str, str] | None = None
    ) -> None:
        self.life = Life(engine, board, overrides)
        self.owner: Owner = self.life.start()
        self.closed: set[bytes] = set()
        self.silent: set[bytes] = set()
        self._chance = random.Random(f"{engine} {board}")
        self._pin = ""
        self._rps = [self._word(".example") for _ in range(3)]
        self._made: list[tuple[str, bytes]] = []
        self._set_pin()
        self._make()

    def use(self) -> None:
        """Do something."""
        self._chance.choice(
            (self._make, self._make, self._get, self._get, self._set_pin, self._config, self._blobs)
        )()
        if self._chance.random() < 0.2:
            self.owner.rest()

    def hide(self, secret: bytes, whole: bool = False) -> None:
        """Note something that flash must not show, and what leaves the chip neither if it is `whole` silent."""
        pieces = {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}
        self.closed |= pieces
        if whole:
            self.silent |= pieces

    def _word(self, end: str = "") -> str:
        return "".join(self._chance.choices(string.ascii_letters, k=self._chance.randint(16, 30))) + end

    def _set_pin(self) -> None:
        pin = self._word()
        status = self.owner.change_pin(self._pin, pin) if self._pin else self.owner.set_pin(pin)
        assert status == s.OK
        self._pin = pin
        self.hide(pin.encode(), whole=True)
        self.hide(s.pin_hash(pin), whole=True)
        self.owner.ask_token("0000", s.GA, self._rps[0])

    def _make(self) -> None:
        rp = self._chance.choice(self._rps)
        token = self.owner.token(self._pin, s.MC, rp)
        self.hide(token.key, whole=True)
        user, name = self._chance.randbytes(32), self._word()
        wanted = {"credProtect": 2, "hmac-secret": True, "credBlob": self._chance.randbytes(32)}
        resident = self._chance.random() < 0.7
        extensions = {**wanted, "largeBlobKey": True} if resident else {"hmac-secret": True}
        algorithm = self._chance.choice((s.ES256, s.EDDSA))
        made = self.owner.make(
            rp=rp, user=user, name=name, token=token, rk=resident, algorithm=algorithm, extensions=extensions
        )
        self.owner.world.advance(0.3)
        for secret in (user, name.encode(), rp.encode(), wanted["credBlob"]):
            assert isinstance(secret, bytes)
            self.hide(secret)
        self._made.append((rp, made.id))
        self._hide_key(rp, made.id)

    def _hide_key(self, rp: str, identifier: bytes) -> None:
        """Open a credential id as only its chip can, and hide what is in it, and what follows from that."""
        salt = contents(self.life.chip)["/salt/salt"]
        root = root_secret(self.life.chip)
        vault = Vault(hmac(root, salt), aes_cbc, self._chance.randbytes)
        key = vault.open(b"rp" + s.sha256(rp.encode()), identifier)[4:]
        assert len(key) == 32
        for purpose in (b"hmac-secret with UV", b"hmac-secret without UV"):
            self.hide(hmac(key, purpose), whole=True)
        self.hide(hmac(key, b"largeBlobKey"))
        self.hide(key, whole=True)
        # They lie in the flash, and have to; but they do not leave it.
        for secret in (salt, root):
            self.silent |= {secret[at : at + PIECE] for at in range(len(secret) - PIECE + 1)}

    def _get(self) -> None:
        rp, identifier = self._chance.choice(self._made)
        token = self.owner.token(self._pin, s.GA, rp)
        self.hide(token.key, whole=True)
        secret = self.owner.agree(2)
        salts = secret.encrypt(self._chance.randbytes(64))
        asked = {1: secret.key, 2: salts, 3: secret.sign(salts), 4: 2}
        _, answer = self.owner.get(rp=rp, allow=[identifier], token=token, extensions={"hmac-secret": asked})
        assert answer[1]["id"] == identifier
        self.owner.world.advance(0.3)

    def _config(self) -> None:
        token = self.owner.token(self._pin, s.ACFG)
        rps = [self._word(".example") for _ in range(3)]
        assert self.owner.configure(token, 3, {2: rps}) == s.OK
        for rp in rps:
            self.hide(rp.encode())

    def _blobs(self) -> None:
        content = cbor.encode([{1: self._chance.randbytes(900), 2: bytes(12), 3: 9}])
        self.hide(content[8:800])
        self.owner.ledger.pins = (self._pin,)
        self.owner.write_blobs(content)

    # --- what a laboratory finds

    def in_flash(self) -> bool:
        """Whether a secret lies open where the flash has changed since it left the factory."""
        flash = self.life.chip.flash
        image = flash.image()
        return any(
            _meets(image[max(0, at * SECTOR - PIECE) : (at + 1) * SECTOR], self.closed)
            for at in flash.snapshot().sectors
        )

    def outside(self) -> bool:
        """Whether a secret has left the chip since this was asked last."""
        effects = list(self.life.world.trace.last)
        self.life.world.trace.last.clear()
        assert len(effects) < 10_000, "some effects have been forgotten: ask more often"
        streams = {
            "usb.in": b"",
            "usb.out": b"",
            "rest": b"",
            "console": "".join(self.life.chip.console).encode(),
        }
        for effect in effects:
            kind = effect.kind if effect.kind in streams else "rest"
            streams[kind] += _payload(effect)
        assert streams["usb.in"]
        return any(_meets(stream, self.silent) for stream in streams.values())


def _payload(effect: Effect) -> bytes:
    """What an effect says, reports without their heads, so that messages are whole."""
    if effect.kind.startswith("flash."):
        return b""
    found = b"".join(one for one in effect.detail if isinstance(one, bytes))
    if effect.kind in ("usb.in", "usb.out") and len(found) == 64:
        return found[7:] if found[4] & 0x80 else found[5:]
    return found


def _meets(data: bytes, pieces: set[bytes]) -> bool:
    return not pieces.isdisjoint({data[at : at + PIECE] for at in range(len(data) - PIECE + 1)})


@pytest.mark.parametrize("board", ["pico2", "pico"])
def test_no_secret_lies_open_in_flash_or_leaves_the_chip(
    board: str, count: Count, record_property: Record
) -> None:
    secrets = Secrets(board=board)
    for _ in range(count(12, 400)):
        secrets.use()
        assert not secrets.in_flash()
        assert not secrets.outside()
    record_property("pieces", len(secrets.closed))
    print(f"\n{board}: {len(secrets.closed)} pieces of secrets, {len(secrets.silent)} of them silent")


def test_what_is_looked_for_would_be_found() -> None:
    secrets = Secrets()
    salt = contents(secrets.life.chip)["/salt/salt"]
    secrets.closed.add(salt[:PIECE])
    assert secrets.in_flash()
    secrets.silent |= secrets.closed
    assert secrets.outside()


def leaking_vault() -> dict[str, str]:
    return broken_chip("common/vault.py", "iv = self._random(_BLOCK)", "iv = plain[:_BLOCK]", "pico")


def open_names() -> dict[str, str]:
    return broken_chip("chip/passkeys.py", "head + sealed)])", "head + sealed), (9, 0, plain)])", "pico")


def open_token() -> dict[str, str]:
    return broken_chip(
        "chip/client_pin.py", "{2: secret.encrypt(token)}", "{2: secret.encrypt(token), 3: token}", "pico"
    )


@pytest.mark.parametrize("fault", [leaking_vault, open_names])
def test_a_chip_that_stores_something_open_is_found_out(fault: Callable[[], dict[str, str]]) -> None:
    secrets = Secrets(overrides=fault())
    assert any(secrets.in_flash() for _ in range(30) if secrets.use() is None)


def test_a_chip_that_gives_away_a_token_is_found_out() -> None:
    secrets = Secrets(overrides=open_token())
    secrets.use()
    secrets.hide(secrets.owner.token(secrets._pin, s.GA, "rp").key, whole=True)
    assert secrets.outside()
